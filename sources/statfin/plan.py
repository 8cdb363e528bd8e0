"""How a table is cut into calls that the service answers.

A chunk is a selection: per variable the codes asked for. Time is cut first, and the longest other dimension only where
one period alone is too much (contract statfin, section 10, step 3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sources.statfin.layout import Layout


@dataclass(frozen=True, slots=True)
class Chunk:
    """One call: variable code -> value codes, in table order."""

    selection: Mapping[str, tuple[str, ...]]

    @property
    def cells(self) -> int:
        """How many cells the service will count."""
        return math.prod(len(codes) for codes in self.selection.values())

    def query(self) -> dict[str, object]:
        """The POST body (contract statfin, section 5)."""
        return {
            "query": [
                {"code": variable, "selection": {"filter": "item", "values": list(codes)}}
                for variable, codes in self.selection.items()
            ],
            "response": {"format": "json-stat2"},
        }


def plan(layout: Layout, max_cells: int) -> list[Chunk]:
    """The fewest chunks of whole periods with at most `max_cells` cells each, in table order.

    Raises ValueError when a single code per dimension is already too much.
    """
    whole = Chunk({variable: layout.codes[variable] for variable in layout.variables})
    return [
        small for by_time in _cut(whole, layout.time, max_cells) for small in _cut_further(by_time, layout, max_cells)
    ]


def halve(chunk: Chunk, layout: Layout) -> list[Chunk]:
    """Two chunks with half the cells each (time first), or the chunk alone when it cannot be cut."""
    axis = layout.time if len(chunk.selection[layout.time]) > 1 else _longest(chunk, layout)
    length = len(chunk.selection[axis])
    return _split(chunk, axis, math.ceil(length / 2)) if length > 1 else [chunk]


def _longest(chunk: Chunk, layout: Layout) -> str:
    """The longest dimension besides contents: those stay together, because they become columns of one row."""
    return max((v for v in chunk.selection if v != layout.metric), key=lambda variable: len(chunk.selection[variable]))


def _cut(chunk: Chunk, axis: str, max_cells: int) -> list[Chunk]:
    per_code = chunk.cells // len(chunk.selection[axis])
    return _split(chunk, axis, max(1, max_cells // per_code))


def _cut_further(chunk: Chunk, layout: Layout, max_cells: int) -> list[Chunk]:
    if chunk.cells <= max_cells:
        return [chunk]
    axis = _longest(chunk, layout)
    if len(chunk.selection[axis]) == 1:
        raise ValueError(
            f"statfin {layout.table}: {chunk.cells} cells for a single row exceed the limit of {max_cells}."
        )
    return [small for part in _cut(chunk, axis, max_cells) for small in _cut_further(part, layout, max_cells)]


def _split(chunk: Chunk, axis: str, length: int) -> list[Chunk]:
    codes = chunk.selection[axis]
    return [Chunk({**chunk.selection, axis: codes[start : start + length]}) for start in range(0, len(codes), length)]
