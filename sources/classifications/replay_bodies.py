"""Answers of the classification service in its own shape, from recorded files or else built from the project's seeds.

Belongs here: items, map rows and lists of one made-up or recorded service, and the changes of a division to come.
Does not belong here: HTTP (`replay`). What is built says so in the classification's name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sources.classifications.schema import MUNICIPALITY, OCCUPATION, Source
from sources.classifications.snapshot import Classification, read_seeds

Body = dict[str, Any]
LABEL = "(REPLAY of the project's seeds)"
LANGUAGE_NAMES = {"fi": "suomi", "sv": "ruotsi", "en": "englanti"}
PLACEHOLDER = "1899-12-31T22:00:00Z"
EMPLOYMENT_AREA_DATE = "20250101"  # an id that does not follow the year: it must be looked up
ROOT, UNKNOWN = "SSSSS", "X"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a division to come changes: a merger, a new name, another region. Invented; codes are real ones."""

    merged: tuple[str, str] | None = None  # municipality that ends, its successor
    renamed: tuple[str, str] | None = None  # municipality, its new Finnish name
    moved: tuple[str, str] | None = None  # municipality, its new region


class Bodies:
    """The classifications of `years` (the later ones with `change`), seeds underneath, recorded files on top."""

    def __init__(self, source: Source, *, seeds: Path, folder: Path | None, years: tuple[int, ...], change: Change):
        self._source = source
        self._years = years
        self._change = change
        self._seeds = {
            year: _changed(read_seeds(seeds, year=year), change if year != years[0] else Change()) for year in years
        }
        root = folder / "classifications" if folder and (folder / "classifications").is_dir() else folder
        self._recorded = sorted(root.glob("*.json")) if root else []
        self._ids: dict[str, tuple[str, set[int]]] = {}
        for year in years:
            for level in source.tables:
                if level in self._seeds[year]:
                    self._ids.setdefault(self._id(level, year), (level, set()))[1].add(year)

    def classifications(self) -> list[str]:
        """The ids of all classifications."""
        return sorted(self._ids)

    def correspondence_tables(self) -> list[str]:
        """The ids of all maps, municipalities first, and one that is none of ours."""
        found = [
            f"{self._id(MUNICIPALITY, year)}%23{id_}"
            for id_, (level, years) in self._ids.items()
            for year in years
            if level not in (MUNICIPALITY, OCCUPATION)
        ]
        return ["ammatti_1_20010101%23ammatti_1_20100101", *sorted(set(found))]

    def items(self, id_: str, language: str) -> list[Body] | None:
        """The items of a classification; None when there is no such classification."""
        recorded = self._file(f"classification_items_{id_}_{language}")
        if recorded is not None:
            return recorded
        if id_ not in self._ids:
            return None
        level, years = self._ids[id_]
        codes = self._seeds[max(years)][level].codes
        head = {"classification": _head(id_, language)}
        if level != OCCUPATION:
            return [
                {**head, **_item(id_, code, 1, place * 10, names.get(language), language)}
                for place, (code, names) in enumerate(codes.items(), start=1)
            ]
        outside: dict[str, Mapping[str, str | None]] = {ROOT: {"fi": "Yhteensä", "sv": "Totalt", "en": "Total"}}
        outside[UNKNOWN] = {"fi": "Tuntematon", "sv": "Okänd", "en": "Unknown"}
        items = []
        for place, (code, names) in enumerate({**outside, **codes}.items(), start=1):
            depth = float(len(code) if code not in outside else 0 if code == ROOT else 1)
            item = _item(id_, code, depth, place * 10, names.get(language), language)
            parent = code[:-1] if code not in outside and len(code) > 1 else None if code == ROOT else ROOT
            del item["modifiedDate"]
            items.append({**head, **item, "parentItemLocalId": parent and f"{id_}/{parent}", "parentCode": parent})
        return items

    def maps(self, source_id: str, target_id: str, language: str) -> list[Body] | None:
        """The rows of a correspondence table; None when there is none."""
        recorded = self._file(f"maps_{source_id}__{target_id}_{language}")
        if recorded is not None:
            return recorded
        source_level, source_years = self._ids.get(source_id, ("", set()))
        level, years = self._ids.get(target_id, ("", set()))
        if source_level != MUNICIPALITY or level in ("", OCCUPATION) or not source_years & years:
            return None
        year = max(source_years & years)
        members = self._seeds[year][level].members
        return [
            _map_row(source_id, target_id, code, area, language) for code, areas in members.items() for area in areas
        ]

    def _id(self, level: str, year: int) -> str:
        table = self._source.tables[level]
        date = EMPLOYMENT_AREA_DATE if level == "employment_area" else f"{year}0101"
        return table.id or f"{table.series}_1_{date}"

    def _file(self, stem: str) -> list[Body] | None:
        for path in self._recorded:
            if path.stem == stem or path.stem.startswith(f"{stem}_"):
                found: list[Body] = json.loads(path.read_text(encoding="utf-8"))
                return found
        return None


def _changed(seeds: Mapping[str, Classification], change: Change) -> dict[str, Classification]:
    """The seeds as a later division would have them."""
    found = dict(seeds)
    for level, one in seeds.items():
        codes, members = dict(one.codes), dict(one.members)
        if level == MUNICIPALITY and change.renamed:
            code, name = change.renamed
            codes[code] = {**codes[code], "fi": name}
        if level == "region" and change.moved:
            members[change.moved[0]] = (change.moved[1],)
        if change.merged:
            members.pop(change.merged[0], None)
            if level == MUNICIPALITY:
                codes.pop(change.merged[0], None)
        found[level] = Classification(level=level, id=one.id, codes=codes, members=members)
    return found


def _head(id_: str, language: str) -> Body:
    name = f"{id_} {LABEL}"
    return {
        "localId": id_,
        "internationalRecommendation": False,
        "nationalRecommendation": False,
        "classificationName": [{"langName": LANGUAGE_NAMES[language], "lang": language, "name": name}],
        "classificationDescription": [{"langName": LANGUAGE_NAMES[language], "lang": language, "description": name}],
    }


def _item(id_: str, code: str, level: float, order: int, name: str | None, language: str) -> Body:
    return {
        "localId": f"{id_}/{code}",
        "level": level,
        "code": code,
        "order": order,
        "modifiedDate": PLACEHOLDER,
        "parentItemLocalId": None,
        "parentCode": None,
        "classificationItemNames": [{"langName": LANGUAGE_NAMES[language], "lang": language, "name": name}]
        if name
        else [],
        "explanatoryNotes": [],
        "classificationIndexEntry": [{"text": []}],
    }


def _map_row(source_id: str, target_id: str, source_code: str, target_code: str, language: str) -> Body:
    def end(id_: str, code: str) -> Body:
        item = _item(id_, code, 1, 0, code, language)
        return {
            key: value for key, value in item.items() if key not in ("explanatoryNotes", "classificationIndexEntry")
        }

    return {
        "sourceLocalId": f"{source_id}/{source_code}",
        "targetLocalId": f"{target_id}/{target_code}",
        "distributionSourceToTarget": 2,
        "distributionTargetToSource": 0,
        "modifiedDate": PLACEHOLDER,
        "validTo": None,
        "validFrom": None,
        "correspondenceTable": {
            "localId": f"{source_id}#{target_id}",
            "sourceClassification": source_id,
            "targetClassification": target_id,
            "correspondenceTableTexts": f"{source_id} - {target_id} {LABEL}",
        },
        "source": _head(source_id, language),
        "target": _head(target_id, language),
        "sourceItem": end(source_id, source_code),
        "targetItem": end(target_id, target_code),
    }
