"""The cells of a PX file, read as a stream: blocks of numbers and symbols, in the order of the file.

Belongs here: what stands between `DATA=` and its `;`. Does not belong here: what a cell means (`px_header`, `px_rows`).
No loop over cells and no text: a block of bytes is an array, its tokens are found by where whitespace begins and ends,
and the digits of all tokens are added up place by place. The block is small enough for the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from sources.statfin.px_header import PxError

BLOCK = 128 * 1024  # bytes
SYMBOLS = (".", "..", "...", "....", ".....", "......", "-")
LONGEST_NUMBER = 15  # digits: more would not be exact
LONGEST_TOKEN = 64  # bytes: a longer one is no cell

_QUOTE, _DOT, _MINUS, _ZERO = (np.uint8(ord(sign)) for sign in '".-0')
_TEN = np.uint8(10)
_BLANKS = tuple(np.uint8(ord(sign)) for sign in " \n\r\t")

Places = npt.NDArray[np.intp]


class Cells(NamedTuple):
    """Consecutive cells. `symbols`: place in SYMBOLS of a missing cell (whose value is 0), else -1; None: none is."""

    values: npt.NDArray[np.float64]
    symbols: npt.NDArray[np.int8] | None


def read_cells(stream: BinaryIO, expected: int, *, block: int = BLOCK) -> Iterator[Cells]:
    """All cells from the stream's place (just after `DATA=`) to the closing `;`, at most about `block` bytes at a time.

    Raises PxError that names the byte: something that is no cell, fewer or more cells than `expected`, no `;`.
    """
    begin = stream.tell()
    rest = b""
    count = 0
    while True:
        fresh = stream.read(block)
        text = rest + fresh
        end = text.find(b";", len(rest))
        is_last = end >= 0
        if not is_last:
            if not fresh:
                raise PxError(
                    f"the file ends at byte {begin + len(text):,} without the ';' that closes DATA, after {count:,} of "
                    f"{expected:,} cells. It was cut off: fetch it again."
                )
            end = max(text.rfind(b" "), text.rfind(b"\n"), text.rfind(b"\t"), text.rfind(b"\r")) + 1
        if len(text) - end > LONGEST_TOKEN and not is_last:
            raise PxError(_no_cell(text[end:], begin + end))
        if end:
            cells = _parse(np.frombuffer(text, np.uint8, end), begin)
            count += len(cells.values)
            if count > expected:
                raise PxError(
                    f"DATA holds more than the {expected:,} cells that the header promises; the first too many stands "
                    f"before byte {begin + end:,}. Header and data are of different tables: fetch the file again."
                )
            if len(cells.values):
                yield cells
        if is_last:
            break
        begin, rest = begin + end, text[end:]
    if count < expected:
        raise PxError(
            f"DATA ends at byte {begin + end:,} with {count:,} cells, the header promises {expected:,}. "
            "Fetch the file again."
        )
    _nothing_follows(text[end + 1 :], stream, begin + end + 1)


def _nothing_follows(text: bytes, stream: BinaryIO, place: int) -> None:
    if text.strip() or stream.read(BLOCK).strip():
        raise PxError(
            f"something follows the ';' that closes DATA, from byte {place:,} on. A PX file ends there: fetch it again."
        )


def _parse(signs: npt.NDArray[np.uint8], begin: int) -> Cells:
    """The cells of one block; `begin` is where it stands in the file."""
    is_space = signs <= _BLANKS[0]  # far faster than a lookup; control characters that this takes in are counted next
    blanks = int(np.count_nonzero(is_space))
    if blanks != sum(int(np.count_nonzero(signs == blank)) for blank in _BLANKS):
        raise _control_character(signs, begin)
    edges = np.empty(len(signs) + 1, dtype=np.bool_)  # where a token begins or ends
    np.not_equal(is_space[1:], is_space[:-1], out=edges[1:-1])
    edges[0], edges[-1] = not is_space[0], not is_space[-1]
    places = np.flatnonzero(edges)
    starts, ends = places[::2].copy(), places[1::2].copy()
    others = len(signs) - blanks - int(np.count_nonzero(signs - _ZERO < _TEN))  # unsigned: below 0 wraps around
    if not others:
        return Cells(_digits(signs, starts, ends, begin), None)
    return _parse_mixed(signs, starts, ends, others, begin)


def _parse_mixed(signs: npt.NDArray[np.uint8], starts: Places, ends: Places, others: int, begin: int) -> Cells:
    """Tokens among which are symbols, decimals or minus signs. Each of the `others` must be part of such a token."""
    first = signs[starts]
    quoted = np.flatnonzero(first == _QUOTE)
    symbols = None
    explained = 0
    if quoted.size:
        kinds, explained = _symbols(signs, starts[quoted], ends[quoted])
        if (kinds < 0).any():
            raise _first_broken(signs, starts, ends, begin)
        symbols = np.full(len(starts), -1, dtype=np.int8)
        symbols[quoted] = kinds
        if explained == others:  # whole numbers besides: cheaper to read all tokens than to pick the numbers out
            starts[quoted] = ends[quoted] - 1
            values = _digits(signs, starts, ends, begin)
            values[quoted] = 0
            return Cells(values, symbols)
    numbers = np.flatnonzero(first != _QUOTE)
    values = np.zeros(len(starts))
    values[numbers], more = _decimals(signs, starts[numbers], ends[numbers], begin)
    if explained + more != others:
        raise _first_broken(signs, starts, ends, begin)
    return Cells(values, symbols)


def _symbols(signs: npt.NDArray[np.uint8], starts: Places, ends: Places) -> tuple[npt.NDArray[np.int8], int]:
    """Place in SYMBOLS of each quoted token (-1: none of them), and how many signs they explain."""
    lengths = ends - starts - 2
    is_symbol = (lengths >= 1) & (lengths <= 6) & (signs[ends - 1] == _QUOTE)
    is_nil = is_symbol & (lengths == 1) & (signs[starts + 1] == _MINUS)
    for place in range(1, min(int(lengths.max()), 6) + 1):
        is_symbol &= (signs[np.minimum(starts + place, ends - 1)] == _DOT) | (lengths < place)
    kinds = np.where(is_symbol, lengths - 1, np.where(is_nil, len(SYMBOLS) - 1, -1))
    return kinds.astype(np.int8), int(lengths.sum()) + 2 * len(lengths)


def _decimals(
    signs: npt.NDArray[np.uint8], starts: Places, ends: Places, begin: int
) -> tuple[npt.NDArray[np.float64], int]:
    """Numbers with a minus or a dot, and how many signs besides digits they have, counted once each."""
    is_negative = signs[starts] == _MINUS
    starts = starts + is_negative
    dots = np.flatnonzero(signs == _DOT)
    owner = np.searchsorted(starts, dots, side="right") - 1  # the token that begins before the dot
    inside = (owner >= 0) & (dots < ends[owner]) if len(starts) else np.zeros(len(dots), dtype=np.bool_)
    dots, owner = dots[inside], owner[inside]
    dots, owner = dots[np.diff(owner, prepend=-1) != 0], np.unique(owner)  # a second dot stays unexplained
    middle = ends.copy()
    middle[owner] = dots
    if (middle == starts).any() or (ends[owner] == dots + 1).any():  # no digit before or after
        raise _first_broken(signs, starts - is_negative, ends, begin)
    values = _digits(signs, starts, middle, begin)
    fraction = ends[owner] - dots - 1
    if (middle[owner] - starts[owner] + fraction > LONGEST_NUMBER).any():
        raise _first_broken(signs, starts - is_negative, ends, begin)
    scale = 10.0**fraction  # exact, and so is the numerator: the quotient is the nearest double
    values[owner] = (values[owner] * scale + _digits(signs, dots + 1, ends[owner], begin)) / scale
    return np.where(is_negative, -values, values), len(dots) + int(is_negative.sum())


def _digits(signs: npt.NDArray[np.uint8], starts: Places, ends: Places, begin: int) -> npt.NDArray[np.float64]:
    """The whole number between each start and end; what stands there is taken to be digits."""
    lengths = ends - starts
    last = ends - 1
    values = (signs[last] - _ZERO).astype(np.float64)
    longer = np.flatnonzero(lengths > 1)
    factor = 1.0
    for place in range(1, LONGEST_NUMBER):
        if not longer.size:
            return values
        factor *= 10.0
        values[longer] += (signs[last[longer] - place] - _ZERO) * factor
        longer = longer[lengths[longer] > place + 1]
    if longer.size:
        raise _first_broken(signs, starts[longer], ends[longer], begin)
    return values


def _control_character(signs: npt.NDArray[np.uint8], begin: int) -> PxError:
    place = int(np.flatnonzero((signs < _BLANKS[0]) & ~np.isin(signs, _BLANKS))[0])
    return PxError(
        f"a control character ({signs[place]:#04x}) stands at byte {begin + place:,} among the cells. The file is "
        "damaged: fetch it again."
    )


def _first_broken(signs: npt.NDArray[np.uint8], starts: Places, ends: Places, begin: int) -> PxError:
    """The error about the first token of the block that is no cell."""
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        token = signs[start:end].tobytes()
        if not _is_cell(token):
            return PxError(_no_cell(token, begin + start))
    return PxError(f"the cells from byte {begin:,} on cannot be read. Fetch the file again.")


def _is_cell(token: bytes) -> bool:
    if token[:1] == b'"':
        return token[-1:] == b'"' and token[1:-1].decode("latin-1") in SYMBOLS
    whole, dot, fraction = token.removeprefix(b"-").partition(b".")
    return whole.isdigit() and fraction.isdigit() == bool(dot) and len(whole + fraction) <= LONGEST_NUMBER


def _no_cell(token: bytes, place: int) -> str:
    shown = token[:20].decode("latin-1")
    return (
        f"{shown!r} at byte {place:,} is no cell: a number of at most {LONGEST_NUMBER} digits or a quoted symbol is. "
        "Fetch the file again; if it stays so, look at the table on the StatFin site."
    )
