"""What is asked of the job postings interfaces, as types: `source.yml` and the two interfaces.

Does not belong here: the postings themselves (`records`).
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from sources.description import DescribedSource, DescribedTable

SOURCE_FILE = Path(__file__).with_name("source.yml")
TABLE = "posting_cohorts"


class NotConfiguredError(Exception):
    """A key or secret without which no call may be made is missing or too weak. The message names the mend."""


class Interface(StrEnum):
    """Which of KEHA's two interfaces is read."""

    P67 = "p67"
    V1 = "v1"


Freeze = Literal["freeze"]
FreezeOrDiscard = Literal["freeze", "discard_row"]
FreezeOrEvolve = Literal["freeze", "evolve"]


class Drift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy for each kind of drift; each kind takes only the policies that make sense for it."""

    wrong_structure: Freeze
    unreadable_value: FreezeOrDiscard
    missing_id: FreezeOrDiscard
    unknown_field: FreezeOrEvolve
    unknown_code: FreezeOrEvolve


class Cadence(StrEnum):
    """How often a table has a period."""

    DAY = "day"


class Table(DescribedTable, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One landed table. `lag_days`: days from the end of a period to its release; `unverified`: never seen live."""

    cadence: Cadence


class Pull(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How pulls go; the units are in the names, the reasons in source.yml."""

    pace_seconds: float
    overlap_hours: float
    full_every_days: float
    backfill_days: int
    retention_days: float
    least_share_of_previous: float
    most_vanished_share: float

    def __post_init__(self) -> None:
        """An overlap as long as the retention would fetch, and count, purged postings again."""
        if not 1 <= self.overlap_hours < self.retention_days * 24:
            raise ValueError("overlap_hours must be at least 1 and shorter than retention_days")


class P67(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """P67 v2; its address is the source's `base_url`."""

    key_header: str


class V1(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The V1 retrieval interface and its token endpoint."""

    base_url: str
    token_url: str
    scope: str
    page_size: int


class Codes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The known members of each code set."""

    work_time: frozenset[str] = msgspec.field(name="workTime")
    continuity_of_work: frozenset[str] = msgspec.field(name="continuityOfWork")
    employment_relationship: frozenset[str] = msgspec.field(name="employmentRelationship")
    employer_type: frozenset[str] = msgspec.field(name="employerType")
    languages: frozenset[str]
    regions: frozenset[str]


class Meaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which codes make a posting permanent, and which full-time."""

    permanent: tuple[str, ...]
    not_permanent: tuple[str, ...]
    full_time: tuple[str, ...]
    part_time: tuple[str, ...]


class Source(DescribedSource, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`source.yml` as a whole. `fields`: interface -> object ('' = the posting itself) -> names the documents know."""

    drift: Drift
    tables: dict[str, Table]
    pull: Pull
    p67: P67
    v1: V1
    codes: Codes
    meaning: Meaning
    fields: dict[Interface, dict[str, frozenset[str]]]


@cache
def load_source(path: Path = SOURCE_FILE) -> Source:
    """`source.yml`, checked. Raises msgspec.ValidationError that names the faulty member."""
    return msgspec.yaml.decode(path.read_bytes(), type=Source)
