"""The SQL that makes cohorts of records: when a posting opened and closed, where it counts and with what share.

Belongs here: the rules of contract job_postings, section 3, as one query over a relation of ledger rows, used alike for
records that are kept and for those that are purged. Does not belong here: which records there are (`ledger`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from sources.tyomarkkinatori.schema import Meaning

KEY = {
    "municipality_code": "VARCHAR",
    "region_code": "VARCHAR",
    "place_kind": "VARCHAR",
    "occupation_uri": "VARCHAR",
    "opened_date": "DATE",
    "closed_date": "DATE",
    "closed_kind": "VARCHAR",
    "is_permanent": "BOOLEAN",
    "is_full_time": "BOOLEAN",
}
MEASURES = {"postings": "DOUBLE", "positions": "DOUBLE"}
MEMORY = "128MB"  # DuckDB's own account; the process takes some 50 MB more
DIGITS = 12  # to which sums of shares are rounded, so that their order cannot be seen


def open_duckdb(folder: Path, variables: Mapping[str, datetime]) -> duckdb.DuckDBPyConnection:
    """A connection that stays small: one thread, what does not fit into memory goes to `folder`; rows keep their order.

    `variables`: times for `getvariable`, stored as UTC without a zone.
    """
    connection = duckdb.connect(config={"threads": 1, "memory_limit": MEMORY, "temp_directory": str(folder)})
    connection.execute("set timezone = 'UTC'")
    for name, moment in variables.items():
        connection.execute(f"set variable {name} = timestamp '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'")
    return connection


def placed(relation: str) -> str:
    """`relation` (ledger rows) with `opened`, `closed`, `closed_kind`, `place_kind` and `class`, as of the variable
    `as_of`.

    `class`: 'abroad', 'not_yet_published', 'never_open', 'open', 'removed'; only the last two are counted.
    """
    return f"""
        select
            *,
            case closed
                when archived_by_then then 'archived'
                when expired_by_then then 'expired'
                when vanished_at then 'vanished'
            end as closed_kind,
            case
                when place_kind = 'abroad' then 'abroad'
                when opened > getvariable('as_of') then 'not_yet_published'
                when closed <= opened then 'never_open'
                when closed is null then 'open'
                else 'removed'
            end as class
        from (
            select
                *,
                coalesce(published, created, first_seen) as opened,
                case when archived <= getvariable('as_of') then archived end as archived_by_then,
                case when expires <= getvariable('as_of') then expires end as expired_by_then,
                least(archived_by_then, expired_by_then, vanished_at) as closed,
                case
                    when len(municipalities) > 0 then 'municipality'
                    when len(regions) > 0 then 'region'
                    when coalesce(len(countries), 0) = 0 or list_contains(countries, 'FI') then 'country'
                    else 'abroad'
                end as place_kind
            from {relation}
        )
    """


def cohorts(relation: str, meaning: Meaning) -> str:
    """The cohorts of `relation` (ledger rows), one row per KEY. A posting in n places counts 1/n in each."""
    return f"""
        select
            case when place_kind = 'municipality' then place end as municipality_code,
            case when place_kind = 'region' then place end as region_code,
            place_kind,
            occupation_uri,
            {_finnish_date("opened")} as opened_date,
            {_finnish_date("closed")} as closed_date,
            closed_kind,
            is_permanent,
            is_full_time,
            sum(1 / places) as postings,
            sum(positions / places) as positions
        from (
            select
                *,
                unnest(place_codes) as place,
                len(place_codes) as places
            from (
                select
                    *,
                    case place_kind
                        when 'municipality' then list_sort(list_distinct(municipalities))
                        when 'region' then list_sort(list_distinct(regions))
                        else [null::varchar]
                    end as place_codes,
                    coalesce(main_occupation, occupations[1]) as occupation_uri,
                    coalesce(open_positions, 1) as positions,
                    case
                        when list_has_any(continuity_of_work, {_texts(meaning.permanent)}) then true
                        when list_has_any(continuity_of_work, {_texts(meaning.not_permanent)}) then false
                    end as is_permanent,
                    case
                        when list_contains({_texts(meaning.full_time)}, work_time) then true
                        when list_contains({_texts(meaning.part_time)}, work_time) then false
                    end as is_full_time
                from ({placed(relation)})
                where class in ('open', 'removed')
            )
        )
        group by all
    """


def summed(*selects: str) -> str:
    """Cohorts of several origins as one table, one row per KEY, in the order of KEY."""
    return f"""
        select
            {", ".join(KEY)},
            {", ".join(f"round(sum({measure}), {DIGITS}) as {measure}" for measure in MEASURES)}
        from ({" union all by name ".join(selects)})
        group by {", ".join(KEY)}
        order by {", ".join(f"{column} nulls first" for column in KEY)}
    """


def _finnish_date(moment: str) -> str:
    """Deadlines are local midnight, so the date is taken in Finnish time."""
    return f"(({moment} at time zone 'UTC') at time zone 'Europe/Helsinki')::date"


def _texts(values: Sequence[str]) -> str:
    return f"[{', '.join(quoted(value) for value in values)}]::varchar[]"


def quoted(text: str | Path) -> str:
    """A SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"
