"""One read of one feed: lines in; allow-listed, pseudonymous records in a staged file out; the rest only counted.

The rules for lines are those of contract job_postings, section 3. No content of a line leaves this module: not in a
message (the decoder's own messages can quote it, so only the place is taken from them), not in the quarantine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from sources.archive import sha256_of
from sources.http import SourceError, UnreadableAnswerError
from sources.tyomarkkinatori.records import WIRE, Record
from sources.tyomarkkinatori.schema import Interface, Source
from sources.tyomarkkinatori.screen import MissingIdError, Screen, UnreadableValueError

LONGEST_LINE = 8 * 1024 * 1024  # bytes
LOOK_AT_ALL = 15_000  # lines whose field names are all looked at: a usual day, whole
LOOK_AT_EVERY = 50  # beyond them, the lines of one block of so many
QUARANTINED = 10_000  # lines that the quarantine lists; more are only counted
_PLACE = re.compile(r" - at `\$\.([A-Za-z_.]+)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


class DriftError(SourceError):
    """Postings have not the structure that the documents promise."""


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was left out: why, where, how long, and its hash; nothing of what it says."""

    read: str
    line: int
    reason: str
    bytes: int
    sha256: str


def pieces_of(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """A body in pieces of whole lines without their last LF, and whether that was there: only the last may lack it.

    Cut at LF only: texts may hold U+2028 and U+0085. Raises DriftError for a line longer than LONGEST_LINE.
    """
    rest = b""
    for block in blocks:
        end = block.rfind(b"\n")
        if end < 0:
            rest += block
        else:
            yield b"".join((rest, memoryview(block)[:end])), True
            rest = block[end + 1 :]
        if len(rest) > LONGEST_LINE:
            raise DriftError(
                f"tyomarkkinatori: a line of more than {LONGEST_LINE:,} bytes; this is no NDJSON of postings. Look at "
                "the interface's documentation, then mend sources/tyomarkkinatori/."
            )
    if rest:
        yield rest, False


class Intake:
    """Takes the lines of one read and stages their records at `target`, one JSON object a line.

    `name` says which read it is. Raises DriftError for a line of another structure (policy freeze).
    """

    def __init__(self, interface: Interface, *, name: str, source: Source, screen: Screen, target: Path) -> None:
        self.name = name
        self.target = target
        self.lines = 0
        self.blank = 0
        self.usable = 0
        self.looked_at = 0
        self.reasons: Counter[str] = Counter()
        self.quarantined: list[Quarantined] = []
        self.unknown_fields: Counter[str] = Counter()
        self._wire = WIRE[interface]
        self._fields = source.fields[interface]
        self._as_documented = _documented(self._fields)
        self._drift = source.drift
        self._screen = screen
        self._encode = msgspec.json.Encoder().encode_lines
        self._stream = target.open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stream.close()

    def take_body(self, blocks: Iterable[bytes]) -> None:
        """Take an NDJSON body. Raises UnreadableAnswerError when it ends in the middle of a line."""
        for number, (piece, is_ended) in enumerate(pieces_of(blocks)):
            is_quick = is_ended and self.lines >= LOOK_AT_ALL and number % LOOK_AT_EVERY
            if not (is_quick and self._take_at_once(piece)):
                taken = [self.take(line) for line in piece.split(b"\n")]
                if not (is_ended or taken[-1]):
                    raise UnreadableAnswerError("the answer ends in the middle of a line")

    def take(self, line: bytes) -> bool:
        """Take one line and look at the names of its fields; False when it was left out."""
        self.lines += 1
        if not line or line.isspace():
            self.blank += 1
            return True
        try:
            record = self._decode(line)
            self._screen.admit(record)
        except _LineFaultError as fault:
            reason = str(fault)
        except UnreadableValueError as fault:
            reason = f"unreadable_value {fault}"
        except MissingIdError:
            reason = "no_id"
        else:
            self.usable += 1
            self._stream.write(self._encode([record]))
            self._look_at_names(line)
            return True
        self._leave_out(line, reason)
        return False

    def _take_at_once(self, lines: bytes) -> bool:
        """Take lines that are all usable, in half the time; otherwise take nothing and say False.

        Usable: there are as many postings as lines, and each is one that may be written.
        """
        try:
            records = [posting.record() for posting in self._wire.decode_lines(lines)]
            if len(records) != lines.count(b"\n") + 1:
                return False
            for record in records:
                self._screen.admit(record)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, UnreadableValueError, MissingIdError):
            return False
        self.lines += len(records)
        self.usable += len(records)
        self._stream.write(self._encode(records))
        return True

    def _decode(self, line: bytes) -> Record:
        """The allowed fields of a line. Raises _LineFaultError or DriftError, without a trace of the decoder's."""
        try:
            return self._wire.decode(line).record()
        except msgspec.ValidationError as error:
            found = _PLACE.search(str(error))
            place = found.group(1) if found else ""
            reason = f"unreadable_value {place}" if place else "not_an_object"
        except (msgspec.DecodeError, UnicodeDecodeError):
            place, reason = "", "not_json"
        except RecursionError:
            place, reason = "", "nested_too_deep"
        if place in self._wire.structures:
            raise DriftError(
                f"tyomarkkinatori {self.name}: line {self.lines}: `{place}` is not an object any more (policy freeze). "
                "Nothing of this pull is used. Compare KEHA's documentation with sources/tyomarkkinatori/records.py."
            )
        raise _LineFaultError(reason)

    def _leave_out(self, line: bytes, reason: str) -> None:
        policy = self._drift.missing_id if reason == "no_id" else self._drift.unreadable_value
        if policy == "freeze":
            raise DriftError(
                f"tyomarkkinatori {self.name}: line {self.lines}: {reason} (policy freeze). Nothing of this pull is "
                "used. Allow discard_row in sources/tyomarkkinatori/source.yml, or wait for the correction."
            )
        self.reasons[reason] += 1
        if len(self.quarantined) < QUARANTINED:
            self.quarantined.append(
                Quarantined(read=self.name, line=self.lines, reason=reason, bytes=len(line), sha256=sha256_of(line))
            )

    def _look_at_names(self, line: bytes) -> None:
        """Count the names of members that the documents do not know: a second look, a close one only if need be."""
        self.looked_at += 1
        try:
            self._as_documented(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._count_names(line)

    def _count_names(self, line: bytes) -> None:
        posting = _members(line)
        self._count_unknown("", posting)
        for name in self._fields:
            if name in posting:
                self._count_unknown(name, _members(posting[name]))

    def _count_unknown(self, parent: str, members: dict[str, msgspec.Raw]) -> None:
        for name in members.keys() - self._fields[parent]:
            shown = name if _NAME.fullmatch(name) else "(not a name)"
            self.unknown_fields[f"{parent}.{shown}" if parent else shown] += 1


class _LineFaultError(Exception):
    """The line is left out, for this reason."""


def _documented(fields: Mapping[str, frozenset[str]]) -> Callable[[bytes], object]:
    """A decoder that refuses a posting with a name that is not among `fields` (object -> names; '' = the posting)."""

    def known(name: str, members: Mapping[str, object]) -> type[msgspec.Struct]:
        columns = [(f"member_{number}", kind, None) for number, kind in enumerate(members.values())]
        names = {f"member_{number}": member for number, member in enumerate(members)}
        return msgspec.defstruct(name, columns, rename=names, forbid_unknown_fields=True, gc=False)

    objects = {
        name: known(name, dict.fromkeys(members, msgspec.Raw)) | None for name, members in fields.items() if name
    }
    posting = known("posting", {name: objects.get(name, msgspec.Raw) for name in fields[""]})
    return msgspec.json.Decoder(posting).decode


def _members(content: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
