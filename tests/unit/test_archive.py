"""The raw store: bytes come back as received, damage is noticed, a failed write leaves nothing behind."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources.archive import ArchiveError, RawArchive, sha256_of, write_atomically, written_atomically


def test_the_same_bytes_are_stored_once_and_every_receipt_is_indexed(tmp_path: Path) -> None:
    archive = RawArchive(tmp_path)
    names = {archive.put(b"answer", request={"url": url}) for url in ("first", "second")}
    assert names == {sha256_of(b"answer")}
    assert archive.get(*names) == b"answer"
    assert [json.loads(line)["url"] for line in (tmp_path / "index.jsonl").read_text().splitlines()] == [
        "first",
        "second",
    ]
    assert archive.path_of(*names).stat().st_mode & 0o777 == 0o444


def test_damaged_and_missing_bytes_are_refused(tmp_path: Path) -> None:
    archive = RawArchive(tmp_path)
    sha256 = archive.put(b"answer", request={})
    path = archive.path_of(sha256)
    path.chmod(0o644)
    path.write_bytes(b"anther")
    with pytest.raises(ArchiveError, match="does not have the hash"):
        archive.get(sha256)
    path.unlink()
    with pytest.raises(ArchiveError, match=r"is missing\. Restore raw/"):
        archive.get(sha256)


def test_a_stream_is_stored_like_bytes(tmp_path: Path) -> None:
    archive = RawArchive(tmp_path)
    seen: list[bytes] = []
    sha256 = archive.put_stream(
        iter([b"an", b"", b"swer"]), request={"url": "u"}, accept=lambda path: seen.append(path.read_bytes())
    )
    assert (sha256, seen) == (sha256_of(b"answer"), [b"answer"])
    assert archive.verified(sha256).read_bytes() == archive.get(sha256) == b"answer"
    assert archive.path_of(sha256).stat().st_mode & 0o777 == 0o444
    assert archive.put(b"answer", request={"url": "again"}) == sha256
    receipts = [json.loads(line) for line in (tmp_path / "index.jsonl").read_text().splitlines()]
    assert [(receipt["url"], receipt["bytes"]) for receipt in receipts] == [("u", 6), ("again", 6)]


def test_a_stream_that_breaks_or_is_not_accepted_leaves_nothing(tmp_path: Path) -> None:
    archive = RawArchive(tmp_path)

    def broken() -> Iterator[bytes]:
        yield b"an"
        raise ConnectionError("broke off")

    def refuse(_: Path) -> None:
        raise ValueError("not wanted")

    with pytest.raises(ConnectionError, match="broke off"):
        archive.put_stream(broken(), request={})
    with pytest.raises(ValueError, match="not wanted"):
        archive.put_stream(iter([b"answer"]), request={}, accept=refuse)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file"
    write_atomically(target, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_block_that_raises_leaves_the_file_as_it_was_and_no_temporary(tmp_path: Path) -> None:
    target = tmp_path / "landed" / "data.parquet"
    write_atomically(target, b"old")

    def half() -> None:
        with written_atomically(target) as temporary:
            temporary.write_bytes(b"half")
            assert target.read_bytes() == b"old"
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        half()
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]
