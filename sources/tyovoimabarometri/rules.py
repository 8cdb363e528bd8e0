"""What must hold in every answer of the barometer: each broken rule is a drift error that names occupation and month.

Belongs here: decoding with the assertions of contract barometer, section 1.6. Does not belong here: asking for the
answers (`client`), judging a landed table (`quality/landing_ratings`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from sources.http import SourceError, UnreadableAnswerError
from sources.tyovoimabarometri.schema import Occupation, Period, Region, Row

T = TypeVar("T")
STATES = frozenset({0, 1, 2, 3, 99})
DEGREES = frozenset({1, 2, 3, 4, 5, None})
CALCULATION_ERROR = 99
BALANCED, LOWEST = 0, 1  # the state and the degree that must come together
MEND = (
    "Nothing of this pull is used. Look at the barometer's page; if it has changed on purpose, mend "
    "sources/tyovoimabarometri/rules.py (policy freeze), otherwise wait for the correction."
)


class BarometerDriftError(SourceError):
    """The barometer answered in its own form, but not what it used to promise."""


def decode(body: bytes, type_: type[T], *, what: str) -> T:
    """`body` as `type_`. Raises UnreadableAnswerError for what is no JSON (the page's HTML shell, half an answer),
    BarometerDriftError for JSON of another shape."""
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.ValidationError as error:
        raise BarometerDriftError(f"{what}: the answer has another shape ({error}). {MEND}") from error
    except msgspec.DecodeError as error:
        begin = body[:40].decode("utf-8", "replace").strip()
        raise UnreadableAnswerError(f"the body ({len(body):,} bytes, begins {begin!r}) is not JSON: {error}") from error


def read_occupations(body: bytes, *, what: str) -> tuple[Occupation, ...]:
    """The catalogue, in its own order: at least one occupation, four-digit codes, codes and ids unique."""
    occupations = decode(body, tuple[Occupation, ...], what=what)
    _refuse(what, not occupations, "the catalogue is empty")
    odd = [one.code for one in occupations if not re.fullmatch(r"\d{4}", one.code, re.ASCII)]
    _refuse(what, bool(odd), f"{len(odd)} occupation codes are not four digits, first {odd[:1]}")
    for member in ("code", "id"):
        twice = [value for value, n in Counter(getattr(one, member) for one in occupations).items() if n > 1]
        _refuse(what, bool(twice), f"the occupation {member} {twice[:1]} occurs more than once")
    return occupations


def read_regions(body: bytes, *, expected: int, what: str) -> dict[str, str]:
    """Region id -> two-digit code, for exactly the `expected` number of regions."""
    regions = decode(body, tuple[Region, ...], what=what)
    odd = [region.code for region in regions if not re.fullmatch(r"\d{2}", region.code, re.ASCII)]
    _refuse(what, bool(odd), f"region codes are not two digits: {odd[:3]}")
    codes = {region.id: region.code for region in regions}
    _refuse(
        what,
        len(regions) != expected or len(codes) != expected or len(set(codes.values())) != expected,
        f"{expected} regions with ids and codes of their own are expected, the answer has {len(regions)} entries, "
        f"{len(codes)} ids, {len(set(codes.values()))} codes",
    )
    return codes


def read_period(body: bytes, *, what: str) -> str:
    """The newest observed month. A newest month that is a forecast is drift: nobody has seen one."""
    period = decode(body, Period, what=what)
    _check_month(what, period.value)
    _refuse(what, period.is_forecast, f"the newest period {period.value} is marked as a forecast")
    return period.value


def read_dates(body: bytes, *, what: str) -> tuple[str, ...]:
    """The observed months of an occupation, oldest first; forecasts are left out; no data gives none."""
    periods = decode(body, tuple[Period, ...], what=what)
    for period in periods:
        _check_month(what, period.value)
    return tuple(sorted({period.value for period in periods if not period.is_forecast}))


def read_rows(body: bytes, *, period: str | None, regions: Mapping[str, str], what: str) -> tuple[Row, ...]:
    """The rows of one answer: none (no data), or one for each region and month.

    `period`: the month asked for, None for forecasts (any months). `regions`: region id -> code. Raises
    BarometerDriftError for a missing, repeated or unknown region, another month, a state or degree outside the known
    ones, or a degree that contradicts its state (balanced if and only if degree 1).
    """
    rows = decode(body, tuple[Row, ...], what=what)
    for month in sorted({row.period for row in rows}):
        _check_month(what, month)
        _refuse(what, period not in (None, month), f"rows of {month} came, {period} was asked for")
        _check_regions(what, month, [row.region_id for row in rows if row.period == month], regions)
    for row in rows:
        _check_rating(what, row, regions[row.region_id])
    return rows


def _check_regions(what: str, month: str, found: list[str], regions: Mapping[str, str]) -> None:
    unknown = sorted(set(found) - set(regions))
    _refuse(what, bool(unknown), f"{month}: the region id {unknown[:1]} is not in the barometer's own list of regions")
    missing = sorted(regions[region] for region in set(regions) - set(found))
    _refuse(what, bool(missing), f"{month}: {len(found)} rows for {len(regions)} regions, missing {missing[:3]}")
    _refuse(what, len(found) != len(regions), f"{month}: {len(found)} rows for {len(regions)} regions, one twice")


def _check_rating(what: str, row: Row, region: str) -> None:
    where = f"{row.period}, region {region}"
    _refuse(what, row.state not in STATES, f"{where}: unknown state {row.state}")
    _refuse(what, row.degree not in DEGREES, f"{where}: unknown degree {row.degree}")
    contradicts = (row.state == BALANCED) != (row.degree == LOWEST)
    _refuse(what, contradicts, f"{where}: state {row.state} contradicts degree {row.degree}")


def _check_month(what: str, month: str) -> None:
    _refuse(what, not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month, re.ASCII), f"{month!r} is not a month yyyy-mm")


def _refuse(what: str, is_broken: bool, fault: str) -> None:
    if is_broken:
        raise BarometerDriftError(f"{what}: {fault}. {MEND}")
