"""The NDJSON stream of P67 v2: postings in no order, in pieces that care for no line, with the faults of a stream.

Belongs here: order, pieces, how a stream ends. Which postings are in it is `replay_filters`, what happens to single
lines `replay_faults`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

import numpy as np

from sources.loopback import Answer, Delivery
from sources.tyomarkkinatori.replay_faults import Fault, Faults, with_odd_lines
from sources.tyomarkkinatori.replay_filters import Filters, select
from sources.tyomarkkinatori.replay_store import Moment

NDJSON = "application/x-ndjson"
CHUNK = 64 * 1024  # bytes
DROPS = 20  # of a slow answer
HALF_A_LINE = b'{"languages":["fi"],"metad'


def stream(
    filters: Filters,
    moment: Moment,
    faults: Faults,
    *,
    shuffled: np.random.Generator,
    headers: Mapping[str, str],
    sleep: Callable[[float], None],
) -> Answer:
    """The postings that the filters let through at `moment`, in the order that `shuffled` draws."""
    rows = select(filters, moment)
    hidden = np.flatnonzero(moment.is_open)[: faults.count(Fault.VANISHED)]
    order = shuffled.permutation(np.setdiff1d(rows, hidden)).tolist()
    broken = moment.store.broken if filters.is_whole_status and filters.status != "ARCHIVED" else []
    lines = _lines(moment, order, broken, faults)
    half = (len(order) + len(broken)) // 2
    delivery, ending = Delivery.WHOLE, b""
    if faults.strikes(Fault.SHORT_ANSWER):
        lines = islice(lines, half)
    elif faults.strikes(Fault.CUT_MID_LINE):
        lines, delivery, ending = islice(lines, half), Delivery.TRUNCATED, HALF_A_LINE
    elif faults.strikes(Fault.CUT_SILENT):
        lines, ending = islice(lines, half), HALF_A_LINE
    pause = faults.amount(Fault.SLOW_DRIP)
    if pause is None:
        body = _chunks(lines, ending)
    else:
        body = _drops(lines, ending, every=math.ceil(len(order) / DROPS) or 1, wait=lambda: sleep(pause))
    return Answer(body=body, content_type=NDJSON, headers=headers, delivery=delivery)


def _lines(moment: Moment, rows: list[int], broken: list[bytes], faults: Faults) -> Iterator[bytes]:
    yield from with_odd_lines(map(moment.line, rows), faults, moment.store.drifted)
    yield from broken


def _chunks(lines: Iterable[bytes], ending: bytes) -> Iterator[bytes]:
    """The stream in pieces of one size."""
    waiting = bytearray()
    for line in lines:
        waiting += line
        waiting += b"\n"
        while len(waiting) >= CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    yield bytes(waiting + ending)


def _drops(lines: Iterable[bytes], ending: bytes, *, every: int, wait: Callable[[], None]) -> Iterator[bytes]:
    """The stream in pieces of `every` lines, each after a wait; a piece ends within its last line."""
    waiting = bytearray()
    for place, line in enumerate(lines, 1):
        waiting += line
        if place % every == 0:
            wait()
            yield bytes(waiting[:-1])
            del waiting[:-1]
        waiting += b"\n"
    yield bytes(waiting + ending)
