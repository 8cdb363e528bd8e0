"""A source that fails: what the run goes on with, and in which words the table's state is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import dagster as dg
import msgspec
import pyarrow.parquet as pq
import pytest

from assets.folder import DataFolder
from assets.landing.asset import AVAILABLE, gate_results
from assets.landing.intake import NO_VINTAGE, PATIENCE, Breaker, Feed, Intake, take_in
from assets.landing.state import Notes, State
from assets.landing.statfin import StatFinService, statfin_assets, statfin_feed
from quality.result import CheckResult, Severity
from sources.http import Patience, PoliteSession, RequestRefusedError, SourceError, SourceUnavailableError
from sources.statfin.layout import DriftError
from sources.statfin.replay import Limits, ReplayServer
from sources.statfin.schema import Source, load_source

TABLE = "12r5"
SOURCE = load_source()
UNREACHABLE = "The source could not be reached, or gave no usable answer."


def silent(_: str) -> None: ...


def passed(_: Path) -> list[CheckResult]:
    return [result(is_passed=True)]


def failed(_: Path) -> list[CheckResult]:
    return [result(is_passed=False)]


def result(*, is_passed: bool) -> CheckResult:
    return CheckResult("landing", "whole", TABLE, "rows", 1.0, "all", is_passed, Severity.BLOCK, "half is missing.")


@pytest.fixture
def server(sample: Path) -> Iterator[ReplayServer]:
    with ReplayServer(sample, limits=Limits(max_calls=10_000)) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path, "synthetic")


def feed_of(server: ReplayServer, folder: DataFolder, *, required: bool, **changed: object) -> Feed:
    """A feed that the gate lets through, from a session that does not sleep."""
    request = msgspec.structs.replace(SOURCE.tables[TABLE], required=required)
    source: Source = msgspec.structs.replace(SOURCE, tables={TABLE: request})
    session = PoliteSession(patience=Patience(attempts=2), sleep=lambda seconds: None)
    service = StatFinService(server.base_url, session)
    feed = statfin_feed(service, folder, silent, source=source, table=TABLE)
    return replace(feed, **({"judge": passed} | changed))  # type: ignore[arg-type]  # tests name fields that exist


def run(folder: DataFolder, feed: Feed) -> Intake:
    return take_in(folder, feed, again=False, report=silent)


def landed(folder: DataFolder) -> list[str]:
    return sorted(path.name for path in (folder.landed_dir / "statfin" / TABLE).iterdir())


def note(folder: DataFolder) -> tuple[State, str | None]:
    found = Notes(folder.archive.root).read("statfin", TABLE)
    assert found is not None
    return found.state, found.reason


@pytest.mark.parametrize("required", [True, False])
def test_a_source_that_is_down_leaves_its_last_vintage_in_use(
    server: ReplayServer, folder: DataFolder, required: bool
) -> None:
    feed = feed_of(server, folder, required=required)
    first = run(folder, feed)
    assert (first.state, first.is_new) == (State.CURRENT, True)
    assert first.vintage is not None
    assert note(folder) == (State.CURRENT, None)

    server.switch_on("outage")
    during = run(folder, feed)
    assert (during.state, during.reason, during.vintage) == (State.STALE, UNREACHABLE, first.vintage)
    assert landed(folder) == [first.vintage.vintage_id]
    assert note(folder) == (State.STALE, UNREACHABLE)
    assert during.failure is not None
    assert server.base_url in during.failure  # in full for the analyst, never in the mart

    server.switch_off("outage")
    assert run(folder, feed).state is State.CURRENT
    assert note(folder) == (State.CURRENT, None)


def test_down_before_the_first_pull_stops_a_required_table_only(server: ReplayServer, folder: DataFolder) -> None:
    server.switch_on("outage")
    with pytest.raises(SourceUnavailableError, match="statfin 12r5: metadata: no usable answer"):
        run(folder, feed_of(server, folder, required=True))
    without = run(folder, feed_of(server, folder, required=False))
    assert (without.state, without.vintage, without.judged) == (State.NEVER_PULLED, None, None)
    assert landed(folder) == [NO_VINTAGE]
    assert pq.read_metadata(folder.landed_file("statfin", TABLE, NO_VINTAGE)).num_rows == 0


@pytest.mark.parametrize("fault", [RequestRefusedError("no such table", status=400), DriftError("12r5: 2 new codes")])
def test_a_source_that_changed_stops_a_required_table_only(
    server: ReplayServer, folder: DataFolder, fault: SourceError
) -> None:
    def pull(_: bool) -> tuple[object, bool]:
        raise fault

    broken = feed_of(server, folder, required=False, pull=pull)
    before = run(folder, broken)
    assert before.state is State.NOT_IN_SOURCE
    assert landed(folder) == [NO_VINTAGE]
    working = run(folder, feed_of(server, folder, required=False))
    assert landed(folder) != [NO_VINTAGE]
    after = run(folder, broken)
    assert (after.state, after.vintage) == (State.STALE, working.vintage)
    with pytest.raises(SourceError):
        run(folder, feed_of(server, folder, required=True, pull=pull))


def test_an_answer_that_cannot_be_believed_is_no_word_on_what_the_source_has(
    server: ReplayServer, folder: DataFolder
) -> None:
    def pull(_: bool) -> tuple[object, bool]:
        raise SourceError("4,711 postings, 9,000 at the last full one")

    doubted = run(folder, feed_of(server, folder, required=False, pull=pull))
    assert doubted.state is State.NEVER_PULLED
    assert doubted.failure == "4,711 postings, 9,000 at the last full one"
    assert "4,711" not in (doubted.reason or "")


def test_a_refused_vintage_is_not_let_in(server: ReplayServer, folder: DataFolder) -> None:
    refused = run(folder, feed_of(server, folder, required=False, judge=failed))
    assert (refused.state, refused.vintage, refused.is_refused) == (State.NEVER_PULLED, None, True)
    assert refused.reason == "Its newest vintage was not let in: whole: half is missing."
    assert landed(folder) == [NO_VINTAGE]
    assert folder.vintages.newest("statfin", TABLE) is None

    first = run(folder, feed_of(server, folder, required=False))
    server.switch_on("new-release", 0)
    later = run(folder, feed_of(server, folder, required=False, judge=failed))
    assert (later.state, later.vintage) == (State.STALE, first.vintage)


def test_what_is_switched_off_is_not_asked_and_not_in_the_mart(server: ReplayServer, folder: DataFolder) -> None:
    run(folder, feed_of(server, folder, required=False))
    calls = len(server.requests)
    off = run(folder, feed_of(server, folder, required=False, off="No licence."))
    assert (off.state, off.reason, off.vintage) == (State.OFF, "No licence.", None)
    assert len(server.requests) == calls
    assert landed(folder) == [NO_VINTAGE]
    assert folder.vintages.newest("statfin", TABLE) is not None  # raw/ forgets nothing
    on = run(folder, feed_of(server, folder, required=False))
    assert (on.state, on.is_new) == (State.CURRENT, False)


def test_a_service_that_is_down_is_not_asked_for_every_table(server: ReplayServer, folder: DataFolder) -> None:
    server.switch_on("outage")
    breaker = Breaker()
    feed = feed_of(server, folder, required=False, breaker=breaker)
    for _ in range(PATIENCE):
        run(folder, feed)
    calls = len(server.requests)
    run(folder, feed)
    spared = run(folder, feed)
    assert len(server.requests) == calls
    assert (spared.state, spared.reason) == (State.NEVER_PULLED, UNREACHABLE)
    assert "not asked, because statfin did not answer for 2 tables before it" in (spared.failure or "")


def test_any_answer_closes_the_breaker_again() -> None:
    breaker = Breaker()

    def ask(error: SourceError | None) -> None:
        with suppress(SourceError), breaker.watching():
            if error is not None:
                raise error

    down = SourceUnavailableError("down")
    for answer in (None, RequestRefusedError("it answers", status=400)):
        ask(down)
        ask(answer)
        ask(down)
        breaker.guard("statfin", TABLE)
    ask(down)
    with pytest.raises(SourceUnavailableError, match="not asked"):
        breaker.guard("statfin", TABLE)


def test_an_analyst_sees_in_a_warning_what_is_not_there_and_the_run_goes_on(
    server: ReplayServer, folder: DataFolder
) -> None:
    optional = "12tv"
    assert not SOURCE.tables[optional].required
    (asset,) = [asset for asset in statfin_assets() if asset.key == dg.AssetKey(f"raw_statfin__{optional}")]
    server.switch_on(f"table-gone:{optional}")
    session = PoliteSession(sleep=lambda seconds: None)
    ran = dg.materialize(
        [asset],
        resources={
            "statfin": StatFinService(server.base_url, session),
            "data_folder": folder,
            "pull_again": False,
        },
    )
    assert ran.success
    found = {check.check_name: check for check in ran.get_asset_check_evaluations()}
    assert found["landing"].passed
    assert found["landing"].description == "There is nothing to judge: The source refused the request (status 400)."
    available = found[AVAILABLE]
    assert (available.passed, available.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert available.description is not None
    assert available.description.startswith("not_in_source: The source refused the request (status 400). There is no")
    (materialization,) = ran.asset_materializations_for_node(f"raw_statfin__{optional}")
    assert materialization.metadata["state"].value == "not_in_source"
    assert Notes(folder.archive.root).read("statfin", optional) is not None


def test_a_refused_vintage_warns_where_the_mart_can_do_without_it(server: ReplayServer, folder: DataFolder) -> None:
    feed = feed_of(server, folder, required=False, judge=failed)
    (warned,) = gate_results(run(folder, feed), feed, asset="raw_statfin__12r5")
    assert (warned.passed, warned.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert warned.description is not None
    assert warned.description.startswith("The new vintage was not let in, nothing of it is used.")
    required = replace(feed, is_required=True)
    (blocked,) = gate_results(run(folder, required), required, asset="raw_statfin__12r5")
    assert (blocked.passed, blocked.severity) == (False, dg.AssetCheckSeverity.ERROR)


def test_a_damaged_note_is_as_none_until_the_next_landing(server: ReplayServer, folder: DataFolder) -> None:
    feed, notes = feed_of(server, folder, required=True), Notes(folder.archive.root)
    run(folder, feed)
    (folder.archive.root / "state" / "statfin" / f"{TABLE}.json").write_bytes(b'{"state": "curr')
    assert notes.read("statfin", TABLE) is None
    run(folder, feed)
    note = notes.read("statfin", TABLE)
    assert note is not None
    assert note.state is State.CURRENT


def test_what_was_quarantined_is_counted_by_reason_where_the_analyst_looks(
    server: ReplayServer, folder: DataFolder
) -> None:
    optional = "12tv"
    (asset,) = [asset for asset in statfin_assets() if asset.key == dg.AssetKey(f"raw_statfin__{optional}")]
    listed = folder.quarantine_file("statfin", optional)
    listed.parent.mkdir(parents=True)
    listed.write_text('{"reason": "no_id"}\n{"reason": "malformed_line"}\n{"reason": "no_id"}\n')
    service = StatFinService(server.base_url, PoliteSession(sleep=lambda seconds: None))
    ran = dg.materialize([asset], resources={"statfin": service, "data_folder": folder, "pull_again": False})
    (materialization,) = ran.asset_materializations_for_node(f"raw_statfin__{optional}")
    assert materialization.metadata["quarantined"].value == 3
    words = materialization.metadata["quarantined because"].value
    assert isinstance(words, str)
    assert words.splitlines()[2:] == ["| malformed_line | 1 |", "| no_id | 2 |"]
