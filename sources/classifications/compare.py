"""What the service says otherwise than the committed seeds, as records and as text for the person who decides.

Belongs here: comparing, wording. Does not belong here: changing anything (`propose` writes a suggestion elsewhere).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sources.classifications.schema import MUNICIPALITY, OCCUPATION
from sources.classifications.snapshot import Classification, Snapshot, read_seeds, successors

SHOWN = 20  # differences of one kind and level that the text spells out


class Kind(StrEnum):
    """How the service differs from the seeds; the last three are faults within the service's own answer."""

    NEW_CODE = "new code"
    VANISHED_CODE = "vanished code"
    CHANGED_NAME = "changed name"
    CHANGED_MEMBERSHIP = "changed membership"
    MISSING_TRANSLATION = "missing translation"
    NOT_ONE_AREA = "not in exactly one area"
    UNKNOWN_AREA = "mapped to an unknown area"
    NOT_READ = "not read"


MENDS: Mapping[Kind, str] = {
    Kind.NEW_CODE: "Add it to the seed with its first day, and to area_municipality.csv; say in the commit why.",
    Kind.VANISHED_CODE: "Set its last day. A municipality also needs its successor (area.csv and "
    "municipality_successor.csv), or its figures belong to nothing.",
    Kind.CHANGED_NAME: "Take the name over, or add the service's spelling to `aliases` of source.yml.",
    Kind.CHANGED_MEMBERSHIP: "Change area_municipality.csv (and region_transfer.csv); the statistics are cast back to "
    "the new division, so every month is pulled again.",
    Kind.MISSING_TRANSLATION: "The seed keeps the name it has; where it has none, wait for the service.",
    Kind.NOT_ONE_AREA: "The service contradicts itself: wait for its correction.",
    Kind.UNKNOWN_AREA: "The service contradicts itself: wait for its correction.",
    Kind.NOT_READ: "Nothing was compared here: run again later.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference. `before` is the seeds', `after` the service's; None where there is nothing.

    `language` is set for names. `has_successor`: of a vanished municipality, whether the seeds know its successor
    (None for everything else).
    """

    kind: Kind
    level: str
    code: str
    before: str | None = None
    after: str | None = None
    language: str | None = None
    has_successor: bool | None = None

    @property
    def words(self) -> str:
        """The difference in a few words."""
        place = f"{self.code} ({self.language})" if self.language else self.code
        match self.kind:
            case Kind.NEW_CODE:
                text = f"{place}: {self.after or 'no name'}"
            case Kind.VANISHED_CODE:
                text = f"{place}: {self.before or 'no name'}"
            case Kind.NOT_READ:
                text = self.after or "no reason given"
            case Kind.MISSING_TRANSLATION:
                text = f"{place}: the service has no name, the seed has {self.before or 'none'}"
            case _:
                text = f"{place}: {self.before or 'none'} -> {self.after or 'none'}"
        if self.has_successor is None:
            return text
        return f"{text}; {'the successor is known' if self.has_successor else 'NO SUCCESSOR in the seeds'}"


def compare(snapshot: Snapshot, *, seeds: Path) -> list[Difference]:
    """Every difference between the service's division and the seeds in `seeds`, by level, kind and code.

    Compared are codes, names in three languages and memberships of the levels that the service answered; the checks are
    those of contract reference, section 4.4. A name that neither has is no difference. Nothing is changed.
    """
    known = read_seeds(seeds, year=snapshot.year)
    gone = successors(seeds)
    found = [
        Difference(kind=Kind.NOT_READ, level=level, code=level, after=reason)
        for level, reason in snapshot.unread.items()
    ]
    municipalities = snapshot.classifications.get(MUNICIPALITY)
    for level, classification in snapshot.classifications.items():
        seed = known.get(level) or Classification(level=level, id="", codes={})
        found += _codes(classification, seed, gone)
        found += _names(classification, seed)
        if level not in (MUNICIPALITY, OCCUPATION):
            listed = municipalities.codes if municipalities else classification.members
            found += _memberships(classification, seed, sorted(listed))
    kinds = list(Kind)
    return sorted(found, key=lambda one: (one.level, kinds.index(one.kind), one.code, one.language or ""))


def _codes(service: Classification, seed: Classification, gone: Mapping[str, str]) -> Iterator[Difference]:
    for code in sorted(set(service.codes) - set(seed.codes)):
        yield Difference(kind=Kind.NEW_CODE, level=service.level, code=code, after=service.codes[code].get("fi"))
    for code in sorted(set(seed.codes) - set(service.codes)):
        yield Difference(
            kind=Kind.VANISHED_CODE,
            level=service.level,
            code=code,
            before=seed.codes[code].get("fi"),
            has_successor=code in gone if service.level == MUNICIPALITY else None,
        )


def _names(service: Classification, seed: Classification) -> Iterator[Difference]:
    for code, names in sorted(service.codes.items()):
        known = seed.codes.get(code)
        for language, name in names.items():
            before = known.get(language) if known else None
            if known is not None and before == name:
                continue
            if name is None:
                kind = Kind.MISSING_TRANSLATION
            elif known is not None:
                kind = Kind.CHANGED_NAME
            else:
                continue
            yield Difference(kind=kind, level=service.level, code=code, language=language, before=before, after=name)


def _memberships(service: Classification, seed: Classification, municipalities: Sequence[str]) -> Iterator[Difference]:
    for municipality in municipalities:
        areas, before = service.members.get(municipality, ()), seed.members.get(municipality, ())
        was, now = ", ".join(before) or None, ", ".join(areas) or None
        if len(areas) != 1:
            yield Difference(kind=Kind.NOT_ONE_AREA, level=service.level, code=municipality, before=was, after=now)
        elif areas[0] not in service.codes:
            yield Difference(kind=Kind.UNKNOWN_AREA, level=service.level, code=municipality, before=was, after=now)
        elif areas != before:
            yield Difference(
                kind=Kind.CHANGED_MEMBERSHIP, level=service.level, code=municipality, before=was, after=now
            )


def render(differences: Sequence[Difference], snapshot: Snapshot) -> str:
    """The differences as text: what was compared, then by level and kind what differs and what to do about it."""
    compared = ", ".join(one.id for one in snapshot.classifications.values()) or "nothing"
    head = (
        f"Classification service of Statistics Finland, division of {snapshot.year}, read "
        f"{snapshot.retrieved_at:%Y-%m-%d}; compared: {compared}."
    )
    if not differences:
        return f"{head}\nNo difference to the committed seeds.\n"
    groups: dict[tuple[str, Kind], list[Difference]] = {}
    for one in differences:
        groups.setdefault((one.level, one.kind), []).append(one)
    lines = [head, f"{len(differences)} differences to the committed seeds, which stay as they are:"]
    for (level, kind), members in groups.items():
        lines.append(f"\n{level}, {kind}: {len(members)}")
        lines += [f"  {one.words}" for one in members[:SHOWN]]
        if len(members) > SHOWN:
            lines.append(f"  ... and {len(members) - SHOWN} more")
        lines.append(f"  -> {MENDS[kind]}")
    return "\n".join(lines) + "\n"
