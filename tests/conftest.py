"""What every test may ask for: the generated sample, the recordings, the repository's root."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.classification import SEEDS

ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT.parent / "shared" / "recordings"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the replay server: the synthetic sample, 12 months of it, without municipalities by occupation."""
    from sources.statfin.simulator import write_sample

    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, seeds=SEEDS, months=12, municipal_months=0)
    return folder


@pytest.fixture(scope="session")
def municipal_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with municipalities by occupation in the last 2 months: table 12ti is then fifteen times as large."""
    from sources.statfin.simulator import write_sample

    folder = tmp_path_factory.mktemp("municipal_sample")
    write_sample(folder, seeds=SEEDS, months=12, municipal_months=2)
    return folder


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings, where this machine has one."""
    if not (RECORDINGS / "statfin").is_dir():
        pytest.skip("no recordings")
    return RECORDINGS
