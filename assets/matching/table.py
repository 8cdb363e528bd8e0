"""A table computed in Python: read from the warehouse, computed by a pure function, written back to its schema
`matching`, with a picture.

Belongs here: the one wrapper that all such tables share. Does not belong here: a formula.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.folder import DataFolder
from assets.matching.pictures import picture
from assets.release.own_tables import LABELS
from assets.tables import markdown

if TYPE_CHECKING:
    import duckdb
    import polars as pl
    from matplotlib.figure import Figure

SCHEMA = "matching"
"""Schema of the warehouse that these tables lie in. It holds fills and draws, and never leaves the build."""

Frames = Mapping[str, "pl.DataFrame"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingTable:
    """One table of schema `matching`.

    `columns`: name -> DuckDB type, in order; the frame that `compute` gives must have exactly these. `key`: columns
    that no two rows share, and the order of the rows. `reads`: name of a frame -> SELECT over the warehouse; a query
    sorts its rows wherever the result depends on their order. `deps`: the assets that `reads` looks at. `draw`: a
    picture of the finished table (same frames, then the table); None gives no picture.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    reads: Mapping[str, str]
    deps: tuple[str, ...]
    compute: Callable[[Frames], pl.DataFrame]
    draw: Callable[[Frames, pl.DataFrame], Figure | None] | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """What `compute_table` did: the frames it read, the table it wrote, and seconds spent on each part."""

    frames: Frames
    table: pl.DataFrame
    seconds: Mapping[str, float]


class MatchingError(Exception):
    """A computed table is not what it promises to be."""


def compute_table(connection: duckdb.DuckDBPyConnection, table: MatchingTable) -> Computed:
    """Read, compute and write one table through `connection` to the warehouse; an old one is replaced as a whole.

    Raises MatchingError: columns differ from the declared ones, or the key is not unique.
    """
    started = time.perf_counter()
    frames = {name: connection.execute(query).pl() for name, query in table.reads.items()}
    read = time.perf_counter()
    result = table.compute(frames)
    computed = time.perf_counter()
    _write(connection, table, result)
    return Computed(
        frames,
        result,
        {
            "read": read - started,
            "compute": computed - read,
            "write": time.perf_counter() - computed,
        },
    )


def _write(connection: duckdb.DuckDBPyConnection, table: MatchingTable, result: pl.DataFrame) -> None:
    if result.columns != list(table.columns):
        raise MatchingError(
            f"matching {table.name}: computed columns {result.columns} are not the declared {list(table.columns)}. "
            "Make the function and the table's `columns` agree."
        )
    if result.height and result.select(table.key).is_duplicated().any():
        raise MatchingError(
            f"matching {table.name}: {', '.join(table.key)} does not tell its rows apart. Give one row per key."
        )
    columns = ", ".join(f"{name}::{data_type} as {name}" for name, data_type in table.columns.items())
    connection.begin()
    try:
        connection.execute(f"create schema if not exists {SCHEMA}")
        connection.register("computed_rows", result.to_arrow())
        connection.execute(
            f"create or replace table {SCHEMA}.{table.name} as "
            f"select {columns} from computed_rows order by {', '.join(table.key)}"
        )
        connection.unregister("computed_rows")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def matching_asset(table: MatchingTable) -> dg.AssetsDefinition:
    """The Dagster asset of `table`; key: its name, group: matching."""

    @dg.asset(
        name=table.name,
        group_name="matching",
        kinds={"python", "duckdb"},
        deps=[dg.AssetKey(name) for name in table.deps],
        description=table.description,
    )
    def computed(data_folder: dg.ResourceParam[DataFolder]) -> dg.MaterializeResult:  # type: ignore[type-arg]
        done = _compute(data_folder.warehouse, table)
        return dg.MaterializeResult(metadata=_metadata(table, done, LABELS[data_folder.data_kind]))

    return computed


def _compute(warehouse: Path, table: MatchingTable) -> Computed:
    import duckdb

    with duckdb.connect(str(warehouse)) as connection:
        return compute_table(connection, table)


def _metadata(table: MatchingTable, done: Computed, label: str) -> dict[str, Any]:
    result = done.table
    first = result.head(6)
    drawn = picture(table.draw(done.frames, result), label) if table.draw and result.height else None
    return {
        "dagster/row_count": result.height,
        **{f"seconds: {part}": round(seconds, 2) for part, seconds in done.seconds.items()},
        **({"picture": drawn} if drawn else {}),
        "first rows": markdown(first.columns, first.rows()),
    }
