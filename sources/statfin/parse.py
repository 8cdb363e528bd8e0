"""From raw answers to one typed Parquet file, wide in contents.

Belongs here: landing a vintage, and reading json-stat2. Does not belong here: the columns of the file (`landed`),
reading PX (`px_rows`). Of json-stat2: one JSON parse and no loop over cells. The values of an answer are a cube,
row-major with the last entry of `id` running fastest (contract statfin, section 6.1); turning its axes into key order
and cutting it along the contents gives the columns. Answers are written one by one, so that memory does not grow with
the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.archive import RawArchive
from sources.http import SourceError
from sources.statfin.landed import (
    NOT_OFFERED,
    TEXT,
    first_day,
    is_landed,
    landed_file,
    landed_schema,
    not_offered,
    number_type,
    text,
)
from sources.statfin.layout import Layout, find_layout
from sources.statfin.px_rows import read_rows
from sources.statfin.schema import Metadata, Source, TableRequest
from sources.vintage import Vintage

__all__ = ["NOT_OFFERED", "TEXT", "LandingError", "is_landed", "land", "landed_schema", "read_answer"]


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
    of the answers: those in json-stat2 each sorted by key, PX in the order of the file. Whole or not at all. Raises
    LandingError, ArchiveError.
    """
    request = source.tables[vintage.table]
    metadata = msgspec.json.decode(archive.get(vintage.metadata), type=Metadata)
    layout = find_layout(vintage.table, _lenient(request), metadata, source, {})
    with landed_file(target, request, vintage) as landed:
        for number, sha256 in enumerate(vintage.answers, start=1):
            path = archive.verified(sha256)
            try:
                for columns in _read(path, layout, request):
                    landed.write(columns)
            except (msgspec.MsgspecError, ValueError, LookupError) as error:
                raise LandingError(
                    f"statfin {vintage.table}: raw answer {number} of {len(vintage.answers)} "
                    f"(raw/sha256/{sha256[:2]}/{sha256}) cannot be read into rows: {error}. If the raw bytes are "
                    "damaged, restore raw/ from a backup; otherwise mend sources/statfin/source.yml."
                ) from error
    return landed.rows


def _read(path: Path, layout: Layout, request: TableRequest) -> Iterator[dict[str, pa.Array]]:
    """The columns of one raw answer, in pieces: json-stat2 begins with a brace, anything else is a PX file."""
    with path.open("rb") as stream:
        if stream.read(1) == b"{":
            yield read_answer(path.read_bytes(), layout, request)
        else:
            stream.seek(0)
            yield from read_rows(stream, layout, request)


def read_answer(body: bytes, layout: Layout, request: TableRequest) -> dict[str, pa.Array]:
    """The key and content columns of one answer, sorted by key.

    Raises msgspec.MsgspecError, ValueError (a count with decimals, values and size disagreeing) or LookupError.
    """
    answer = msgspec.json.decode(body, type=_Answer)
    variables = {column: variable for variable, column in layout.columns.items()} | {"content": layout.metric}
    landed = [variable for variable in answer.id if variable in variables.values()]  # the others stand at their total
    shape = [answer.size[answer.id.index(variable)] for variable in landed]
    axes = [landed.index(variables[column]) for column in (*request.key_columns, "content")]
    indexes = {column: answer.dimension[variables[column]].category.index for column in request.key_columns}
    indexes = {column: dict(sorted(index.items())) for column, index in indexes.items()}
    offered = answer.dimension[layout.metric].category.index

    def by_content(cells: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        cube = cells.reshape(shape).transpose(axes)
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
            columns[column] = pa.array([first_day(code, request.frequency) for code in index]).take(place.ravel())
        else:
            columns[column] = text(list(index), place.ravel())
    contents = {content: column for content, column in layout.contents.items() if content in offered}
    for content, column in contents.items():
        columns[column] = _number(column, values[content], request)
        columns[f"{column}_symbol"] = text(list(names), symbols[content])
    return columns | not_offered(request, contents, places[0].size)


def _lenient(request: TableRequest) -> TableRequest:
    """The request with every content optional: a vintage may be older than a content that is asked for today."""
    contents = {code: msgspec.structs.replace(content, optional=True) for code, content in request.contents.items()}
    return msgspec.structs.replace(request, contents=contents)


def _number(column: str, values: npt.NDArray[np.float64], request: TableRequest) -> pa.Array:
    """The values in their landed type; a count with decimals is an error, not a rounding."""
    try:
        return pa.array(values, from_pandas=True).cast(number_type(column, request))
    except pa.ArrowInvalid:
        broken = values[values % 1 > 0]
        raise ValueError(f"{column} is {broken[0]}, not a whole number") from None
