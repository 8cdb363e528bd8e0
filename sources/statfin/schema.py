"""What StatFin is asked for and what its bodies look like, as types.

`source.yml` is read into Source and TableRequest; PxWeb's bodies (contract statfin, sections 3, 4, 6.1) are decoded
into Limits, Metadata and AnswerHead. Unknown members of a body are ignored here; unknown *codes and dimensions* are the
business of `layout`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from sources.description import DescribedSource, DescribedTable

SOURCE_FILE = Path(__file__).with_name("source.yml")


class Kind(StrEnum):
    """What a content counts; `days` is a mean and has decimals."""

    COUNT = "count"
    THOUSANDS = "thousands"
    PERCENT = "percent"
    DAYS = "days"


class Frequency(StrEnum):
    """How often a table has a period."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def codes(self) -> str:
        """Pattern of StatFin's period codes: '2026M07', '2026Q2', '2025'."""
        return {"month": r"\d{4}M(0[1-9]|1[0-2])", "quarter": r"\d{4}Q[1-4]", "year": r"\d{4}"}[self.value]


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measure of a table. `suppressed`: the source withholds counts 1-4 of it. `optional`: may be missing."""

    kind: Kind
    suppressed: bool = False
    optional: bool = False


class Dimension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a variable of this role is recognised.

    `pattern` matches most of its value codes whole, totals (S, SS, SSS ...) left aside; `offers`: codes it must have;
    `named`: pattern found in its code or text, asked only where the codes of several variables fit.
    """

    pattern: str
    offers: tuple[str, ...] = ()
    named: str = ""


class Policy(StrEnum):
    """What a drift event does.

    `freeze`: the pull stops. `evolve`: what is new is landed (a dimension: left out, its total is taken) and reported.
    `discard_row`: what is new stays out of the selection and is reported.
    """

    FREEZE = "freeze"
    EVOLVE = "evolve"
    DISCARD_ROW = "discard_row"


class Drift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy for each kind of drift. A content that is gone freezes: `optional` is how one may be missing."""

    unknown_code: Policy
    unknown_dimension: Literal["freeze", "evolve"]
    missing_content: Literal["freeze"]


class TableDrift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a table's policy differs from the source's."""

    unknown_code: Policy | None = None
    unknown_dimension: Literal["freeze", "evolve"] | None = None


class TableRequest(DescribedTable, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is pulled of one table, and what is told of it.

    `dimensions`: role -> pattern of the codes to pull, or 'total'. `lag_days`: typical days from the end of a period to
    its release. `required`: no release without it. `unverified`: nobody has seen its dimensions since June 2026, so
    `dimensions` and `contents` are guesses. `bulk`: worth a whole-table download at a first fill. `table`: the table's
    id at StatFin where it is not the name here, because two requests share a table. `window`: so many of the newest
    periods are pulled; earlier ones stay with the vintage that had them. None: every period.
    """

    subject: str
    frequency: Frequency
    dimensions: dict[str, str]
    contents: dict[str, Content]
    bulk: bool = False
    drift: TableDrift = TableDrift()
    table: str | None = None
    window: int | None = None

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The landed table's key: one `<role>_code` per pulled dimension, then `period`."""
        pulled = [f"{role}_code" for role, codes in self.dimensions.items() if codes != "total"]
        return (*pulled, "period")


class Source(DescribedSource, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`source.yml` as a whole."""

    px_url: str | None
    database: str
    language: str
    drift: Drift
    dimensions: dict[str, Dimension]
    tables: dict[str, TableRequest]

    def id_of(self, table: str) -> str:
        """The id of `table` (a name in `tables`) at StatFin."""
        return self.tables[table].table or table

    def drift_of(self, request: TableRequest) -> Drift:
        """The policies that hold for one table: its own where it has some, else the source's."""
        return Drift(
            unknown_code=request.drift.unknown_code or self.drift.unknown_code,
            unknown_dimension=request.drift.unknown_dimension or self.drift.unknown_dimension,
            missing_content=self.drift.missing_content,
        )


@cache
def load_source(path: Path = SOURCE_FILE) -> Source:
    """`source.yml`, checked. Raises msgspec.ValidationError that names the faulty member."""
    return msgspec.yaml.decode(path.read_bytes(), type=Source)


class Limits(msgspec.Struct, frozen=True):
    """Answer to `?config`: cells per answer, calls per window of `timeWindow` seconds."""

    max_cells: int = msgspec.field(name="maxCells")
    max_calls: int = msgspec.field(name="maxCalls")
    time_window: float = msgspec.field(name="timeWindow")


class Variable(msgspec.Struct, frozen=True):
    """One variable of a table's metadata."""

    code: str
    text: str
    values: tuple[str, ...]
    value_texts: tuple[str, ...] = msgspec.field(name="valueTexts")
    elimination: bool = False
    time: bool = False
    map: str | None = None


class Metadata(msgspec.Struct, frozen=True):
    """Answer to GET on a table."""

    title: str
    variables: tuple[Variable, ...]


class AnswerHead(msgspec.Struct, frozen=True):
    """What a json-stat2 answer says of itself. `value` is decoded to be counted, not to be used."""

    class_: str = msgspec.field(name="class")
    updated: str
    id: tuple[str, ...]
    size: tuple[int, ...]
    value: list[float | None]
    source: str = ""
