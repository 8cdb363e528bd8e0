"""From metadata to a layout: which variable plays which role, and which of its codes are pulled.

Variable codes of StatFin rotate with every classification vintage, so roles are found anew from the metadata on each
pull: time by its flag, contents by its code or by the content codes it offers, everything else by the value codes
(contract statfin, section 1, client rule). What the metadata offers and we do not know is a drift event, which the
table's policy in source.yml turns into an error or into a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sources.http import SourceError
from sources.statfin.schema import Dimension, Drift, Metadata, Policy, Source, TableRequest, Variable

SHOWN = 5  # how many offending codes a message lists
TOTAL = re.compile("S+")  # a whole: SSS everywhere but in tyokay, where its length tells the level (SS, SSSSS)


class DriftError(SourceError):
    """The source offers something unknown, or no longer offers something known."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one table is asked for and read, in the table's own order of variables.

    `variables`: the variables that are selected; `codes`: per variable the codes to pull, in table order; `columns`:
    landed column name of every variable but contents and those held at their total; `contents`: content code as the
    table spells it -> landed column. `notes`: drift that the policy lets pass, in words.
    """

    table: str
    variables: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, str]
    time: str
    metric: str
    contents: Mapping[str, str]
    division: str | None
    notes: tuple[str, ...] = ()


def find_layout(
    table: str, request: TableRequest, metadata: Metadata, source: Source, known: Mapping[str, frozenset[str]]
) -> Layout:
    """Assign roles and select codes. `known`: role -> the codes that the project's classifications hold.

    Raises DriftError naming table, variable, code and mend.
    """
    place = f"{source.source} {table}"
    policy = source.drift_of(request)
    metric = _metric(place, request, metadata)
    time = _time(place, request, metadata, metric)
    contents = _contents(place, request, metric, policy)
    columns = {time.code: "period"}
    codes = {time.code: _newest(time, request.window), metric.code: tuple(contents)}
    division = None
    notes: list[str] = []
    others = [v for v in metadata.variables if v.code not in (time.code, metric.code)]
    for role, wanted in request.dimensions.items():
        variable = _recognise(place, role, source.dimensions[role], others)
        others.remove(variable)
        if wanted == "total":
            if not variable.elimination:
                codes[variable.code] = (_total(place, variable),)
            continue
        selected = _select(place, role, wanted, variable)
        if role in known:
            selected = _known(place, role, variable, selected, known[role], policy, notes)
        columns[variable.code] = f"{role}_code"
        codes[variable.code] = selected
        if role == "area":
            division = variable.map
    _leave_out(place, others, policy, notes)
    order = tuple(v.code for v in metadata.variables if v.code in codes)
    return Layout(table, order, codes, columns, time.code, metric.code, contents, division, tuple(notes))


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


def _time(place: str, request: TableRequest, metadata: Metadata, metric: Variable) -> Variable:
    times = [v for v in metadata.variables if v.time and v.code != metric.code]
    if len(times) != 1:
        raise DriftError(
            f"{place}: {len(times)} variables are marked as time, expected one, among "
            f"{', '.join(v.code for v in metadata.variables)}. Look at the table on the StatFin site."
        )
    odd = [code for code in times[0].values if not re.fullmatch(request.frequency.codes, code)]
    if odd:
        raise DriftError(
            f"{place}: '{times[0].code}' offers {_shown(odd)}, which is no {request.frequency}. "
            "If the table has another frequency now, put it into sources/statfin/source.yml."
        )
    return times[0]


def _newest(time: Variable, window: int | None) -> tuple[str, ...]:
    """The newest `window` periods in the order of the table; all of them without a window."""
    newest = set(sorted(time.values)[-window:]) if window else set(time.values)
    return tuple(code for code in time.values if code in newest)


def _contents(place: str, request: TableRequest, metric: Variable, policy: Drift) -> dict[str, str]:
    offered = {_bare(code): code for code in metric.values}
    missing = [code for code, content in request.contents.items() if code not in offered and not content.optional]
    if missing:
        raise DriftError(
            f"{place}: the table no longer offers {', '.join(missing)}; it offers {', '.join(metric.values)} "
            f"(policy {policy.missing_content}). "
            "If a content was renamed, put the new name into sources/statfin/source.yml."
        )
    wanted = {offered[code]: code.lower() for code in request.contents if code in offered}
    return {code: wanted[code] for code in metric.values if code in wanted}


def _recognise(place: str, role: str, dimension: Dimension, candidates: list[Variable]) -> Variable:
    """The one variable whose codes are the role's.

    Most of them, totals left aside, must look like it; a variable that has only its total fits where nothing else does;
    between several its name decides.
    """
    fitting = [v for v in candidates if _looks_like(v, dimension)]
    fitting = fitting or [v for v in candidates if all(TOTAL.fullmatch(code) for code in v.values)]
    if not fitting:
        raise DriftError(
            f"{place}: no variable offers codes of the dimension '{role}' (pattern {dimension.pattern}"
            f"{', among them ' + ', '.join(dimension.offers) if dimension.offers else ''}); the variables are "
            f"{', '.join(f'{v.code!r} ({_shown(v.values)})' for v in candidates) or 'none'}. "
            "Compare the table's metadata with sources/statfin/source.yml."
        )
    if len(fitting) > 1 and dimension.named:
        named = re.compile(dimension.named, re.IGNORECASE)
        fitting = [v for v in fitting if named.search(v.code) or named.search(v.text)] or fitting
    if len(fitting) > 1:
        raise DriftError(
            f"{place}: the dimension '{role}' could be any of "
            f"{', '.join(f'{v.code!r} ({v.text}: {_shown(v.values)})' for v in fitting)}. "
            "Say in sources/statfin/source.yml what tells them apart (`offers` or `named`)."
        )
    return fitting[0]


def _parts(codes: Iterable[str]) -> list[str]:
    """The codes that are no total."""
    return [code for code in codes if not TOTAL.fullmatch(code)]


def _looks_like(variable: Variable, dimension: Dimension) -> bool:
    parts = _parts(variable.values)
    like = sum(bool(re.fullmatch(dimension.pattern, code)) for code in parts)
    return 2 * like > len(parts) and set(dimension.offers) <= set(variable.values)


def _total(place: str, variable: Variable) -> str:
    """The code of a variable's whole, for one that can't be left out."""
    totals = [code for code in variable.values if TOTAL.fullmatch(code)]
    if len(totals) != 1:
        raise DriftError(
            f"{place}: '{variable.code}' can't be left out and offers {len(totals)} totals, expected one, among "
            f"{_shown(variable.values)}. Select its codes by a pattern in sources/statfin/source.yml."
        )
    return totals[0]


def _select(place: str, role: str, wanted: str, variable: Variable) -> tuple[str, ...]:
    selected = tuple(code for code in variable.values if re.fullmatch(wanted, code))
    is_whole_alone = not _parts(selected) and _parts(variable.values) and not TOTAL.fullmatch(wanted)
    if not selected or is_whole_alone:
        raise DriftError(
            f"{place}: '{variable.code}' offers no code that is wanted of the dimension '{role}' (pattern {wanted}); "
            f"it offers {_shown(variable.values)}. Compare the table's metadata with sources/statfin/source.yml."
        )
    return selected


def _known(
    place: str,
    role: str,
    variable: Variable,
    selected: tuple[str, ...],
    known: Iterable[str],
    policy: Drift,
    notes: list[str],
) -> tuple[str, ...]:
    """The selection, as the policy wants it where codes are offered that nobody has described.

    A table that freezes is stopped by any such code, selected or not: it may be where the wanted numbers went.
    """
    accepted = set(known)
    offered = variable.values if policy.unknown_code is Policy.FREEZE else selected
    unknown = [code for code in offered if code not in accepted and not TOTAL.fullmatch(code)]
    if not unknown:
        return selected
    texts = dict(zip(variable.values, variable.value_texts, strict=False))
    described = [f"{code} ({texts.get(code, 'no text')})" for code in unknown]
    message = (
        f"{place}: dimension '{variable.code}' offers {len(variable.values)} codes, {len(unknown)} unknown: "
        f"{_shown(described)} (policy {policy.unknown_code})."
    )
    if policy.unknown_code is Policy.FREEZE:
        raise DriftError(
            f"{message} After a look at the classification add it to dbt_project/seeds/{role}.csv, or wait for the "
            "source's correction."
        )
    if policy.unknown_code is Policy.EVOLVE:
        notes.append(f"{message} Landed as they are; describe them in dbt_project/seeds/{role}.csv.")
        return selected
    notes.append(f"{message} Left out; describe them in dbt_project/seeds/{role}.csv if they are wanted.")
    return tuple(code for code in selected if code not in unknown)


def _leave_out(place: str, others: list[Variable], policy: Drift, notes: list[str]) -> None:
    """Dimensions that source.yml does not name: their total is taken, where the policy allows it and there is one."""
    if not others:
        return
    names = ", ".join(f"'{v.code}' ({v.text}, {len(v.values)} codes)" for v in others)
    whole = [v for v in others if v.elimination]
    if policy.unknown_dimension == "freeze" or len(whole) < len(others):
        trapped = ", ".join(f"'{v.code}'" for v in others if not v.elimination)
        why = f"; {trapped} can't be left out" if trapped else ""
        raise DriftError(
            f"{place}: unknown dimension {names} (policy {policy.unknown_dimension}{why}). Its total may mean "
            f"something else than before: read the table's notes, then add the dimension to sources/statfin/source.yml."
        )
    notes.append(f"{place}: unknown dimension {names} (policy evolve). Left out, its total is taken.")


def _shown(codes: Iterable[str]) -> str:
    listed = list(codes)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more
