"""At the door: each promise of Statistics Finland, kept and broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from quality.landing import (
    Content,
    ContentKind,
    Frequency,
    LandedExpectation,
    judge_landed_pair,
    judge_landing,
    landing_rules,
)
from quality.result import CheckResult, Severity

AREAS = ("SSS", "MK01", "MK02")
OCCUPATIONS = ("SSS", "2511", "2512", "X999")
BY_OCCUPATION = LandedExpectation(
    table="12ti",
    keys=("area_code", "occupation_code"),
    contents=(
        Content("tyottomatlopussa", ContentKind.COUNT, is_suppressed=True),
        Content("avpaikatlopussa", ContentKind.COUNT, is_suppressed=True),
    ),
    known_codes={"area_code": frozenset(AREAS), "occupation_code": frozenset(OCCUPATIONS)},
)
BY_AREA = LandedExpectation(
    table="12r5",
    keys=("area_code",),
    contents=(
        Content("tyottomatlopussa", ContentKind.COUNT, is_suppressed=True),
        Content("avpaikatlopussa", ContentKind.COUNT, is_suppressed=True),
        Content("tyovoimatk", ContentKind.COUNT),
        Content("tyotosuus", ContentKind.PERCENT, is_optional=True),
    ),
    known_codes={"area_code": frozenset(AREAS)},
)
SURVEY = LandedExpectation(
    table="137i",
    keys=("area_code",),
    contents=(Content("tyottomat", ContentKind.THOUSANDS),),
    frequency=Frequency.QUARTER,
)

SURVEY_OF_COUNTRY = LandedExpectation(
    table="11l1",
    keys=(),
    contents=(Content("atp_lkm", ContentKind.COUNT), Content("atp_vaik", ContentKind.COUNT)),
    frequency=Frequency.QUARTER,
)
CENSUS = LandedExpectation(
    table="115s",
    keys=("area_code", "occupation_code"),
    contents=(Content("tyolliset2", ContentKind.COUNT),),
    frequency=Frequency.YEAR,
    known_codes={"area_code": frozenset(AREAS), "occupation_code": frozenset({"SSS", "25"})},
    is_open=True,
)
BY_INDUSTRY = LandedExpectation(
    table="12tw",
    keys=("area_code", "industry_code"),
    contents=(Content("avpaikatlopussa", ContentKind.COUNT), Content("atpavgjatkestot", ContentKind.DAYS)),
    known_codes={"area_code": frozenset(AREAS)},
)

_STAMPS = """
    'statfin-12ti-20221122T060000Z-1a2b3c4d' as vintage_id, timestamp '2022-11-22 07:00:00' as retrieved_at,
    timestamp '2022-11-22 06:00:00' as source_updated_at, 'Alue 2022' as division
"""
_STOCKS = """
    case when blank then null else (100 + hash(a, o, m) % 50)::bigint end as tyottomatlopussa,
    case when blank then '...' end as tyottomatlopussa_symbol,
    (5 + hash(a, m) % 9)::bigint as avpaikatlopussa,
    null::varchar as avpaikatlopussa_symbol
"""


def _values(codes: tuple[str, ...], name: str) -> str:
    listed = ", ".join(f"('{code}')" for code in codes)
    return f"(values {listed}) as listed_{name}({name})"


def land(folder: Path, expectation: LandedExpectation, *, change: str = "") -> Path:
    """A landed file of three periods in which every promise is kept, but for `change`."""
    step = {Frequency.MONTH: "1", Frequency.QUARTER: "3", Frequency.YEAR: "12"}[expectation.frequency]
    select = {
        "12ti": f"""
            select {_STAMPS}, a as area_code, o as occupation_code, m as period, {_STOCKS}
            from (
                select *, a = 'MK02' and o = '2511' as blank
                from months, {_values(AREAS, "a")}, {_values(OCCUPATIONS, "o")}
            )
        """,
        "12r5": f"""
            select {_STAMPS}, a as area_code, m as period, {_STOCKS}, 5000::bigint as tyovoimatk,
                null::varchar as tyovoimatk_symbol, null::double as tyotosuus, 'not_offered' as tyotosuus_symbol
            from (select *, 'SSS' as o, false as blank from months, {_values(AREAS, "a")})
        """,
        "137i": f"""
            select {_STAMPS}, a as area_code, m as period, 21.5::double as tyottomat, null::varchar as tyottomat_symbol
            from (select * from months, {_values(("SSS", "SA1"), "a")})
        """,
        "11l1": f"""
            select {_STAMPS}, m as period, 40000::bigint as atp_lkm, null::varchar as atp_lkm_symbol,
                18000::bigint as atp_vaik, null::varchar as atp_vaik_symbol
            from months
        """,
        "115s": f"""
            select {_STAMPS}, a as area_code, o as occupation_code, m as period, 250::bigint as tyolliset2,
                null::varchar as tyolliset2_symbol
            from months, {_values(AREAS, "a")}, {_values(("SSSSS", "25"), "o")}
        """,
        "12tw": f"""
            select {_STAMPS}, a as area_code, i as industry_code, m as period, 25::bigint as avpaikatlopussa,
                null::varchar as avpaikatlopussa_symbol, 37.5::double as atpavgjatkestot,
                null::varchar as atpavgjatkestot_symbol
            from months, {_values(AREAS, "a")}, {_values(("SSS", "C", "C10"), "i")}
        """,
    }[expectation.table]
    path = folder / expectation.table / "data.parquet"
    path.parent.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        first = {Frequency.MONTH: "2022-08-01", Frequency.QUARTER: "2022-04-01", Frequency.YEAR: "2020-01-01"}[
            expectation.frequency
        ]
        connection.execute(f"""
            create table landed as
            with months as (
                select (date '{first}' + to_months(({step} * n)::integer))::date as m from range(3) as t(n)
            )
            {select}
        """)
        if change:
            connection.execute(change)
        connection.execute(f"copy landed to '{path}' (format parquet)")
    return path


def failed(results: list[CheckResult]) -> set[str]:
    return {result.check_name for result in results if not result.is_passed}


EVERY_KIND = [BY_OCCUPATION, BY_AREA, SURVEY, SURVEY_OF_COUNTRY, CENSUS, BY_INDUSTRY]


@pytest.mark.parametrize("expectation", EVERY_KIND, ids=lambda e: e.table)
def test_a_table_that_keeps_its_promises_passes_every_check(expectation: LandedExpectation, tmp_path: Path) -> None:
    results = judge_landing(land(tmp_path, expectation), expectation)
    assert [result.message for result in results if not result.is_passed] == []
    assert [result.check_name for result in results] == list(landing_rules(expectation))


def test_the_numbers_an_analyst_asks_for(tmp_path: Path) -> None:
    results = {r.check_name: r for r in judge_landing(land(tmp_path, BY_OCCUPATION), BY_OCCUPATION)}
    assert results["rows"].observed == 3 * 3 * 4
    assert results["share_suppressed"].observed == pytest.approx(1 / 12)
    assert results["newest_period"].observed == 1


AT = "area_code = 'MK01' and occupation_code = '2512' and period = date '2022-09-01'"
BROKEN = {
    "a column is missing": ("alter table landed drop column division", "columns", "division: missing"),
    "a column is new": ("alter table landed add column region varchar", "columns", "region: not agreed"),
    "a column has another type": (
        "alter table landed alter avpaikatlopussa type double",
        "columns",
        "avpaikatlopussa: DOUBLE instead of BIGINT",
    ),
    "no row": ("delete from landed", "rows", "file: 0"),
    "a key without a value": (
        f"update landed set occupation_code = null where {AT}",
        "keys_filled",
        "occupation_code: 1",
    ),
    "two releases in one file": (
        f"update landed set source_updated_at = source_updated_at - interval 1 month where {AT}",
        "one_vintage",
        "source_updated_at: 2",
    ),
    "a cell twice": (
        f"insert into landed select * from landed where {AT}",
        "key_unique",
        "MK01, 2512 2022-09: 1",
    ),
    "a cell is missing": (f"delete from landed where {AT}", "cube_dense", "cells 2022-09: 1"),
    "an unknown occupation": (
        "update landed set occupation_code = '9999' where occupation_code = '2512'",
        "known_occupation_code",
        "9999 2022-08: 9999",
    ),
    "an unknown area": (
        "update landed set area_code = 'MK99' where area_code = 'MK02'",
        "known_area_code",
        "MK99 2022-08: MK99",
    ),
    "a visible 3": (
        f"update landed set avpaikatlopussa = 3 where {AT}",
        "no_visible_small_counts",
        "avpaikatlopussa, MK01, 2512, value 3 2022-09: 1",
    ),
    "a negative count": (
        f"update landed set avpaikatlopussa = -1 where {AT}",
        "not_negative",
        "avpaikatlopussa, MK01, 2512, value -1 2022-09: 1",
    ),
    "a blank without a symbol": (
        f"update landed set avpaikatlopussa = null where {AT}",
        "symbol_iff_null",
        "avpaikatlopussa, MK01, 2512, value blank 2022-09: 1",
    ),
    "a value with a symbol": (
        f"update landed set avpaikatlopussa_symbol = '...' where {AT}",
        "symbol_iff_null",
        "avpaikatlopussa, MK01, 2512",
    ),
    "a symbol nobody knows": (
        f"update landed set avpaikatlopussa = null, avpaikatlopussa_symbol = '-' where {AT}",
        "known_symbols",
        "avpaikatlopussa 2022-09: -",
    ),
    "a required content that is not offered": (
        f"update landed set avpaikatlopussa = null, avpaikatlopussa_symbol = 'not_offered' where {AT}",
        "known_symbols",
        "not_offered in a required content",
    ),
    "the whole country is blank": (
        """update landed set tyottomatlopussa = null, tyottomatlopussa_symbol = '...'
        where area_code = 'SSS' and occupation_code = 'SSS' and period = date '2022-09-01'""",
        "whole_country",
        "tyottomatlopussa, SSS 2022-09: no value",
    ),
    "the whole country is 0": (
        """update landed set avpaikatlopussa = 0
        where area_code = 'SSS' and occupation_code = 'SSS' and period = date '2022-10-01'""",
        "whole_country",
        "avpaikatlopussa, SSS 2022-10: 0",
    ),
    "a month is missing": (
        "delete from landed where period = date '2022-09-01'",
        "periods_contiguous",
        "step 2022-10: 2",
    ),
    "a day that is no first of the month": (
        "update landed set period = period + 4 where period = date '2022-10-01'",
        "period_begins",
        "days too late 2022-10: 4",
    ),
    "a month after the release": (
        "update landed set source_updated_at = timestamp '2022-09-30 06:00:00'",
        "no_future_period",
        "newest 2022-10: -1",
    ),
    "an old newest month": (
        "update landed set source_updated_at = timestamp '2023-02-22 06:00:00'",
        "newest_period",
        "newest 2022-10: 4",
    ),
    "most cells are blank": (
        """update landed set tyottomatlopussa = null, tyottomatlopussa_symbol = '...'
        where not (area_code = 'SSS' and occupation_code = 'SSS')""",
        "share_suppressed",
        "tyottomatlopussa: 0.91",
    ),
}
ALSO = {
    "no row": set(landing_rules(BY_OCCUPATION)) - {"columns", "keys_filled", "known_symbols", "periods_contiguous"},
    "a key without a value": {"known_occupation_code"},
}


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_promise_fails_its_own_check_and_names_the_place(promise: str, tmp_path: Path) -> None:
    change, name, words = BROKEN[promise]
    results = judge_landing(land(tmp_path, BY_OCCUPATION, change=change), BY_OCCUPATION)
    assert failed(results) == {name} | ALSO.get(promise, set())
    (result,) = [result for result in results if result.check_name == name]
    assert words in result.message
    assert result.message.startswith("statfin 12ti: ")
    assert result.blocks is (result.severity is Severity.BLOCK)


def test_only_age_and_share_of_blanks_merely_warn(tmp_path: Path) -> None:
    results = judge_landing(land(tmp_path, BY_OCCUPATION), BY_OCCUPATION)
    warning = {result.check_name for result in results if result.severity is Severity.WARN}
    assert warning == {"newest_period", "share_suppressed"}


def test_nothing_else_is_judged_when_the_columns_are_wrong(tmp_path: Path) -> None:
    path = land(tmp_path, BY_AREA, change="alter table landed rename tyovoimatk to tyovoima")
    (result,) = judge_landing(path, BY_AREA)
    assert (result.check_name, result.blocks) == ("columns", True)
    assert "tyovoima: not agreed; tyovoimatk: missing" in result.message


def test_a_required_content_without_any_value_is_not_silent(tmp_path: Path) -> None:
    change = "update landed set tyovoimatk = null, tyovoimatk_symbol = '..'"
    assert failed(judge_landing(land(tmp_path, BY_AREA, change=change), BY_AREA)) == {
        "contents_present",
        "whole_country",
    }


def test_quarters_begin_in_january_april_july_and_october(tmp_path: Path) -> None:
    change = "update landed set period = (period + to_months(1))::date"
    assert failed(judge_landing(land(tmp_path, SURVEY, change=change), SURVEY)) == {
        "period_begins",
        "no_future_period",
    } - {"no_future_period"}


def test_the_two_tables_agree_on_their_totals(tmp_path: Path) -> None:
    occupations, areas = land(tmp_path, BY_OCCUPATION), land(tmp_path, BY_AREA)
    assert failed(judge_landed_pair(occupations, areas)) == set()


@pytest.mark.parametrize("value", ["tyottomatlopussa + 1", "null"])
def test_a_total_that_differs_between_the_tables_blocks(value: str, tmp_path: Path) -> None:
    change = f"update landed set tyottomatlopussa = {value} where area_code = 'MK02' and period = date '2022-10-01'"
    occupations, areas = land(tmp_path, BY_OCCUPATION), land(tmp_path, BY_AREA, change=change)
    unemployed, vacancies = judge_landed_pair(occupations, areas)
    assert (unemployed.gate, unemployed.blocks, vacancies.is_passed) == ("G2", True, True)
    assert "MK02 (12ti " in unemployed.message
    assert "2022-10: 1" in unemployed.message


def test_two_tables_without_a_common_month_prove_nothing(tmp_path: Path) -> None:
    change = "update landed set period = (period + to_months(12))::date"
    occupations, areas = land(tmp_path, BY_OCCUPATION), land(tmp_path, BY_AREA, change=change)
    assert all(result.blocks for result in judge_landed_pair(occupations, areas))


# ---- tables of other kinds


def failing(tmp_path: Path, expectation: LandedExpectation, change: str) -> dict[str, CheckResult]:
    results = judge_landing(land(tmp_path, expectation, change=change), expectation)
    return {result.check_name: result for result in results if not result.is_passed}


def test_a_table_without_keys_has_one_row_a_period(tmp_path: Path) -> None:
    found = failing(tmp_path, SURVEY_OF_COUNTRY, "insert into landed select * from landed limit 1")
    assert set(found) == {"key_unique"}
    assert "row 2022-04: 1" in found["key_unique"].message


def test_a_table_without_keys_names_content_and_value(tmp_path: Path) -> None:
    change = "update landed set atp_vaik = -5 where period = date '2022-07-01'"
    found = failing(tmp_path, SURVEY_OF_COUNTRY, change)
    assert set(found) == {"not_negative", "whole_country"}
    assert "atp_vaik, value -5 2022-07: 1" in found["not_negative"].message


def test_a_table_without_keys_needs_its_numbers(tmp_path: Path) -> None:
    change = "update landed set atp_vaik = null, atp_vaik_symbol = '..' where period = date '2022-07-01'"
    assert set(failing(tmp_path, SURVEY_OF_COUNTRY, change)) == {"whole_country"}


def test_years_begin_in_january_and_follow_each_other(tmp_path: Path) -> None:
    later = "update landed set period = (period + to_months(1))::date"
    assert set(failing(tmp_path, CENSUS, later)) == {"period_begins"}
    hole = "delete from landed where period = date '2021-01-01'"
    assert set(failing(tmp_path, CENSUS, hole)) == {"periods_contiguous"}


def test_a_year_may_be_three_and_a_half_years_old_but_no_older(tmp_path: Path) -> None:
    def age(stamp: str) -> set[str]:
        return set(failing(tmp_path, CENSUS, f"update landed set source_updated_at = timestamp '{stamp}'"))

    assert age("2025-06-03 05:00:00") == set()
    assert age("2025-09-03 05:00:00") == {"newest_period"}


def test_the_long_spelling_of_the_total_is_a_total(tmp_path: Path) -> None:
    found = failing(tmp_path, CENSUS, "update landed set tyolliset2 = 0 where occupation_code = 'SSSSS'")
    assert set(found) == {"whole_country"}


@pytest.mark.parametrize("is_open", [True, False])
def test_an_open_table_is_warned_of_unknown_codes_and_not_stopped(is_open: bool, tmp_path: Path) -> None:
    expectation = replace(CENSUS, is_open=is_open)
    change = "update landed set occupation_code = '26' where occupation_code = '25'"
    found = failing(tmp_path, expectation, change)
    assert set(found) == {"known_occupation_code"}
    assert found["known_occupation_code"].blocks is not is_open


def test_a_breakdown_without_a_total_stands_for_the_country_by_any_of_its_codes(tmp_path: Path) -> None:
    assert failing(tmp_path, BY_INDUSTRY, "delete from landed where industry_code = 'SSS'") == {}
    blank = "update landed set avpaikatlopussa = 0 where area_code = 'SSS'"
    assert set(failing(tmp_path, BY_INDUSTRY, f"delete from landed where industry_code = 'SSS'; {blank}")) == {
        "whole_country"
    }


def test_an_area_table_without_its_country_is_not_whole(tmp_path: Path) -> None:
    assert set(failing(tmp_path, BY_INDUSTRY, "delete from landed where area_code = 'SSS'")) == {"whole_country"}


def test_days_have_decimals_and_counts_have_none(tmp_path: Path) -> None:
    change = "alter table landed alter atpavgjatkestot type bigint"
    found = failing(tmp_path, BY_INDUSTRY, change)
    assert "atpavgjatkestot: BIGINT instead of DOUBLE" in found["columns"].message
