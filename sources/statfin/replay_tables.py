"""A table as PxWeb knows it: variables with codes and texts, a dense array of values, symbols where one is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sources.statfin.replay_catalogue import Text

HELSINKI = ZoneInfo("Europe/Helsinki")
SYMBOLS = ("", ".", "..", "...", "....", ".....", "......", "-")  # a cell's `symbols` entry is an index into this
SECRET = SYMBOLS.index("...")
NOT_AVAILABLE = SYMBOLS.index("..")


@dataclass(frozen=True, slots=True)
class Unit:
    """Unit of a content; `decimals` are those shown."""

    base: Text
    decimals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable of a table. `texts`: value texts by language, parallel to `codes`; `total`: what stands for it
    left out.

    The contents variable alone has `units` (parallel to `codes`) and `comments` by code.
    """

    code: str
    codes: tuple[str, ...]
    text: Text
    texts: Mapping[str, tuple[str, ...]]
    total: str | None = None
    is_time: bool = False
    map: str | None = None
    units: tuple[Unit, ...] = ()
    comments: Mapping[str, Text] = field(default_factory=dict)

    @property
    def is_contents(self) -> bool:
        return bool(self.units)

    def take(self, positions: Sequence[int]) -> Variable:
        """This variable with only the values at `positions`."""
        return replace(
            self,
            codes=tuple(self.codes[i] for i in positions),
            texts={language: tuple(texts[i] for i in positions) for language, texts in self.texts.items()},
            units=tuple(self.units[i] for i in positions) if self.units else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: `values` (NaN where a symbol stands) and `symbols` (index into SYMBOLS) with one axis a variable.

    `long_name` is what listings say. `updated`: time of the release, UTC. `stamp`: Helsinki wall time of the listing.
    `heading`: how many of the last variables stand in the heading of a csv.
    """

    id: str
    subject: str
    subject_text: Text
    name: Text
    long_name: Text
    source: Text
    notes: Mapping[str, tuple[str, ...]]
    contact: Text
    variables: tuple[Variable, ...]
    heading: int
    values: NDArray[np.float64]
    symbols: NDArray[np.uint8]
    updated: datetime
    stamp: datetime
    release_lag: int = 1

    def variable(self, code: str) -> Variable | None:
        return next((v for v in self.variables if v.code == code), None)

    @property
    def time(self) -> Variable:
        return next(v for v in self.variables if v.is_time)

    def take(self, positions: Sequence[Sequence[int]]) -> Table:
        """The part of this table at `positions`, one list a variable."""
        index = np.ix_(*(np.asarray(p, dtype=np.intp) for p in positions))
        return replace(
            self,
            variables=tuple(v.take(p) for v, p in zip(self.variables, positions, strict=True)),
            values=self.values[index],
            symbols=self.symbols[index],
        )


def in_language(by_language: Mapping[str, Any], language: str) -> Any:
    """What is said in `language`, else in Finnish, else in whatever language there is."""
    if language in by_language:
        return by_language[language]
    return by_language["fi"] if "fi" in by_language else next(iter(by_language.values()))


def release_time(period: str, lag: int = 1) -> datetime:
    """When a period ('2026M07', '2026Q2', '2025') is released: `lag` months after its last, first weekday from day 21.

    At 08:00 Helsinki time.
    """
    year, number = int(period[:4]), int(period[5:] or 12)
    last_month = 3 * number if period[4:5] == "Q" else number
    months = 12 * year + last_month - 1 + lag
    day = date(months // 12, months % 12 + 1, 21)
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)
    return datetime(day.year, day.month, day.day, 8, tzinfo=HELSINKI).astimezone(UTC)
