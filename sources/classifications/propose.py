"""Proposed seeds: copies of the committed ones with the service's differences carried in, for a reviewed change.

Belongs here: writing the copies into a work folder. Does not belong here: deciding; the committed seeds are never
written, and what a person must find out (a successor) is left empty.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from sources.archive import write_atomically
from sources.classifications.compare import Difference, Kind, compare, render
from sources.classifications.schema import OCCUPATION, Source
from sources.classifications.snapshot import Classification, Line, Snapshot, in_force, read_lines, successors


class ProposalError(Exception):
    """The proposal would overwrite the committed seeds."""


def propose(snapshot: Snapshot, folder: Path, *, seeds: Path, source: Source) -> list[Path]:
    """Write area.csv, area_municipality.csv, occupation.csv and differences.txt into `folder`; return their paths.

    Seeds without a difference are byte for byte the committed ones. A vanished area gets its last day and, where the
    seeds know it, its successor; a missing translation keeps the name there is; levels that were not read or whose
    answer contradicts itself stay as they are; vanished occupations stay, since older figures carry them. Raises
    ProposalError when `folder` is the seeds' own.
    """
    if folder.resolve() == seeds.resolve():
        raise ProposalError(f"{folder} holds the committed seeds. Name another folder, compare, then copy by hand.")
    differences = compare(snapshot, seeds=seeds)
    written = {
        "area.csv": _areas(snapshot, seeds, source),
        "area_municipality.csv": _memberships(snapshot, seeds, source, differences),
        "occupation.csv": _occupations(snapshot, seeds),
        "differences.txt": render(differences, snapshot).encode(),
    }
    for name, content in written.items():
        write_atomically(folder / name, content)
    return [folder / name for name in written]


def _areas(snapshot: Snapshot, seeds: Path, source: Source) -> bytes:
    header, lines = read_lines(seeds / "area.csv")
    gone = successors(seeds)
    prefixes = {level: table.prefix for level, table in source.tables.items()}
    levels = {level: one for level, one in snapshot.classifications.items() if level != OCCUPATION}
    known: set[tuple[str, str]] = set()
    for line in lines:
        level, code = line["area_level"], line["bare_code"]
        known.add((level, code))
        classification = levels.get(level)
        if classification is None or line["is_residual"] == "true" or not in_force(line, snapshot.year):
            continue
        if code in classification.codes:
            _rename(line, "area", classification.codes[code])
        else:
            line["valid_to"] = f"{snapshot.year - 1}-12-31"
            if code in gone:
                line["successor_area_code"] = f"{prefixes[level]}{gone[code]}"
    fresh = [
        _new_area(header, f"{prefixes[level]}{code}", level, code, classification, snapshot.year)
        for level, classification in levels.items()
        for code in classification.codes
        if (level, code) not in known
    ]
    return _csv(header, sorted([*lines, *fresh], key=lambda line: line["area_code"]) if fresh else lines)


def _new_area(
    header: Sequence[str], area_code: str, level: str, code: str, classification: Classification, year: int
) -> Line:
    line = dict.fromkeys(header, "")
    line |= {
        "area_code": area_code,
        "area_level": level,
        "bare_code": code,
        "valid_from": f"{year}-01-01",
        "is_residual": "false",
    }
    _rename(line, "area", classification.codes[code])
    return line


def _memberships(snapshot: Snapshot, seeds: Path, source: Source, differences: Sequence[Difference]) -> bytes:
    header, lines = read_lines(seeds / "area_municipality.csv")
    prefixes = {level: table.prefix for level, table in source.tables.items()}
    contradictions = {one.level for one in differences if one.kind in (Kind.NOT_ONE_AREA, Kind.UNKNOWN_AREA)}
    kept = [line for line in lines if not _is_replaced(line["area_level"], snapshot, contradictions)]
    fresh = [
        {
            "area_level": level,
            "area_code": f"{prefixes[level]}{area}",
            "municipality_area_code": f"{prefixes['municipality']}{municipality}",
        }
        for level, classification in snapshot.classifications.items()
        if _is_replaced(level, snapshot, contradictions)
        for municipality, (area,) in classification.members.items()
    ]
    ordered = sorted([*kept, *fresh], key=lambda line: tuple(line[column] for column in header))
    return _csv(header, ordered)


def _is_replaced(level: str, snapshot: Snapshot, contradictions: set[str]) -> bool:
    classification = snapshot.classifications.get(level)
    return bool(classification and classification.members) and level not in contradictions


def _occupations(snapshot: Snapshot, seeds: Path) -> bytes:
    header, lines = read_lines(seeds / "occupation.csv")
    classification = snapshot.classifications.get(OCCUPATION)
    codes = classification.codes if classification else {}
    known = {line["occupation_code"] for line in lines}
    for line in lines:
        if line["occupation_code"] in codes:
            _rename(line, "occupation", codes[line["occupation_code"]])
    fresh = [_new_occupation(header, code, names) for code, names in codes.items() if code not in known]
    return _csv(header, sorted([*lines, *fresh], key=lambda line: line["occupation_code"]) if fresh else lines)


def _new_occupation(header: Sequence[str], code: str, names: Mapping[str, str | None]) -> Line:
    line = dict.fromkeys(header, "")
    line |= {
        "occupation_code": code,
        "occupation_level": f"occ{len(code)}",
        "parent_occupation_code": code[:-1] or "SSS",
        "is_x_code": "false",
    }
    _rename(line, "occupation", names)
    return line


def _rename(line: Line, kind: str, names: Mapping[str, str | None]) -> None:
    for language, name in names.items():
        if name:
            line[f"{kind}_name_{language}"] = name


def _csv(header: Sequence[str], lines: Sequence[Line]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()
