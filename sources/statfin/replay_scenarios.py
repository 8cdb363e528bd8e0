"""What can go wrong or change at StatFin, switched on by name: a closed list, each member deterministic.

A scenario is one of two kinds. Those of the first change what the source shows (a release, a code, a value) and are
pure functions from table to table. Those of the second are faults of an answer, and befall data answers (POST) unless
said otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sources.statfin.replay_folder import ReplayFolder
from sources.statfin.replay_tables import HELSINKI, SECRET, Table, Variable, release_time

RENAMED = {"Alue": "alue_23_20270101"}
EXTRA_OCCUPATION = "9998"
UNKNOWN_AREA = "KU999"
MISSING_CONTENT = "AVPAIKATLOPUSSA"
# A merger across a regional border that has not taken place: Oripää goes into Eura.
MERGED, SUCCESSOR = "KU561", "KU050"
LOSING, GAINING = ("SK025", "MK02", "ELY02"), (SUCCESSOR, "SK041", "MK04", "ELY03")
REGISTER = "12r5"
SUBJECT = "tyonv"  # the tables that scenarios of the first kind change


class Scenario(StrEnum):
    """Names of the scenarios; `amount` is the default of the number that may be given with one ('html-503:3')."""

    amount: float
    explanation: str

    def __new__(cls, name: str, amount: float = 0, explanation: str = "") -> Scenario:
        member = str.__new__(cls, name)
        member._value_ = name
        member.amount = amount
        member.explanation = explanation
        return member

    NEW_RELEASE = (
        "new-release",
        1,
        "a month more and a later `updated` once AMOUNT data answers of tyonv tables have been given",
    )
    START_YEAR_DROPPED = "start-year-dropped", 1, "the first AMOUNT calendar years are gone from tyonv tables"
    MUNICIPALITY_MERGED = (
        "municipality-merged",
        0,
        "KU561 is gone, its numbers are in KU050 and its region's, map 'Alue 2027'",
    )
    VARIABLE_RENAMED = "variable-renamed", 0, "`Alue` is called alue_23_20270101"
    RENAMED_MID_RUN = "renamed-mid-run", 0, "the same, but the first metadata read of each table still says `Alue`"
    EXTRA_OCCUPATION = "extra-occupation", 0, "occupation 9998 appears, all zeros"
    UNKNOWN_AREA = "unknown-area", 0, "area KU999 appears, all zeros"
    CONTENT_MISSING = "content-missing", 0, "AVPAIKATLOPUSSA is no longer offered"
    VISIBLE_THREE = "visible-three", 0, "the first suppressed cell of each tyonv table is shown as 3"
    LISTING_RESTAMPED = (
        "listing-restamped",
        0,
        "table lists and searches show a stamp 17 days later; nothing was released",
    )
    LOWER_MAX_CELLS = "lower-max-cells", 60_000, "403 already above AMOUNT cells, whatever ?config says"
    HTML_503 = "html-503", 2, "the next AMOUNT data answers are 503 with an HTML page"
    OUTAGE = "outage", 0, "every call is answered 503 with an HTML page"
    HTML_200 = "html-200", 1, "the next AMOUNT data answers are an HTML page with status 200"
    SLOW_ANSWER = "slow-answer", 2, "data answers come after AMOUNT seconds"
    CUT_CONNECTION = "cut-connection", 1, "the next AMOUNT data calls (inf: all) end without a byte of answer"
    TRUNCATED_BODY = "truncated-body", 1, "the next AMOUNT data answers (inf: all) break off in the middle of the body"
    TOO_MANY_REQUESTS = "too-many-requests", 2, "the next AMOUNT data answers are 429 with Retry-After: 1"
    TOO_MANY_REQUESTS_SILENT = "too-many-requests-silent", 2, "the next AMOUNT data answers are 429 without Retry-After"
    SIZE_MISMATCH = "size-mismatch", math.inf, "the next AMOUNT json-stat2 answers have one value less than `size` says"


_TIMES = (
    Scenario.HTML_503,
    Scenario.HTML_200,
    Scenario.CUT_CONNECTION,
    Scenario.TRUNCATED_BODY,
    Scenario.TOO_MANY_REQUESTS,
    Scenario.TOO_MANY_REQUESTS_SILENT,
    Scenario.SIZE_MISMATCH,
)


class Stage:
    """Which scenarios are on, and how far each has come. Safe to use from several threads."""

    def __init__(self, folder: ReplayFolder) -> None:
        self._folder = folder
        self._on: dict[Scenario, float] = {}
        self._answers = 0
        self._described: set[str] = set()
        self._views: dict[tuple[object, ...], Table] = {}
        self._lock = Lock()

    def switch_on(self, scenario: Scenario | str, amount: float | None = None) -> None:
        """Begin `scenario`; as text it may carry its amount: 'html-503:3'. Raises ValueError for an unknown name."""
        name, _, number = str(scenario).partition(":")
        try:
            chosen = Scenario(name)
        except ValueError:
            raise ValueError(f"no scenario {name!r}. There are: {', '.join(Scenario)}.") from None
        with self._lock:
            self._on[chosen] = float(number) if number else chosen.amount if amount is None else amount
            if chosen is Scenario.NEW_RELEASE:
                self._answers = 0
            if chosen is Scenario.RENAMED_MID_RUN:
                self._described.clear()

    def switch_off(self, scenario: Scenario | str) -> None:
        """End `scenario`; it may be off already."""
        with self._lock:
            self._on.pop(Scenario(scenario), None)

    def amount(self, scenario: Scenario) -> float | None:
        """The amount of `scenario`, None when it is off."""
        with self._lock:
            return self._on.get(scenario)

    def strikes(self, scenario: Scenario) -> bool:
        """Whether a fault befalls the answer at hand; each true answer uses up one of its times."""
        with self._lock:
            left = self._on.get(scenario, 0)
            if scenario in _TIMES and left > 0:
                self._on[scenario] = left - 1
            return left > 0

    def table(self, table_id: str, *, for_metadata: bool = False) -> Table:
        """The table as the source shows it now. Raises KeyError when there is none."""
        table = self._folder.table(table_id)
        if table.subject != SUBJECT:
            return table
        with self._lock:
            steps = self._steps(table_id, for_metadata=for_metadata)
            if for_metadata:
                self._described.add(table_id)
            key = (table_id, *((step, self._on.get(step)) for step in steps))
            if key not in self._views:
                view = table
                for step in steps:
                    view = _CHANGES[step](view, self._folder, self._on[step])
                self._views[key] = view
            return self._views[key]

    def _steps(self, table_id: str, *, for_metadata: bool) -> list[Scenario]:
        """The changes in force for a table, in the order in which they are applied."""
        still_old = for_metadata and table_id not in self._described
        in_force = []
        for scenario in _CHANGES:
            if scenario not in self._on:
                continue
            if scenario is Scenario.NEW_RELEASE and self._answers < self._on[scenario]:
                continue
            if scenario is Scenario.RENAMED_MID_RUN and still_old:
                continue
            in_force.append(scenario)
        return in_force

    def note_data_answer(self, table: Table) -> None:
        """Count a data answer given from `table`: a release may be due after it."""
        if table.subject == SUBJECT:
            with self._lock:
                self._answers += 1


def _new_release(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    last = table.time.codes[-1]
    year, month = int(last[:4]), int(last[5:])
    period = f"{year + month // 12}M{month % 12 + 1:02d}"
    updated = release_time(period, table.release_lag)
    grown = _with_copy(table, table.time, period, of=last)
    return replace(grown, updated=updated, stamp=updated.astimezone(HELSINKI).replace(tzinfo=None))


def _start_year_dropped(table: Table, _folder: ReplayFolder, amount: float) -> Table:
    first = int(table.time.codes[0][:4])
    return _without(table, table.time, [code for code in table.time.codes if int(code[:4]) < first + amount])


def _municipality_merged(table: Table, folder: ReplayFolder, _amount: float) -> Table:
    """Move the numbers of MERGED; in a table with occupations, from and to the total and the largest occupation."""
    area = table.variables[0]
    moved = _moved(table, folder.table(REGISTER))
    values, symbols = table.values.copy(), table.symbols.copy()
    for codes, sign in ((LOSING, -1), (GAINING, 1)):
        for row in (area.codes.index(code) for code in codes if code in area.codes):
            before = np.nan_to_num(values[row])
            if before.ndim == 3:
                largest = before[1:].argmax(axis=0)[None] + 1
                np.put_along_axis(before, largest, np.take_along_axis(before, largest, 0) + sign * moved, 0)
                before[0] += sign * moved
            else:
                before += sign * moved
            hidden = (before > 0) & (before < 5) | (np.isnan(values[row]) & (before < 5))
            values[row] = np.where(hidden, np.nan, before)
            symbols[row] = np.where(hidden, SECRET, 0)
    _refresh_share(table, values, symbols)
    renamed = tuple(replace(v, map="Alue 2027") if v is area else v for v in table.variables)
    changed = replace(table, variables=renamed, values=values, symbols=symbols)
    return _without(changed, renamed[0], [MERGED])


def _moved(table: Table, register: Table) -> NDArray[np.float64]:
    """The register's numbers of MERGED by time and content of `table`; 0 where suppressed or not a count."""
    time, contents = table.time, table.variables[-1]
    row = register.values[register.variables[0].codes.index(MERGED)]
    moved = np.zeros((len(time.codes), len(contents.codes)))
    for i, period in enumerate(time.codes):
        for j, content in enumerate(contents.codes):
            if contents.units[j].decimals == 0 and period in register.time.codes:
                moved[i, j] = row[register.time.codes.index(period), register.variables[-1].codes.index(content)]
    return np.nan_to_num(moved)


def _refresh_share(table: Table, values: NDArray[np.float64], symbols: NDArray[np.uint8]) -> None:
    """Where the table has the percentage of unemployed, compute it anew from the numbers beside it."""
    contents = table.variables[-1].codes
    if "TYOTOSUUS" in contents:
        share, unemployed, force = (contents.index(c) for c in ("TYOTOSUUS", "TYOTTOMATLOPUSSA", "TYOVOIMATK"))
        with np.errstate(divide="ignore", invalid="ignore"):
            percent = np.round(100 * values[..., unemployed] / values[..., force], 1)
        visible = np.isfinite(percent)
        values[..., share] = np.where(visible, percent, np.nan)
        symbols[..., share] = np.where(visible, 0, SECRET)


def _variable_renamed(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    return replace(table, variables=tuple(replace(v, code=RENAMED.get(v.code, v.code)) for v in table.variables))


def _extra_occupation(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    occupations = table.variable("Ammattiryhmä")
    return _with_zeros(table, occupations, EXTRA_OCCUPATION) if occupations else table


def _unknown_area(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    return _with_zeros(table, table.variables[0], UNKNOWN_AREA)


def _content_missing(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    return _without(table, table.variables[-1], [MISSING_CONTENT])


def _visible_three(table: Table, _folder: ReplayFolder, _amount: float) -> Table:
    values, symbols = table.values.copy(), table.symbols.copy()
    for cell in np.flatnonzero(symbols)[:1]:
        values.flat[cell], symbols.flat[cell] = 3, 0
    return replace(table, values=values, symbols=symbols)


_CHANGES: Mapping[Scenario, Callable[[Table, ReplayFolder, float], Table]] = {
    Scenario.MUNICIPALITY_MERGED: _municipality_merged,
    Scenario.NEW_RELEASE: _new_release,
    Scenario.START_YEAR_DROPPED: _start_year_dropped,
    Scenario.EXTRA_OCCUPATION: _extra_occupation,
    Scenario.UNKNOWN_AREA: _unknown_area,
    Scenario.CONTENT_MISSING: _content_missing,
    Scenario.VISIBLE_THREE: _visible_three,
    Scenario.VARIABLE_RENAMED: _variable_renamed,
    Scenario.RENAMED_MID_RUN: _variable_renamed,
}


def _without(table: Table, variable: Variable, codes: Sequence[str]) -> Table:
    everything = [list(range(len(v.codes))) for v in table.variables]
    everything[table.variables.index(variable)] = [i for i, code in enumerate(variable.codes) if code not in codes]
    return table.take(everything)


def _with_copy(table: Table, variable: Variable, code: str, *, of: str) -> Table:
    """`table` with one more value of `variable` at its end, whose cells are those of the value `of`."""
    axis = table.variables.index(variable)
    source = [variable.codes.index(of)]
    longer = replace(
        variable,
        codes=(*variable.codes, code),
        texts={language: (*texts, code) for language, texts in variable.texts.items()},
    )
    return replace(
        table,
        variables=tuple(longer if v is variable else v for v in table.variables),
        values=np.concatenate([table.values, table.values.take(source, axis)], axis),
        symbols=np.concatenate([table.symbols, table.symbols.take(source, axis)], axis),
    )


def _with_zeros(table: Table, variable: Variable, code: str) -> Table:
    grown = _with_copy(table, variable, code, of=variable.codes[0])
    axis = table.variables.index(variable)
    np.moveaxis(grown.values, axis, 0)[-1] = 0
    np.moveaxis(grown.symbols, axis, 0)[-1] = 0
    return grown
