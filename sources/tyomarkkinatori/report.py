"""What a pull says of itself: counts, watermarks, and what the next pull has to know. No posting, no pseudonym."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from sources.tyomarkkinatori.schema import Interface


class Kind(StrEnum):
    """What was asked for: everything, or an interval of times of change, of publication or of archiving."""

    FULL = "full"
    DELTA = "delta"
    RECENT = "recent"  # a posting can be published on a later day than it was last changed
    INTERVAL = "interval"


class Status(StrEnum):
    """Which of the source's two sets of postings."""

    PUBLISHED = "PUBLISHED"
    ARCHIVED = "ARCHIVED"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One read. `since` inclusive, `until` exclusive (None: open), of the times that `kind` says."""

    status: Status
    kind: Kind
    since: datetime | None = None
    until: datetime | None = None

    @property
    def name(self) -> str:
        """The read in words."""
        return f"{self.status.lower()} {self.kind}"


class ReadReport(msgspec.Struct, frozen=True, kw_only=True):
    """One read: `lines` = `blank` + `usable` + the quarantined ones; `duplicates` of the usable ones are of a posting
    that came more than once. Names of new fields were looked for in `looked_at` of the usable lines."""

    query: Query
    lines: int
    blank: int
    usable: int
    quarantined: dict[str, int]
    duplicates: int
    looked_at: int
    unknown_fields: dict[str, int]
    unknown_codes: dict[str, dict[str, int]]


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the postings. `open` and `removed` are records kept now (removed: within the retention),
    `purged` those that this pull moved into the aggregate; `abroad`, `never_open` (closed before they opened) and
    `not_yet_published` are among the kept ones and not counted in the cohorts; `removed_before` came and were left out,
    since they were removed before the coverage begins or were counted by an earlier pull."""

    open: int
    removed: int
    vanished: int
    purged: int
    abroad: int
    never_open: int
    not_yet_published: int
    removed_before: int


class PullReport(msgspec.Struct, frozen=True, kw_only=True):
    """One pull. `as_of` is the source's clock; flows are complete from `covered_from` on (a day in Finland).

    `modified_watermark`, `archived_watermark`: the newest times seen in the two sets (None: nothing seen yet).
    `purged_until`: postings removed up to then are in the aggregate. `key_check` tells another secret from this one.
    `follows` is the vintage that this one was made from, so that a state that comes back is still a vintage of its own.
    """

    interface: Interface
    as_of: datetime
    covered_from: date
    reads: tuple[ReadReport, ...]
    modified_watermark: datetime | None
    archived_watermark: datetime | None
    last_full_at: datetime
    last_full_usable: int
    purged_until: datetime
    key_check: str
    follows: str | None
    totals: Totals
