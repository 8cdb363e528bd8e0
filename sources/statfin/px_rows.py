"""From a PX file to the columns of the landed table, a slab of the cube at a time.

The cells come row-major over STUB and HEADING (contract statfin, section 6.4). A slab is a run of them that is whole in
the contents, so that it can be cut into columns; memory is bounded by the slab, whatever the size of the file. Only the
codes of the layout become rows: a PX file holds the whole table.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from math import prod
from typing import BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.statfin.landed import column, first_day, not_offered, number_type, text
from sources.statfin.layout import Layout
from sources.statfin.px_cells import SYMBOLS, Cells, read_cells
from sources.statfin.px_header import PxError, PxHeader, PxVariable, read_header
from sources.statfin.schema import Metadata, TableRequest

SLAB = 1_000_000  # cells that a slab aims at
LARGEST_SLAB = 16_000_000  # cells; a slab can't be cut where the contents stand
T = TypeVar("T")
Places = npt.NDArray[np.intp]
_Made = dict[tuple[object, ...], pa.Array]


def read_rows(stream: BinaryIO, layout: Layout, request: TableRequest) -> Iterator[dict[str, pa.Array]]:
    """The key and content columns of a PX file, in pieces, in the order of the file.

    Raises PxError (not a whole PX file, a code or variable of the layout is missing, no total for what the layout
    leaves out, contents too far outside) or ValueError (a count with decimals).
    """
    header = read_header(stream)
    cube = _find_cube(header, layout)
    cells = _Gathered(read_cells(stream, header.cells))
    yield from one_ahead(_slabs(cube, cells, layout, request))


def one_ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each made while the caller still uses the one before (NumPy and Arrow run without the lock)."""
    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = worker.submit(next, items, None)
            yield item


def check_whole(stream: BinaryIO, layout: Layout, metadata: Metadata, updated: datetime) -> None:
    """Raises PxError unless the file is whole, of the release `updated` (UTC), and has the codes that `metadata` lists.

    Reads every cell, in bounded memory.
    """
    header = read_header(stream)
    if header.updated != updated:
        shown = "no release" if header.updated is None else f"the release of {header.updated:%Y-%m-%d %H:%M} UTC"
        raise PxError(f"the file is of {shown}, the API shows that of {updated:%Y-%m-%d %H:%M} UTC.")
    offered = {variable.code: set(variable.codes) for variable in header.variables()}
    listed = {variable.code: set(variable.values) for variable in metadata.variables}
    if offered != listed:
        differing = sorted(code for code in offered.keys() | listed.keys() if offered.get(code) != listed.get(code))
        raise PxError(f"the file and the API's metadata disagree about {', '.join(differing)}.")
    _find_cube(header, layout)
    for _ in read_cells(stream, header.cells):
        pass


@dataclass(frozen=True, slots=True)
class _Cube:
    """The axes of the file. `codes`, `keep`: per axis the codes that become rows and where they stand; `metric`: the
    axis of the contents; slabs are cut along axis `cut` (-1: not at all), `width` codes each."""

    variables: tuple[PxVariable, ...]
    codes: tuple[tuple[str, ...], ...]
    keep: tuple[Places, ...]
    metric: int
    cut: int
    width: int

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(len(variable.codes) for variable in self.variables)


def _find_cube(header: PxHeader, layout: Layout) -> _Cube:
    variables = header.variables()
    names = [variable.code for variable in variables]
    if missing := [variable for variable in layout.variables if variable not in names]:
        raise PxError(f"the file has no variable {', '.join(missing)}; it has {', '.join(names)}.")
    codes = tuple(_selected(variable, layout) for variable in variables)
    keep = tuple(
        np.array([variable.codes.index(code) for code in chosen], dtype=np.intp)
        for variable, chosen in zip(variables, codes, strict=True)
    )
    metric = names.index(layout.metric)
    sizes = [len(variable.codes) for variable in variables]
    if (least := prod(sizes[metric:])) > LARGEST_SLAB:
        raise PxError(
            f"the contents stand outside {least:,} cells, too many to be held at once (at most {LARGEST_SLAB:,}). "
            "Pull the table through the API."
        )
    cut = next(axis for axis in range(-1, metric) if axis == metric - 1 or prod(sizes[axis + 1 :]) <= SLAB)
    return _Cube(variables, codes, keep, metric, cut, max(1, SLAB // prod(sizes[cut + 1 :])))


def _selected(variable: PxVariable, layout: Layout) -> tuple[str, ...]:
    """The codes of a variable that become rows: the layout's, or the total of one that the layout leaves out."""
    if variable.code not in layout.codes:
        if variable.total is None:
            raise PxError(f"'{variable.code}' is left out, but the file names no total for it (ELIMINATION).")
        return (variable.total,)
    wanted = layout.codes[variable.code]
    if unknown := sorted(set(wanted) - set(variable.codes)):
        raise PxError(f"'{variable.code}' lacks {len(unknown)} codes that are asked for, such as {unknown[0]}.")
    return tuple(wanted)


class _Gathered:
    """Cells by the number, from blocks of whatever length."""

    def __init__(self, blocks: Iterator[Cells]) -> None:
        self._blocks = blocks
        self._left: Cells | None = None

    def take(self, count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int8]]:
        """The next `count` cells: values, and symbols with -1 where there is none."""
        values = np.empty(count, dtype=np.float64)
        symbols = np.full(count, -1, dtype=np.int8)
        filled = 0
        while filled < count:
            block = self._left or next(self._blocks)
            used = min(count - filled, len(block.values))
            values[filled : filled + used] = block.values[:used]
            if block.symbols is not None:
                symbols[filled : filled + used] = block.symbols[:used]
            rest = None if block.symbols is None else block.symbols[used:]
            self._left = Cells(block.values[used:], rest) if used < len(block.values) else None
            filled += used
        return values, symbols

    def finish(self) -> None:
        """Read on to the end, where the reader of the cells complains of what is missing or too much."""
        for _ in self._blocks:
            pass


def _slabs(cube: _Cube, cells: _Gathered, layout: Layout, request: TableRequest) -> Iterator[dict[str, pa.Array]]:
    sizes = cube.sizes
    inner = sizes[cube.cut + 1 :]
    length = sizes[cube.cut] if cube.cut >= 0 else 1
    made: _Made = {}
    for outer in product(*(range(size) for size in sizes[: max(cube.cut, 0)])):
        for begin in range(0, length, cube.width):
            width = min(cube.width, length - begin)
            values, symbols = cells.take(width * prod(inner))
            taken = _taken(cube, outer, begin, width)
            if taken is None:
                continue
            shape = (width, *inner) if cube.cut >= 0 else inner
            picked = taken[len(outer) :]
            cut_values, cut_symbols = _pick(values.reshape(shape), picked), _pick(symbols.reshape(shape), picked)
            yield _columns(cube, taken, cut_values, cut_symbols, layout, request, made)
    cells.finish()


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a slab takes of one axis: `at`: where in the slab; `number`: which of the selected codes each one is."""

    at: Places
    number: Places


def _taken(cube: _Cube, outer: tuple[int, ...], begin: int, width: int) -> list[_Taken] | None:
    """Per axis what the slab takes; None when it holds nothing that was asked for."""
    taken: list[_Taken] = []
    for axis, keep in enumerate(cube.keep):
        if axis < len(outer):
            first, last = outer[axis], outer[axis] + 1
        elif axis == cube.cut:
            first, last = begin, begin + width
        else:
            first, last = 0, len(cube.variables[axis].codes)
        number = np.flatnonzero((keep >= first) & (keep < last))
        if not number.size:
            return None
        taken.append(_Taken(keep[number] - first, number))
    return taken


def _pick(slab: npt.NDArray[T], taken: list[_Taken]) -> npt.NDArray[T]:  # type: ignore[type-var]
    for axis, part in enumerate(taken):
        if len(part.at) < slab.shape[axis] or (np.diff(part.at) < 0).any():
            slab = slab.take(part.at, axis=axis)
    return slab


def _columns(
    cube: _Cube,
    taken: list[_Taken],
    values: npt.NDArray[np.float64],
    symbols: npt.NDArray[np.int8],
    layout: Layout,
    request: TableRequest,
    made: _Made,
) -> dict[str, pa.Array]:
    """The columns of one slab; `made` keeps key columns for the next."""
    keys = [axis for axis in range(len(taken)) if axis != cube.metric]
    shape = [len(taken[axis].at) for axis in keys]
    rows = prod(shape)
    columns: dict[str, pa.Array] = {}
    for place, axis in enumerate(keys):
        name = layout.columns.get(cube.variables[axis].code)
        if name is None:
            continue
        number = taken[axis].number.astype(np.int32)
        same = (name, place, *shape, number.tobytes())  # the inner keys are the same in every slab
        if same not in made:
            for outdated in [key for key in made if key[0] == name]:
                del made[outdated]
            along = [1] * len(keys)
            along[place] = -1
            everywhere = np.broadcast_to(number.reshape(along), shape).ravel()
            made[same] = _key(cube.codes[axis], everywhere, request if name == "period" else None)
        columns[name] = made[same]
    contents = cube.codes[cube.metric]
    ahead = len(taken) - values.ndim  # axes before the slab, of one code each
    by_content = np.moveaxis(values, cube.metric - ahead, -1).reshape(rows, -1)
    why_missing = np.moveaxis(symbols, cube.metric - ahead, -1).reshape(rows, -1)
    for place, content in enumerate(contents):
        name = layout.contents[content]
        why = np.ascontiguousarray(why_missing[:, place])
        columns[name] = _number(name, np.ascontiguousarray(by_content[:, place]), why >= 0, request)
        columns[f"{name}_symbol"] = text(SYMBOLS, why.astype(np.int32))
    return columns | not_offered(request, layout.contents, rows)


def _key(codes: tuple[str, ...], places: npt.NDArray[np.int32], request: TableRequest | None) -> pa.Array:
    """A key column: texts, or the first days of periods when the request that knows their frequency is given."""
    if request is None:
        return text(codes, places)
    days = np.array([first_day(code, request.frequency) for code in codes], "datetime64[D]").astype(np.int32)
    return column(days[places], pa.date32())


def _number(
    name: str, values: npt.NDArray[np.float64], missing: npt.NDArray[np.bool_], request: TableRequest
) -> pa.Array:
    """The values in their landed type; a count with decimals is an error, not a rounding."""
    if number_type(name, request) == pa.float64():
        return column(values, pa.float64(), missing)
    whole = values.astype(np.int64)
    if (broken := np.flatnonzero(whole != values)).size:
        raise ValueError(f"{name} is {values[broken[0]]}, not a whole number")
    return column(whole, pa.int64(), missing)
