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


@cache
def bare_codes(level: str, seeds: Path = SEEDS) -> frozenset[str]:
    """The codes of one level as a source writes them that names the level elsewhere: '06' for region MK06, '2512'.
    `level`: an `area_level` or `occupation_level` of the seeds; residual buckets have no such code."""
    if level.startswith("occ"):
        rows = _rows(seeds / "occupation.csv")
        return frozenset(row["occupation_code"] for row in rows if row["occupation_level"] == level)
    rows = _rows(seeds / "area.csv")
    return frozenset(row["bare_code"] for row in rows if row["area_level"] == level and row["is_residual"] == "false")


@cache
def region_of_municipality(seeds: Path = SEEDS) -> dict[str, str]:
    """Bare code of a municipality -> bare code of its region: '091' -> '01'."""
    return {
        row["municipality_area_code"].removeprefix("KU"): row["area_code"].removeprefix("MK")
        for row in _rows(seeds / "area_municipality.csv")
        if row["area_level"] == "region"
    }


def _codes(path: Path, column: str) -> frozenset[str]:
    return frozenset(row[column] for row in _rows(path))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
