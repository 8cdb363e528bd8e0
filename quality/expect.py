"""Checks as data, judged by Great Expectations: DuckDB measures, a small frame goes over, results come back.

Belongs here: the shape of a check and the one call of Great Expectations. Does not belong here: any rule or
number.

Great Expectations costs about 6 s and 250 MB to import, so it is imported when something is judged, never
with this module. Four of its habits are met here once and for all: it skips NULLs (so each column is also
expected to hold none); it is content with an empty frame (so an empty frame fails unless the check says what
that means); an expectation that crashed looks like one that failed (so `exception_info` is read beside
`success`); and one that it does not know is dropped without a word (so the answers are counted).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import inf
from numbers import Real
from typing import TYPE_CHECKING, Any

import duckdb

from quality.result import CheckResult, Severity

if TYPE_CHECKING:
    import pandas as pd

FRAME_COLUMNS = ("place", "period", "observed")
EXPECTATIONS = 2
"""How many expectations stand behind a check: the rule, and no NULL."""

SHOWN = 3
"""How many offending places a message names."""

Measure = str | Callable[[duckdb.DuckDBPyConnection], "pd.DataFrame"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule, not yet judged.

    `measure` is SQL (or a function of the connection) that gives a small frame of `place` VARCHAR, `period`
    DATE (may be NULL) and `observed`, one row for each thing that is judged, in the order in which offenders
    are named. `expectation` with `arguments` is the Great Expectations rule on the column `observed`. `fault`
    says what a failure means, `mend` what to do. `when_empty`: the message of the (passed, merely noted)
    result when the frame has no row; None: an empty frame fails, because nothing was judged.
    """

    gate: str
    name: str
    scope: str
    metric: str
    threshold: str
    measure: Measure
    expectation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    fault: str
    mend: str
    severity: Severity = Severity.BLOCK
    when_empty: str | None = None

    @property
    def is_numeric(self) -> bool:
        """The rule is about numbers, not about members of a set."""
        return self.expectation == "expect_column_values_to_be_between"

    @property
    def description(self) -> str:
        """The rule in words, for those who see the check before it ever ran."""
        return f"{self.gate}: {self.metric}: {self.threshold}. A failure means: {self.fault} {self.mend}"


def between(low: float | None, high: float | None) -> dict[str, Any]:
    """The part of a Check that says: every `observed` lies in [low, high]; None leaves a side open."""
    limits = {"min_value": low, "max_value": high}
    return {
        "expectation": "expect_column_values_to_be_between",
        "arguments": {key: value for key, value in limits.items() if value is not None},
    }


def in_set(values: Sequence[str]) -> dict[str, Any]:
    """The part of a Check that says: every `observed` is one of `values`."""
    return {"expectation": "expect_column_values_to_be_in_set", "arguments": {"value_set": list(values)}}


def judge(connection: duckdb.DuckDBPyConnection, checks: Sequence[Check]) -> list[CheckResult]:
    """One result for each of `checks`, in their order.

    A check whose measuring or judging raised gets a result of its own kind (`CheckResult.from_exception`); this
    function itself does not raise for what one check meets. Checks with the same rule are judged together on one
    frame: a validation costs Great Expectations some 40 ms, however small the frame is.
    """
    results: dict[int, CheckResult] = {}
    groups: dict[str, dict[int, pd.DataFrame]] = {}
    for number, check in enumerate(checks):
        try:
            frame = _measured(connection, check)
        except Exception as error:  # one check's fault is that check's result, never the end of the others
            results[number] = _raised(check, f"{type(error).__name__}: {error}")
            continue
        if frame.empty:
            results[number] = _empty(check)
        else:
            groups.setdefault(f"{check.expectation} {check.arguments}", {})[number] = frame
    validate = _open_great_expectations()
    for frames in groups.values():
        numbers = list(frames)
        try:
            faults = _faults(validate(checks[numbers[0]], frames))
        except Exception as error:  # the same
            results |= {n: _raised(checks[n], f"{type(error).__name__}: {error}") for n in numbers}
        else:
            results |= {n: _judged(checks[n], frames[n], faults.get(n, [])) for n in numbers}
    return [results[number] for number in range(len(checks))]


def _measured(connection: duckdb.DuckDBPyConnection, check: Check) -> pd.DataFrame:
    measure = check.measure
    frame = connection.execute(measure).df() if isinstance(measure, str) else measure(connection)
    if tuple(frame.columns) != FRAME_COLUMNS:
        raise ValueError(f"the measure gives columns {list(frame.columns)}, not {list(FRAME_COLUMNS)}")
    if check.is_numeric and frame["observed"].dtype != "float64":
        return frame.astype({"observed": "float64"})
    return frame


Validate = Callable[[Check, "dict[int, pd.DataFrame]"], list[Any]]


def _open_great_expectations() -> Validate:
    """A function that judges frames by the rule of one check, in one ephemeral context.

    Without progress bars and analytics. The frames are put into one, with the number of their check.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    source = context.data_sources.add_pandas("measured")
    whole = source.add_dataframe_asset("frames").add_batch_definition_whole_dataframe("all")
    how = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["check", "place", "period"],
    }

    def validate(check: Check, frames: dict[int, pd.DataFrame]) -> list[Any]:
        together = pd.concat([frame.assign(check=number) for number, frame in frames.items()], ignore_index=True)
        suite = gx.ExpectationSuite(
            name=check.name,
            expectations=[
                {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "observed"}},
                {"type": check.expectation, "kwargs": {"column": "observed", **check.arguments}},
            ],
        )
        return list(whole.get_batch({"dataframe": together}).validate(suite, result_format=how).results)

    return validate


@dataclass(frozen=True, slots=True)
class _Fault:
    """One thing that offends a check."""

    words: str
    period: date | None = None


class _CrashError(Exception):
    """An expectation crashed instead of deciding."""


def _faults(outcomes: list[Any]) -> dict[int, list[_Fault]]:
    """What offends, by number of the check. Raises _CrashError when an expectation did not come to a decision."""
    if len(outcomes) != EXPECTATIONS:
        raise _CrashError(f"{len(outcomes)} of {EXPECTATIONS} expectations were judged")
    faults: dict[int, list[_Fault]] = {}
    for outcome in outcomes:
        _refuse_crash(outcome.exception_info)
        if outcome.success:
            continue
        for row in outcome.result["unexpected_index_list"]:
            faults.setdefault(int(row["check"]), []).append(_Fault(_named(row), _as_date(row["period"])))
    return faults


def _refuse_crash(exception_info: Mapping[str, Any]) -> None:
    """Great Expectations gives either one record or a record for each metric, keyed by the metric's id."""
    records = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    for record in records:
        if record["raised_exception"]:
            raise _CrashError(record["exception_message"])


def _judged(check: Check, frame: pd.DataFrame, faults: list[_Fault]) -> CheckResult:
    if faults:
        first = "; ".join(fault.words for fault in faults[:SHOWN])
        message = (
            f"{check.fault} {len(faults)} of {len(frame)} judged fail ({check.metric}: {check.threshold}); "
            f"first: {first}. {check.mend}"
        )
    else:
        message = f"{len(frame)} judged, none fails ({check.metric}: {check.threshold})."
    return CheckResult(
        gate=check.gate,
        check_name=check.name,
        scope=check.scope,
        metric=check.metric,
        observed=_worst(check, frame) if check.is_numeric else float(len(faults)),
        threshold=check.threshold,
        is_passed=not faults,
        severity=check.severity,
        message=f"{check.scope}: {message}",
        period=next((fault.period for fault in faults if fault.period), None),
    )


def _raised(check: Check, error: str) -> CheckResult:
    return CheckResult.from_exception(
        gate=check.gate, check_name=check.name, scope=check.scope, error=error.splitlines()[0]
    )


def _named(row: Mapping[str, Any]) -> str:
    period, value = _as_date(row["period"]), row["observed"]
    where = f"{row['place']} {period:%Y-%m}" if period else str(row["place"])
    if value is None or value != value:
        return f"{where}: no value"
    return f"{where}: {float(value):.10g}" if isinstance(value, Real) else f"{where}: {value}"


def _as_date(value: Any) -> date | None:
    """A pandas timestamp as a date; NULL and NaT as None."""
    return value.date() if value is not None and value == value else None


def _worst(check: Check, frame: pd.DataFrame) -> float | None:
    """The value that goes farthest beyond a limit, or comes nearest to one."""
    high, low = check.arguments.get("max_value", inf), check.arguments.get("min_value", -inf)
    values = [float(value) for value in frame["observed"].dropna()]
    return max(values, key=lambda value: max(value - high, low - value), default=None)


def _empty(check: Check) -> CheckResult:
    if check.when_empty is not None:
        passed, severity, message = True, Severity.WARN, check.when_empty
    else:
        passed, severity = False, check.severity
        message = f"nothing to judge: not one {check.metric} was found. {check.mend}"
    return CheckResult(
        gate=check.gate,
        check_name=check.name,
        scope=check.scope,
        metric=check.metric,
        observed=None,
        threshold=check.threshold,
        is_passed=passed,
        severity=severity,
        message=f"{check.scope}: {message}",
    )
