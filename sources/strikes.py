"""Faults of a replay server that strike so many times: which are on, and how often each will still strike.

Belongs here: the counting. Does not belong here: what a fault does, which is the business of each replay server.
"""

from __future__ import annotations

from enum import StrEnum
from threading import Lock
from typing import Generic, TypeVar

F = TypeVar("F", bound=StrEnum)


class Strikes(Generic[F]):
    """The faults of one kind that are on. Safe to use from several threads."""

    def __init__(self, kind: type[F]) -> None:
        self._kind = kind
        self._left: dict[F, float] = {}
        self._lock = Lock()

    def switch_on(self, fault: F | str) -> None:
        """Begin a fault; as text it may say how many times it strikes, as in 'outage:3'. Raises ValueError."""
        name, _, times = str(fault).partition(":")
        with self._lock:
            self._left[self._kind(name)] = float(times or "inf")

    def switch_off(self, fault: F | str) -> None:
        """End a fault; it may be off already. Raises ValueError."""
        with self._lock:
            self._left.pop(self._kind(str(fault).partition(":")[0]), None)

    def __contains__(self, fault: F) -> bool:
        """Whether the fault is on, however often it has struck."""
        return fault in self._left

    def strikes(self, fault: F) -> bool:
        """Whether the fault befalls the answer at hand; each true answer uses up one of its times."""
        with self._lock:
            left = self._left.get(fault, 0.0)
            if left > 0:
                self._left[fault] = left - 1
            return left > 0
