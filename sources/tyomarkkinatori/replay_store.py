"""What the postings replay server holds: a folder of P67 v2 lines, and what of it is to be seen at a given time.

Belongs here: reading the folder, the default clock, the state of every posting at a moment. Does not belong here:
filters (`replay_filters`), faults (`replay_faults`), the V1 form (`replay_v1`).
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

PART = "job_postings"
PATTERNS = ("postings_*.ndjson", "postings_*.ndjson.gz", "synthetic/p67_v2_*.ndjson")
ISCO_FILES = ("occupation_isco08.csv", "codes/esco_1_2_occupation_isco08.csv")  # columns esco_uri, isco08
V1_RECORD = "samples/tmt_v1_response_mock.json"
ISCO_GROUP = "http://data.europa.eu/esco/isco/C"
NEVER = np.iinfo(np.int64).max
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIELDS = ("created", "modified", "archived", "published", "expires")  # what an interval filter may ask for

Times = NDArray[np.int64]  # microseconds since 1970 in UTC; NEVER = none


class PostingsFolderError(ValueError):
    """The folder holds no postings to replay. The message names the folder and what was expected."""


def micros(text: object) -> int | None:
    """Microseconds since 1970 of a timestamp with Z, an offset or none (then UTC); None when it is not one."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return to_micros(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def to_text(moment: int) -> str:
    """As the source writes it: UTC, six digits, Z."""
    return (EPOCH + timedelta(microseconds=moment)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(slots=True)
class Store:
    """The lines of a folder as they are after their last event, and the times that decide when they are seen.

    `times`: FIELDS -> one value per line (`published` falls back to `created`). `broken`: lines that are no posting
    (blank, cut, no object, no id), given as they are. `drifted`: lines whose `metadata` is no object, held back until
    the fault schema-drift asks for them. `clock`: when the folder was last true. `isco`: occupation URI -> ISCO-08.
    `v1_record`: the recorded posting of the V1 interface, None where the folder has none.
    """

    lines: list[bytes]
    times: Mapping[str, Times]
    broken: list[bytes]
    drifted: list[bytes]
    clock: datetime
    isco: Mapping[str, str] = field(default_factory=dict)
    v1_record: Mapping[str, Any] | None = None

    def at(self, now: datetime) -> Moment:
        """The state of the store at `now`."""
        return Moment(self, to_micros(now))


class Moment:
    """Which lines are open, which archived, and how each reads at one time.

    A posting is there from its publication on, archived from `archived` on. Of what lies in the future nothing is
    shown: no `archived`, and a `lastModified` not later than now (else that of its creation).
    """

    def __init__(self, store: Store, now: int) -> None:
        times = store.times
        self.store = store
        self.now = now
        self.is_archived: NDArray[np.bool_] = (times["published"] <= now) & (times["archived"] <= now)
        self.is_open: NDArray[np.bool_] = (times["published"] <= now) & ~self.is_archived
        after_archiving = (times["modified"] >= times["archived"]) & (times["modified"] <= now)
        self.times: Mapping[str, Times] = {
            **times,
            "archived": np.where(self.is_archived, times["archived"], NEVER),
            "modified": np.where(
                self.is_archived,
                np.where(after_archiving, times["modified"], times["archived"]),
                np.where(times["modified"] <= now, times["modified"], times["created"]),
            ),
        }

    def line(self, row: int) -> bytes:
        """One line as the source sends it now, without its line end."""
        stored, shown = self.store.times, self.times
        is_later_archived = stored["archived"][row] != shown["archived"][row]
        is_restamped = stored["modified"][row] != shown["modified"][row]
        if not is_later_archived and not is_restamped:
            return self.store.lines[row]
        posting = msgspec.json.decode(self.store.lines[row])
        if is_later_archived:
            del posting["metadata"]["archived"]
        if is_restamped:
            posting["metadata"]["lastModified"] = to_text(int(shown["modified"][row]))
        return msgspec.json.encode(posting)


def read_store(folder: Path) -> Store:
    """The store of `folder`/job_postings, or of `folder` itself when it has no such part.

    Raises PostingsFolderError when neither holds a file of postings.
    """
    root = folder / PART if (folder / PART).is_dir() else folder
    paths = [path for pattern in PATTERNS for path in sorted(root.glob(pattern))]
    if not paths:
        raise PostingsFolderError(
            f"{root}: no job postings to replay. Expected {' or '.join(PATTERNS)} there; "
            "the simulator writes the first kind."
        )
    lines: list[bytes] = []
    broken: list[bytes] = []
    drifted: list[bytes] = []
    times: list[tuple[int, ...]] = []
    for line in _lines(paths):
        posting = _object(line)
        if posting is None:
            broken.append(line)
            continue
        metadata = posting.get("metadata")
        if not isinstance(metadata, dict):
            drifted.append(line)
        elif not metadata.get("externalId"):
            broken.append(line)
        else:
            lines.append(line)
            times.append(_times(metadata, posting.get("application") or {}))
    columns = np.array(times, dtype=np.int64).reshape(-1, len(FIELDS))
    by_name = {name: columns[:, place].copy() for place, name in enumerate(FIELDS)}
    return Store(
        lines=lines,
        times=by_name,
        broken=broken,
        drifted=drifted,
        clock=_clock(root, by_name),
        isco=_isco(root),
        v1_record=_v1_record(root),
    )


def _lines(paths: Iterable[Path]) -> Iterable[bytes]:
    for path in paths:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        yield from content.removesuffix(b"\n").split(b"\n") if content else ()


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
    return value if isinstance(value, dict) else None


def _times(metadata: Mapping[str, Any], application: Mapping[str, Any]) -> tuple[int, ...]:
    def time(text: object, otherwise: int) -> int:
        found = micros(text)
        return otherwise if found is None else found

    created = time(metadata.get("created"), 0)
    return (
        created,
        time(metadata.get("lastModified"), created),
        time(metadata.get("archived"), NEVER),
        time(application.get("published"), created),
        time(application.get("expires"), NEVER),
    )


def _clock(root: Path, times: Mapping[str, Times]) -> datetime:
    """What dataset.json says, else the first whole second after the newest event; deadlines are no events."""
    about = root / "dataset.json"
    if about.exists():
        return datetime.fromisoformat(json.loads(about.read_text("utf-8"))["clock"])
    events = np.concatenate([times[name] for name in FIELDS if name != "expires"])
    newest = int(events[events != NEVER].max(initial=0))
    return EPOCH + timedelta(seconds=newest // 1_000_000 + 1)


def _isco(root: Path) -> dict[str, str]:
    for name in ISCO_FILES:
        if (root / name).exists():
            with (root / name).open(encoding="utf-8", newline="") as stream:
                return {row["esco_uri"]: row["isco08"] for row in csv.DictReader(stream)}
    return {}


def _v1_record(root: Path) -> Mapping[str, Any] | None:
    path = root / V1_RECORD
    if not path.exists():
        return None
    record: Mapping[str, Any] = json.loads(path.read_text("utf-8"))["ilmoitukset"][0]
    return record
