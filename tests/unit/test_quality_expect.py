"""What Great Expectations would let through, and does not here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import duckdb
import pytest

from quality.expect import Check, between, in_set, judge
from quality.result import CheckResult, Severity


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def check(measure: str, **how: object) -> Check:
    rule = how or between(0, 10)
    return Check(
        gate="G0",
        name="limit",
        scope="table",
        metric="numbers",
        threshold="0 to 10",
        measure=measure,
        fault="too far.",
        mend="Turn back.",
        **rule,  # type: ignore[arg-type]
    )


def rows(*values: str, period: str = "null") -> str:
    numbered = ", ".join(f"({number}, {value})" for number, value in enumerate(values))
    return f"""
        select concat('place ', n) as place, {period}::date as period, v as observed
        from (values {numbered}) as t(n, v) order by n
    """


def one(connection: duckdb.DuckDBPyConnection, subject: Check) -> CheckResult:
    (result,) = judge(connection, [subject])
    return result


def test_passes_and_reports_what_came_nearest_to_a_limit(connection: duckdb.DuckDBPyConnection) -> None:
    result = one(connection, check(rows("5", "9", "2")))
    assert (result.is_passed, result.observed, result.period) == (True, 9.0, None)
    assert result.message == "table: 3 judged, none fails (numbers: 0 to 10)."


def test_fails_with_the_worst_value_and_the_first_places(connection: duckdb.DuckDBPyConnection) -> None:
    result = one(connection, check(rows("5", "11", "-40", "12", "13", period="'2022-10-01'")))
    assert (result.is_passed, result.observed, result.period) == (False, -40.0, date(2022, 10, 1))
    assert result.message == (
        "table: too far. 4 of 5 judged fail (numbers: 0 to 10); "
        "first: place 1 2022-10: 11; place 2 2022-10: -40; place 3 2022-10: 12. Turn back."
    )


@pytest.mark.parametrize("nothing", ["null::double", "'nan'::double", "'infinity'::double"])
def test_no_number_is_not_a_good_number(nothing: str, connection: duckdb.DuckDBPyConnection) -> None:
    assert not one(connection, check(rows("5::double", nothing))).is_passed
    assert not one(connection, check(rows(nothing))).is_passed


def test_nothing_to_judge_fails_unless_the_check_says_otherwise(connection: duckdb.DuckDBPyConnection) -> None:
    empty = check(rows("5") + " limit 0")
    assert one(connection, empty).blocks
    noted = one(connection, replace(empty, when_empty="nothing here."))
    assert (noted.is_passed, noted.severity, noted.observed) == (True, Severity.WARN, None)
    assert noted.message == "table: nothing here."


@pytest.mark.parametrize(
    "measure",
    [
        "select * from not_there",
        "select 1 as place, 2 as observed",
        "select 'x' as place, null::date as period, 'much' as observed",
        "select 'x' as place, null::date as period, sqrt(-1) as observed",
    ],
)
def test_a_check_that_broke_is_not_one_that_failed(measure: str, connection: duckdb.DuckDBPyConnection) -> None:
    good = check(rows("5"))
    broken, after = judge(connection, [replace(check(measure), severity=Severity.WARN), good])
    assert broken.has_raised
    assert broken.blocks
    assert after.is_passed


def test_an_expectation_that_crashed_is_not_one_that_failed(connection: duckdb.DuckDBPyConnection) -> None:
    crashing = check(rows("5"), expectation="expect_column_values_to_match_regex", arguments={"regex": "["})
    unknown = check(rows("5"), expectation="expect_the_spanish_inquisition", arguments={})
    results = judge(connection, [crashing, unknown, check(rows("5"))])
    assert [result.has_raised for result in results] == [True, True, False]
    assert results[2].is_passed


def test_sets_name_what_is_not_in_them(connection: duckdb.DuckDBPyConnection) -> None:
    subject = check(rows("'a'", "'b'", "'c'"), **in_set(["a", "c"]))
    result = one(connection, subject)
    assert (result.is_passed, result.observed) == (False, 1.0)
    assert "first: place 1: b." in result.message
    assert one(connection, check(rows("'a'"), **in_set(["a", "c"]))).is_passed


def test_checks_that_share_a_rule_keep_their_own_results(connection: duckdb.DuckDBPyConnection) -> None:
    subjects = [
        replace(check(rows(*values)), name=name)
        for name, values in (("low", ("1",)), ("high", ("99", "3")), ("middle", ("5", "6")), ("null", ("null::int",)))
    ]
    results = judge(connection, subjects)
    assert [result.check_name for result in results] == ["low", "high", "middle", "null"]
    assert [result.is_passed for result in results] == [True, False, True, False]
    assert "1 of 2 judged fail" in results[1].message


def test_a_check_describes_itself_before_it_runs() -> None:
    assert check("select 1").description == "G0: numbers: 0 to 10. A failure means: too far. Turn back."


def test_importing_quality_does_not_import_great_expectations() -> None:
    code = (
        "import sys, quality.candidate, quality.landing, quality.report, quality.verdict\n"
        "heavy = {'great_expectations', 'pandas', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
