"""Checks as data, judged by Great Expectations: DuckDB measures, a small frame goes over, results come back.

Belongs here: the shape of a check and the one call of Great Expectations. Does not belong here: any rule or
number.

Great Expectations costs about 6 s and 250 MB to import, so it is imported when something is judged, never
with this module. Three of its habits are met here once and for all: it skips NULLs (so each column is also
expected to hold none), it is content with an empty frame (so an empty frame fails unless the check says what
that means), and an expectation that crashed looks like one that failed (so `exception_info` is read beside
`success`).
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


def exactly_set(values: Sequence[str]) -> dict[str, Any]:
    """The part of a Check that says: the distinct `observed` are `values`, none missing, none more."""
    return {
        "expectation": "expect_column_distinct_values_to_equal_set",
        "arguments": {"value_set": list(values)},
    }


def judge(connection: duckdb.DuckDBPyConnection, checks: Sequence[Check]) -> list[CheckResult]:
    """One result for each of `checks`, in their order.

    A check whose measuring or judging raised gets a result of its own kind (`CheckResult.from_exception`);
    this function itself does not raise for what one check meets.
    """
    results: list[CheckResult] = []
    validate = _open_great_expectations()
    for check in checks:
        try:
            frame = _measured(connection, check)
            results.append(_empty(check) if frame.empty else _judged(check, frame, validate(check, frame)))
        except Exception as error:  # one check's fault is that check's result, never the end of the others
            results.append(_raised(check, f"{type(error).__name__}: {error}"))
    return results


def _measured(connection: duckdb.DuckDBPyConnection, check: Check) -> pd.DataFrame:
    measure = check.measure
    frame = connection.execute(measure).df() if isinstance(measure, str) else measure(connection)
    if tuple(frame.columns) != FRAME_COLUMNS:
        raise ValueError(f"the measure gives columns {list(frame.columns)}, not {list(FRAME_COLUMNS)}")
    return frame


Validate = Callable[[Check, "pd.DataFrame"], list[Any]]


def _open_great_expectations() -> Validate:
    """A function that validates one frame in one ephemeral context, without progress bars and analytics."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    source = context.data_sources.add_pandas("measured")
    frames = source.add_dataframe_asset("frames").add_batch_definition_whole_dataframe("all")
    how = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": SHOWN,
        "unexpected_index_column_names": ["place", "period"],
    }

    def validate(check: Check, frame: pd.DataFrame) -> list[Any]:
        batch = frames.get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(
            name=check.name,
            expectations=[
                {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "observed"}},
                {"type": check.expectation, "kwargs": {"column": "observed", **check.arguments}},
            ],
        )
        return list(batch.validate(suite, result_format=how).results)

    return validate


def _judged(check: Check, frame: pd.DataFrame, outcomes: list[Any]) -> CheckResult:
    crash = next((text for outcome in outcomes if (text := _crash(outcome.exception_info))), None)
    if crash is not None:
        return _raised(check, crash)
    failed = [outcome for outcome in outcomes if not outcome.success]
    offenders, shown = _offenders(failed)
    if failed:
        message = (
            f"{check.fault} {offenders} of {len(frame)} judged fail ({check.metric}: {check.threshold}); "
            f"first: {shown}. {check.mend}"
        )
    else:
        message = f"{len(frame)} judged, none fails ({check.metric}: {check.threshold})."
    return CheckResult(
        gate=check.gate,
        check_name=check.name,
        scope=check.scope,
        metric=check.metric,
        observed=_worst(check, frame, offenders),
        threshold=check.threshold,
        is_passed=not failed,
        severity=check.severity,
        message=f"{check.scope}: {message}",
        period=_first_period(failed),
    )


def _raised(check: Check, error: str) -> CheckResult:
    return CheckResult.from_exception(
        gate=check.gate, check_name=check.name, scope=check.scope, error=error.splitlines()[0]
    )


def _crash(exception_info: Mapping[str, Any]) -> str | None:
    """The message of an expectation that crashed, else None.

    Great Expectations gives either one record or a record for each metric, keyed by the metric's id.
    """
    records = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    raised = [record["exception_message"] for record in records if record["raised_exception"]]
    return str(raised[0]) if raised else None


def _offenders(failed: list[Any]) -> tuple[int, str]:
    """How many places offend, and the first of them in words."""
    count = 0
    named: list[str] = []
    for outcome in failed:
        result = outcome.result
        count += result["unexpected_count"]
        if "partial_unexpected_index_list" in result:
            named += [_named(row) for row in result["partial_unexpected_index_list"]]
        else:
            count += result["missing_count"]
            named += [f"'{value}' is missing" for value in result["partial_missing_list"]]
            named += [f"'{value}' is unknown" for value in result["partial_unexpected_list"]]
    return count, "; ".join(named[:SHOWN])


def _named(row: Mapping[str, Any]) -> str:
    period, value = _as_date(row["period"]), row["observed"]
    where = f"{row['place']} {period:%Y-%m}" if period else str(row["place"])
    if value is None or value != value:
        return f"{where}: no value"
    return f"{where}: {float(value):.10g}" if isinstance(value, Real) else f"{where}: {value}"


def _as_date(value: Any) -> date | None:
    """A pandas timestamp as a date; NULL and NaT as None."""
    return value.date() if value is not None and value == value else None


def _first_period(failed: list[Any]) -> date | None:
    rows = [row for outcome in failed for row in outcome.result.get("partial_unexpected_index_list", [])]
    return next((day for row in rows if (day := _as_date(row["period"]))), None)


def _worst(check: Check, frame: pd.DataFrame, offenders: int) -> float | None:
    """The value that goes farthest beyond (or comes nearest to) a limit; for sets, the number of
    offenders."""
    low, high = check.arguments.get("min_value"), check.arguments.get("max_value")
    if low is None and high is None:
        return float(offenders)
    values = [float(value) for value in frame["observed"].dropna()]
    above, below = (inf if high is None else high), (-inf if low is None else low)
    return max(values, key=lambda value: max(value - above, below - value), default=None)


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
