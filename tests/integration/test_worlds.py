"""The services of a run: what is switched off and why, which faults go where, and postings through either interface."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from assets.classification import SEEDS
from assets.folder import DataFolder
from assets.landing.intake import NO_VINTAGE, Feed, take_in
from assets.landing.postings import PostingsService, postings_feed
from assets.landing.state import State
from pipeline.replay import SAMPLE, Part, faults, folder_of, refuse_unknown_faults
from pipeline.services import open_barometer, open_postings
from pipeline.settings import Settings, SettingsError
from sources.tyomarkkinatori.simulator import write_sample


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting but those of the test."""
    for name in list(os.environ):
        if name.startswith("KOHTAANTO_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def postings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a few hundred invented postings."""
    folder = tmp_path_factory.mktemp("postings")
    write_sample(folder, seeds=SEEDS, open_postings=300)
    return folder


def load(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Settings:
    for name, value in settings.items():
        monkeypatch.setenv(f"KOHTAANTO_{name.upper()}", value)
    return Settings.load()


def silent(_: str) -> None: ...


def feed_of(service: PostingsService, folder: DataFolder) -> Feed:
    return replace(postings_feed(service, folder, silent), judge=lambda landed: [])


def landed(folder: DataFolder) -> list[str]:
    return sorted(path.name for path in (folder.landed_dir / "tyomarkkinatori" / "posting_cohorts").iterdir())


def test_faults_go_to_the_source_they_name(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        replay_scenarios="html-503:3, postings:server-error:2,barometer:outage,statfin:outage,table-gone:12tv",
    )
    assert faults(settings, Part.STATFIN) == ["html-503:3", "outage", "table-gone:12tv"]
    assert faults(settings, Part.POSTINGS) == ["server-error:2"]
    assert faults(settings, Part.BAROMETER) == ["outage"]
    assert faults(settings, Part.CLASSIFICATIONS) == []


@pytest.mark.parametrize("scenario", ["earthquake", "postings:earthquake", "barometer:earthquake", "earthquake:outage"])
def test_a_fault_that_no_server_knows_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    known = "table-gone:12tv,postings:vanished:3,barometer:outage:3,classifications:html"
    refuse_unknown_faults(load(monkeypatch, replay_scenarios=known))
    with pytest.raises(SettingsError, match=r"has no fault 'earthquake'\. .*--scenario list"):
        refuse_unknown_faults(load(monkeypatch, replay_scenarios=f"{known},{scenario}"))


def test_a_sample_of_an_earlier_version_gets_the_tables_that_have_come_since(
    monkeypatch: pytest.MonkeyPatch, sample: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample, tmp_path / SAMPLE)
    settings = load(monkeypatch, data_dir=str(tmp_path))
    about = tmp_path / SAMPLE / "statfin" / "dataset.json"
    about.write_text(about.read_text().replace("2026-08-21", "2026-08-22"))
    changed = about.read_text()
    folder_of(settings, Part.STATFIN)
    assert about.read_text() == changed, "a whole sample was written again"
    (gone,) = (tmp_path / SAMPLE / "statfin").glob("*_12tv_*")
    gone.unlink()
    folder_of(settings, Part.STATFIN)
    assert gone.exists()


def test_live_sources_without_key_or_licence_are_off_and_say_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load(monkeypatch, world="live", contact="a@example.org")
    folder = DataFolder(tmp_path, "live")
    with open_postings(settings) as service:
        off = take_in(folder, feed_of(service, folder), again=False, report=silent)
    assert (off.state, off.vintage) == (State.OFF, None)
    assert "KOHTAANTO_POSTINGS_KEY" in (off.reason or "")
    assert landed(folder) == [NO_VINTAGE]
    with open_barometer(settings) as barometer:
        assert "No licence" in (barometer.off or "")


def test_a_folder_without_a_part_leaves_that_source_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load(monkeypatch, recordings=str(tmp_path))
    with open_postings(settings) as service, open_barometer(settings) as barometer:
        assert service.off == "The replayed folder holds no job_postings."
        assert barometer.off == "The replayed folder holds no barometer."


@pytest.mark.parametrize("interface", ["p67", "v1"])
def test_postings_come_by_either_interface_and_only_the_newest_vintage_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postings: Path, interface: str
) -> None:
    folder = DataFolder(tmp_path, "synthetic")
    settings = load(monkeypatch, recordings=str(postings), postings_interface=interface)
    with open_postings(settings) as service:
        first = take_in(folder, feed_of(service, folder), again=False, report=silent)
        assert (first.state, first.is_new) == (State.CURRENT, True)
        same = take_in(folder, feed_of(service, folder), again=False, report=silent)
        assert (same.state, same.is_new, same.vintage) == (State.CURRENT, False, first.vintage)
    assert first.vintage is not None
    later = first.vintage.source_updated_at.replace(tzinfo=UTC) + timedelta(days=3)
    with open_postings(load(monkeypatch, replay_clock=later.isoformat())) as service:
        second = take_in(folder, feed_of(service, folder), again=False, report=silent)
    assert second.vintage is not None
    assert second.vintage.source_updated_at > first.vintage.source_updated_at
    assert landed(folder) == [second.vintage.vintage_id]
    kept = {path.name for path in (folder.archive.root / "tyomarkkinatori" / "sha256").glob("*/*")}
    assert kept == set(second.vintage.answers)


def test_a_replayed_service_that_refuses_connections_from_the_start_can_be_closed(
    monkeypatch: pytest.MonkeyPatch, postings: Path
) -> None:
    settings = load(monkeypatch, recordings=str(postings), replay_scenarios="postings:outage")
    with open_postings(settings) as service:
        assert service.off is None
