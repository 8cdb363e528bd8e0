"""What every landing gate begins with: the landed file as a view, and whether its columns are the agreed ones.

Belongs here: opening and judging one file in this order. Does not belong here: what any one source promises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from quality.expect import Check, in_set, judge
from quality.result import CheckResult

VINTAGE_COLUMNS = {
    "vintage_id": "VARCHAR",
    "retrieved_at": "TIMESTAMP",
    "source_updated_at": "TIMESTAMP",
    "division": "VARCHAR",
}
"""Column -> DuckDB type of what each row of a landed file says of its vintage."""


@contextmanager
def landed_views(**parquets: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with one view per landed file, under the name given."""
    with duckdb.connect() as connection:
        for name, parquet in parquets.items():
            connection.read_parquet(str(parquet)).create_view(name)
        yield connection


def judge_shape_first(connection: duckdb.DuckDBPyConnection, checks: Sequence[Check]) -> list[CheckResult]:
    """Judge the first check (`columns_check`), and the others only if it passes: nothing else could be read."""
    columns, *others = checks
    shape = judge(connection, [columns])
    return shape + judge(connection, others) if shape[0].is_passed else shape


def columns_check(agreed: Mapping[str, str], *, scope: str, mend: str) -> Check:
    """The view `landed` has exactly the columns `agreed`: name -> DuckDB type."""
    listed = ", ".join(f"('{name}', '{data_type}')" for name, data_type in agreed.items())
    return Check(
        gate="landing",
        name="columns",
        scope=scope,
        metric="columns",
        threshold="name and type as agreed",
        measure=f"""
            select
                coalesce(agreed.name, found.column_name) as place,
                null::date as period,
                case
                    when found.column_name is null then 'missing'
                    when agreed.name is null then 'not agreed'
                    when found.column_type = agreed.type then 'as agreed'
                    else concat(found.column_type, ' instead of ', agreed.type)
                end as observed
            from (values {listed}) as agreed(name, type)
            full outer join (describe landed) as found
                on found.column_name = agreed.name
            order by place
        """,
        **in_set(["as agreed"]),
        fault="the file has not the agreed columns.",
        mend=f"{mend} No other check was run.",
    )
