"""What an answer of PxWeb must be to be used: the promised JSON, of exactly the cells asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import requests

from sources.http import SourceError, UnreadableAnswerError
from sources.statfin.plan import Chunk
from sources.statfin.schema import AnswerHead

T = TypeVar("T")


class AnswerMismatchError(SourceError):
    """An answer parsed, but is not what was asked for."""


def decode(response: requests.Response, type_: type[T]) -> T:
    """The JSON body as `type_`. Raises UnreadableAnswerError: HTML, truncated or foreign JSON."""
    try:
        return msgspec.json.decode(response.content, type=type_)
    except msgspec.DecodeError as error:
        begin = response.content[:60].decode("utf-8", "replace").strip()
        raise UnreadableAnswerError(
            f"the body ({len(response.content):,} bytes, begins {begin!r}) is not the promised JSON: {error}"
        ) from error


def check_head(what: str, head: AnswerHead, chunk: Chunk) -> None:
    """The answer is a dataset of exactly the cells asked for. Raises AnswerMismatchError."""
    sizes = tuple(len(codes) for codes in chunk.selection.values())
    mend = "Nothing of this pull is used. Look at the table on the StatFin site; if it is sound there, run again."
    if head.class_ != "dataset" or head.id != tuple(chunk.selection):
        raise AnswerMismatchError(
            f"{what}: asked for {', '.join(chunk.selection)}, "
            f"the answer is a {head.class_} of {', '.join(head.id)}. {mend}"
        )
    if head.size != sizes:
        raise AnswerMismatchError(f"{what}: asked for {sizes} codes, the answer has {head.size}. {mend}")
    if len(head.value) != chunk.cells:
        raise AnswerMismatchError(
            f"{what}: size {head.size} promises {chunk.cells:,} values, the answer holds {len(head.value):,}. {mend}"
        )


def utc(updated: str) -> datetime:
    """The `updated` stamp of json-stat2 ('2026-08-25T05:00:00Z')."""
    return datetime.fromisoformat(updated).astimezone(UTC)
