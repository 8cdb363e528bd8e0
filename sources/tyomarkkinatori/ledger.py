"""The ledger: one pseudonymous record per posting that is open or was removed lately, and how a pull moves it on.

A pull's reads are merged into it (the newest record of a posting wins), postings that a full read no longer shows are
marked vanished, and those removed longer ago than the retention go: into the aggregate, as cohorts without any id. All
of it is done by DuckDB from file to file, and the merging in parts, one for each first digit of the pseudonyms: in this
order they are the ledger, sorted, and only one of them has to fit into memory.
"""

from __future__ import annotations

import string
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
UNCOMPRESSED = "(format parquet, compression uncompressed, row_group_size 20480)"
"""Records are kept uncompressed, so that anybody can search their bytes for what must not be there. A row group is held
in memory until it is whole, so it is small."""


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
            select count(*) - count(distinct hash(posting_id)), max(last_modified), max(archived)
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

    `as_of`: the source's clock. `seen_from`: postings closed before it are left out unless the ledger has them: they
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
        self._known = f"read_parquet({quoted(previous[0])})" if previous else _no_rows(LEDGER)
        self._counted = f"read_parquet({quoted(previous[1])})" if previous else _no_rows(KEY | MEASURES)
        self._variables = {"as_of": as_of, "seen_from": seen_from}
        self._as_of = as_of
        self._meaning = meaning
        self._parts = {digit: folder / f"merged-{digit}.parquet" for digit in string.hexdigits[:16]}
        self._merged = f"read_parquet([{', '.join(map(quoted, self._parts.values()))}])"
        self._removed_before = 0

    def take(self, staged: Sequence[Staged], *, is_full: bool) -> None:
        """Merge these reads into the previous ledger, one part of the pseudonyms after another."""
        incoming = " union all ".join(
            f"select *, {number} as origin from read_parquet({quoted(read.path)}, file_row_number = true)"
            for number, read in enumerate(staged)
        )
        is_before = (
            "least(archived, expires) < getvariable('seen_from') and posting_id not in (select posting_id from known)"
        )
        vanishing = "archived is null and vanished_at is null" if is_full else "false"
        self._removed_before = 0
        with open_duckdb(self._folder, self._variables) as connection:
            for digit, merged in self._parts.items():
                within = f"posting_id >= '{digit}' and posting_id < '{chr(ord(digit) + 1)}'"
                connection.execute(f"create or replace temp table known as from {self._known} where {within}")
                connection.execute(f"create or replace temp table incoming as from ({incoming}) where {within}")
                (removed_before,) = _row(
                    connection, f"select count(distinct posting_id) from incoming where {is_before}"
                )
                self._removed_before += removed_before
                connection.execute(f"""
                    copy (
                        select
                            {", ".join(COLUMNS)},
                            min(first_seen) over posting as first_seen,
                            case
                                when max(rank) over posting > {Rank.KNOWN} then null
                                when {vanishing} then getvariable('as_of')
                                else vanished_at
                            end as vanished_at
                        from (
                            select
                                * exclude (is_archived_set),
                                getvariable('as_of') as first_seen,
                                null::timestamp as vanished_at,
                                case when is_archived_set then {Rank.ARCHIVED} else {Rank.PUBLISHED} end as rank
                            from incoming
                            where not coalesce({is_before}, false)
                            union all by name
                            select *, {Rank.KNOWN} as rank
                            from known
                        )
                        window posting as (partition by posting_id)
                        qualify row_number() over (
                            partition by posting_id
                            order by
                                coalesce(last_modified, created) desc nulls last,
                                rank desc,
                                origin,
                                file_row_number
                        ) = 1
                        order by posting_id
                    ) to {quoted(merged)} {UNCOMPRESSED}
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
                join {self._merged} as merged using (posting_id)
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
                from {self._merged}
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
        is_purged = "coalesce(least(archived, vanished_at) <= getvariable('purged'), false)"
        purged = f"(select * from {self._merged} where {is_purged})"
        with open_duckdb(self._folder, self._variables | {"purged": self._as_of - retention}) as connection:
            connection.execute(f"""
                copy (select * from {self._merged} where not {is_purged})
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
                from ({placed(self._merged)})
                """,
            )
        names = ("open", "removed", "vanished", "purged", "abroad", "never_open", "not_yet_published")
        return ledger, aggregate, Totals(**dict(zip(names, row, strict=True)), removed_before=self._removed_before)


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    if row is None:
        raise AssertionError("an aggregate without a row")
    return row


def _no_rows(columns: dict[str, str]) -> str:
    return f"(select {', '.join(f'null::{kind} as {name}' for name, kind in columns.items())} where false)"


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
