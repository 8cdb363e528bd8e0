"""What every `source.yml` says alike of a source and of each of its tables.

Belongs here: the members that the catalogue of sources reads. Does not belong here: what only one source needs.
"""

from __future__ import annotations

import msgspec


class DescribedTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table as the catalogue shows it. `lag_days`: typical days from the end of a period to its release; `required`:
    no release without it; `unverified`: nobody has seen it live."""

    title: str
    citation: str
    lag_days: int
    coverage: str
    required: bool = False
    unverified: bool = False


class DescribedSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A source as the catalogue shows it. `terms`: what using it asks for beyond the licence, None = nothing more."""

    source: str
    title: str
    publisher: str
    licence: str
    terms: str | None
    homepage: str
    contact: str
    base_url: str
