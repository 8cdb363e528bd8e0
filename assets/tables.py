"""What an analyst sees of a table in the UI: counts, months, shares suppressed, a few rows as markdown.

Numbers are read from the file that was written, never carried along from the code that wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg

SHOWN_ROWS = 6


def markdown(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dg.MarkdownMetadataValue:
    """A small markdown table; NULL is shown as an empty cell."""
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return dg.MetadataValue.md("\n".join(lines))


def landed_summary(parquet: Path, contents: Sequence[str]) -> dict[str, Any]:
    """Metadata of a landed file: rows, first and last period, share suppressed per content, newest country rows."""
    import duckdb

    shares = ", ".join(f"avg(({column}_symbol is not distinct from '...')::int)" for column in contents)
    with duckdb.connect() as connection:
        connection.read_parquet(str(parquet)).create_view("landed")
        row = connection.execute(f"select count(*), min(period), max(period), {shares} from landed").fetchone()
        row = _required(row)
        sample = connection.execute(
            f"""
            from landed
            where area_code = 'SSS' and period = (select max(period) from landed)
            order by all limit {SHOWN_ROWS}
            """
        )
        names = [column[0] for column in sample.description or ()]
        shown = [i for i, name in enumerate(names) if not name.endswith(("_symbol", "_at")) and name != "vintage_id"]
        rows = [[record[i] for i in shown] for record in sample.fetchall()]
    return {
        "dagster/row_count": int(row[0]),
        "first period": str(row[1]),
        "last period": str(row[2]),
        **{f"share suppressed: {column}": float(row[3 + i] or 0.0) for i, column in enumerate(contents)},
        "newest rows of the whole country": markdown([names[i] for i in shown], rows),
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
            select period, partition, mismatch, outer_lo, outer_hi, jackman_roper, value_kind
            from mart.fct_mismatch_index
            where alpha = 0.5 and frequency = 'month'
            order by period desc, mismatch limit 6
            """
        )
        columns = [column[0] for column in index.description or ()]
        newest = index.fetchall()
    return {
        "bytes": database.stat().st_size,
        "first month": str(first),
        "last month": str(last),
        "share of stock rows withheld at source": float(withheld),
        "rows": markdown(("table", "rows"), rows),
        "newest mismatch index (alpha 0.5)": markdown(columns, newest),
    }


def _required(row: tuple[Any, ...] | None) -> tuple[Any, ...]:
    if row is None:
        raise ValueError("an aggregate query gave no row; the file is damaged, build it again.")
    return row


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value).replace("|", "\\|")
