"""Files that survive a crash: whole trees made durable and read-only, one writer at a time, a full disk named.

Belongs here: the file system. Does not belong here: what the files are.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from assets.release.errors import ReleaseError
from sources.archive import fsync_directory

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold `folder` for writing; the lock goes with the process, however it ends. Raises ReleaseError when held."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ReleaseError(
                f"{folder}: another publish, rollback or prune is at work here. Wait until it ends, then run again."
            ) from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def naming_a_full_disk(folder: Path, *, needed: int) -> Iterator[None]:
    """Turn "no space", "quota" and "file too large" into a ReleaseError: where, and how many bytes are `needed`."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        reason = _no_room(error)
        if reason is None:
            raise
        standing = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(standing).free
        raise ReleaseError(
            f"{folder}: no room ({reason}): a release needs about {needed / 1e6:.1f} MB, "
            f"{free / 1e6:.1f} MB are free. What was published stays. "
            "Free space (kohtaanto releases prune) or raise the quota, then run again."
        ) from error


def _no_room(error: OSError | duckdb.Error) -> str | None:
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno in _NO_ROOM else None
    return next((os.strerror(code) for code in _NO_ROOM if os.strerror(code) in str(error)), None)


def fsync_file(path: Path) -> None:
    """Make the bytes of `path` durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def freeze_tree(folder: Path) -> None:
    """Make every file below `folder` durable and 444, every directory durable and 555, from the leaves up."""
    for parent, _, files in os.walk(folder, topdown=False):
        directory = Path(parent)
        for name in files:
            fsync_file(directory / name)
            (directory / name).chmod(0o444)
        fsync_directory(directory)
        directory.chmod(0o555)


def remove_tree(folder: Path) -> None:
    """Delete `folder` and all below it, read-only directories too; nothing happens when it is not there."""
    if not folder.exists():
        return
    for parent, _, _ in os.walk(folder):
        Path(parent).chmod(0o755)
    shutil.rmtree(folder)


def point_symlink(link: Path, target: Path) -> None:
    """Let `link` point to `target` (relative to its folder): the old or the new, never neither."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.symlink_to(target)
    fresh.replace(link)
    fsync_directory(link.parent)
