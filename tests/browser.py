"""The Dagster UI as an analyst meets it: `kohtaanto ui` in a process of its own, looked at with Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command_line import KOHTAANTO, environment
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=2400,2000",  # lists and graphs draw only what is in sight
)
START_SECONDS, STOP_SECONDS, LOOK_SECONDS = 120, 30, 60


class Page:
    """A browser on the UI at `base`; every look waits for what it looks for, and says what it saw instead."""

    def __init__(self, driver: Chrome, base: str) -> None:
        self.driver = driver
        self.base = base

    def open(self, path: str) -> None:
        """Go to a path of the UI."""
        self.driver.get(self.base + path)

    @property
    def text(self) -> str:
        """What can be read on the page now."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def shows(self, *texts: str, within: float = LOOK_SECONDS) -> None:
        """Wait until every text is on the page."""
        self._wait(lambda: all(text in self.text for text in texts), f"no {texts} on", within)

    def shows_nodes(self, names: set[str], *, at_least: int | None = None, within: float = LOOK_SECONDS) -> None:
        """Wait until the graph has a node of every name, or of `at_least` so many: a graph draws only what is in sight.
        Long names are cut in the text; whether a tooltip has them whole depends on the size."""
        nodes = "return [...document.querySelectorAll('[data-tooltip]')].map(node => node.dataset.tooltip)"
        enough = len(names) if at_least is None else min(at_least, len(names))

        def seen() -> int:
            lines = self.text.splitlines()
            cut = [line.partition("…") for line in lines if "…" in line]
            whole = {*lines, *self.driver.execute_script(nodes)}
            return sum(
                name in whole or any(name.startswith(head) and name.endswith(tail) for head, _, tail in cut)
                for name in names
            )

        self._wait(
            lambda: seen() >= enough,
            f"fewer than {enough} of the nodes {sorted(names)} on",
            within,
        )

    def element(self, xpath: str, within: float = LOOK_SECONDS) -> WebElement:
        """Wait for a visible element."""
        found: list[WebElement] = []

        def look() -> bool:
            found[:] = [element for element in self.driver.find_elements(By.XPATH, xpath) if element.is_displayed()]
            return bool(found)

        self._wait(look, f"no element {xpath} on", within)
        return found[0]

    def click(self, xpath: str) -> None:
        """Click an element once it can be clicked."""
        element = self.element(xpath)
        self._wait(element.is_enabled, f"{xpath} is disabled on", LOOK_SECONDS)
        element.click()

    def _wait(self, condition: Callable[[], bool], complaint: str, within: float) -> None:
        try:
            WebDriverWait(self.driver, within, ignored_exceptions=[StaleElementReferenceException]).until(
                lambda _: condition()
            )
        except TimeoutException:
            shot = Path(tempfile.mkdtemp(prefix="kohtaanto-ui-")) / "page.png"
            self.driver.save_screenshot(str(shot))
            raise AssertionError(
                f"{complaint} {self.driver.current_url} after {within} s. Screenshot: {shot}. "
                f"The page reads:\n{self.text[:3000]}"
            ) from None


@contextmanager
def chromium() -> Iterator[Chrome]:
    """A fresh headless Chromium; the test is skipped where there is none."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("no browser. On Debian: apt-get install -y chromium chromium-driver")
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = browser
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        started = Chrome(options=options, service=Service(driver))
        try:
            yield started
        finally:
            started.quit()


@contextmanager
def dagster_ui(folder: Path, log: Path, **settings: str) -> Iterator[str]:
    """The address of `kohtaanto ui` on `folder`. Ended as Ctrl-C ends it; fails when a process of it stays."""
    port = _free_port()
    with log.open("w") as output:
        ui = subprocess.Popen(
            [KOHTAANTO, "ui", "--data-dir", folder, "--port", str(port)],
            env=environment(**settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    base = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _answers(base, ui, log), START_SECONDS, f"no answer from {base}; see {log}")
        yield base
    finally:
        os.killpg(ui.pid, signal.SIGINT)
        stray = _end(ui)
    assert not stray, f"Ctrl-C left processes of the UI behind: {stray}"


def _end(ui: subprocess.Popen[bytes]) -> list[str]:
    """Wait for the whole process group to end; what has not by then is killed and named."""
    deadline = time.monotonic() + STOP_SECONDS
    while _members(ui.pid) and time.monotonic() < deadline:
        try:
            ui.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            continue
    stray = _members(ui.pid)
    if stray:
        os.killpg(ui.pid, signal.SIGKILL)
    ui.wait()
    return stray


def _members(group: int) -> list[str]:
    """Command lines of the living processes of a process group."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, _, process_group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(process_group) == group and state != "Z":
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def _answers(base: str, ui: subprocess.Popen[bytes], log: Path) -> bool:
    assert ui.poll() is None, f"the UI ended with {ui.returncode}: {log.read_text()[-2000:]}"
    try:
        with urllib.request.urlopen(f"{base}/server_info", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError):
        return False


def _until(condition: Callable[[], bool], seconds: float, complaint: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
