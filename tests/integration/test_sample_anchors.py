"""The answer keys of the synthetic sample (gate G10) come from outside the chain: from the simulator, by plain Python.

Regions and subregions are sums over visible numbers; a blank municipality takes its share of what its subregion
misses, and a blank occupation of a region its share of what the region misses, by weights from the country row
(contract indicators, sections 2.1 and I07).
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.classification import SEEDS
from quality.anchors import anchor_keys
from sources.statfin.simulator import write_sample

Numbers = dict[str, float | None]
LEVELS = {"region": "MK", "subregion": "SK", "municipality": "KU"}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    folder = tmp_path_factory.mktemp("shipped")
    write_sample(folder, seeds=SEEDS)
    connection = duckdb.connect()
    (table,) = (folder / "statfin").glob("*_12r5_*.parquet")
    connection.read_parquet(str(table)).create_view("areas")
    (table,) = (folder / "statfin").glob("*_12ti_areas_*.parquet")
    connection.read_parquet(str(table)).create_view("occupations")
    return connection


def subregion_of(seeds: Path = SEEDS) -> dict[str, str]:
    with (seeds / "area_municipality.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {r["municipality_area_code"]: r["area_code"] for r in rows if r["area_level"] == "subregion"}


def numbers(shipped: duckdb.DuckDBPyConnection, period: date, content: str) -> Numbers:
    rows = shipped.execute(
        "select Alue, value from areas where Kuukausi = ? and Tiedot = ?", [f"{period:%Y}M{period:%m}", content]
    ).fetchall()
    return dict(rows)


def cells(all_areas: Numbers, partition: str) -> dict[str, float]:
    """The partition's cells; blank municipalities filled by their subregion's margin."""
    subregions = subregion_of()
    markets = {"region": None, "subregion": set(subregions.values()), "municipality": set(subregions)}[partition]
    if markets is None:
        markets = {a for a in all_areas if a.startswith("MK") and a not in ("MK91", "MKJO")}
    found = {area: all_areas[area] for area in markets}
    children: dict[str, list[str]] = defaultdict(list)
    for municipality, subregion in subregions.items():
        children[subregion].append(municipality)
    for subregion, members in children.items():
        if partition != "municipality":
            break
        blanks = [area for area in members if found[area] is None]
        visible = sum(found[area] or 0 for area in members)
        total = all_areas[subregion]
        assert total is not None
        found |= {area: (total - visible) / len(blanks) for area in blanks}
    assert None not in found.values()
    return {area: float(value) for area, value in found.items() if value is not None}


@cache
def pairs(shipped: duckdb.DuckDBPyConnection, period: date, content: str) -> dict[tuple[str, str], float]:
    """(region, 4-digit code): unemployed or vacancies, blanks filled by the bounded adjustment of section 2.1."""
    found: dict[str, Numbers] = defaultdict(dict)
    for area, code, value in shipped.execute(
        "select Alue, Ammattiryhma, value from occupations where Kuukausi = ? and Tiedot = ?",
        [f"{period:%Y}M{period:%m}", content],
    ).fetchall():
        if area == "SSS" or (area.startswith("MK") and area not in ("MK91", "MKJO")):
            found[area][code] = value
    country, total = found.pop("SSS"), {area: row.pop("SSS") for area, row in found.items()}
    filled: dict[tuple[str, str], float] = {}
    for area, row in found.items():
        blanks = [code for code, value in row.items() if value is None]
        rest = (total[area] or 0) - sum(value or 0 for value in row.values())
        weights = [
            weight(country[code], [other[code] for other in found.values()], rest / len(blanks)) for code in blanks
        ]
        filled |= {(area, code): value for code, value in row.items() if value is not None}
        filled |= {(area, code): x for code, x in zip(blanks, bounded(weights, rest), strict=True)}
    return {(area, code): value for (area, code), value in filled.items() if not code.startswith("X")}


def weight(country: float | None, column: list[float | None], mean: float) -> float:
    """Mean of the occupation's blanks where the country row tells it, else that of the region's blanks."""
    blanks = column.count(None)
    if country is None or blanks < 3:
        return mean
    return min(4.0, max(1.0, (country - sum(value or 0 for value in column)) / blanks))


def bounded(weights: list[float], rest: float) -> list[float]:
    """The weights times one factor, each within 1 and 4, so that they add up to `rest`."""
    low, high = 0.0, 4.0
    for _ in range(200):
        factor = (low + high) / 2
        values = [min(4.0, max(1.0, factor * one)) for one in weights]
        low, high = (factor, high) if sum(values) < rest else (low, factor)
    assert math.fsum(values) == pytest.approx(rest, abs=1e-9)
    return values


def counts(shipped: duckdb.DuckDBPyConnection, period: date, content: str, partition: str) -> dict[Any, float]:
    if not partition.startswith("region_x_occ"):
        return dict(cells(numbers(shipped, period, content), partition))
    digits = int(partition[-1])
    rolled: dict[Any, list[float]] = defaultdict(list)
    for (area, code), value in pairs(shipped, period, content).items():
        rolled[area, code[:digits]].append(value)
    return {key: math.fsum(values) for key, values in rolled.items()}


@pytest.mark.parametrize(
    "key", anchor_keys("synthetic")["months"], ids=lambda key: f"{key['partition']}-{key['period']}"
)
def test_the_key_is_what_the_simulator_says(shipped: duckdb.DuckDBPyConnection, key: dict[str, Any]) -> None:
    unemployed = counts(shipped, key["period"], "TYOTTOMATLOPUSSA", key["partition"])
    vacancies = counts(shipped, key["period"], "AVPAIKATLOPUSSA", key["partition"])
    total_u, total_v = math.fsum(unemployed.values()), math.fsum(vacancies.values())
    overlap = math.fsum(math.sqrt(unemployed[a] / total_u * vacancies[a] / total_v) for a in unemployed)
    assert round(1 - overlap, 6) == key["mismatch"]
