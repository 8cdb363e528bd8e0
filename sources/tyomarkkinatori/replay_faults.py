"""What can go wrong with the postings interfaces, switched on by name: a closed list, each member deterministic.

Belongs here: the names, how often each strikes, and what the faults of single lines do to a stream. Does not belong
here: the answers given instead of one (`replay`), the planted personal data themselves (`replay_personal`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from threading import Lock
from typing import Any

import msgspec

from sources.tyomarkkinatori.replay_personal import NOT_AN_OBJECT, TEXT, plant

ODD_SEPARATORS = "\u2028\u2029\u0085\x1c"  # line ends to some readers, none of NDJSON's


class Fault(StrEnum):
    """Names of the faults; `amount` is the default of the number that may be given with one ('server-error:3')."""

    amount: float
    explanation: str

    def __new__(cls, name: str, amount: float = 0, explanation: str = "") -> Fault:
        member = str.__new__(cls, name)
        member._value_ = name
        member.amount = amount
        member.explanation = explanation
        return member

    # instead of an answer
    OUTAGE = "outage", 0, "TCP connections are refused, as for an address that is not let in"
    SERVER_ERROR = "server-error", 1, "the next AMOUNT data answers are 500"
    UNAVAILABLE = "unavailable", 1, "the next AMOUNT data answers are 503 with an HTML page"
    TOO_MANY_REQUESTS = "too-many-requests", 1, "the next AMOUNT data answers are 429 with Retry-After: 1"
    TOO_MANY_REQUESTS_DATE = "too-many-requests-date", 1, "the same with an HTTP date, two seconds after the clock"
    UNAUTHORIZED = "unauthorized", 1, "the next AMOUNT data calls are 401 although their token or key is good"
    FORBIDDEN = "forbidden", 1, "the next AMOUNT data answers are 403"
    HTML_200 = "html-200", 1, "the next AMOUNT data answers are an HTML page with status 200"
    EMPTY_BODY = "empty-body", 1, "the next AMOUNT data answers are 200 without a byte of body"
    CUT_CONNECTION = "cut-connection", 1, "the next AMOUNT data calls end without a byte of answer"
    TOKEN_ERROR = "token-error", 1, "the next AMOUNT token calls are 500"
    TOKEN_REFUSED = "token-refused", 1, "the next AMOUNT token calls are 401 invalid_client"
    # on the way
    CUT_MID_LINE = "cut-mid-line", 1, "the next AMOUNT data answers break off in the middle of a line"
    SHORT_ANSWER = "short-answer", 1, "the next AMOUNT data answers end after half of the postings, as if whole"
    CUT_SILENT = "cut-silent", 1, "the next AMOUNT data answers end properly in the middle of a line"
    SLOW_DRIP = "slow-drip", 0.05, "data answers come in twenty drops, AMOUNT seconds before each"
    # what the source shows
    VANISHED = "vanished", 5, "the first AMOUNT open postings are shown nowhere"
    REJECT_UNKNOWN = "reject-unknown", 0, "an unknown property of the filters is 400 instead of ignored"
    # lines
    BLANK_LINES = "blank-lines", 3, "AMOUNT blank lines are sent between the postings"
    MALFORMED_LINE = "malformed-line", 1, "AMOUNT lines of broken JSON are sent besides"
    NOT_AN_OBJECT = "not-an-object", 1, "AMOUNT lines of JSON that is no object are sent besides"
    NO_ID = "no-id", 1, "AMOUNT postings without externalId are sent besides"
    DUPLICATE_ID = "duplicate-id", 2, "AMOUNT postings are sent twice, once as they were a day before their last change"
    SCHEMA_DRIFT = "schema-drift", 1, "AMOUNT postings have a text for `metadata` (V1: for `sijainti`)"
    NEW_FIELD = "new-field", 0, "every posting has fields that nobody knows"
    ODD_TEXT = "odd-text", 0, "every posting's title holds U+2028, U+2029, U+0085 and U+001C"
    PERSONAL_DATA = "personal-data", 0, "names, mails and phones in every field to be dropped, and in error bodies"


_TIMES = frozenset(
    (
        Fault.SERVER_ERROR,
        Fault.UNAVAILABLE,
        Fault.TOO_MANY_REQUESTS,
        Fault.TOO_MANY_REQUESTS_DATE,
        Fault.UNAUTHORIZED,
        Fault.FORBIDDEN,
        Fault.HTML_200,
        Fault.EMPTY_BODY,
        Fault.CUT_CONNECTION,
        Fault.TOKEN_ERROR,
        Fault.TOKEN_REFUSED,
        Fault.CUT_MID_LINE,
        Fault.SHORT_ANSWER,
        Fault.CUT_SILENT,
    )
)


class Faults:
    """Which faults are on, and how often each will still strike. Safe to use from several threads."""

    def __init__(self) -> None:
        self._on: dict[Fault, float] = {}
        self._lock = Lock()

    def switch_on(self, fault: Fault | str, amount: float | None = None) -> Fault:
        """Begin `fault`; as text it may carry its amount: 'server-error:3'. Raises ValueError for an unknown name."""
        name, _, number = str(fault).partition(":")
        chosen = named(name)
        with self._lock:
            self._on[chosen] = float(number) if number else chosen.amount if amount is None else amount
        return chosen

    def switch_off(self, fault: Fault | str) -> Fault:
        """End `fault`; it may be off already. Raises ValueError for an unknown name."""
        chosen = named(str(fault).partition(":")[0])
        with self._lock:
            self._on.pop(chosen, None)
        return chosen

    def amount(self, fault: Fault) -> float | None:
        """The amount of `fault`, None when it is off."""
        with self._lock:
            return self._on.get(fault)

    def count(self, fault: Fault) -> int:
        """The amount as a number of lines, 0 when the fault is off."""
        amount = self.amount(fault) or 0
        return 2**31 if math.isinf(amount) else int(amount)

    def strikes(self, fault: Fault) -> bool:
        """Whether a fault befalls the answer at hand; each true answer uses up one of its times."""
        with self._lock:
            if fault not in self._on:
                return False
            if fault not in _TIMES:
                return True
            left = self._on[fault]
            self._on[fault] = left - 1
            return left > 0


def named(name: str) -> Fault:
    """The fault of that name. Raises ValueError, which lists all names."""
    try:
        return Fault(name)
    except ValueError:
        raise ValueError(f"no fault {name!r}. There are: {', '.join(Fault)}.") from None


def with_odd_lines(lines: Iterable[bytes], faults: Faults, drifted: list[bytes]) -> Iterator[bytes]:
    """The stream with what the faults of lines add before and after its first postings, and change in all."""
    personal = faults.amount(Fault.PERSONAL_DATA) is not None
    changes = [change for fault, change in _CHANGES.items() if faults.amount(fault) is not None]
    blank, malformed, no_object, no_id, twice = map(
        faults.count,
        (Fault.BLANK_LINES, Fault.MALFORMED_LINE, Fault.NOT_AN_OBJECT, Fault.NO_ID, Fault.DUPLICATE_ID),
    )
    made_to_drift = faults.count(Fault.SCHEMA_DRIFT) - len(drifted)
    yield from drifted[: faults.count(Fault.SCHEMA_DRIFT)]
    for place, line in enumerate(lines):
        if place < made_to_drift:
            yield _changed(line, {"metadata": TEXT if personal else "no longer an object"})
        if place < blank:
            yield b""
        if place < malformed:
            yield line[: len(line) // 2] if not personal else msgspec.json.encode({"contacts": TEXT})[:-1]
        if place < no_object:
            yield msgspec.json.encode(NOT_AN_OBJECT) if personal else b"[1,2,3]"
        if place < no_id:
            yield _without_id(line, personal=personal)
        whole = line
        for change in changes:
            whole = msgspec.json.encode(change(msgspec.json.decode(whole)))
        if place < twice:
            both = (_older(whole), whole)
            yield from both if place % 2 == 0 else reversed(both)
        else:
            yield whole


def _changed(line: bytes, values: dict[str, Any]) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(line) | values)


def _without_id(line: bytes, *, personal: bool) -> bytes:
    posting = msgspec.json.decode(line)
    posting["metadata"].pop("externalId")
    return msgspec.json.encode(plant(posting) if personal else posting)


def _older(line: bytes) -> bytes:
    """The posting as it was a day before its last change: one opening more, not yet archived."""
    posting = msgspec.json.decode(line)
    changed = datetime.fromisoformat(posting["metadata"]["lastModified"])
    changed = changed if changed.tzinfo else changed.replace(tzinfo=UTC)
    posting["metadata"]["lastModified"] = (changed - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    application = posting.setdefault("application", {})
    application["openPositions"] = (application.get("openPositions") or 1) + 1
    return msgspec.json.encode(posting)


def _with_new_fields(posting: dict[str, Any]) -> dict[str, Any]:
    posting["salaryTransparency"] = {"from": 2500, "to": 3100}
    posting.setdefault("position", {})["remoteWork"] = "HYBRID"
    return posting


def _with_odd_text(posting: dict[str, Any]) -> dict[str, Any]:
    posting.setdefault("position", {})["title"] = {"fi": f"Keksitty{ODD_SEPARATORS}otsikko"}
    return posting


_CHANGES = {
    Fault.NEW_FIELD: _with_new_fields,
    Fault.ODD_TEXT: _with_odd_text,
    Fault.PERSONAL_DATA: plant,
}
