"""Where pseudonymous records and the aggregate lie, and how they go: content-addressed files that are deleted again.

Unlike the raw archive this store forgets. The terms forbid keeping removed postings, so only the files of the vintage
in use stay; `sweep` deletes all others, also those of pulls that were refused.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sources.archive import fsync_directory, sha256_of_file
from sources.http import SourceError
from sources.tyomarkkinatori.report import PullReport
from sources.vintage import Vintage

SPILL = "spill-"  # begins the name of a folder in which a landing puts what does not fit into memory


class StoreError(SourceError):
    """A vintage's files are gone or are not what they were."""


@dataclass(frozen=True, slots=True)
class PostingStore:
    """Files under `root`/sha256/ab/<sha256>; a vintage's answers are ledger, aggregate and report, in this order."""

    root: Path

    def path_of(self, sha256: str) -> Path:
        """Where the bytes with this hash lie (or would lie)."""
        return self.root / "sha256" / sha256[:2] / sha256

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder for half-made files, gone afterwards in any case; what a killed process left is removed first."""
        place = self.root / "staging"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        try:
            yield Path(tempfile.mkdtemp(dir=place))
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def put(self, staged: Path) -> str:
        """Move a finished file in, whole or not at all, and return its SHA-256."""
        sha256 = sha256_of_file(staged)
        target = self.path_of(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        with staged.open("rb") as stream:
            os.fsync(stream.fileno())
        staged.chmod(0o444)
        staged.replace(target)
        fsync_directory(target.parent)
        return sha256

    def holds(self, vintage: Vintage) -> bool:
        """Whether the vintage's files are there; those of superseded vintages are deleted."""
        return all(self.path_of(sha256).exists() for sha256 in vintage.answers)

    def files(self, vintage: Vintage) -> tuple[Path, Path, PullReport]:
        """The ledger, the aggregate and the report of a vintage. Raises StoreError."""
        for sha256 in vintage.answers:
            path = self.path_of(sha256)
            if not path.exists():
                raise StoreError(
                    f"tyomarkkinatori: {path} of vintage {vintage.vintage_id} is missing. Restore it from a backup, or "
                    f"delete the folder vintages/{vintage.source} beside it to begin anew: older flows are lost then."
                )
            if sha256_of_file(path) != sha256:
                raise StoreError(
                    f"tyomarkkinatori: {path} does not have the hash it is named for. Restore it from a backup."
                )
        ledger, aggregate, report = map(self.path_of, vintage.answers)
        return ledger, aggregate, msgspec.json.decode(report.read_bytes(), type=PullReport)

    def sweep(self, keep: Vintage | None) -> int:
        """Delete every file that `keep` does not need, and say how many that were.

        To be called with the newest admitted vintage (None: there is none) after each run, also after one without news
        and after one whose vintage was refused. What a killed pull or landing left half-made goes too.
        """
        needed = set(keep.answers) if keep else set()
        strays = [path for path in (self.root / "sha256").glob("*/*") if path.name not in needed]
        for path in strays:
            path.unlink()
            fsync_directory(path.parent)
        for left in (self.root / "staging", *self.root.glob(f"{SPILL}*")):
            shutil.rmtree(left, ignore_errors=True)
        return len(strays)
