"""What a StatFin table promises: the vocabulary in which `sources/statfin/source.yml` is put to the checks.

Belongs here: records without behaviour. Does not belong here: the checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

TOTAL = "SSS"
"""StatFin's code of the whole: whole country, all occupations."""

TOTALS = tuple("S" * length for length in range(2, 6))
"""The spellings of the whole: SSS, and in the employment statistics SS or SSSSS."""

NOT_OFFERED = "not_offered"
"""The symbol of an optional content that the table does not offer."""

SYMBOLS = ("...", "..", ".")
"""StatFin's symbols of a missing value: secret, not available, not applicable."""


class ContentKind(StrEnum):
    """The unit of a content: whole counts, thousands of persons, per cent, mean days."""

    COUNT = "count"
    THOUSANDS = "thousands"
    PERCENT = "percent"
    DAYS = "days"

    @property
    def data_type(self) -> str:
        """The DuckDB type of its value column."""
        return "BIGINT" if self is ContentKind.COUNT else "DOUBLE"


class Frequency(StrEnum):
    """The length of a period; its value is DuckDB's name of it."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


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

    `keys` are the key columns besides `period`, e.g. ('area_code', 'occupation_code'), or none at all. `known_codes`
    gives, for a key column, all codes that may occur besides totals; a key column without an entry is not judged.
    `is_open`: a code outside them is worth a warning only, because the table's drift policy lets it in.
    """

    table: str
    keys: tuple[str, ...]
    contents: tuple[Content, ...]
    frequency: Frequency = Frequency.MONTH
    known_codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_open: bool = False

    @property
    def scope(self) -> str:
        """How results name the table."""
        return f"statfin {self.table}"
