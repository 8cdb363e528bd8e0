"""One step of `matching_measure.py`, in a process of its own: cut a warehouse to its newest months, or compute one
table in it. Prints a JSON object. Runs in the project's environment.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import duckdb

from assets.matching.assets import TABLES
from assets.matching.table import compute_table

MONTHS = "select distinct period from staging.stg_statfin__occupation_stocks order by period desc"
"""The months of the table of occupations, newest first: they decide which months the others keep."""


def cut(warehouse: str, months: int) -> dict[str, float]:
    """Keep the newest `months` of every table that has periods; 0 keeps all. Gives how many are left."""
    with duckdb.connect(warehouse) as connection:
        kept = [row[0] for row in connection.execute(MONTHS).fetchall()][: months or None]
        if months:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_columns() "
                "inner join duckdb_tables() using (database_name, schema_name, table_name) "
                "where column_name = 'period' and schema_name in ('staging', 'intermediate', 'matching')"
            ).fetchall()
            for schema, table in tables:
                connection.execute(f"delete from {schema}.{table} where period < ?", [kept[-1]])
        return {"months": len(kept)}


def compute(warehouse: str, name: str) -> dict[str, float]:
    """Compute the table `name` in place: rows, seconds of each part, CPU seconds, peak memory in MB."""
    table = next(table for table in TABLES if table.name == name)
    with duckdb.connect(warehouse) as connection:
        started = time.process_time()
        done = compute_table(connection, table)
        cpu = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": done.table.height, **done.seconds, "cpu": cpu, "peak": peak}


def main() -> None:
    """`cut WAREHOUSE MONTHS` or `compute WAREHOUSE TABLE`."""
    step, warehouse, argument = sys.argv[1:]
    print(json.dumps(cut(warehouse, int(argument)) if step == "cut" else compute(warehouse, argument)))


if __name__ == "__main__":
    main()
