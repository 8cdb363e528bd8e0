"""What can go wrong or change at StatFin, switched on by name: a closed list, each member deterministic.

A scenario is one of two kinds. Those of the first change what the source shows (a release, a code, a value) and are
pure functions from table to table. Those of the second are faults of an answer, and befall data answers (POST) unless
said otherwise. Of the first kind, a release concerns the tables of the subject tyonv, the others 12ti and 12r5, unless
they name their table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from threading import Lock

from sources.statfin.replay_catalogue import TABLES
from sources.statfin.replay_changes import (
    content_missing,
    extra_occupation,
    municipality_merged,
    new_release,
    shape_differs,
    start_year_dropped,
    unknown_area,
    variable_renamed,
    visible_three,
)
from sources.statfin.replay_folder import ReplayFolder
from sources.statfin.replay_tables import Table

SUBJECT = "tyonv"  # the tables that a release changes
REGISTER_TABLES = ("12ti", "12r5")  # the tables that all other scenarios of the first kind change


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
    START_YEAR_DROPPED = "start-year-dropped", 1, "the first AMOUNT calendar years are gone from 12ti and 12r5"
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
    VISIBLE_THREE = "visible-three", 0, "the first suppressed cell of 12ti and of 12r5 is shown as 3"
    TABLE_GONE = "table-gone", 0, "the table named after the colon is answered 400 and no longer listed"
    SHAPE_DIFFERS = (
        "shape-differs",
        0,
        "the table named after the colon (none: every one whose shape is guessed) has other codes than we guess",
    )
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
    PX_MISSING = "px-missing", 0, "there are no whole-table PX files: 404"
    PX_TRUNCATED = "px-truncated", math.inf, "the next AMOUNT whole-table PX files break off in the middle"
    PX_STALE = "px-stale", 0, "whole-table PX files are still those of the folder, whatever else has changed"
    SIZE_MISMATCH = "size-mismatch", math.inf, "the next AMOUNT json-stat2 answers have one value less than `size` says"


_TIMES = (
    Scenario.HTML_503,
    Scenario.HTML_200,
    Scenario.CUT_CONNECTION,
    Scenario.TRUNCATED_BODY,
    Scenario.TOO_MANY_REQUESTS,
    Scenario.TOO_MANY_REQUESTS_SILENT,
    Scenario.SIZE_MISMATCH,
    Scenario.PX_TRUNCATED,
)
_OF_A_TABLE = (Scenario.TABLE_GONE, Scenario.SHAPE_DIFFERS)
_GUESSED = frozenset(spec.id for spec in TABLES if spec.is_guess)


class Stage:
    """Which scenarios are on, and how far each has come. Safe to use from several threads."""

    def __init__(self, folder: ReplayFolder) -> None:
        self._folder = folder
        self._on: dict[Scenario, float] = {}
        self._tables_of: dict[Scenario, set[str]] = {}
        self._answers = 0
        self._described: set[str] = set()
        self._views: dict[tuple[object, ...], Table] = {}
        self._lock = Lock()

    def switch_on(self, scenario: Scenario | str, amount: float | None = None) -> None:
        """Begin `scenario`; as text it may carry its amount or its table: 'html-503:3', 'table-gone:12ta'.

        Raises ValueError for an unknown name, a table that is needed and not given, or an amount that is no number.
        """
        name, _, number = str(scenario).partition(":")
        try:
            chosen = Scenario(name)
        except ValueError:
            raise ValueError(f"no scenario {name!r}. There are: {', '.join(Scenario)}.") from None
        if chosen in _OF_A_TABLE:
            self._switch_on_for(chosen, number)
            return
        with self._lock:
            self._on[chosen] = float(number) if number else chosen.amount if amount is None else amount
            if chosen is Scenario.NEW_RELEASE:
                self._answers = 0
            if chosen is Scenario.RENAMED_MID_RUN:
                self._described.clear()

    def _switch_on_for(self, scenario: Scenario, table_id: str) -> None:
        if not table_id and scenario is Scenario.TABLE_GONE:
            raise ValueError(f"{scenario}: which table? Write it after a colon, as in '{scenario}:12ta'.")
        with self._lock:
            self._on[scenario] = scenario.amount
            self._tables_of.setdefault(scenario, set()).update((table_id,) if table_id else _GUESSED)

    def switch_off(self, scenario: Scenario | str) -> None:
        """End `scenario`; it may be off already."""
        with self._lock:
            self._on.pop(Scenario(scenario), None)
            self._tables_of.pop(Scenario(scenario), None)

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
        if self._befalls(Scenario.TABLE_GONE, table_id):
            raise KeyError(table_id)
        table = self._folder.table(table_id)
        with self._lock:
            steps = self._steps(table, for_metadata=for_metadata)
            if for_metadata:
                self._described.add(table_id)
            key = (table_id, *((step, self._on.get(step)) for step in steps))
            if key not in self._views:
                view = table
                for step in steps:
                    view = _CHANGES[step](view, self._folder, self._on[step])
                self._views[key] = view
            return self._views[key]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the tables that the source shows now."""
        return tuple(i for i in self._folder.ids if not self._befalls(Scenario.TABLE_GONE, i))

    def _befalls(self, scenario: Scenario, table_id: str) -> bool:
        return table_id in self._tables_of.get(scenario, ())

    def _steps(self, table: Table, *, for_metadata: bool) -> list[Scenario]:
        """The changes in force for a table, in the order in which they are applied."""
        still_old = for_metadata and table.id not in self._described
        in_force = []
        for scenario in _CHANGES:
            if scenario not in self._on or not self._concerns(scenario, table):
                continue
            if scenario is Scenario.NEW_RELEASE and self._answers < self._on[scenario]:
                continue
            if scenario is Scenario.RENAMED_MID_RUN and still_old:
                continue
            in_force.append(scenario)
        return in_force

    def _concerns(self, scenario: Scenario, table: Table) -> bool:
        if scenario in _OF_A_TABLE:
            return self._befalls(scenario, table.id)
        return table.subject == SUBJECT if scenario is Scenario.NEW_RELEASE else table.id in REGISTER_TABLES

    def note_data_answer(self, table: Table) -> None:
        """Count a data answer given from `table`: a release may be due after it."""
        if table.subject == SUBJECT:
            with self._lock:
                self._answers += 1


_CHANGES: Mapping[Scenario, Callable[[Table, ReplayFolder, float], Table]] = {
    Scenario.MUNICIPALITY_MERGED: municipality_merged,
    Scenario.NEW_RELEASE: new_release,
    Scenario.START_YEAR_DROPPED: start_year_dropped,
    Scenario.EXTRA_OCCUPATION: extra_occupation,
    Scenario.UNKNOWN_AREA: unknown_area,
    Scenario.CONTENT_MISSING: content_missing,
    Scenario.VISIBLE_THREE: visible_three,
    Scenario.VARIABLE_RENAMED: variable_renamed,
    Scenario.RENAMED_MID_RUN: variable_renamed,
    Scenario.SHAPE_DIFFERS: shape_differs,
}
