"""At the door: does a landed table hold what Statistics Finland promised?

Belongs here: the rules of the source for each landed Parquet file. Does not belong here: rules about
indicators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from quality.result import CheckResult


class ContentKind(StrEnum):
    """The unit of a content: whole counts, thousands of persons, per cent."""

    COUNT = "count"
    THOUSANDS = "thousands"
    PERCENT = "percent"


class Frequency(StrEnum):
    """The length of a period; its value is DuckDB's name of it."""

    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Content:
    """One content of a table: a value column with its `<column>_symbol`.

    `is_suppressed`: the source withholds 1-4. `is_optional`: a table without it is fine (symbol 'not_offered'
    throughout).
    """

    column: str
    kind: ContentKind
    is_suppressed: bool = False
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class LandedExpectation:
    """What one StatFin table promises, as `sources/statfin/source.yml` declares it.

    `keys` are the key columns besides `period`, e.g. ('area_code', 'occupation_code'). `known_codes` gives,
    for a key column, all codes that may occur; a key column without an entry is not judged.
    """

    table: str
    keys: tuple[str, ...]
    contents: tuple[Content, ...]
    frequency: Frequency = Frequency.MONTH
    known_codes: Mapping[str, frozenset[str]] = field(default_factory=dict)


def judge_landing(parquet: Path, expectation: LandedExpectation) -> list[CheckResult]:
    """Judge one landed Parquet file against what its table promises."""
    raise NotImplementedError


def judge_landed_pair(parquet_12ti: Path, parquet_12r5: Path) -> list[CheckResult]:
    """Gate G2 across two tables: the occupation total of 12ti equals 12r5 in every area and month."""
    raise NotImplementedError
