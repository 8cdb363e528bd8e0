"""From json-stat2 answers to one typed Parquet file, wide in contents.

One JSON parse and no loop over cells: the values of an answer are a cube, row-major with the last entry of `id` running
fastest (contract statfin, section 6.1). Turning its axes into key order and cutting it along the contents gives the
columns. Answers are written one by one, so that memory does not grow with the table.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from sources.archive import RawArchive, fsync_directory
from sources.http import SourceError
from sources.statfin.layout import Layout, find_layout
from sources.statfin.schema import Frequency, Kind, Metadata, Source, TableRequest
from sources.vintage import Vintage

NOT_OFFERED = "not_offered"  # the symbol of a content that the table, or this vintage of it, does not have
TEXT = pa.dictionary(pa.int32(), pa.string())  # in memory; in the file it is a string column like any other
TIME = pa.timestamp("us")
PARQUET = {"compression": "zstd", "store_schema": False, "write_statistics": ["period"]}


class LandingError(SourceError):
    """A raw answer cannot be read into rows."""


class _Category(msgspec.Struct, frozen=True):
    index: dict[str, int]


class _Dimension(msgspec.Struct, frozen=True):
    category: _Category


class _Answer(msgspec.Struct, frozen=True):
    """What landing reads of a json-stat2 body. `status`: flat position of a cell -> its symbol."""

    id: tuple[str, ...]
    size: tuple[int, ...]
    dimension: dict[str, _Dimension]
    value: list[int | float | None]
    status: dict[int, str] = {}


def land(vintage: Vintage, archive: RawArchive, source: Source, target: Path) -> int:
    """Write the vintage as one Parquet file at `target` and return its number of rows.

    Columns: the vintage's constants (`vintage_id`, `retrieved_at`, `source_updated_at` UTC, `division`), the key
    (`<role>_code` ..., `period` = first day), then per content its value (BIGINT counts, DOUBLE otherwise; NULL = not
    published) and `<content>_symbol` (NULL when there is a value, else PxWeb's symbol, or `not_offered`). In the order
    of the answers, each sorted by key. Whole or not at all. Raises LandingError, ArchiveError.
    """
    request = source.tables[vintage.table]
    metadata = msgspec.json.decode(archive.get(vintage.metadata), type=Metadata)
    layout = find_layout(vintage.table, _lenient(request), metadata, source, {})
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(descriptor)
    temporary = Path(name)
    rows = 0
    try:
        with pq.ParquetWriter(temporary, _schema(request), **PARQUET) as writer:
            for number, sha256 in enumerate(vintage.answers, start=1):
                try:
                    columns = read_answer(archive.get(sha256), layout, request)
                except (msgspec.MsgspecError, ValueError, LookupError) as error:
                    raise LandingError(
                        f"statfin {vintage.table}: raw answer {number} of {len(vintage.answers)} "
                        f"(raw/sha256/{sha256[:2]}/{sha256}) cannot be read into rows: {error}. If the raw bytes are "
                        "damaged, restore raw/ from a backup; otherwise mend sources/statfin/source.yml."
                    ) from error
                count = len(columns["period"])
                columns |= _constants(vintage, count)
                writer.write_table(pa.table([columns[name] for name in writer.schema.names], schema=writer.schema))
                rows += count
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_directory(target.parent)
    return rows


def read_answer(body: bytes, layout: Layout, request: TableRequest) -> dict[str, pa.Array]:
    """The key and content columns of one answer, sorted by key.

    Raises msgspec.MsgspecError, ValueError (a count with decimals, values and size disagreeing) or LookupError.
    """
    answer = msgspec.json.decode(body, type=_Answer)
    variables = {column: variable for variable, column in layout.columns.items()} | {"content": layout.metric}
    axes = [answer.id.index(variables[column]) for column in (*request.key_columns, "content")]
    indexes = {column: answer.dimension[variables[column]].category.index for column in request.key_columns}
    indexes = {column: dict(sorted(index.items())) for column, index in indexes.items()}
    offered = answer.dimension[layout.metric].category.index

    def by_content(cells: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        cube = cells.reshape(answer.size).transpose(axes)
        for axis, index in enumerate(indexes.values()):
            cube = cube.take(list(index.values()), axis=axis)
        return {content: cube[..., place].ravel() for content, place in offered.items()}

    names = {symbol: place for place, symbol in enumerate(sorted(set(answer.status.values())))}
    flags = np.full(len(answer.value), -1, dtype=np.int32)
    flags[np.fromiter(answer.status, np.int64)] = np.fromiter(map(names.get, answer.status.values()), np.int32)
    numbers = pa.array(answer.value, pa.float64()).to_numpy(zero_copy_only=False)  # numpy is slower with None
    values, symbols = by_content(numbers), by_content(flags)

    columns: dict[str, pa.Array] = {}
    places = np.indices([len(index) for index in indexes.values()], dtype=np.int32)
    for (column, index), place in zip(indexes.items(), places, strict=True):
        if column == "period":
            columns[column] = pa.array([_first_day(code, request.frequency) for code in index]).take(place.ravel())
        else:
            columns[column] = _text(list(index), place.ravel())
    contents = {content: column for content, column in layout.contents.items() if content in offered}
    for content, column in contents.items():
        columns[column] = _number(column, values[content], request)
        columns[f"{column}_symbol"] = _text(list(names), symbols[content])
    for column in {code.lower() for code in request.contents} - set(contents.values()):
        columns[column] = pa.nulls(places[0].size, _number_type(column, request))
        columns[f"{column}_symbol"] = _text([NOT_OFFERED], np.zeros(places[0].size, dtype=np.int32))
    return columns


def is_landed(target: Path, request: TableRequest) -> bool:
    """Whether `target` is there with the columns and types that `request` asks for today."""
    return target.exists() and pq.read_schema(target).equals(_schema(request))


def _lenient(request: TableRequest) -> TableRequest:
    """The request with every content optional: a vintage may be older than a content that is asked for today."""
    contents = {code: msgspec.structs.replace(content, optional=True) for code, content in request.contents.items()}
    return msgspec.structs.replace(request, contents=contents)


def _schema(request: TableRequest) -> pa.Schema:
    fields = {"vintage_id": TEXT, "retrieved_at": TIME, "source_updated_at": TIME, "division": TEXT}
    fields |= {column: pa.date32() if column == "period" else TEXT for column in request.key_columns}
    for code in request.contents:
        column = code.lower()
        fields |= {column: _number_type(column, request), f"{column}_symbol": TEXT}
    return pa.schema(list(fields.items()))


def _constants(vintage: Vintage, rows: int) -> dict[str, pa.Array]:
    everywhere = np.zeros(rows, dtype=np.int32)
    nowhere = everywhere - 1
    return {
        "vintage_id": _text([vintage.vintage_id], everywhere),
        "retrieved_at": pa.repeat(pa.scalar(vintage.retrieved_at.replace(tzinfo=None), TIME), rows),
        "source_updated_at": pa.repeat(pa.scalar(vintage.source_updated_at.replace(tzinfo=None), TIME), rows),
        "division": _text([vintage.division or ""], everywhere if vintage.division else nowhere),
    }


def _first_day(code: str, frequency: Frequency) -> date:
    """'2025M03' or '2025Q1' -> the period's first day."""
    step = 1 if frequency is Frequency.MONTH else 3
    return date(int(code[:4]), (int(code[5:]) - 1) * step + 1, 1)


def _text(names: Sequence[str], places: npt.NDArray[np.int32]) -> pa.Array:
    """`names[place]` for each place; NULL where the place is negative."""
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=places < 0), pa.array(names, pa.string()))


def _number_type(column: str, request: TableRequest) -> pa.DataType:
    kinds = {code.lower(): content.kind for code, content in request.contents.items()}
    return pa.int64() if kinds[column] is Kind.COUNT else pa.float64()


def _number(column: str, values: npt.NDArray[np.float64], request: TableRequest) -> pa.Array:
    """The values in their landed type; a count with decimals is an error, not a rounding."""
    try:
        return pa.array(values, from_pandas=True).cast(_number_type(column, request))
    except pa.ArrowInvalid:
        broken = values[values % 1 > 0]
        raise ValueError(f"{column} is {broken[0]}, not a whole number") from None
