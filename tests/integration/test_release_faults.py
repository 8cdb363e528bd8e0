"""Publishing under fire: killed at each step, a full disk, two at once. The last release stands, the next succeeds."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from release_mart import BUILT_AT, INPUTS, Sealed, make_candidate

from assets.release.durable import only_writer
from assets.release.errors import ReleaseError
from assets.release.store import Outcome, ReleaseStore, State

STEPS = [
    "repaired",
    "draft started",
    "database copied",
    "tables exported",
    "described",
    "frozen",
    "named",
    "versions written",
    "current moved",
]

PUBLISH = """
import os, resource, signal, sys
from datetime import datetime
from pathlib import Path
from assets.release.errors import ReleaseError
from assets.release.store import ReleaseStore
from quality.verdict import Verdict

root, candidate, verdict, now, fatal_step, largest_file = sys.argv[1:]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def on_step(name):
    if name == fatal_step:
        die()
    if name == "frozen" and fatal_step.isdecimal():
        countdown = iter(range(int(fatal_step)))
        touching = ("open", "os.chmod", "os.remove", "os.rename", "os.symlink")
        sys.addaudithook(lambda event, _: event in touching and next(countdown, None) is None and die())

if largest_file:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file), int(largest_file)))
try:
    ReleaseStore(Path(root), on_step).publish(
        Path(candidate), Verdict.from_json(Path(verdict).read_bytes()),
        inputs=[], code_version="0.1.0", data_kind="synthetic",
        now=datetime.fromisoformat(now),
    )
except ReleaseError as error:
    sys.exit(str(error))
"""


@pytest.fixture(scope="module")
def candidates(tmp_path_factory: pytest.TempPathFactory) -> list[Sealed]:
    """Two candidates with different numbers, the second sealed an hour later."""
    folder = tmp_path_factory.mktemp("candidates")
    return [
        make_candidate(folder / str(number), extra=number, built_at=BUILT_AT + timedelta(hours=number))
        for number in range(2)
    ]


def publish(store: ReleaseStore, sealed: Sealed) -> Outcome:
    return store.publish(
        sealed.path, sealed.verdict, inputs=INPUTS, code_version="0.1.0", data_kind="synthetic", now=BUILT_AT
    )


def publish_in_a_process(
    root: Path, sealed: Sealed, *, fatal_step: str = "", largest_file: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Publish in a process that kills itself right after `fatal_step`, or that may write no file above a size.

    A number as `fatal_step` kills it before that touch of the file system, counted after "frozen".
    """
    limit = "" if largest_file is None else str(largest_file)
    arguments = [str(root), str(sealed.path), str(sealed.verdict_path), BUILT_AT.isoformat(), fatal_step, limit]
    return subprocess.run(
        [sys.executable, "-c", PUBLISH, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def assert_readable(store: ReleaseStore, *, one_of: set[str]) -> None:
    """`current` is a sound release among those named, and versions.json names an existing one."""
    current = store.show()
    assert current.id in one_of
    assert store.verify() == []
    document = json.loads((store.root / "versions.json").read_text())
    assert document["last_successful"] in {release.id for release in store.list()}


def assert_clean(store: ReleaseStore) -> None:
    """Nothing but sound releases, and the three files that go with them."""
    assert {path.name for path in store.root.iterdir()} == {".lock", "current", "releases", "versions.json"}
    assert [path.name for path in (store.root / "releases").glob(".*")] == []
    for release in store.list():
        assert store.verify(release.id) == []
    document = json.loads((store.root / "versions.json").read_text())
    assert document["last_successful"] == store.show().id
    assert [entry["id"] for entry in document["releases"]] == [release.id for release in store.list()]


def test_the_steps_below_are_all_steps_that_publishing_has(tmp_path: Path, candidates: list[Sealed]) -> None:
    steps: list[str] = []
    publish(ReleaseStore(tmp_path, steps.append), candidates[0])
    assert steps == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_a_step_the_old_or_the_new_release_stands_and_the_next_run_mends(
    tmp_path: Path, candidates: list[Sealed], step: str
) -> None:
    store = ReleaseStore(tmp_path / "published")
    old = publish(store, candidates[0]).release_id
    died = publish_in_a_process(store.root, candidates[1], fatal_step=step)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert_readable(store, one_of={candidates[1].release_id if step == "current moved" else old})

    outcome = publish(store, candidates[1])
    assert outcome.state is (State.UNCHANGED if step in STEPS[STEPS.index("named") :] else State.PUBLISHED)
    assert store.show().database.read_bytes() == candidates[1].path.read_bytes()
    assert [release.id for release in store.list()] == [outcome.release_id, old]
    assert_clean(store)


def test_killed_before_any_touch_of_the_file_system_while_the_release_becomes_current(
    tmp_path: Path, candidates: list[Sealed]
) -> None:
    for touch in range(50):
        store = ReleaseStore(tmp_path / str(touch))
        old = publish(store, candidates[0]).release_id
        died = publish_in_a_process(store.root, candidates[1], fatal_step=str(touch))
        if died.returncode == 0:
            break
        assert died.returncode == -signal.SIGKILL, died.stderr
        new = candidates[1].release_id
        assert_readable(store, one_of={old, new})
        publish(store, candidates[1])
        assert store.show().id == new
        assert_clean(store)
    assert 10 < touch < 40


@pytest.mark.parametrize("step", STEPS)
def test_a_first_release_killed_after_a_step_is_finished_or_done_again(
    tmp_path: Path, candidates: list[Sealed], step: str
) -> None:
    store = ReleaseStore(tmp_path / "published")
    assert publish_in_a_process(store.root, candidates[0], fatal_step=step).returncode == -signal.SIGKILL
    outcome = publish(store, candidates[0])
    assert [release.id for release in store.list()] == [outcome.release_id]
    assert_clean(store)


@pytest.mark.parametrize("step", ["versions written", "current moved"])
def test_a_killed_rollback_is_finished_by_the_next_writer(tmp_path: Path, candidates: list[Sealed], step: str) -> None:
    class Killed(BaseException):
        pass

    def on_step(name: str) -> None:
        if name == step:
            raise Killed

    store = ReleaseStore(tmp_path / "published")
    old, new = (publish(store, sealed).release_id for sealed in candidates)
    with pytest.raises(Killed):
        ReleaseStore(store.root, on_step).rollback(old)
    assert_readable(store, one_of={old, new})
    assert publish(store, candidates[1]).state is State.UNCHANGED
    assert store.show().id == old
    assert_clean(store)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting a small disk is refused here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("left", ["nothing", "half the database", "the database", "all but the last files"])
def test_a_full_disk_is_named_and_leaves_the_last_release(
    small_disk: Path, candidates: list[Sealed], left: str
) -> None:
    store = ReleaseStore(small_disk / "published")
    old = publish(store, candidates[0]).release_id
    size = candidates[1].path.stat().st_size
    exports = sum(path.stat().st_size for path in store.show().path.glob("parquet/**/*.parquet"))
    room = {
        "nothing": 0,
        "half the database": size // 2,
        "the database": size,
        "all but the last files": size + exports,
    }
    fill(small_disk / "ballast", leaving=room[left])

    with pytest.raises(ReleaseError) as error:
        publish(store, candidates[1])
    assert f"{store.root}: no room (No space left on device): a release needs about 12." in str(error.value)
    assert "What was published stays" in str(error.value)
    assert_readable(store, one_of={old})
    assert list((store.root / "releases").glob(".*")) == []

    (small_disk / "ballast").unlink()
    assert publish(store, candidates[1]).state is State.PUBLISHED
    assert_clean(store)


def fill(ballast: Path, *, leaving: int) -> None:
    """Let `ballast` take all room of its disk but `leaving` bytes."""
    with ballast.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(1 << 16))
        except OSError:
            stream.truncate(max(0, stream.tell() - leaving))


@pytest.mark.parametrize("largest_file", [0, 1000, 4_000_000])
def test_a_file_that_may_not_grow_is_named_and_leaves_the_last_release(
    tmp_path: Path, candidates: list[Sealed], largest_file: int
) -> None:
    store = ReleaseStore(tmp_path / "published")
    old = publish(store, candidates[0]).release_id
    failed = publish_in_a_process(store.root, candidates[1], largest_file=largest_file)
    assert failed.returncode == 1, failed.stderr
    assert f"{store.root}: no room (File too large)" in failed.stderr
    assert_readable(store, one_of={old})
    assert_clean(store)
    assert publish_in_a_process(store.root, candidates[1]).returncode == 0
    assert store.show().id != old
    assert_clean(store)


def test_a_second_publisher_is_told_at_once(tmp_path: Path, candidates: list[Sealed]) -> None:
    store = ReleaseStore(tmp_path / "published")
    old = publish(store, candidates[0]).release_id
    with only_writer(store.root):
        second = publish_in_a_process(store.root, candidates[1])
        assert second.returncode == 1
        assert f"{store.root}: another publish, rollback or prune is at work here" in second.stderr
        for move in (lambda: store.rollback(old), lambda: store.prune(1)):
            with pytest.raises(ReleaseError, match="another publish, rollback or prune"):
                move()
    assert publish_in_a_process(store.root, candidates[1]).returncode == 0


def test_a_candidate_that_changes_while_it_is_copied_is_not_published(tmp_path: Path, candidates: list[Sealed]) -> None:
    changing = make_candidate(tmp_path / "changing", extra=7, built_at=BUILT_AT + timedelta(hours=2))

    def on_step(name: str) -> None:
        if name == "draft started":
            with changing.path.open("r+b") as stream:
                stream.seek(-1, 2)
                stream.write(b"?")

    store = ReleaseStore(tmp_path / "published", on_step)
    with pytest.raises(ReleaseError, match=r"changed while it was copied. Run the gate again"):
        publish(store, changing)
    assert store.list() == []
    publish(ReleaseStore(store.root), candidates[0])
    assert_clean(store)
