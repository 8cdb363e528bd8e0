"""Synthetic json-stat2 answers in the shape of StatFin 12ti, and the truth: `python generate.py WORLD MONTHS`.

Codes are real, numbers are drawn: `size` cells in answers of at most 120,000, two contents, the share of cells withheld
that the real table has. Truth is written while drawing, so that no contender is judged by another's reading.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sources.archive import RawArchive
from sources.statfin.layout import find_layout
from sources.statfin.plan import plan
from sources.statfin.schema import Metadata, load_source
from sources.vintage import Vintage

SEED = 20_060_131
MAX_CELLS = 120_000
SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"
UPDATED = datetime(2026, 8, 25, 5, tzinfo=UTC)
SUPPRESSED = 0.25  # of all cells
ZERO = {"TYOTTOMATLOPUSSA": 0.36, "AVPAIKATLOPUSSA": 0.82}  # of the visible cells
LABELS = {
    "Alue": "Region",
    "Ammattiryhmä": "Occupation",
    "timeperiod_m": "Month",
    "contentscode": "Information",
}
Codes = Mapping[str, Mapping[str, str]]  # variable -> code -> text


def generate(world: Path, months: int, *, with_status: bool) -> None:
    """Write a raw store, `vintage.json` and `truth.json` of `months` months into the new folder `world`.

    truth.json: cells, missing, sum, and a sample of cells as [area, occupation, month, content, value or null].
    Without status the same cells are null, but no answer says why.
    """
    random = np.random.default_rng([SEED, months])
    codes = _codes(months)
    archive = RawArchive(world / "raw")
    source = load_source()
    head = msgspec.json.encode(
        {
            "title": "Synthetic",
            "variables": [
                {"code": v, "text": LABELS[v], "values": list(texts), "valueTexts": list(texts.values())}
                | ({"time": True} if v == "timeperiod_m" else {})
                for v, texts in codes.items()
            ],
        }
    )
    layout = find_layout("12ti", source.tables["12ti"], msgspec.json.decode(head, type=Metadata), source, {})
    answers: list[str] = []
    truth: dict[str, Any] = {"cells": 0, "missing": 0, "sum": 0, "sample": []}
    for chunk in plan(layout, MAX_CELLS):
        selected = {v: {code: codes[v][code] for code in chunk.selection[v]} for v in layout.variables}
        values, hidden = _draw(random, tuple(len(texts) for texts in selected.values()))
        answers.append(archive.put(_json_stat2(selected, values, hidden, with_status), request={}))
        truth["cells"] += values.size
        truth["missing"] += int(hidden.sum())
        truth["sum"] += int(values[~hidden].sum())
        for cell in random.integers(values.size, size=200).tolist():
            place = np.unravel_index(cell, values.shape)
            key = [list(texts)[at] for texts, at in zip(selected.values(), place, strict=True)]
            truth["sample"].append([*key, None if hidden[place] else int(values[place])])
    vintage = Vintage(
        vintage_id="statfin-12ti-synthetic",
        source="statfin",
        table="12ti",
        title="Synthetic",
        source_updated_at=UPDATED,
        retrieved_at=UPDATED,
        division="Alue 2026",
        attribution="SYNTHETIC",
        selection="",
        metadata=archive.put(head, request={}),
        answers=tuple(answers),
    )
    (world / "vintage.json").write_bytes(msgspec.json.encode(vintage))
    (world / "truth.json").write_text(json.dumps(truth))


def _codes(months: int) -> dict[str, dict[str, str]]:
    """The variables in the table's order: country and regions, occupations, months to 2026M08, two contents."""
    with (SEEDS / "area.csv").open(encoding="utf-8") as seed:
        areas = {
            row["area_code"]: f"{row['area_code']} {row['area_name_en']}"
            for row in csv.DictReader(seed)
            if row["area_code"] == "SSS" or row["area_code"].startswith("MK")
        }
    with (SEEDS / "occupation.csv").open(encoding="utf-8") as seed:
        occupations = {
            row["occupation_code"]: f"{row['occupation_code']} {row['occupation_name_en']}"
            for row in csv.DictReader(seed)
            if row["occupation_level"] in ("total", "occ4", "special")
        }
    last = UPDATED.year * 12 + UPDATED.month - 1
    periods = [f"{month // 12}M{month % 12 + 1:02}" for month in range(last - months + 1, last + 1)]
    return {
        "Alue": areas,
        "Ammattiryhmä": occupations,
        "timeperiod_m": {period: period for period in periods},
        "contentscode": {
            "TYOTTOMATLOPUSSA": "Unemployed jobseekers on calculation date (number)",
            "AVPAIKATLOPUSSA": "Vacancies open on calculation date (number)",
        },
    }


def _draw(random: np.random.Generator, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Values (0, or 5 and more) and which of them are withheld; contents on the last axis."""
    values = 5 + random.lognormal(3, 1.5, size=shape).astype(np.int64)
    values[random.random(shape) < np.array([*ZERO.values()])] = 0
    return values, random.random(shape) < SUPPRESSED


def _json_stat2(codes: Codes, values: np.ndarray, hidden: np.ndarray, with_status: bool) -> bytes:
    """One answer, spelled as the service does (contract statfin, section 6.1)."""
    numbers = values.astype(object)
    numbers[hidden] = None
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": "Synthetic by Region, Occupation, Month and Information",
        "source": "Synthetic",
        "updated": f"{UPDATED:%Y-%m-%dT%H:%M:%SZ}",
        "note": ["... = Data is subject to secrecy"],
        "role": {"time": ["timeperiod_m"], "geo": ["Alue"], "metric": ["contentscode"]},
        "id": list(codes),
        "size": [len(texts) for texts in codes.values()],
        "dimension": {
            variable: {
                "label": LABELS[variable],
                "category": {"index": {code: at for at, code in enumerate(texts)}, "label": texts},
                "extension": {"show": "value"},
            }
            for variable, texts in codes.items()
        },
        "value": numbers.ravel().tolist(),
    }
    if with_status:
        document["status"] = {str(cell): "..." for cell in np.flatnonzero(hidden)}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]), with_status="--without-status" not in sys.argv)
