"""The raw store: bytes as received, addressed by their SHA-256, and an append-only index of where they came from.

Belongs here: content addressing, the index, atomic writes. Does not belong here: what the bytes mean.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ArchiveError(Exception):
    """The raw store does not hold what its index promises."""


def fsync_directory(path: Path) -> None:
    """Make the entries of directory `path` durable (a rename is lost in a crash without it)."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def written_atomically(path: Path, *, mode: int = 0o644) -> Iterator[Path]:
    """A temporary path beside `path` for the block to write; at its end the file is at `path`, whole or not at all.

    fsync, rename, fsync of the directory. Passes on what the block raises; then `path` is as it was and no temporary
    file is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_directory(path.parent)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Put `content` at `path`, as `written_atomically` does. Raises OSError."""
    with written_atomically(path, mode=mode) as temporary:
        temporary.write_bytes(content)


def sha256_of(content: bytes) -> str:
    """Lower-case hex SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Lower-case hex SHA-256 of the file at `path`, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class RawArchive:
    """Immutable bytes under `root`/sha256/ab/<sha256>, indexed in `root`/index.jsonl."""

    root: Path

    def path_of(self, sha256: str) -> Path:
        """Where the bytes with this hash lie (or would lie)."""
        return self.root / "sha256" / sha256[:2] / sha256

    def put(self, content: bytes, *, request: Mapping[str, Any]) -> str:
        """Store `content`, note `request` (url, query, status, headers, retrieved_at) in the index, return the SHA-256.

        The same bytes are stored once; every receipt is indexed.
        """
        sha256 = sha256_of(content)
        target = self.path_of(sha256)
        if not target.exists():
            write_atomically(target, content, mode=0o444)
        self._index(sha256, len(content), request)
        return sha256

    def put_stream(
        self, blocks: Iterable[bytes], *, request: Mapping[str, Any], accept: Callable[[Path], None] = lambda path: None
    ) -> str:
        """Store what `blocks` bring, without ever holding it whole; otherwise like `put`.

        `accept` looks at the complete file before it is let in. Whatever it or `blocks` raises is passed on, and then
        nothing is stored.
        """
        (self.root / "sha256").mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self.root / "sha256", prefix=".stream.")
        temporary = Path(name)
        try:
            digest, size = hashlib.sha256(), 0
            with os.fdopen(descriptor, "wb") as stream:
                for block in blocks:
                    digest.update(block)
                    size += len(block)
                    stream.write(block)
                stream.flush()
                os.fsync(stream.fileno())
            accept(temporary)
            sha256 = digest.hexdigest()
            target = self.path_of(sha256)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                temporary.chmod(0o444)
                temporary.replace(target)
                fsync_directory(target.parent)
        finally:
            temporary.unlink(missing_ok=True)
        self._index(sha256, size, request)
        return sha256

    def _index(self, sha256: str, size: int, request: Mapping[str, Any]) -> None:
        line = json.dumps({**request, "sha256": sha256, "bytes": size}, ensure_ascii=False, sort_keys=True)
        with (self.root / "index.jsonl").open("ab") as index:
            index.write(line.encode() + b"\n")
            index.flush()
            os.fsync(index.fileno())

    def get(self, sha256: str) -> bytes:
        """The bytes with this hash. Raises ArchiveError when they are missing or no longer have it."""
        return self.verified(sha256).read_bytes()

    def verified(self, sha256: str) -> Path:
        """The file with this hash, for what is too large to be held. Raises ArchiveError as `get` does."""
        path = self.path_of(sha256)
        try:
            is_sound = sha256_of_file(path) == sha256
        except FileNotFoundError:
            raise ArchiveError(f"raw store: {path} is missing. Restore raw/ from a backup, or fetch again.") from None
        if not is_sound:
            raise ArchiveError(f"raw store: {path} does not have the hash it is named for. Delete it and fetch again.")
        return path
