"""A smaller sample than the bundled one, for tests that run the whole job again and again."""

from __future__ import annotations

from pathlib import Path

from assets.classification import SEEDS
from sources.statfin.simulator import write_sample as write_statfin
from sources.tyomarkkinatori.simulator import write_sample as write_postings

MONTHS = 15
"""Enough for a change on the year before."""
FIRST_MONTH = "2025-05-01"


def write_small_sample(data_folder: Path) -> None:
    """Lay the sample into `data_folder` as a first run would, but smaller: the run then takes it as it is."""
    write_statfin(data_folder / "sample", seeds=SEEDS, months=MONTHS)
    write_postings(data_folder / "sample", seeds=SEEDS, open_postings=600)
