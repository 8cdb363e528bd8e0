"""The sensor asks StatFin and the barometer over real HTTP whether they have anything new."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import dagster as dg
import pytest

from assets.classification import SEEDS
from assets.landing.barometer import barometer_feed
from assets.landing.intake import take_in
from assets.landing.state import Note, Notes, State
from pipeline import automation
from pipeline.automation import source_release_sensor
from pipeline.resources import open_folder
from pipeline.services import open_barometer, open_statfin
from pipeline.settings import Settings
from sources.statfin.schema import load_source
from sources.tyovoimabarometri.simulator import write_sample

NEVER, ALWAYS = (time(0, 0), time(0, 0)), (time(0, 0), time(23, 59, 59, 999_999))


@pytest.fixture(scope="module")
def sample(municipal_sample: Path) -> Path:
    """Every table is pulled, so the municipalities have to be there too."""
    return municipal_sample


@pytest.fixture
def settings(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data folder in which nothing was pulled yet, the replay world over the sample, no releasing at this hour."""
    monkeypatch.setenv("KOHTAANTO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("KOHTAANTO_RECORDINGS", str(sample))
    monkeypatch.setenv("KOHTAANTO_REPLAY_MAX_CALLS", "1000")
    monkeypatch.setattr(automation, "RELEASE_MINUTES", NEVER)
    return Settings.load()


def evaluate() -> dg.SensorResult | dg.SkipReason:
    """One tick, as the daemon makes it."""
    with dg.build_sensor_context() as context:
        result = source_release_sensor(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def news(result: dg.SensorResult | dg.SkipReason) -> str:
    """What the one requested run was requested for."""
    assert isinstance(result, dg.SensorResult), result
    (request,) = result.run_requests or ()
    return request.tags["kohtaanto/news"]


def pull_everything(settings: Settings) -> None:
    """What landing does with every table, as far as the sensor looks: pull it and let the vintage in."""
    source, folder = load_source(), open_folder(settings)
    with open_statfin(settings) as statfin:
        client = statfin.client(source, folder, lambda line: None)
        for table in source.tables:
            vintage, _ = client.pull(table)
            folder.vintages.add(vintage)


def test_before_the_first_pull_a_run_is_requested(settings: Settings) -> None:
    requested = news(evaluate())
    assert all(f"{table} never pulled" in requested for table in load_source().tables)


def test_after_a_pull_it_waits_until_the_next_release(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    pull_everything(settings)
    waiting = evaluate()
    assert isinstance(waiting, dg.SkipReason), waiting
    assert "No source has a newer release" in (waiting.skip_message or "")

    monkeypatch.setenv("KOHTAANTO_REPLAY_SCENARIOS", "new-release:0")
    requested = news(evaluate())
    assert "12ti released" in requested
    assert "12r5 released" in requested
    assert "137i" not in requested


def test_while_the_source_releases_it_does_not_ask(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automation, "RELEASE_MINUTES", ALWAYS)
    monkeypatch.setenv("KOHTAANTO_REPLAY_SCENARIOS", "outage")
    skipped = evaluate()
    assert isinstance(skipped, dg.SkipReason), skipped
    assert "releasing about now" in (skipped.skip_message or "")


def test_a_failed_run_is_tried_again_the_next_day(settings: Settings) -> None:
    first = evaluate()
    assert isinstance(first, dg.SensorResult)
    (request,) = first.run_requests or ()
    assert request.run_key is not None
    assert request.run_key.startswith(f"{automation.today():%Y-%m-%d} ")


def test_the_barometer_is_asked_too_and_is_no_news_once_it_was_pulled(
    settings: Settings, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = tmp_path / "both"
    write_sample(both, seeds=SEEDS, occupations=2, months=1)
    (both / "statfin").symlink_to(sample / "statfin")
    monkeypatch.setenv("KOHTAANTO_RECORDINGS", str(both))
    pull_everything(settings)
    assert news(evaluate()) == "ratings never pulled"
    with open_barometer(Settings.load()) as service:
        feed = barometer_feed(service, open_folder(settings), lambda line: None)
        take_in(open_folder(settings), replace(feed, judge=lambda landed: []), again=False, report=lambda line: None)
    assert isinstance(evaluate(), dg.SkipReason)


def test_what_a_run_could_not_have_is_no_news(settings: Settings) -> None:
    notes = Notes(open_folder(settings).archive.root)
    for state in (State.NEVER_PULLED, State.NOT_IN_SOURCE, State.OFF, State.STALE):
        note = Note(state=state, reason="It has no such table.", checked_at=datetime(2026, 9, 22, tzinfo=UTC))
        notes.write("statfin", "12tv", note)
        requested = news(evaluate())
        assert ("12tv" in requested) == (state in (State.OFF, State.STALE)), state
        assert "12ti never pulled" in requested
