"""Finished runs of the product that the tests of this folder share."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from command_line import kohtaanto
from small_sample import write_small_sample


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A data folder with one release from the bundled sample, and what the run printed. Not to be written to."""
    folder = tmp_path_factory.mktemp("published")
    outcome = kohtaanto("run", "--data-dir", folder)
    assert outcome.returncode == 0, outcome.stderr[-3000:]
    return folder, outcome


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one release from a smaller sample, for tests that run the job again. Not to be written to."""
    folder = tmp_path_factory.mktemp("small")
    write_small_sample(folder)
    outcome = kohtaanto("run", "--data-dir", folder)
    assert outcome.returncode == 0, outcome.stderr[-3000:]
    return folder
