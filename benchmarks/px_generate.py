"""A synthetic PX file of a whole table in the shape of StatFin 12ti, and the truth: `... WORLD AREAS MONTHS`.

Codes are real, numbers are drawn: a cell has 2.5 bytes on average (2.6 in the real file), because most cells of a
municipality are 0. 421 areas and 211 months are the real table's 77,105,308 cells. Written row by row of areas, so that
generating needs no memory either. Truth is written while drawing, so that no reader is judged by another's reading.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from generate import LABELS, SEED, SEEDS, UPDATED, ZERO

from sources.archive import RawArchive
from sources.vintage import Vintage

LEVELS = ("SSS", "KU", "MK", "SK", "ELY")
SUPPRESSED = 0.25  # of the cells of an area above the municipalities
SUPPRESSED_SMALL, ZERO_SMALL = 0.06, 0.80  # of those of a municipality
LARGEST = 99_999
WORDS = np.array([str(number) for number in range(LARGEST + 1)], dtype=object)
SECRET = '"..."'


def generate(world: Path, areas: int, months: int) -> None:
    """Write a raw store with one PX file, `vintage.json` and `truth.json` (as generate.py does) into `world`."""
    codes = _codes(areas, months)
    truth: dict[str, Any] = {"cells": 0, "missing": 0, "sum": 0, "sample": []}
    archive = RawArchive(world / "raw")
    head = msgspec.json.encode(
        {
            "title": "Synthetic",
            "variables": [
                {"code": code, "text": LABELS[code], "values": values, "valueTexts": values}
                | ({"time": True} if code == "timeperiod_m" else {})
                for code, values in codes.items()
            ],
        }
    )
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
        answers=(archive.put_stream(_file(codes, truth), request={}),),
    )
    (world / "vintage.json").write_bytes(msgspec.json.encode(vintage))
    (world / "truth.json").write_text(json.dumps(truth))


def _codes(areas: int, months: int) -> dict[str, list[str]]:
    with (SEEDS / "area.csv").open(encoding="utf-8") as seed:
        named = [row["area_code"] for row in csv.DictReader(seed) if row["area_code"].startswith(LEVELS)]
    with (SEEDS / "occupation.csv").open(encoding="utf-8") as seed:
        levels = ("total", "occ4", "special")
        occupations = [row["occupation_code"] for row in csv.DictReader(seed) if row["occupation_level"] in levels]
    if len(named) < areas:
        sys.exit(f"{SEEDS}/area.csv names {len(named)} areas, {areas} are asked for")
    last = UPDATED.year * 12 + UPDATED.month - 1
    return {
        "Alue": named[:areas],
        "Ammattiryhmä": occupations[:434],
        "timeperiod_m": [f"{m // 12}M{m % 12 + 1:02}" for m in range(last - months + 1, last + 1)],
        "contentscode": list(ZERO),
    }


def _file(codes: dict[str, list[str]], truth: dict[str, Any]) -> Iterator[bytes]:
    yield _header(codes)
    random = np.random.default_rng([SEED, len(codes["Alue"]), len(codes["timeperiod_m"])])
    shape = tuple(len(values) for values in list(codes.values())[1:])
    for area in codes["Alue"]:
        values, hidden = _draw(random, shape, small=area.startswith("KU"))
        words = WORDS[values]
        words[hidden] = SECRET
        for row in words.reshape(shape[0], -1).tolist():
            yield f"{' '.join(row)} \r\n".encode()
        truth["cells"] += values.size
        truth["missing"] += int(hidden.sum())
        truth["sum"] += int(values[~hidden].sum())
        for cell in random.integers(values.size, size=50).tolist():
            place = np.unravel_index(cell, shape)
            key = [names[at] for names, at in zip(list(codes.values())[1:], place, strict=True)]
            truth["sample"].append([area, *key, None if hidden[place] else int(values[place])])
    yield b";\r\n"


def _header(codes: dict[str, list[str]]) -> bytes:
    lines = ['CHARSET="ANSI"', 'AXIS-VERSION="2013"', 'CODEPAGE="iso-8859-15"', 'LANGUAGE="fi"']
    lines += ["DECIMALS=0", 'MATRIX="12ti"', 'TITLE="Synthetic"', 'CONTENTS="Synthetic"', 'UNITS="number"']
    lines += ['STUB="Region","Occupation"', 'HEADING="Month","Information"', 'CONTVARIABLE="Information"']
    for code, values in codes.items():
        name = f'("{LABELS[code]}")='
        listed = ",\r\n".join(f'"{value}"' for value in values)
        lines += [f'VARIABLECODE{name}"{code}"', f"VALUES{name}{listed}", f"CODES{name}{listed}"]
    lines += ['LAST-UPDATED="20260825 08:00"', 'SOURCE="SYNTHETIC"']
    return ("".join(f"{line};\r\n" for line in lines) + "DATA=\r\n").encode("iso-8859-15")


def _draw(random: np.random.Generator, shape: tuple[int, ...], *, small: bool) -> tuple[np.ndarray, np.ndarray]:
    """Values (0, or 5 and more) and which of them are withheld; contents on the last axis."""
    values = 5 + random.lognormal(2 if small else 3, 1.2 if small else 1.5, size=shape).astype(np.int64)
    zero = np.array([*ZERO.values()])
    values[random.random(shape) < (ZERO_SMALL + (1 - ZERO_SMALL) * zero if small else zero)] = 0
    return np.minimum(values, LARGEST), random.random(shape) < (SUPPRESSED_SMALL if small else SUPPRESSED)


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
