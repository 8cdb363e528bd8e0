"""What a landed StatFin file looks like, and how one is written: whole or not at all.

Belongs here: columns and types of the landed Parquet, the helpers that make such columns. Does not belong here: how an
answer is read (`parse` for json-stat2, `px_rows` for PX).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from sources.archive import written_atomically
from sources.statfin.schema import Frequency, Kind, TableRequest
from sources.vintage import Vintage

NOT_OFFERED = "not_offered"  # the symbol of a content that the table, or this vintage of it, does not have
TEXT = pa.dictionary(pa.int32(), pa.string())  # in memory; in the file it is a string column like any other
TIME = pa.timestamp("us")
PARQUET = {"compression": "zstd", "store_schema": False, "write_statistics": ["period"]}


def landed_schema(request: TableRequest) -> pa.Schema:
    """The landed table's columns and types: constants, key, then each content with its symbol."""
    fields = {"vintage_id": TEXT, "retrieved_at": TIME, "source_updated_at": TIME, "division": TEXT}
    fields |= {column: pa.date32() if column == "period" else TEXT for column in request.key_columns}
    for code in request.contents:
        column = code.lower()
        fields |= {column: number_type(column, request), f"{column}_symbol": TEXT}
    return pa.schema(list(fields.items()))


def is_landed(target: Path, request: TableRequest) -> bool:
    """Whether `target` is there with the columns and types that `request` asks for today."""
    asked = landed_schema(request)
    plain = [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in asked]
    return target.exists() and pq.read_schema(target).equals(pa.schema(plain))


class LandedWriter:
    """Takes columns answer by answer; `rows` counts what has been written."""

    def __init__(self, writer: pq.ParquetWriter, vintage: Vintage) -> None:
        self._writer = writer
        self._vintage = vintage
        self._constants: dict[str, pa.Array] = {}
        self.rows = 0

    def write(self, columns: Mapping[str, pa.Array]) -> None:
        """Write key and content columns as one row group, with the vintage's constants."""
        count = len(columns["period"])
        if not self._constants or len(self._constants["vintage_id"]) != count:  # most row groups are of one length
            self._constants = _constants(self._vintage, count)
        whole = {**columns, **self._constants}
        schema = self._writer.schema
        self._writer.write_table(pa.table([whole[name] for name in schema.names], schema=schema))
        self.rows += count


@contextmanager
def landed_file(target: Path, request: TableRequest, vintage: Vintage) -> Iterator[LandedWriter]:
    """A writer for `target`, which appears when the block ends; when it raises, there is neither file nor leftover."""
    with (
        written_atomically(target) as temporary,
        pq.ParquetWriter(temporary, landed_schema(request), **PARQUET) as writer,
    ):
        yield LandedWriter(writer, vintage)


def not_offered(request: TableRequest, offered: Mapping[str, str], rows: int) -> dict[str, pa.Array]:
    """The columns of contents that are asked for, but are not among the columns `offered`: NULL, with its symbol."""
    columns: dict[str, pa.Array] = {}
    for column in {code.lower() for code in request.contents} - set(offered.values()):
        columns[column] = pa.nulls(rows, number_type(column, request))
        columns[f"{column}_symbol"] = text([NOT_OFFERED], np.zeros(rows, dtype=np.int32))
    return columns


def first_day(code: str, frequency: Frequency) -> date:
    """'2025M03', '2025Q1' or '2025' -> the period's first day."""
    if frequency is Frequency.YEAR:
        return date(int(code), 1, 1)
    step = 1 if frequency is Frequency.MONTH else 3
    return date(int(code[:4]), (int(code[5:]) - 1) * step + 1, 1)


def text(names: Sequence[str], places: npt.NDArray[np.int32]) -> pa.Array:
    """`names[place]` for each place; NULL where the place is negative."""
    encoded = [name.encode() for name in names]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    dictionary = pa.StringArray.from_buffers(len(names), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))
    return pa.DictionaryArray.from_arrays(column(places, pa.int32(), places < 0), dictionary)


def column(values: npt.NDArray[Any], kind: pa.DataType, missing: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """`values`, whose bits are those of `kind`, as a column that shares their memory; NULL where `missing`.

    Made of buffers: `pa.array` of a NumPy array copies, and imports pandas the first time (0.3 s).
    """
    present = None
    if missing is not None and missing.any():
        present = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(kind, len(values), [present, pa.py_buffer(values)])


def number_type(column: str, request: TableRequest) -> pa.DataType:
    """BIGINT for a count, DOUBLE for anything else."""
    kinds = {code.lower(): content.kind for code, content in request.contents.items()}
    return pa.int64() if kinds[column] is Kind.COUNT else pa.float64()


def _constants(vintage: Vintage, rows: int) -> dict[str, pa.Array]:
    everywhere = np.zeros(rows, dtype=np.int32)
    nowhere = everywhere - 1
    return {
        "vintage_id": text([vintage.vintage_id], everywhere),
        "retrieved_at": _moment(vintage.retrieved_at, rows),
        "source_updated_at": _moment(vintage.source_updated_at, rows),
        "division": text([vintage.division or ""], everywhere if vintage.division else nowhere),
    }


def _moment(moment: datetime, rows: int) -> pa.Array:
    """An aware time, in UTC, on every row."""
    return column(np.full(rows, np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")), TIME)
