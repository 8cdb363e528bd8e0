"""The ledger: one pseudonymous record per posting that is open or was removed lately, and how a pull moves it on.

A pull's reads are merged into it (the newest record of a posting wins), postings that a full read no longer shows are
marked vanished, and those removed longer ago than the retention go: into the aggregate, as cohorts without any id. All
of it is done by DuckDB from file to file, so that memory does not grow with the number of postings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from sources.tyomarkkinatori.cohorts import KEY, MEASURES, cohorts, open_duckdb, placed, quoted, summed
from sources.tyomarkkinatori.records import COLUMNS
from sources.tyomarkkinatori.report import Totals
from sources.tyomarkkinatori.schema import Codes, Meaning

SHOWN_CODES = 50
TIMES = [name for name, kind in COLUMNS.items() if kind == "TIMESTAMPTZ"]
LEDGER = COLUMNS | dict.fromkeys([*TIMES, "first_seen", "vanished_at"], "TIMESTAMP")
UNCOMPRESSED = "(format parquet, compression uncompressed)"
"""Records are kept uncompressed, so that anybody can search their bytes for what must not be there."""


ROOM_TO_SORT = "512MB"  # for a million records; a usual day takes a fraction of it
ROOM = 10**12  # row numbers of one file


class Rank(IntEnum):
    """Which of two records with the same time of change wins: the higher one."""

    KNOWN = 0
    PUBLISHED = 1
    ARCHIVED = 2


@dataclass(frozen=True, slots=True)
class Staged:
    """One staged read, as Parquet. `newest_change`, `newest_archiving`: the newest times in it;
    `unknown_codes`: field -> code outside the known set -> how often."""

    path: Path
    is_archived: bool
    duplicates: int
    newest_change: datetime | None
    newest_archiving: datetime | None
    unknown_codes: dict[str, dict[str, int]]


def stage(records: Path, *, is_archived: bool, codes: Codes) -> Staged:
    """Turn staged records (JSON lines) into Parquet beside them, and delete the lines."""
    target = records.with_suffix(".parquet")
    columns = "{" + ", ".join(f"{name}: {quoted(kind)}" for name, kind in COLUMNS.items()) + "}"
    selected = ", ".join(f"{name}::timestamp as {name}" if name in TIMES else name for name in COLUMNS)
    with open_duckdb(records.parent, {}) as connection:
        connection.execute(f"""
            copy (
                select {selected}, {str(is_archived).lower()} as is_archived_set
                from read_json({quoted(records)}, format = 'newline_delimited', columns = {columns})
            ) to {quoted(target)} {UNCOMPRESSED}
        """)
        duplicates, change, archiving = _row(
            connection,
            f"""
            select count(*) - count(distinct posting_id), max(last_modified), max(archived)
            from read_parquet({quoted(target)})
            """,
        )
        unknown = _unknown_codes(connection, target, codes)
    records.unlink()
    return Staged(target, is_archived, duplicates, _utc(change), _utc(archiving), unknown)


def _unknown_codes(connection: duckdb.DuckDBPyConnection, staged: Path, codes: Codes) -> dict[str, dict[str, int]]:
    """The most frequent SHOWN_CODES of each field."""
    found = {}
    for field, known in msgspec.structs.asdict(codes).items():
        value = f"unnest({field})" if COLUMNS[field] == "VARCHAR[]" else field
        rows = connection.execute(f"""
            select code, count(*)
            from (select {value} as code from read_parquet({quoted(staged)}))
            where code not in ({", ".join(quoted(code) for code in sorted(known))})
            group by code
            order by count(*) desc, code
            limit {SHOWN_CODES}
        """).fetchall()
        if rows:
            found[field] = dict(rows)
    return found


class Merge:
    """The next ledger and aggregate, made of the previous ones (None before the first pull) and staged reads.

    `as_of`: the source's clock. `seen_from`: postings archived before it are left out unless the ledger has them: they
    lie before the coverage, or an earlier pull has counted them. `is_full`: among the reads is a full one of the
    published postings, so one that is missing has vanished.
    """

    def __init__(
        self,
        folder: Path,
        *,
        previous: tuple[Path, Path] | None,
        as_of: datetime,
        seen_from: datetime,
        meaning: Meaning,
    ) -> None:
        self._folder = folder
        self._known = _numbered(previous[0]) if previous else _no_rows(LEDGER | {"file_row_number": "BIGINT"})
        self._counted = f"read_parquet({quoted(previous[1])})" if previous else _no_rows(KEY | MEASURES)
        self._variables = {"as_of": as_of, "seen_from": seen_from}
        self._as_of = as_of
        self._meaning = meaning
        self._merged = folder / "merged.parquet"
        self._removed_before = 0

    def take(self, staged: Sequence[Staged], *, is_full: bool) -> None:
        """Merge these reads into the previous ledger.

        First over narrow rows, which of each posting's records is the newest; then the records themselves, so that
        only their sorting needs room, and that may spill.
        """
        incoming = " union all ".join(
            f"select *, {number} as origin from {_numbered(read.path)}" for number, read in enumerate(staged, start=1)
        )
        is_before = f"archived < getvariable('seen_from') and posting_id not in (select posting_id from {self._known})"
        vanishing = "archived is null and vanished_at is null" if is_full else "false"
        with open_duckdb(self._folder, self._variables, memory=ROOM_TO_SORT) as connection:
            (self._removed_before,) = _row(
                connection, f"select count(distinct posting_id) from ({incoming}) where {is_before}"
            )
            connection.execute(f"""
                create temp view everything as
                select
                    {", ".join(COLUMNS)},
                    getvariable('as_of') as first_seen,
                    null::timestamp as vanished_at,
                    case when is_archived_set then {Rank.ARCHIVED} else {Rank.PUBLISHED} end as rank,
                    origin * {ROOM} + file_row_number as row_key
                from ({incoming})
                where not coalesce({is_before}, false)
                union all
                select {", ".join(LEDGER)}, {Rank.KNOWN} as rank, file_row_number as row_key
                from {self._known}
            """)
            connection.execute(f"""
                create temp table newest as
                select
                    arg_max(row_key, {len(Rank)} * coalesce(epoch_us(coalesce(last_modified, created)), 0) + rank)
                        as row_key,
                    min(first_seen) as first_seen,
                    max(rank) > {Rank.KNOWN} as is_seen
                from everything
                group by posting_id
            """)
            connection.execute(f"""
                copy (
                    select
                        {", ".join(COLUMNS)},
                        newest.first_seen,
                        case
                            when is_seen then null
                            when {vanishing} then getvariable('as_of')
                            else vanished_at
                        end as vanished_at
                    from everything
                    join newest using (row_key)
                    order by posting_id
                ) to {quoted(self._merged)} {UNCOMPRESSED}
            """)

    def missed_share(self) -> float:
        """Which share of the postings open before the merge it marked vanished although they had not expired."""
        with open_duckdb(self._folder, self._variables) as connection:
            (share,) = _row(
                connection,
                f"""
                select coalesce(
                    count(*) filter (
                        where merged.vanished_at is not null
                            and coalesce(merged.expires > getvariable('as_of'), true)
                    )
                    / nullif(count(*), 0),
                    0
                )
                from {self._known} as known
                join read_parquet({quoted(self._merged)}) as merged using (posting_id)
                where known.archived is null
                    and known.vanished_at is null
                """,
            )
        return float(share)

    def has_overdue(self, retention: timedelta, *, last_full_at: datetime) -> bool:
        """Whether a posting expired longer ago than the retention, its removal was not reported, and no full read has
        looked since whether it is still published."""
        times = {"overdue": self._as_of - retention, "looked": last_full_at - retention}
        with open_duckdb(self._folder, times) as connection:
            (overdue,) = _row(
                connection,
                f"""
                select count(*)
                from read_parquet({quoted(self._merged)})
                where expires > getvariable('looked')
                    and expires <= getvariable('overdue')
                    and archived is null
                    and vanished_at is null
                """,
            )
        return bool(overdue)

    def split(self, retention: timedelta) -> tuple[Path, Path, Totals]:
        """Write the next ledger and the next aggregate.

        What was archived or has vanished `retention` before the clock or earlier is counted in the aggregate and is in
        the ledger no more.
        """
        ledger, aggregate = self._folder / "ledger.parquet", self._folder / "aggregate.parquet"
        merged = f"read_parquet({quoted(self._merged)})"
        is_purged = "coalesce(least(archived, vanished_at) <= getvariable('purged'), false)"
        purged = f"(select * from {merged} where {is_purged})"
        with open_duckdb(self._folder, self._variables | {"purged": self._as_of - retention}) as connection:
            connection.execute(f"""
                copy (select * from {merged} where not {is_purged} order by posting_id)
                to {quoted(ledger)} {UNCOMPRESSED}
            """)
            counted = summed(cohorts(purged, self._meaning), f"select * from {self._counted}")
            connection.execute(f"copy ({counted}) to {quoted(aggregate)} {UNCOMPRESSED}")
            row = _row(
                connection,
                f"""
                select
                    count(*) filter (class = 'open'),
                    count(*) filter (class = 'removed' and not {is_purged}),
                    count(*) filter (vanished_at is not null and not {is_purged}),
                    count(*) filter ({is_purged}),
                    count(*) filter (class = 'abroad'),
                    count(*) filter (class = 'never_open'),
                    count(*) filter (class = 'not_yet_published')
                from ({placed(merged)})
                """,
            )
        names = ("open", "removed", "vanished", "purged", "abroad", "never_open", "not_yet_published")
        return ledger, aggregate, Totals(**dict(zip(names, row, strict=True)), removed_before=self._removed_before)


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    if row is None:
        raise AssertionError("an aggregate without a row")
    return row


def _numbered(path: Path) -> str:
    """The rows of a file with the column `file_row_number`."""
    return f"read_parquet({quoted(path)}, file_row_number = true)"


def _no_rows(columns: dict[str, str]) -> str:
    return f"(select {', '.join(f'null::{kind} as {name}' for name, kind in columns.items())} where false)"


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
