"""The codes that the project knows, read from the seeds of the warehouse: the one list of areas and occupations."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"


@cache
def known_codes(seeds: Path = SEEDS) -> dict[str, frozenset[str]]:
    """Role of a dimension -> its codes: 'area' (StatFin style, former municipalities included) and 'occupation'."""
    return {role: _codes(seeds / f"{role}.csv", f"{role}_code") for role in ("area", "occupation")}


def _codes(path: Path, column: str) -> frozenset[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return frozenset(row[column] for row in csv.DictReader(stream))
