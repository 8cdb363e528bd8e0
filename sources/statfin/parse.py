"""From json-stat2 answers to one typed Parquet file, wide in contents.

One JSON parse by DuckDB and no loop over cells: a row's codes and the places of its values follow from its position by
arithmetic (contract statfin, section 6.1: row-major, the last entry of `id` runs fastest).
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec

from sources.archive import RawArchive, fsync_directory
from sources.http import SourceError
from sources.statfin.layout import Layout, find_layout
from sources.statfin.schema import Frequency, Kind, Metadata, Source, TableRequest
from sources.vintage import Vintage

NOT_OFFERED = "not_offered"  # the symbol of an optional content that the table does not have


class LandingError(SourceError):
    """A raw answer cannot be read into rows."""


def land(vintage: Vintage, archive: RawArchive, source: Source, target: Path) -> int:
    """Write the vintage as one Parquet file at `target` and return its number of rows.

    Columns: the vintage's constants (`vintage_id`, `retrieved_at`, `source_updated_at` UTC, `division`), the key
    (`<role>_code` ..., `period` = first day), then per content its value (BIGINT counts, DOUBLE otherwise; NULL = not
    published) and `<content>_symbol` (NULL when there is a value, else PxWeb's symbol, or `not_offered`). Sorted by
    key. Whole or not at all. Raises LandingError, ArchiveError.
    """
    request = source.tables[vintage.table]
    metadata = msgspec.json.decode(archive.get(vintage.metadata), type=Metadata)
    layout = find_layout(vintage.table, request, metadata, source, {})
    with duckdb.connect() as connection:
        connection.execute(f"create temp table landed ({_columns(request)})")
        for number, sha256 in enumerate(vintage.answers, start=1):
            try:
                read_answer(connection, archive.path_of(sha256), layout, request)
            except duckdb.Error as error:
                raise LandingError(
                    f"statfin {vintage.table}: raw answer {number} of {len(vintage.answers)} "
                    f"(raw/sha256/{sha256[:2]}/{sha256}) cannot be read into rows: {error}. Delete the vintage record "
                    f"{vintage.vintage_id}.json under raw/vintages and run again to fetch it anew."
                ) from error
        return _write(connection, vintage, request, target)


def read_answer(connection: duckdb.DuckDBPyConnection, body: Path, layout: Layout, request: TableRequest) -> None:
    """Append the rows of one answer to the table `landed` of `connection`."""
    connection.execute(
        """
        create or replace temp table document as
        select size, dimension, value, status
        from read_json(?, format = 'unstructured', maximum_object_size = ?, columns = {
            size: 'BIGINT[]', dimension: 'JSON', value: 'DOUBLE[]', status: 'MAP(VARCHAR, VARCHAR)'})
        """,
        [str(body), body.stat().st_size + 1],
    )
    (size,) = connection.execute("select size from document").fetchone() or ([],)
    strides = [math.prod(size[axis + 1 :]) for axis in range(len(size))]
    metric = layout.variables.index(layout.metric)
    axes = [axis for axis in range(len(size)) if axis != metric]
    for axis in axes:
        _create_axis(connection, axis, layout.variables[axis], layout, request)
    _create_axis(connection, metric, layout.metric, layout, request)
    offered = dict(connection.execute(f"select code, position from axis_{metric}").fetchall())

    # `row` counts the rows (cells without the contents axis); `base` is where the row's first content stands in `value`
    stride, width = strides[metric], size[metric]
    row_strides = {axis: math.prod(size[other] for other in axes if other > axis) for axis in axes}
    base = f"(range // {stride} * {stride * width} + range % {stride})"
    values, selected = [], [f"axis_{axis}.label as {layout.columns[layout.variables[axis]]}" for axis in axes]
    joins = [
        f"join axis_{axis} on axis_{axis}.position = cell.row // {row_strides[axis]} % {size[axis]}" for axis in axes
    ]
    for content, column in layout.contents.items():
        place = offered[content] * stride
        values.append(f"value[1 + {base} + {place}] as {column}")
        selected += [_typed(column, request), f"symbol_{column}.symbol as {column}_symbol"]
        joins.append(f"left join symbols as symbol_{column} on symbol_{column}.position = cell.base + {place}")
    for column in {code.lower() for code in request.contents} - set(layout.contents.values()):
        selected.append(f"'{NOT_OFFERED}' as {column}_symbol")
    connection.execute(
        f"""
        insert into landed by name
        with cell as materialized (
            select range as row, {base} as base, {", ".join(values)}
            from document, range({math.prod(size[axis] for axis in axes)})
        ),
        symbols as (
            select unnest(map_keys(status))::bigint as position, unnest(map_values(status)) as symbol from document
        )
        select {", ".join(selected)}
        from cell {" ".join(joins)}
        """
    )


def _typed(column: str, request: TableRequest) -> str:
    """SQL of a content's value in its landed type; a count with decimals is an error, not a rounding."""
    kinds = {code.lower(): content.kind for code, content in request.contents.items()}
    if kinds[column] is not Kind.COUNT:
        return f"cell.{column}"
    return (
        f"case when cell.{column} <> trunc(cell.{column}) "
        f"then error('{column} is ' || cell.{column} || ', not a whole number') "
        f"else cell.{column}::bigint end as {column}"
    )


def _create_axis(
    connection: duckdb.DuckDBPyConnection, axis: int, variable: str, layout: Layout, request: TableRequest
) -> None:
    """Table `axis_<n>`: position along the axis, code, and `label` = the code, or the period's first day on the time
    axis."""
    label = "code"
    if variable == layout.time:
        step = 1 if request.frequency is Frequency.MONTH else 3
        label = f"make_date(code[1:4]::integer, (code[6:]::integer - 1) * {step} + 1, 1)"
    connection.execute(
        f"""
        create or replace temp table axis_{axis} as
        select position, code, {label} as label
        from (
            select unnest(map_keys(indexes)) as code, unnest(map_values(indexes)) as position
            from (
                select json_extract(dimension, ?)::map(varchar, bigint) as indexes
                from document
            )
        )
        """,
        [f'$."{variable}".category.index'],
    )


def _columns(request: TableRequest) -> str:
    keys = [f"{column} {'date' if column == 'period' else 'varchar'}" for column in request.key_columns]
    contents = [
        f"{code.lower()} {content.kind.sql_type}, {code.lower()}_symbol varchar"
        for code, content in request.contents.items()
    ]
    return ", ".join((*keys, *contents))


def _write(connection: duckdb.DuckDBPyConnection, vintage: Vintage, request: TableRequest, target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(descriptor)
    temporary = Path(name)
    constants: Sequence[object] = (
        vintage.vintage_id,
        vintage.retrieved_at.replace(tzinfo=None),
        vintage.source_updated_at.replace(tzinfo=None),
        vintage.division,
    )
    try:
        connection.execute(
            f"""
            copy (
                select ?::varchar as vintage_id, ?::timestamp as retrieved_at, ?::timestamp as source_updated_at,
                    ?::varchar as division, landed.*
                from landed order by {", ".join(request.key_columns)}
            ) to '{name}' (format parquet, compression zstd)
            """,
            constants,
        )
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_directory(target.parent)
    (rows,) = connection.execute("select count(*) from landed").fetchone() or (0,)
    return int(rows)
