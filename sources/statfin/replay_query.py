"""What a PxWeb v1 query selects from a table: filters, elimination, refusals (contract statfin, section 5)."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sources.statfin.replay_tables import Table, Variable

FORMATS = ("json-stat2", "json", "csv", "csv2", "csv3", "px")
DEFAULT_FORMAT = "json-stat2"


class BadRequestError(Exception):
    """The server answers 400; the message is for the reader of a test, the client is told nothing."""


class TooManyCellsError(Exception):
    """The server answers 403."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: (variable code, filter, values) in the order of the request, and the format of the answer."""

    selections: tuple[tuple[str, str, tuple[str, ...]], ...]
    format: str


def parse_query(body: bytes) -> Query:
    """Read the body of a POST. Raises BadRequestError when it is no query, or asks for a format not in FORMATS."""
    try:
        request = json.loads(body.decode("utf-8"))
        selections = tuple(
            (
                item["code"],
                str(item["selection"].get("filter", "item")),
                tuple(_as_text(v) for v in item["selection"]["values"]),
            )
            for item in request["query"]
        )
        wanted = (request.get("response") or {}).get("format", DEFAULT_FORMAT)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRequestError(f"not a query: {error!r}") from None
    if not isinstance(wanted, str) or wanted.lower() not in FORMATS:
        raise BadRequestError(f"format {wanted!r} is none of {', '.join(FORMATS)}")
    return Query(selections, wanted.lower())


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"a value must be text: {value!r}")


def select(table: Table, query: Query, *, max_cells: int) -> Table:
    """The part of `table` that `query` asks for, without the variables it eliminates; values stand in table order.

    Raises BadRequestError or TooManyCellsError.
    """
    chosen: dict[str, list[int]] = {}
    for code, filter_name, values in query.selections:
        variable = table.variable(code)
        if variable is None:
            raise BadRequestError(f"{table.id}: no variable {code!r}")
        if code in chosen:
            raise BadRequestError(f"{table.id}: variable {code!r} is selected twice")
        chosen[code] = positions(variable, filter_name, values)
    taken: list[list[int]] = []
    kept: list[bool] = []
    for variable in table.variables:
        mine = chosen.get(variable.code, [])
        if not mine and variable.code in chosen and variable.total is None:
            raise BadRequestError(f"{table.id}: nothing selected of {variable.code!r}, which cannot be left out")
        kept.append(bool(mine) or variable.total is None)
        if not mine:
            mine = (
                list(range(len(variable.codes))) if variable.total is None else [variable.codes.index(variable.total)]
            )
        taken.append(mine)
    cells = math.prod(map(len, taken))
    if cells > max_cells:
        raise TooManyCellsError(f"{table.id}: {cells} cells, allowed are {max_cells}")
    return _without(table.take(taken), kept)


def _without(part: Table, kept: Sequence[bool]) -> Table:
    """`part` without the variables not kept, each of which has one value."""
    gone = tuple(axis for axis, keep in enumerate(kept) if not keep)
    variables = tuple(v for v, keep in zip(part.variables, kept, strict=True) if keep)
    stub = len(part.variables) - part.heading - len(gone)
    return replace(
        part,
        variables=variables,
        heading=len(variables) - stub,
        values=part.values.squeeze(gone),
        symbols=part.symbols.squeeze(gone),
    )


def positions(variable: Variable, filter_name: str, values: Sequence[str]) -> list[int]:
    """Positions of the values that a filter selects, ascending. Raises BadRequestError by the rules of the filter."""
    name = filter_name.lower()
    if name == "all":
        return _matching(variable, values)
    if name == "top":
        return _top(variable, values)
    if name.startswith(("agg:", "agg_single:", "agg_all:", "vs:")):
        raise BadRequestError(f"{variable.code}: no grouping or value set {filter_name!r}")
    place = {code: position for position, code in enumerate(variable.codes)}
    unknown = [value for value in values if value not in place]
    if unknown or len(set(values)) != len(values):
        raise BadRequestError(f"{variable.code}: unknown or repeated values, such as {(unknown or list(values))[0]!r}")
    return sorted(place[value] for value in values)


def _matching(variable: Variable, patterns: Sequence[str]) -> list[int]:
    for pattern in patterns:
        if not pattern.startswith("*") and not pattern.endswith("*"):
            raise BadRequestError(f"{variable.code}: pattern {pattern!r} has no * at either end")
    return [i for i, code in enumerate(variable.codes) if any(_matches(code, pattern) for pattern in patterns)]


def _matches(code: str, pattern: str) -> bool:
    core = pattern.strip("*")
    if pattern.startswith("*") and pattern.endswith("*"):
        return core in code
    return code.startswith(core) if pattern.endswith("*") else code.endswith(core)


def _top(variable: Variable, values: Sequence[str]) -> list[int]:
    if len(values) != 1 or not values[0].isascii() or not values[0].isdigit() or int(values[0]) < 1:
        raise BadRequestError(f"{variable.code}: top wants one number from 1 on, got {list(values)}")
    size = len(variable.codes)
    count = min(int(values[0]), size)
    return list(range(size - count, size)) if variable.is_time else list(range(count))
