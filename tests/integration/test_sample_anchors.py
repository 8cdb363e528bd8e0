"""The answer keys of the synthetic sample (gate G10) come from outside the chain: from the simulator, by plain Python.

Regions and subregions are sums over visible numbers; a blank municipality takes its share of what its subregion
misses (contract indicators, sections 2.1 and I07).
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from datetime import date
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


@pytest.mark.parametrize(
    "key", anchor_keys("synthetic")["months"], ids=lambda key: f"{key['partition']}-{key['period']}"
)
def test_the_key_is_what_the_simulator_says(shipped: duckdb.DuckDBPyConnection, key: dict[str, Any]) -> None:
    unemployed = cells(numbers(shipped, key["period"], "TYOTTOMATLOPUSSA"), key["partition"])
    vacancies = cells(numbers(shipped, key["period"], "AVPAIKATLOPUSSA"), key["partition"])
    total_u, total_v = math.fsum(unemployed.values()), math.fsum(vacancies.values())
    overlap = math.fsum(math.sqrt(unemployed[a] / total_u * vacancies[a] / total_v) for a in unemployed)
    assert round(1 - overlap, 6) == key["mismatch"]
