"""The data folder: which room of it holds what (DESIGN of the zones: docs/decisions.md, D1).

Belongs here: paths, the lock that keeps a second run out, the note of which world the folder belongs to. Does not
belong here: what is written into the rooms.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sources.archive import RawArchive, write_atomically
from sources.vintage import VintageStore


class FolderError(Exception):
    """The data folder cannot be used for this run."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """`root` and its rooms: raw/ (immutable), work/ (disposable), published/ (immutable releases).

    `data_kind`: what the folder's numbers are: 'synthetic', 'recorded' or 'live'.
    """

    root: Path
    data_kind: str

    @property
    def archive(self) -> RawArchive:
        """Raw answers as received."""
        return RawArchive(self.root / "raw")

    @property
    def vintages(self) -> VintageStore:
        """Which raw answers make up which pull."""
        return VintageStore(self.root / "raw")

    @property
    def landed_dir(self) -> Path:
        """Typed Parquet: <source>/<table>/<vintage_id>/data.parquet."""
        return self.root / "work" / "landed"

    def landed_file(self, source: str, table: str, vintage_id: str) -> Path:
        """The landed file of one vintage."""
        return self.landed_dir / source / table / vintage_id / "data.parquet"

    def arrival_file(self, vintage_id: str) -> Path:
        """Where a new vintage is landed until its gate has let it in; nothing else reads it."""
        return self.root / "work" / "arrivals" / f"{vintage_id}.parquet"

    @property
    def source_state_file(self) -> Path:
        """How each source table stands, in the warehouse's own words; written anew in each run."""
        return self.landed_file("pipeline", "source_state", "current")

    @property
    def quarantine_dir(self) -> Path:
        """What a reader refused of a source: reason, place, length and hash, never content of postings."""
        return self.root / "raw" / "quarantine"

    def quarantine_file(self, source: str, table: str) -> Path:
        """The table's part of it, a line each, written anew by each pull."""
        return self.quarantine_dir / source / f"{table}.ndjson"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that dbt writes, rebuilt from landed Parquet in each run."""
        return self.root / "work" / "warehouse" / "work.duckdb"

    @property
    def candidate(self) -> Path:
        """The mart as it would be published, before and after the gate's verdict."""
        return self.root / "work" / "candidate" / "kohtaanto.duckdb"

    @property
    def verdict(self) -> Path:
        """The gate's verdict on the candidate, bound to its SHA-256."""
        return self.root / "work" / "candidate" / "verdict.json"

    @property
    def published(self) -> Path:
        """releases/<id>/, current, versions.json."""
        return self.root / "published"

    @property
    def dbt_environment(self) -> dict[str, str]:
        """What dbt_project/profiles.yml and its sources read from the environment."""
        return {
            "KOHTAANTO_WAREHOUSE": str(self.warehouse),
            "KOHTAANTO_LANDED_DIR": str(self.landed_dir),
            "KOHTAANTO_DATA_KIND": self.data_kind,
        }

    @contextmanager
    def exclusively(self) -> Iterator[DataFolder]:
        """Hold the folder for one run. Raises FolderError at once when another run holds it, or when the folder
        belongs to another world (synthetic, recorded and live numbers never share a folder)."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("a+b") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                holder = lock.read().decode() or "unknown"
                raise FolderError(
                    f"data folder {self.root}: another run (process {holder}) is using it. Wait for its end, or "
                    "give this one a folder of its own with --data-dir."
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()).encode())
            lock.flush()
            self._claim()
            yield self

    @property
    def claimed_kind(self) -> str | None:
        """What kind of data the folder holds by its own note; None before the first run."""
        note = self.root / "world.json"
        return str(json.loads(note.read_text())["data_kind"]) if note.exists() else None

    def _claim(self) -> None:
        owner = self.claimed_kind
        if owner is None:
            write_atomically(self.root / "world.json", json.dumps({"data_kind": self.data_kind}).encode() + b"\n")
        elif owner != self.data_kind:
            raise FolderError(
                f"data folder {self.root} holds {owner} data, this run brings {self.data_kind} data; they "
                "never share a folder. Use another --data-dir."
            )
