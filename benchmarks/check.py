"""Whether a contender's Parquet file says what was generated: `python check.py WORLD TARGET`; exit 1 and why if not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

WIDE = """
    unpivot (
        select
            area_code,
            occupation_code,
            strftime(period, '%YM%m') as month,
            coalesce(tyottomatlopussa, -1) as "TYOTTOMATLOPUSSA",
            coalesce(avpaikatlopussa, -1) as "AVPAIKATLOPUSSA",
        from read_parquet($target)
    ) on "TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA" into name content value number
"""
LONG = "select * from read_parquet($target)"  # every long table has these columns in this order


def check(world: Path, target: Path) -> None:
    """Cells, missing cells, sum, and every cell of the sample. Raises SystemExit with the difference."""
    truth = json.loads((world / "truth.json").read_text())
    with duckdb.connect() as connection:
        described = connection.execute("describe from read_parquet($target)", {"target": str(target)}).fetchall()
        is_wide = "tyottomatlopussa" in {column[0] for column in described}
        connection.execute(
            f"""
            create temp table cells as
            select area, occupation, month, content, nullif(value, -1)::bigint as value
            from ({WIDE if is_wide else LONG}) as cells (area, occupation, month, content, value)
            """,
            {"target": str(target)},
        )
        totals = connection.execute(
            "select count(*), count(*) - count(value), sum(value)::bigint from cells"
        ).fetchone()
        connection.execute(
            "create temp table sample (area text, occupation text, month text, content text, value bigint)"
        )
        connection.executemany("insert into sample values (?, ?, ?, ?, ?)", truth["sample"])
        differing = connection.execute(
            """
            select sample.*, cells.value
            from sample
            left join cells using (area, occupation, month, content)
            where cells.area is null or cells.value is distinct from sample.value
            """
        ).fetchall()
    expected = (truth["cells"], truth["missing"], truth["sum"])
    if totals != expected:
        sys.exit(f"{target}: (cells, missing, sum) is {totals}, generated were {expected}")
    if differing:
        sys.exit(f"{target}: {len(differing)} of {len(truth['sample'])} sampled cells differ: {differing[:3]}")


if __name__ == "__main__":
    check(Path(sys.argv[1]), Path(sys.argv[2]))
