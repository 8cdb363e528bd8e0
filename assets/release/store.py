"""The published zone: releases side by side, one of them current; publish, look, verify, roll back, prune.

Belongs here: the order of steps that keeps a reader on the old or the new release whatever happens between
two of them. Does not belong here: what a release contains (package.py), whether it may go out (quality/).

```
<root>/releases/<id>/   immutable, complete from the moment it has this name
<root>/versions.json    which releases there are, which one is meant to be current, every rollback
<root>/current          symlink to releases/<id>
```

The releases' own manifests are the truth. A release that `versions.json` does not know was interrupted on its
way out: the next writer finishes it. One that it knows, newer than the current one, was rolled back: it stays
back until someone rolls forward to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from assets.release.durable import (
    freeze_tree,
    naming_a_full_disk,
    only_writer,
    point_symlink,
    remove_tree,
)
from assets.release.errors import ReleaseError
from assets.release.package import DATABASE, MANIFEST, write_release
from assets.release.permit import permitted
from assets.release.verify import problems_of
from quality.verdict import Verdict
from sources.archive import fsync_directory, sha256_of_file, write_atomically

CURRENT = "current"
VERSIONS = "versions.json"

_BOOKKEEPING = 100_000
"""Bytes that rolling back or pruning needs at most."""


class State(StrEnum):
    """What publishing did."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a publish: what happened, the release that is current now, where it is, and why in words."""

    state: State
    release_id: str
    path: Path
    message: str


@dataclass(frozen=True, slots=True)
class Release:
    """A published release and its manifest."""

    id: str
    path: Path
    manifest: Mapping[str, Any]
    is_current: bool

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return self.path / DATABASE

    @property
    def content_sha256(self) -> str:
        """Hash of its tables; equal hashes, equal numbers."""
        return str(self.manifest.get("content_sha256"))


def _no_hook(_: str) -> None: ...


@dataclass(frozen=True, slots=True)
class ReleaseStore:
    """The releases under `root`. `on_step` is called with the name of each step that has just been done."""

    root: Path
    on_step: Callable[[str], None] = _no_hook

    @property
    def _releases(self) -> Path:
        return self.root / "releases"

    def publish(
        self,
        candidate: Path,
        verdict: Verdict,
        *,
        inputs: Sequence[Mapping[str, str]],
        code_version: str,
        data_kind: str,
        now: datetime,
    ) -> Outcome:
        """Make the sealed `candidate` the current release, or say that its tables are what is published already.

        `inputs` says what the tables were made from, one mapping per vintage with at least `vintage_id` and
        `sha256`. Raises ReleaseError: no green verdict for exactly these bytes, another kind of data than
        sealed, another writer at work, no room. Then what was current stays current.
        """
        info = permitted(candidate, verdict, inputs=inputs, data_kind=data_kind)
        needed = 2 * candidate.stat().st_size
        with naming_a_full_disk(self.root, needed=needed), only_writer(self.root):
            self._repair()
            if standing := self._standing(info):
                return standing
            self._build(candidate, verdict, info, inputs=inputs, code_version=code_version, now=now)
            self._make_current(info["release_id"])
        path = self._releases / info["release_id"]
        return Outcome(State.PUBLISHED, info["release_id"], path, f"release {info['release_id']} is current")

    def list(self) -> list[Release]:
        """All releases, newest first, read from their manifests (empty where one is damaged: see verify)."""
        current = self._current_id()
        found = [
            Release(path.name, path, _read_json(path / MANIFEST), path.name == current)
            for path in self._releases.glob("[!.]*")
        ]
        return sorted(found, key=lambda release: release.id, reverse=True)

    def show(self, release_id: str = CURRENT) -> Release:
        """One release by id, or the current one. Raises ReleaseError naming the ids that exist."""
        releases = self.list()
        for release in releases:
            if release.id == release_id or (release_id == CURRENT and release.is_current):
                return release
        known = ", ".join(release.id for release in releases) or "none"
        raise ReleaseError(f"{self.root}: no release '{release_id}'. There are: {known}.")

    def verify(self, release_id: str = CURRENT) -> Sequence[str]:
        """What is wrong with a release, in words: files, sizes, checksums, content hash, database. Empty = sound."""
        return problems_of(self.show(release_id).path)

    def rollback(self, release_id: str, *, now: datetime | None = None) -> Release:
        """Make an earlier (or later) release current. Raises ReleaseError when it is unknown or not sound."""
        with naming_a_full_disk(self.root, needed=_BOOKKEEPING), only_writer(self.root):
            self._repair()
            target = self.show(release_id)
            if problems := problems_of(target.path):
                raise ReleaseError(
                    f"release {target.id} is not sound: {problems[0]} Choose another, or restore it from a backup."
                )
            if not target.is_current:
                moved = {"at": (now or datetime.now(UTC)).isoformat(), "from": self._current_id(), "to": target.id}
                self._make_current(target.id, rollback=moved)
        return self.show(target.id)

    def prune(self, keep: int) -> Sequence[str]:
        """Delete all but the newest `keep` releases and the current one; return the ids deleted, oldest last."""
        if keep < 1:
            raise ReleaseError(f"prune: keep is {keep}; at least 1 release has to stay.")
        with naming_a_full_disk(self.root, needed=_BOOKKEEPING), only_writer(self.root):
            self._repair()
            releases = self.list()
            doomed = [release for release in releases[keep:] if not release.is_current]
            self._write_versions([r for r in releases if r not in doomed], current=self._current_id())
            for release in doomed:
                trash = release.path.with_name(f".{release.id}.pruned")
                release.path.rename(trash)
                fsync_directory(self._releases)
                remove_tree(trash)
        return [release.id for release in doomed]

    def _standing(self, info: Mapping[str, str]) -> Outcome | None:
        """The outcome if these tables are current, or were rolled back from and not changed since."""
        for release in self.list():
            same = release.content_sha256 == info["content_sha256"]
            if release.is_current:
                message = f"same tables as release {release.id}, which is current"
                return Outcome(State.UNCHANGED, release.id, release.path, message) if same else None
            if same:
                current = self.show()
                message = (
                    f"same tables as release {release.id}, which was rolled back; {current.id} stays current. "
                    f"To bring it back: kohtaanto releases rollback {release.id}"
                )
                return Outcome(State.UNCHANGED, current.id, current.path, message)
        return None

    def _build(
        self,
        candidate: Path,
        verdict: Verdict,
        info: Mapping[str, str],
        *,
        inputs: Sequence[Mapping[str, str]],
        code_version: str,
        now: datetime,
    ) -> None:
        release_id = info["release_id"]
        newest = next(iter(self.list()), None)
        if newest and newest.id >= release_id:
            raise ReleaseError(
                f"release {release_id} would be older than {newest.id}: the candidate was sealed before that one was "
                "built, or the clock went back. Seal the candidate again with the right time."
            )
        draft = self._releases / f".{release_id}.partial"
        draft.mkdir(parents=True)
        try:
            self.on_step("draft started")
            write_release(
                draft,
                candidate,
                verdict,
                info=info,
                inputs=inputs,
                code_version=code_version,
                published_at=now,
                on_step=self.on_step,
            )
            if sha256_of_file(draft / DATABASE) != verdict.candidate_sha256:
                raise ReleaseError(f"candidate {candidate} changed while it was copied. Run the gate again.")
            freeze_tree(draft)
            self.on_step("frozen")
            draft.rename(self._releases / release_id)
            fsync_directory(self._releases)
        except BaseException:
            with suppress(OSError):
                remove_tree(draft)
            raise
        self.on_step("named")

    def _make_current(self, release_id: str, *, rollback: Mapping[str, str | None] | None = None) -> None:
        """The decision first (versions.json), then the link that follows it: _repair() finishes the second."""
        self._write_versions(self.list(), current=release_id, rollback=rollback)
        self.on_step("versions written")
        point_symlink(self.root / CURRENT, Path("releases") / release_id)
        self.on_step("current moved")

    def _repair(self) -> None:
        """Clear what an interrupted writer left, and finish what it had decided."""
        self._releases.mkdir(parents=True, exist_ok=True)
        for leftover in self._releases.glob(".*"):
            remove_tree(leftover)
        for leftover in (*self.root.glob(f".{VERSIONS}.*"), *self.root.glob(f".{CURRENT}.*")):
            leftover.unlink()
        releases = self.list()
        intended = self._intended(releases)
        if intended and (intended != self._current_id() or not self._versions_agree(releases, intended)):
            self._make_current(intended)
        self.on_step("repaired")

    def _intended(self, releases: Sequence[Release]) -> str | None:
        """The id that should be current: a newer one than versions.json knows, else the one that it names."""
        if not releases:
            return None
        ids = [release.id for release in releases]
        versions = self._versions()
        known = [entry["id"] for entry in versions.get("releases", [])]
        if known and ids[0] > max(known) and not problems_of(releases[0].path):
            return ids[0]
        wanted = (versions.get("last_successful"), self._current_id(), ids[0])
        return next(candidate for candidate in wanted if candidate in ids)

    def _versions_agree(self, releases: Sequence[Release], current: str) -> bool:
        versions = self._versions()
        listed = [entry["id"] for entry in versions.get("releases", [])]
        return versions.get("last_successful") == current and listed == [release.id for release in releases]

    def _versions(self) -> dict[str, Any]:
        """versions.json, or nothing when it is missing or damaged: the manifests hold all but past rollbacks."""
        return _read_json(self.root / VERSIONS)

    def _write_versions(
        self,
        releases: Sequence[Release],
        *,
        current: str | None,
        rollback: Mapping[str, str | None] | None = None,
    ) -> None:
        document = {
            "last_successful": current,
            "releases": [
                {
                    "id": release.id,
                    "path": f"releases/{release.id}",
                    **{key: release.manifest.get(key) for key in ("built_at", "published_at", "data_kind")},
                    "content_sha256": release.content_sha256,
                }
                for release in releases
            ],
            "rollbacks": [*self._versions().get("rollbacks", []), *([rollback] if rollback else [])],
        }
        content = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        write_atomically(self.root / VERSIONS, content.encode())

    def _current_id(self) -> str | None:
        link = self.root / CURRENT
        return link.readlink().name if link.is_symlink() and link.exists() else None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
