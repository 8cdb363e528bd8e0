"""What an analyst sees and does in the Dagster UI, in a real browser: one server, one data folder, in this order."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser import Page, chromium, dagster_ui
from small_sample import FIRST_MONTH, MONTHS

GROUPS = ("landing", "reference", "staging", "intermediate", "matching", "marts", "experimental", "publication")
JOB = "/locations/kohtaanto/jobs/refresh_mart"
RUN_SECONDS = 900
IN_SIGHT = 5  # nodes of an opened group that are in sight at any size of the graph
NEWEST_RUN = "(//a[contains(@href, '/runs/') and string-length(normalize-space(.)) = 8])[1]"
RUN_END = "//*[text() = 'Success' or text() = 'Failure' or text() = 'Canceled']"


@dataclass(frozen=True, slots=True)
class Desk:
    """A browser on the UI, and the data folder behind it."""

    page: Page
    folder: Path
    log: Path

    def release(self) -> str:
        """The current release."""
        return (self.folder / "published" / "current").resolve().name


@pytest.fixture(scope="module")
def desk(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The UI on a copy of the finished run. The source shows a count of 3 from its next release on."""
    room = tmp_path_factory.mktemp("ui")
    folder, log = room / "data", room / "ui.log"
    with chromium() as driver:
        shutil.copytree(small, folder, symlinks=True, ignore=shutil.ignore_patterns("warehouse", "candidate"))
        with dagster_ui(folder, log, replay_scenarios="visible-three") as base:
            yield Desk(Page(driver, base), folder, log)


def test_the_graph_shows_every_asset_in_its_group(desk: Desk) -> None:
    from pipeline.definitions import defs

    graph = defs.resolve_asset_graph()
    groups: dict[str, set[str]] = {group: set() for group in GROUPS}
    for key in graph.get_all_asset_keys():
        groups[graph.get(key).group_name].add(key.to_user_string())
    desk.page.open("/asset-groups")
    desk.page.shows_nodes({*GROUPS})
    for group, names in groups.items():
        desk.page.open(f"/asset-groups?expanded=global@global:{group}")
        desk.page.shows_nodes(names, at_least=IN_SIGHT)


def test_assets_show_numbers_descriptions_and_checks(desk: Desk) -> None:
    page = desk.page
    page.open("/assets/raw_statfin__12ti")
    page.shows(
        "Unemployed jobseekers and vacancies by occupation", f"{22 * 434 * MONTHS:,}", "share withheld: avpaikatlopussa"
    )
    page.shows("Parquet", "landing", "synthetic")
    page.open("/assets/fct_mismatch_index")
    page.shows("first month", FIRST_MONTH, "last month", "2026-07-01", "jackman_roper")
    page.open("/assets/placement_moves")
    page.shows("matching", "picture", "first rows")
    page.open("/assets/candidate?view=checks&checkDetail=G2")
    page.shows(
        "G1", "G2", "G3", "G5", "G10", "values", "freshness", "What the source withholds stays withheld", "Passed"
    )
    page.click("//*[contains(text(), 'Show Markdown')]")
    page.shows("threshold", "observed")


def test_schedule_and_sensor_are_shipped_switched_off(desk: Desk) -> None:
    switch = "//tr[td[contains(., 'Running')]]//input[@type='checkbox']"
    for path, texts in (
        ("schedules/release_days", ("20 8 18-28 * *", "Europe/Helsinki", "refresh_mart", "Schedule has never run")),
        ("sensors/source_release", ("Asks StatFin", "refresh_mart", "Sensor has never run")),
    ):
        desk.page.open(f"/locations/kohtaanto/{path}")
        desk.page.shows(*texts)
        assert not desk.page.driver.find_element("xpath", switch).is_selected(), f"{path} is switched on"
    desk.page.open(JOB)
    desk.page.shows("3 schedules/sensors", "From the sources to a published release")


def test_a_job_started_in_the_ui_succeeds_beside_the_run_of_the_command_line(desk: Desk) -> None:
    before = desk.release()
    assert run_from_the_job_page(desk) == "Success"
    assert desk.release() == before
    desk.page.open("/runs")
    desk.page.shows("kohtaanto/outcome: unchanged", "kohtaanto/outcome: published")


def test_a_run_that_is_held_back_says_which_gate_and_why(desk: Desk) -> None:
    before = desk.release()
    release_anew(desk.folder / "sample" / "statfin" / "dataset.json")
    assert run_from_the_job_page(desk) == "Failure"
    desk.page.shows("blocking asset check failed")
    assert "HELD BACK: not published; the last release, if there is one, stays in use." in desk.log.read_text()
    desk.page.open("/runs")
    desk.page.shows("kohtaanto/outcome: held back", "kohtaanto/held_by: raw_statfin__12r5 / landing")
    desk.page.open("/assets/raw_statfin__12ti?view=checks&checkDetail=landing")
    desk.page.shows("blocking", "Failed", "no_visible_small_counts", "counts of 1 to 4 are visible", "Do not publish")
    assert desk.release() == before


def test_the_ui_starts_without_a_warning(desk: Desk) -> None:
    started = desk.log.read_text().partition("Serving dagster-webserver")[0]
    assert "Dagster UI: http://127.0.0.1:" in started
    assert "warning" not in started.lower()
    assert "error" not in started.lower()


def run_from_the_job_page(desk: Desk) -> str:
    """Press the job's button, go to the run that it starts, and wait for its end: 'Success' or 'Failure'."""
    page = desk.page
    page.open("/runs")
    last = page.element(NEWEST_RUN).text
    page.open(JOB)
    page.click("//button[contains(., 'Materialize all')]")
    page.shows("Launched run")
    page.open("/runs")
    page.element(f"{NEWEST_RUN}[not(normalize-space(.) = '{last}')]")
    page.click(NEWEST_RUN)
    page.shows("View tags and config")
    return page.element(RUN_END, within=RUN_SECONDS).text


def release_anew(dataset: Path) -> None:
    """Let the source of the replay world release the tables of employment services again, a month later."""
    about = json.loads(dataset.read_text())
    about["updated"] |= dict.fromkeys(("12ti", "12r5"), "2026-09-22T05:00:00Z")
    dataset.write_text(json.dumps(about))
