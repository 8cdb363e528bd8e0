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
        connection.execute("create view landed as from read_parquet(?)", [str(parquet)])
        row = connection.execute(f"select count(*), min(period), max(period), {shares} from landed").fetchone()
        sample = connection.execute(
            f"from landed where area_code = 'SSS' order by period desc, all limit {SHOWN_ROWS}"
            if _has(connection, "area_code")
            else f"from landed limit {SHOWN_ROWS}"
        )
        names = [column[0] for column in sample.description or ()]
        shown = [i for i, name in enumerate(names) if not name.endswith(("_symbol", "_at")) and name != "vintage_id"]
        rows = [[record[i] for i in shown] for record in sample.fetchall()]
    if row is None:
        raise ValueError(f"{parquet}: no aggregate row; the file is damaged, delete it and run again.")
    return {
        "dagster/row_count": int(row[0]),
        "first period": str(row[1]),
        "last period": str(row[2]),
        **{f"share suppressed: {column}": float(row[3 + i] or 0.0) for i, column in enumerate(contents)},
        "newest rows of the whole country": markdown([names[i] for i in shown], rows),
    }


def _has(connection: Any, column: str) -> bool:
    return column in [name for name, *_ in connection.execute("describe landed").fetchall()]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value).replace("|", "\\|")
