"""A vintage: one complete pull of one table, described by a small JSON record beside the raw bytes.

Belongs here: what was pulled, when, from which release of the source, and which raw answers it consists of. From a
vintage and the raw store everything downstream can be rebuilt with the network off.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from sources.archive import sha256_of, write_atomically


class Vintage(msgspec.Struct, frozen=True, kw_only=True):
    """One complete pull. `division` is the text of the area variable's map (None when the table has none);
    `selection` is a hash of what was asked for, so that a changed request is not mistaken for unchanged data;
    `answers` are the SHA-256 of the data answers in the order of the plan."""

    vintage_id: str
    source: str
    table: str
    title: str
    source_updated_at: datetime
    retrieved_at: datetime
    division: str | None
    attribution: str
    selection: str
    metadata: str
    answers: tuple[str, ...]


def vintage_id(source: str, table: str, updated: datetime, content: tuple[str, ...]) -> str:
    """`<source>-<table>-<release time>-<8 hex digits of the content>`; the same data give the same name."""
    return f"{source}-{table}-{updated:%Y%m%dT%H%M%SZ}-{sha256_of(' '.join(content).encode())[:8]}"


class VintageStore:
    """The vintage records under `root`/vintages/<source>/<table>/."""

    def __init__(self, root: Path) -> None:
        self._root = root / "vintages"

    def add(self, vintage: Vintage) -> None:
        """Keep the record; a record that exists already (the same bytes pulled again) is left as it is."""
        path = self._root / vintage.source / vintage.table / f"{vintage.vintage_id}.json"
        if not path.exists():
            write_atomically(path, msgspec.json.format(msgspec.json.encode(vintage)) + b"\n", mode=0o444)

    def all(self, source: str, table: str) -> list[Vintage]:
        """Every vintage of the table, oldest first: by the source's release time, then by our retrieval."""
        records = (self._root / source / table).glob("*.json")
        vintages = [msgspec.json.decode(record.read_bytes(), type=Vintage) for record in records]
        return sorted(vintages, key=lambda vintage: (vintage.source_updated_at, vintage.retrieved_at))

    def newest(self, source: str, table: str) -> Vintage | None:
        """The newest vintage, or None before the first pull."""
        vintages = self.all(source, table)
        return vintages[-1] if vintages else None
