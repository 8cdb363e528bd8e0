"""What an analyst sees of a table in the UI: counts, months, shares suppressed, a few rows as markdown.

Numbers are read from the file that was written, never carried along from the code that wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SHOWN_ROWS = 6


def markdown(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dg.MarkdownMetadataValue:
    """A small markdown table; NULL is shown as an empty cell."""
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return dg.MetadataValue.md("\n".join(lines))


def landed_summary(parquet: Path, contents: Sequence[str]) -> dict[str, Any]:
    """Metadata of a landed StatFin file: rows, first and last period, share withheld per content, and the country's
    largest numbers in the newest period, with the source's symbol where it shows none."""
    import duckdb

    shares = ", ".join(f"avg(({column}_symbol is not distinct from '...')::int)" for column in contents)
    with duckdb.connect() as connection:
        connection.read_parquet(str(parquet)).create_view("landed")
        row = connection.execute(f"select count(*), min(period), max(period), {shares} from landed").fetchone()
        row = _required(row)
        keys = [
            name
            for (name, *_) in connection.execute("describe landed").fetchall()
            if name.endswith("_code") or name == "period"
        ]
        numbers = ", ".join(f"{column}, {column}_symbol" for column in contents)
        country = "area_code = 'SSS'" if "area_code" in keys else "true"
        sample = connection.execute(
            f"""
            select {", ".join(keys)}, {numbers} from landed
            where {country} and period = (select max(period) from landed)
            order by {contents[0]} desc nulls last, {", ".join(keys)} limit {SHOWN_ROWS}
            """
        ).fetchall()
    first = len(keys)
    rows = [
        [*record[:first], *(_or_symbol(*record[i : i + 2]) for i in range(first, len(record), 2))] for record in sample
    ]
    return {
        "dagster/row_count": int(row[0]),
        "first period": str(row[1]),
        "last period": str(row[2]),
        **{f"share withheld: {column}": round(row[3 + i] or 0.0, 4) for i, column in enumerate(contents)},
        "newest period, whole country": markdown([*keys, *contents], rows),
    }


def ratings_summary(parquet: Path) -> dict[str, Any]:
    """Metadata of landed barometer ratings: rows, months, occupations, share censored, states of the newest month."""
    import duckdb

    with duckdb.connect() as connection:
        connection.read_parquet(str(parquet)).create_view("landed")
        rows, first, last, occupations, censored = _required(
            connection.execute(
                """
                select
                    count(*), min(period), max(period), count(distinct occupation_code),
                    avg((employed_is_censored or unemployed_is_censored)::int)
                from landed where not is_forecast
                """
            ).fetchone()
        )
        states = connection.execute(
            """
            select state, degree, count(*) from landed
            where not is_forecast and period = (select max(period) from landed where not is_forecast)
            group by all order by all
            """
        ).fetchall()
    return {
        "dagster/row_count": int(rows),
        "first period": str(first),
        "last period": str(last),
        "occupations": int(occupations),
        "share censored": round(censored or 0.0, 4),
        "newest month": markdown(("state", "degree", "rows"), states),
    }


def cohorts_summary(parquet: Path) -> dict[str, Any]:
    """Metadata of landed posting cohorts: rows, days covered, postings and positions open at the end, share without an
    occupation, and the places with the most open postings."""
    import duckdb

    with duckdb.connect() as connection:
        connection.read_parquet(str(parquet)).create_view("landed")
        rows, first, last, postings, positions, silent = _required(
            connection.execute(
                """
                select
                    count(*), max(covered_from), max(as_of_date), sum(postings) filter (closed_date is null),
                    sum(positions) filter (closed_date is null),
                    sum(postings) filter (occupation_uri is null) / sum(postings)
                from landed
                """
            ).fetchone()
        )
        places = connection.execute(
            """
            select
                place_kind, coalesce(municipality_code, region_code) as code,
                sum(postings)::bigint as postings, sum(positions)::bigint as positions
            from landed where closed_date is null group by all order by postings desc, code limit 6
            """
        ).fetchall()
    return {
        "dagster/row_count": int(rows),
        "covered from": str(first),
        "as of": str(last),
        "open postings": round(postings or 0.0),
        "open positions": round(positions or 0.0),
        "share without occupation": round(silent or 0.0, 4),
        "most open postings": markdown(("place", "code", "postings", "positions"), places),
    }


def warehouse_summary(database: Path) -> dict[str, dict[str, Any]]:
    """Metadata of each table in the warehouse by name: rows, and where it has months the first and the last."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            """
            select t.schema_name, t.table_name, bool_or(c.column_name = 'period' and c.data_type = 'DATE')
            from duckdb_tables() as t join duckdb_columns() as c using (table_oid)
            group by all
            """
        ).fetchall()
        return {
            name: _rows_and_months(connection, f'"{schema}"."{name}"', has_months=has_months)
            for schema, name, has_months in tables
        }


def mart_summary(database: Path) -> dict[str, Any]:
    """Metadata of a mart file: bytes, rows per table, first and last month, share of stock rows withheld at source."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'mart' order by all"
            ).fetchall()
        ]
        rows = [
            (name, *_required(connection.execute(f"select count(*) from mart.{name}").fetchone())) for name in names
        ]
        first, last, withheld = _required(
            connection.execute(
                """
                select min(period), max(period), avg((reason = 'suppressed_source')::int) from mart.fct_market_stock
                """
            ).fetchone()
        )
        index = connection.execute(
            """
            select strftime(period, '%Y-%m') as month, partition, mismatch, outer_lo, outer_hi, value_kind
            from mart.fct_mismatch_index
            where alpha = 0.5 and frequency = 'month' and area_code = 'SSS'
            order by period desc, mismatch limit 6
            """
        )
        columns = [column[0] for column in index.description or ()]
        newest = index.fetchall()
    return {
        "bytes": database.stat().st_size,
        "first month": str(first),
        "last month": str(last),
        "share withheld": round(withheld, 4),
        "newest mismatch (alpha 0.5)": markdown(columns, newest),
        "rows": markdown(("table", "rows"), rows),
    }


def _rows_and_months(connection: DuckDBPyConnection, table: str, *, has_months: bool) -> dict[str, Any]:
    if not has_months:
        return {"dagster/row_count": int(_required(connection.execute(f"select count(*) from {table}").fetchone())[0])}
    query = f"select count(*), min(period), max(period) from {table}"
    rows, first, last = _required(connection.execute(query).fetchone())
    return {"dagster/row_count": int(rows), "first month": str(first), "last month": str(last)}


def _or_symbol(value: object, symbol: object) -> object:
    return symbol if value is None else value


def _required(row: tuple[Any, ...] | None) -> tuple[Any, ...]:
    if row is None:
        raise ValueError("an aggregate query gave no row; the file is damaged, build it again.")
    return row


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")
