"""The filters of P67 v2: reading them from a request, and which postings they let through (contract 2.1).

Belongs here: validation, half-open intervals, OR inside a list and AND between fields. The V1 interface asks with other
words for the same things (`replay_v1`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from sources.tyomarkkinatori.replay_store import FIELDS, ISCO_GROUP, NEVER, Moment, micros

STATUSES = ("PUBLISHED", "ARCHIVED")
LISTS: Mapping[str, int | None] = {  # name -> how many values it may hold; None: no limit is known
    "employerTypeIn": None,
    "workTimeIn": None,
    "continuityOfWorkIn": None,
    "postingLanguageIn": 3,
    "countryIn": 10,
    "regionIn": 10,
    "municipalityIn": 10,
    "occupationIscoIn": 10,
}
LANGUAGES = ("fi", "sv", "en")


class BadFilterError(ValueError):
    """The request asks for what the interface does not know: answered 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a caller wants; `intervals`: field of FIELDS -> (from, before) in microseconds, None = open side."""

    status: str | None = None
    intervals: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    wanted: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def is_whole_status(self) -> bool:
        """Whether nothing but a status is asked for."""
        return not self.intervals and not self.wanted


def read_filters(body: object, *, reject_unknown: bool) -> Filters:
    """The filters in a request body. Raises BadFilterError; unknown properties are ignored unless told otherwise."""
    if not isinstance(body, dict):
        raise BadFilterError("the body is not a JSON object")
    unknown = set(body) - {"onlyStatus", *FIELDS, *LISTS}
    if unknown and reject_unknown:
        raise BadFilterError(f"unknown property {sorted(unknown)[0]}")
    given = {name: value for name, value in body.items() if value is not None and name not in unknown}
    status = given.get("onlyStatus")
    if status is not None and status not in STATUSES:
        raise BadFilterError(f"onlyStatus is not one of {', '.join(STATUSES)}")
    return Filters(
        status=status,
        intervals={name: _interval(name, given[name]) for name in FIELDS if name in given},
        wanted={name: _list(name, given[name], limit) for name, limit in LISTS.items() if given.get(name)},
    )


def select(filters: Filters, moment: Moment) -> NDArray[np.intp]:
    """The rows of the store that the filters let through, in the order of the store."""
    chosen = {"PUBLISHED": moment.is_open, "ARCHIVED": moment.is_archived}.get(
        filters.status or "", moment.is_open | moment.is_archived
    )
    for name, (start, end) in filters.intervals.items():
        times = moment.times[name]
        chosen = chosen & (times != NEVER)
        if start is not None:
            chosen = chosen & (times >= start)
        if end is not None:
            chosen = chosen & (times < end)
    rows = np.flatnonzero(chosen)
    if not filters.wanted:
        return rows
    lines, isco = moment.store.lines, moment.store.isco
    fits = [_fits(msgspec.json.decode(lines[row]), filters.wanted, isco) for row in rows]
    return np.compress(fits, rows)


def _fits(posting: Mapping[str, Any], wanted: Mapping[str, frozenset[str]], isco: Mapping[str, str]) -> bool:
    for name, values in wanted.items():
        offered = _OFFERED[name](posting)
        if name == "occupationIscoIn":
            codes = [code for uri in offered if (code := _isco_of(uri, isco))]
            if not any(code.startswith(value.partition(".")[0]) for code in codes for value in values):
                return False
        elif not values & set(offered):
            return False
    return True


def _isco_of(uri: str, isco: Mapping[str, str]) -> str | None:
    return uri.removeprefix(ISCO_GROUP) if uri.startswith(ISCO_GROUP) else isco.get(uri)


def _part(posting: Mapping[str, Any], part: str, name: str) -> list[str]:
    """A value or a list of values as a list; absent and null are empty."""
    value = (posting.get(part) or {}).get(name)
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


_OFFERED: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "employerTypeIn": lambda p: _part(p, "owner", "employerType"),
    "workTimeIn": lambda p: _part(p, "position", "workTime"),
    "continuityOfWorkIn": lambda p: _part(p, "position", "continuityOfWork"),
    "postingLanguageIn": lambda p: list(p.get("languages") or ()),
    "countryIn": lambda p: _part(p, "location", "countries"),
    "regionIn": lambda p: _part(p, "location", "regions"),
    "municipalityIn": lambda p: _part(p, "location", "municipalities"),
    "occupationIscoIn": lambda p: _part(p, "position", "mainOccupation") + _part(p, "position", "occupations"),
}


def _interval(name: str, value: object) -> tuple[int | None, int | None]:
    if not isinstance(value, dict):
        raise BadFilterError(f"{name} is not an interval")
    sides = []
    for side in ("from", "to"):
        text = value.get(side)
        moment = micros(text)
        if text is not None and moment is None:
            raise BadFilterError(f"{name}.{side} is not a date-time")
        sides.append(moment)
    return sides[0], sides[1]


def _list(name: str, value: object, limit: int | None) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadFilterError(f"{name} is not a list of texts")
    if limit is not None and len(value) > limit:
        raise BadFilterError(f"{name} holds more than {limit} values")
    if name == "postingLanguageIn" and not set(value) <= set(LANGUAGES):
        raise BadFilterError(f"{name} holds another language than {', '.join(LANGUAGES)}")
    return frozenset(value)
