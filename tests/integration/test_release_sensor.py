"""The sensor asks a StatFin over real HTTP whether it has anything new."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import dagster as dg
import pytest

from assets.classification import known_codes
from pipeline import automation
from pipeline.automation import statfin_release_sensor
from pipeline.resources import open_folder, open_statfin
from pipeline.settings import Settings
from sources.statfin.client import StatFinClient
from sources.statfin.schema import load_source

NEVER, ALWAYS = (time(0, 0), time(0, 0)), (time(0, 0), time(23, 59, 59, 999_999))


@pytest.fixture
def settings(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data folder in which nothing was pulled yet, the replay world over the sample, no releasing at this hour."""
    monkeypatch.setenv("KOHTAANTO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("KOHTAANTO_RECORDINGS", str(sample))
    monkeypatch.setattr(automation, "RELEASE_MINUTES", NEVER)
    return Settings.load()


def evaluate() -> dg.SensorResult | dg.SkipReason:
    """One tick, as the daemon makes it."""
    with dg.build_sensor_context() as context:
        result = statfin_release_sensor(context)
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
        client = StatFinClient(
            source,
            session=statfin.session,
            archive=folder.archive,
            known=known_codes(),
            base_url=statfin.base_url,
            report=lambda line: None,
        )
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
    assert "No table of StatFin has a newer release" in (waiting.skip_message or "")

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
