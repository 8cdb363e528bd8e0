"""What the classification service says at one time, and what the seeds say: two of these are compared.

Belongs here: the records, reading the seeds into them. Does not belong here: asking the service (`client`), comparing.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from sources.classifications.schema import MUNICIPALITY, OCCUPATION

Names = Mapping[str, str | None]  # language -> name
OCCUPATION_LEVELS = ("occ1", "occ2", "occ3", "occ4")
Line = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The codes of one level with their names; `members`: municipality -> its areas here (exactly one, if all is well).

    `members` is empty for municipalities and occupations. Codes are bare, leading zeros kept. `modified_at`: the newest
    change that the service admits to, None when it names none.
    """

    level: str
    id: str
    codes: Mapping[str, Names]
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Every classification that could be read, for the division of `year`; `unread`: level -> why not."""

    year: int
    retrieved_at: datetime
    classifications: Mapping[str, Classification]
    unread: Mapping[str, str]


def read_lines(path: Path) -> tuple[list[str], list[Line]]:
    """Header and lines of a seed, all text."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        lines = list(reader)
    return list(reader.fieldnames or ()), lines


def read_seeds(seeds: Path, *, year: int) -> dict[str, Classification]:
    """What area.csv, area_municipality.csv and occupation.csv hold in force in `year`: level -> classification.

    Buckets that are no place are left out; of occupations the levels 1 to 4 count, without total and X codes.
    """
    _, areas = read_lines(seeds / "area.csv")
    _, memberships = read_lines(seeds / "area_municipality.csv")
    _, occupations = read_lines(seeds / "occupation.csv")
    codes: dict[str, dict[str, Names]] = {}
    bare: dict[str, str] = {}
    for line in areas:
        bare[line["area_code"]] = line["bare_code"]
        if line["is_residual"] == "false" and line["area_level"] != "country" and in_force(line, year):
            codes.setdefault(line["area_level"], {})[line["bare_code"]] = names_of(line, "area")
    codes[OCCUPATION] = {
        line["occupation_code"]: names_of(line, "occupation")
        for line in occupations
        if line["occupation_level"] in OCCUPATION_LEVELS
    }
    members: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in memberships:
        of_level = members.setdefault(line["area_level"], {})
        municipality = bare[line["municipality_area_code"]]
        of_level[municipality] = (*of_level.get(municipality, ()), bare[line["area_code"]])
    return {
        level: Classification(level=level, id=f"seeds/{level}", codes=found, members=members.get(level, {}))
        for level, found in codes.items()
    }


def in_force(line: Line, year: int) -> bool:
    """Whether an area of the seed is valid on 1 January of `year`; empty limits are open."""
    day = date(year, 1, 1).isoformat()
    return (not line["valid_from"] or line["valid_from"] <= day) and (not line["valid_to"] or line["valid_to"] >= day)


def names_of(line: Line, kind: str) -> Names:
    """The names of a line of area.csv or occupation.csv by language; None where the seed has none."""
    return {language: line[f"{kind}_name_{language}"] or None for language in ("fi", "sv", "en")}


def successors(seeds: Path) -> dict[str, str]:
    """Former municipality -> the one it belongs to now (bare codes), from area.csv and municipality_successor.csv."""
    _, areas = read_lines(seeds / "area.csv")
    bare = {line["area_code"]: line["bare_code"] for line in areas}
    found = {
        line["bare_code"]: bare[line["successor_area_code"]]
        for line in areas
        if line["area_level"] == MUNICIPALITY and line["successor_area_code"]
    }
    path = seeds / "municipality_successor.csv"
    if path.exists():
        for line in read_lines(path)[1]:
            found.setdefault(line["former_municipality_code"], line["successor_municipality_code"])
    return found
