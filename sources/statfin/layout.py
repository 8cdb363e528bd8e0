"""From metadata to a layout: which variable plays which role, and which of its codes are pulled.

Variable codes of StatFin rotate with every classification vintage, so roles are found anew from the metadata on each
pull: time by its flag, contents by its code or by the content codes it offers, everything else by the value codes
(contract statfin, section 1, client rule). What the metadata offers and we do not know is a drift event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sources.http import SourceError
from sources.statfin.schema import Metadata, Source, TableRequest, Variable

SHOWN = 5  # how many offending codes a message lists


class DriftError(SourceError):
    """The source offers something unknown, or no longer offers something known."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one table is asked for and read, in the table's own order of variables.

    `variables`: the variables that are selected; `codes`: per variable the codes to pull, in table order; `columns`:
    landed column name of every variable but contents; `contents`: content code as the table spells it -> landed column.
    """

    table: str
    variables: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, str]
    time: str
    metric: str
    contents: Mapping[str, str]
    division: str | None


def find_layout(
    table: str, request: TableRequest, metadata: Metadata, source: Source, known: Mapping[str, frozenset[str]]
) -> Layout:
    """Assign roles and select codes. `known`: role -> the codes that the project's classifications hold.

    Raises DriftError naming table, variable, code and mend.
    """
    place = f"{source.source} {table}"
    metric = _metric(place, request, metadata)
    time = _time(place, metadata, metric)
    contents = _contents(place, request, metric, policy=source.drift.missing_content)
    columns = {time.code: "period"}
    codes = {time.code: time.values, metric.code: tuple(contents)}
    division = None
    others = [v for v in metadata.variables if v.code not in (time.code, metric.code)]
    for role, wanted in request.dimensions.items():
        variable = _recognise(place, role, source.dimensions[role].pattern, others)
        others.remove(variable)
        if wanted == "total":
            _require_elimination(place, variable)
            continue
        _refuse_unknown(place, role, variable, known.get(role), policy=source.drift.unknown_code)
        columns[variable.code] = f"{role}_code"
        codes[variable.code] = tuple(code for code in variable.values if re.fullmatch(wanted, code))
        if role == "area":
            division = variable.map
    if others:
        names = ", ".join(f"'{v.code}' ({v.text}, {len(v.values)} codes)" for v in others)
        raise DriftError(
            f"{place}: unknown dimension {names} (policy {source.drift.unknown_dimension}). Its total may mean "
            f"something else than before: read the table's notes, then add the dimension to sources/statfin/source.yml."
        )
    order = tuple(v.code for v in metadata.variables if v.code in codes)
    return Layout(table, order, codes, columns, time.code, metric.code, contents, division)


def _bare(content_code: str) -> str:
    """A content code without the statistic's prefix: 'tyti-Tyottomat' -> 'Tyottomat'."""
    return content_code.rpartition("-")[2]


def _metric(place: str, request: TableRequest, metadata: Metadata) -> Variable:
    known = set(request.contents)
    for variable in metadata.variables:
        if variable.code == "contentscode":
            return variable
    for variable in metadata.variables:
        if known & {_bare(code) for code in variable.values}:
            return variable
    raise DriftError(
        f"{place}: no variable holds the contents: none is called 'contentscode' and none offers any of "
        f"{', '.join(sorted(known))}. Compare the table's metadata with sources/statfin/source.yml."
    )


def _time(place: str, metadata: Metadata, metric: Variable) -> Variable:
    times = [v for v in metadata.variables if v.time and v.code != metric.code]
    if len(times) != 1:
        raise DriftError(
            f"{place}: {len(times)} variables are marked as time, expected one, among "
            f"{', '.join(v.code for v in metadata.variables)}. Look at the table on the StatFin site."
        )
    return times[0]


def _contents(place: str, request: TableRequest, metric: Variable, *, policy: str) -> dict[str, str]:
    offered = {_bare(code): code for code in metric.values}
    missing = [code for code, content in request.contents.items() if code not in offered and not content.optional]
    if missing:
        raise DriftError(
            f"{place}: the table no longer offers {', '.join(missing)}; it offers {', '.join(metric.values)} "
            f"(policy {policy}). "
            "If a content was renamed, put the new name into sources/statfin/source.yml."
        )
    wanted = {offered[code]: code.lower() for code in request.contents if code in offered}
    return {code: wanted[code] for code in metric.values if code in wanted}


def _recognise(place: str, role: str, pattern: str, candidates: list[Variable]) -> Variable:
    """The one variable most of whose codes look like the role's."""

    def likeness(variable: Variable) -> float:
        return sum(bool(re.fullmatch(pattern, code)) for code in variable.values) / max(1, len(variable.values))

    fitting = sorted((v for v in candidates if likeness(v) > 0.5), key=likeness, reverse=True)
    if not fitting:
        raise DriftError(
            f"{place}: no variable offers codes of the dimension '{role}' (pattern {pattern}); the variables are "
            f"{', '.join(f'{v.code!r} ({v.values[0]}, ...)' for v in candidates) or 'none'}. "
            "Compare the table's metadata with sources/statfin/source.yml."
        )
    if len(fitting) > 1 and likeness(fitting[0]) == likeness(fitting[1]):
        fitting.sort(key=lambda variable: len(variable.values), reverse=True)
    return fitting[0]


def _require_elimination(place: str, variable: Variable) -> None:
    if not variable.elimination:
        raise DriftError(
            f"{place}: '{variable.code}' can no longer be left out, so its total is not to be had that way. "
            "Select its total code by a pattern in sources/statfin/source.yml."
        )


def _refuse_unknown(place: str, role: str, variable: Variable, known: Iterable[str] | None, *, policy: str) -> None:
    if known is None:
        return
    accepted = set(known)
    texts = dict(zip(variable.values, variable.value_texts, strict=False))
    unknown = [code for code in variable.values if code not in accepted]
    if unknown:
        shown = ", ".join(f"{code} ({texts.get(code, 'no text')})" for code in unknown[:SHOWN])
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        raise DriftError(
            f"{place}: dimension '{variable.code}' offers {len(variable.values)} codes, {len(unknown)} unknown: "
            f"{shown}{more} (policy {policy}). After a look at the classification add it to "
            f"dbt_project/seeds/{role}.csv, or wait for the source's correction."
        )
