"""How a source table stands: the words for it, and the note that each landing leaves.

Belongs here: the closed set of states, the note's file. Does not belong here: who decides (`intake`), who tells it on
(`assets/source_state.py`).
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from sources.archive import write_atomically
from sources.http import RequestRefusedError, SourceError, SourceUnavailableError
from sources.statfin.layout import DriftError as StatFinDriftError
from sources.tyomarkkinatori.intake import DriftError as PostingsDriftError
from sources.tyovoimabarometri.rules import BarometerDriftError

GONE = frozenset({400, 404, 410})  # what a service answers for a table that it does not have
DRIFT = (StatFinDriftError, PostingsDriftError, BarometerDriftError)
_ADDRESS = re.compile(r"https?://[^\s'\"]+")
_LINE = re.compile(r" line \d+:")


class State(StrEnum):
    """`current`: as the source last said. `stale`: an earlier vintage is in use. `never_pulled`, `not_in_source`: there
    is none, because it could not be had, or because the source has no such table. `off`: switched off."""

    CURRENT = "current"
    STALE = "stale"
    NEVER_PULLED = "never_pulled"
    NOT_IN_SOURCE = "not_in_source"
    OFF = "off"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What the last landing of a table found. `reason` is None only when the table is current; it holds neither times
    nor addresses, so that the same state is told in the same words."""

    state: State
    reason: str | None
    checked_at: datetime


class Notes:
    """The notes of a data folder, `root`/state/<source>/<table>.json."""

    def __init__(self, root: Path) -> None:
        self._root = root / "state"

    def write(self, source: str, table: str, note: Note) -> None:
        """Leave the note, in place of the last one."""
        content = msgspec.json.format(msgspec.json.encode(note)) + b"\n"
        write_atomically(self._root / source / f"{table}.json", content)

    def read(self, source: str, table: str) -> Note | None:
        """The table's note; None before its first landing, and when it is damaged: the next landing leaves it anew."""
        try:
            return msgspec.json.decode((self._root / source / f"{table}.json").read_bytes(), type=Note)
        except (FileNotFoundError, msgspec.DecodeError):
            return None


def is_gone(error: SourceError) -> bool:
    """Whether the error says that the source has not what we ask for: no such table, or another shape than ours."""
    if isinstance(error, RequestRefusedError):
        return error.status in GONE
    return isinstance(error, DRIFT)


def in_stable_words(error: SourceError) -> str:
    """The error as a reason that is the same in each run. Of drift that is what it says, without addresses (they hold
    a port) and numbers of lines (postings come in any order); what the others say holds attempts, times and counts, and
    stays in the log."""
    if isinstance(error, DRIFT):
        return _LINE.sub("", _ADDRESS.sub("the service", str(error)))
    if isinstance(error, SourceUnavailableError):
        return "The source could not be reached, or gave no usable answer."
    if isinstance(error, RequestRefusedError):
        return f"The source refused the request (status {error.status})."
    return "What the source answered cannot be all of it, or is not what was asked for."
