"""Differences to the committed seeds, as a person meets them: in the asset's check and on the command line."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from assets.classification import SEEDS
from assets.classification_drift import NO_DIFFERENCE, ClassificationService, classification_drift_asset
from assets.folder import DataFolder
from pipeline.classifications import print_differences
from pipeline.settings import Settings
from sources.classifications.replay import ClassificationsReplay, Fault
from sources.http import PoliteSession


def checked(tmp_path: Path, *faults: Fault) -> tuple[dg.AssetCheckEvaluation, dict[str, dg.MetadataValue]]:  # type: ignore[type-arg]
    """What the asset says of a service with these faults: its check and its metadata."""
    asset = classification_drift_asset()
    with ClassificationsReplay(None, seeds=SEEDS, faults=faults) as server, PoliteSession() as session:
        ran = dg.materialize(
            [asset],
            resources={
                "data_folder": DataFolder(tmp_path, "synthetic"),
                "classifications": ClassificationService(server.base_url, session),
            },
        )
    assert ran.success
    (check,) = ran.get_asset_check_evaluations()
    (materialization,) = ran.asset_materializations_for_node(asset.node_def.name)
    return check, dict(materialization.metadata)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_without_a_difference_the_check_passes(tmp_path: Path) -> None:
    check, metadata = checked(tmp_path)
    assert (check.check_name, check.passed) == (NO_DIFFERENCE, True)
    assert metadata["differences"].value == 0


def test_a_difference_warns_names_it_and_changes_nothing(tmp_path: Path) -> None:
    before = contents(SEEDS)
    check, metadata = checked(tmp_path, Fault.MERGED, Fault.RENAMED)
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.description is not None
    assert check.description.endswith("2 differences.")
    assert metadata["differences"].value == 2
    assert "151: Isojoki; NO SUCCESSOR in the seeds" in str(metadata["in full"].value)
    assert contents(SEEDS) == before


def test_the_command_prints_differences_or_writes_a_proposal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KOHTAANTO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KOHTAANTO_REPLAY_SCENARIOS", "classifications:renamed")
    before = contents(SEEDS)
    print_differences(Settings.load(), propose=None)
    assert "Akaan kaupunki" in capsys.readouterr().out
    print_differences(Settings.load(), propose=tmp_path / "proposal")
    assert f"written: {tmp_path / 'proposal' / 'area.csv'}" in capsys.readouterr().out
    assert "Akaan kaupunki" in (tmp_path / "proposal" / "area.csv").read_text("utf-8")
    assert contents(SEEDS) == before
