"""Every table of every source, described in one form: what each `source.yml` says of it.

Belongs here: the common form, and the calendar that follows from it. Does not belong here: how a table stands now
(`assets/landing/state.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sources.description import DescribedSource


class Cadence(StrEnum):
    """How long a period of a table is."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS = {Cadence.MONTH: 1, Cadence.QUARTER: 3, Cadence.YEAR: 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """One table: who publishes it, under which terms, how often and how late, whether the mart needs it
    (`is_required`) and whether its shape was ever seen (`is_verified`). `period_column`: where its landed file has the
    period; None: the columns `covered_from` and `as_of_date` say which days it covers."""

    source_code: str
    table_id: str
    table_title: str
    publisher: str
    licence: str
    citation: str
    terms: str | None
    homepage: str
    cadence: Cadence
    lag_days: int
    coverage: str
    is_required: bool
    is_verified: bool
    period_column: str | None = "period"

    def next_release(self, last_period: date | None) -> date | None:
        """When the period after `last_period` (its first day) is to be expected: its end and the usual lag. None when
        there is no period yet."""
        if last_period is None:
            return None
        following = _end(last_period, self.cadence)
        return _end(following, self.cadence) - timedelta(days=1) + timedelta(days=self.lag_days)


@cache
def source_tables() -> tuple[SourceTable, ...]:
    """The tables of all sources that land in the warehouse, in the order of their `source.yml`."""
    from sources.statfin.schema import load_source as load_statfin
    from sources.tyomarkkinatori.schema import load_source as load_postings
    from sources.tyovoimabarometri.schema import load_source as load_barometer

    statfin, postings, barometer = load_statfin(), load_postings(), load_barometer()
    return (
        *_described(statfin, statfin.tables),
        *_described(postings, postings.tables, period_column=None),
        *_described(barometer, barometer.tables),
    )


def source_table(source_code: str, table_id: str) -> SourceTable:
    """The table by its names. Raises KeyError when no `source.yml` has it."""
    for table in source_tables():
        if (table.source_code, table.table_id) == (source_code, table_id):
            return table
    raise KeyError(f"{source_code} {table_id}: no source.yml has such a table.")


def _described(
    source: DescribedSource, tables: Mapping[str, Any], *, period_column: str | None = "period"
) -> list[SourceTable]:
    """`tables`: name -> DescribedTable that also says its cadence, which StatFin calls its frequency."""
    return [
        SourceTable(
            source_code=source.source,
            table_id=name,
            table_title=table.title,
            publisher=source.publisher,
            licence=source.licence,
            citation=table.citation,
            terms=source.terms,
            homepage=source.homepage,
            cadence=Cadence(getattr(table, "cadence", None) or table.frequency),
            lag_days=table.lag_days,
            coverage=table.coverage,
            is_required=table.required,
            is_verified=not table.unverified,
            period_column=period_column,
        )
        for name, table in tables.items()
    ]


def _end(first_day: date, cadence: Cadence) -> date:
    """The first day after the period that begins on `first_day`."""
    if cadence is Cadence.DAY:
        return first_day + timedelta(days=1)
    months = first_day.year * 12 + first_day.month - 1 + MONTHS[cadence]
    return date(months // 12, months % 12 + 1, 1)
