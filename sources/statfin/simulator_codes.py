"""The codes of the sample, read from the project's seeds: which areas and occupations there are, in which order.

Belongs here: codes, texts, membership. Does not belong here: numbers, files of the sample.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LANGUAGES = ("fi", "sv", "en")
LEVELS = ("municipality", "region", "subregion", "ely")  # in the order of the API
UNKNOWN_CODES = ("KU199", "MK91", "SK902", "ELY80")  # of the same four levels
FLEXIBLE_CODES = ("KUJOU", "MKJO", "SKJOU", "ELYJO")
RESIDUAL_TEXTS = {"Unknown": ("Tuntematon", "Okänd"), "Flexible": ("Joustava", "Flexibel")}
# The ISCO-08 unit groups that table 12ti does not have.
ABSENT_OCCUPATIONS = frozenset(
    (
        "1113",
        "2222",
        "2230",
        "2240",
        "2264",
        "2267",
        "3252",
        "3253",
        "4414",
        "5162",
        "6223",
        "6310",
        "6320",
        "6330",
        "6340",
        "9121",
        "9331",
        "9624",
    )
)


@dataclass(frozen=True, slots=True)
class Named:
    """A code with its texts (fi, sv, en)."""

    code: str
    fi: str
    sv: str
    en: str


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of the sample, in the order of the API, and which municipality belongs where.

    `areas`: SSS, then by level; `parent`: level -> the area code of each municipality, parallel to `municipalities`.
    """

    areas: tuple[Named, ...]
    occupations: tuple[Named, ...]
    municipalities: tuple[str, ...]
    parent: Mapping[str, tuple[str, ...]]

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions, in the order of the API."""
        return tuple(area.code for area in self.areas if area.code in set(self.parent["region"]))

    @property
    def region_of(self) -> NDArray[np.int64]:
        """Each municipality's position in `regions`."""
        regions = self.regions
        return np.array([regions.index(code) for code in self.parent["region"]])


def read_codes(seeds: Path) -> Codes:
    """The codes of tables 12r5 and 12ti as of 2026, from the project's seeds."""
    rows = {row["area_code"]: row for row in rows_of(seeds / "area.csv")}
    membership = rows_of(seeds / "area_municipality.csv")
    in_force: dict[str, list[dict[str, str]]] = {level: [] for level in LEVELS}
    for code, row in rows.items():
        if row["area_level"] in in_force and not row["successor_area_code"] and code not in ("MK90", "X", "SK151"):
            in_force[row["area_level"]].append(row)
    country = Named("SSS", rows["SSS"]["area_name_fi"], rows["SSS"]["area_name_sv"], rows["SSS"]["area_name_en"])
    areas = [country]
    for level in LEVELS:
        named = [_named(row) for row in in_force[level]]
        by_name = level in ("municipality", "subregion")
        areas += sorted(named, key=_alphabetical if by_name else _code)
    residual = {*UNKNOWN_CODES, *FLEXIBLE_CODES}
    municipalities = [area.code for area in areas if area.code.startswith("KU") and area.code not in residual]
    parent = {
        level: {row["municipality_area_code"]: row["area_code"] for row in membership if row["area_level"] == level}
        for level in (*LEVELS[1:], "major_region")
    }
    return Codes(
        areas=tuple(areas),
        occupations=_occupations(seeds),
        municipalities=tuple(municipalities),
        parent={level: tuple(of[code] for code in municipalities) for level, of in parent.items()},
    )


def every_area(seeds: Path) -> list[Named]:
    """Every area that the seeds describe, residual ones apart, with its texts."""
    rows = [row for row in rows_of(seeds / "area.csv") if row["is_residual"] == "false"]
    return [_named(row) for row in rows]


def every_occupation(seeds: Path) -> list[Named]:
    """Every occupation of levels 1 to 4 with its texts, and the total as the employment statistics spell it."""
    rows = [r for r in rows_of(seeds / "occupation.csv") if r["occupation_level"] in ("occ1", "occ2", "occ3", "occ4")]
    named = [
        Named(code, *(f"{code} {row[f'occupation_name_{lang}'] or row['occupation_name_fi']}" for lang in LANGUAGES))
        for row in rows
        for code in (row["occupation_code"],)
    ]
    return [Named("SSSSS", "Yhteensä", "Totalt", "Total"), *sorted(named, key=_code)]


def _named(row: Mapping[str, str]) -> Named:
    code, en = row["area_code"], row["area_name_en"]
    fi, sv = (row["area_name_fi"], row["area_name_sv"]) if row["is_residual"] == "false" else RESIDUAL_TEXTS[en]
    prefix = "" if row["area_level"] == "municipality" else f"{code} "
    return Named(code, prefix + fi, prefix + (sv or fi), prefix + en)


def _occupations(seeds: Path) -> tuple[Named, ...]:
    """SSS, the unit groups (armed forces last), the X codes."""
    wanted = [
        row
        for row in rows_of(seeds / "occupation.csv")
        if row["occupation_level"] in ("total", "occ4", "special") and row["occupation_code"] not in ABSENT_OCCUPATIONS
    ]
    levels = {"total": 0, "occ4": 1, "special": 2}
    wanted.sort(key=lambda r: (levels[r["occupation_level"]], r["occupation_code"][0] == "0", r["occupation_code"]))
    return tuple(
        Named(
            code,
            *(f"{code} {row[f'occupation_name_{lang}'] or row['occupation_name_fi']}" for lang in LANGUAGES),
        )
        for row in wanted
        for code in (row["occupation_code"],)
    )


def _code(named: Named) -> str:
    return named.code


def _alphabetical(named: Named) -> str:
    """Sorts by Finnish name; å, ä, ö come after z."""
    return named.fi.removeprefix(named.code).translate(str.maketrans("ÅÄÖåäö", "{|}{|}")).lower()


def rows_of(path: Path) -> list[dict[str, str]]:
    """A seed as its rows."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
