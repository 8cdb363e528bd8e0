"""What StatFin is asked for and what its bodies look like, as types.

`source.yml` is read into Source and TableRequest; PxWeb's bodies (contract statfin, sections 3, 4, 6.1) are decoded
into Limits, Metadata and AnswerHead. Unknown members of a body are ignored here; unknown *codes and dimensions* are the
business of `layout`.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

SOURCE_FILE = Path(__file__).with_name("source.yml")


class Kind(StrEnum):
    """What a content counts."""

    COUNT = "count"
    THOUSANDS = "thousands"
    PERCENT = "percent"


class Frequency(StrEnum):
    """How often a table has a period."""

    MONTH = "month"
    QUARTER = "quarter"


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measure of a table. `suppressed`: the source withholds counts 1-4 of it. `optional`: may be missing."""

    kind: Kind
    suppressed: bool = False
    optional: bool = False


class Dimension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a variable of this role is recognised: `pattern` matches its value codes whole."""

    pattern: str


class TableRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is pulled of one table. `dimensions`: role -> pattern of the codes to pull, or 'total'."""

    subject: str
    title: str
    frequency: Frequency
    dimensions: dict[str, str]
    contents: dict[str, Content]

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The landed table's key: one `<role>_code` per pulled dimension, then `period`."""
        pulled = [f"{role}_code" for role, codes in self.dimensions.items() if codes != "total"]
        return (*pulled, "period")


class Policy(StrEnum):
    """What a drift event does. Only `freeze` is used by StatFin: its codes are few and each one matters."""

    FREEZE = "freeze"


class Drift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy for each kind of drift."""

    unknown_code: Policy
    unknown_dimension: Policy
    missing_content: Policy


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`source.yml` as a whole."""

    source: str
    title: str
    publisher: str
    licence: str
    homepage: str
    contact: str
    base_url: str
    database: str
    language: str
    drift: Drift
    dimensions: dict[str, Dimension]
    tables: dict[str, TableRequest]


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
