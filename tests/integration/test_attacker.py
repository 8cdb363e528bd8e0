"""The attacker against one leak at a time, in a tiny mart that has none, and against what tells nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from gate_mart import write_mart

from quality.attack import attack
from quality.disclosure_checks import disclosure_checks
from quality.expect import judge

MONTH = "period = date '2022-10-01'"
CELL = f"area_code = 'MK01' and occupation_code = '2512' and {MONTH}"
"""3 unemployed and 2 vacancies, both blank."""
PLACE = f"area_code = 'KU004' and occupation_code = 'SSS' and {MONTH}"
"""A municipality with 3 unemployed, which are blank, and 6 vacancies."""


@pytest.fixture(scope="module")
def mart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_mart(tmp_path_factory.mktemp("attacked") / "kohtaanto.duckdb")
    with duckdb.connect(str(path)) as connection:  # else the source itself gives its one blank municipality away
        connection.execute("delete from mart.fct_market_stock where area_code = 'SK012'")
    return path


def attacked(mart: Path, folder: Path, *, change: str = "", judge_all: bool = False) -> list[tuple[str, float]]:
    """What the attacker says of the newest month, after `change`: words and by how much an interval is shorter."""
    copy = folder / "attacked.duckdb"
    shutil.copy(mart, copy)
    with duckdb.connect(str(copy)) as connection:
        if change:
            assert connection.execute(change).fetchall() != [(0,)], "the change must change something"
        frame = attack(connection, newest=1, judge_all=judge_all)
    return [(str(row.place), float(row.observed)) for row in frame.itertuples()]


@pytest.mark.parametrize("judge_all", [False, True], ids=["the short way", "every withheld count"])
def test_a_mart_that_keeps_the_rules_tells_nothing(mart: Path, tmp_path: Path, judge_all: bool) -> None:
    ((words, lost),) = attacked(mart, tmp_path, judge_all=judge_all)
    assert lost == 0
    assert "withheld counts" in words


def published(table: str, columns: str, values: str) -> str:
    """SQL for a further table with one row about the blank cell."""
    names = columns.split(", ")
    listed = ", ".join(f"{value} as {name}" for name, value in zip(names, values.split(", "), strict=True))
    market = "date '2022-10-01' as period, '2512' as occupation_code"
    return f"create or replace table mart.{table} as select {market}, {listed}"


LEAKS = {
    "a filled value as if it were an estimate of the cell": (
        f"update mart.fct_market_stock set unemployed_est = 2.37 where {CELL}",
        "unemployed of MK01 2512",
        "fct_market_stock.unemployed_est",
    ),
    "an exact sum of one blank": (
        f"""update mart.fct_market_stock set unemployed = 13, unemployed_est = 13
        where area_code = 'MK01' and occupation_code = '251' and {MONTH}""",
        "unemployed of MK01 251",
        "fct_market_stock.unemployed",
    ),
    "a bound tightened by a margin": (
        f"update mart.fct_market_stock set vacancies_hi = 2 where {CELL}",
        "vacancies of MK01 2512",
        "fct_market_stock.vacancies_hi",
    ),
    "the true count of a blank": (
        f"update mart.fct_market_stock set unemployed = 3 where {PLACE}",
        "unemployed of KU004 SSS",
        "fct_market_stock.unemployed",
    ),
    "tightness of a blank": (
        f"update mart.fct_tightness set theta_raw = 2 where {PLACE}",
        "unemployed of KU004 SSS",
        "fct_tightness.theta_raw",
    ),
    "jobseekers for each vacancy of a blank": (
        f"update mart.fct_tightness set seekers_per_vacancy = 0.5 where {PLACE}",
        "unemployed of KU004 SSS",
        "fct_tightness.seekers_per_vacancy",
    ),
    "a rank that is a formula of the counts": (
        f"update mart.fct_tightness set log_tightness_rank = ln(6.5 / 3.5) where {PLACE}",
        "unemployed of KU004 SSS",
        "fct_tightness.log_tightness_rank",
    ),
    "bounds of tightness that meet": (
        f"update mart.fct_tightness set theta_lo = 2, theta_hi = 2 where {PLACE}",
        "unemployed of KU004 SSS",
        "fct_tightness.theta_lo",
    ),
    "one bound of tightness from the wrong count": (
        f"update mart.fct_tightness set theta_hi = theta_hi * 0.75 where {PLACE}",
        "unemployed of KU004 SSS",
        "fct_tightness.theta_hi",
    ),
    "an unemployment rate beside the labour force": (
        f"update mart.fct_rate set unemployment_rate = 0.003 where area_code = 'KU004' and {MONTH}",
        "unemployed of KU004 SSS",
        "fct_rate.unemployment_rate",
    ),
    "the unemployment rate that the source prints": (
        f"update mart.fct_rate set unemployment_rate_published = 0.003 where area_code = 'KU004' and {MONTH}",
        "unemployed of KU004 SSS",
        "fct_rate.unemployment_rate_published",
    ),
    "the vacancy rate of a blank": (
        f"update mart.fct_rate set vacancy_rate_lf = 6 / (6 + 1000 - 3) where area_code = 'KU004' and {MONTH}",
        "unemployed of KU004 SSS",
        "fct_rate.vacancy_rate_lf",
    ),
    "what a count was before a revision": (
        """insert into mart.fct_revision (table_id, period, area_code, occupation_code, measure, value_before)
        values ('12r5', date '2022-10-01', 'KU004', 'SSS', 'unemployed', 3)""",
        "unemployed of KU004 SSS",
        "fct_revision.value_before",
    ),
    "a vacancy rate of an occupation beside its employed": (
        f"""update mart.fct_market_stock set employed = 200 where {CELL};
        alter table mart.fct_rate add column if not exists vacancy_rate_occ double;
        delete from mart.fct_rate where {CELL};
        insert into mart.fct_rate (period, area_code, occupation_code, vacancy_rate_occ)
        values (date '2022-10-01', 'MK01', '2512', 2 / 202)""",
        "vacancies of MK01 2512",
        "fct_rate.vacancy_rate_occ",
    ),
    "how many could be placed from a blank": (
        published("fct_cross_region_placement", "from_area_code, to_area_code, persons", "'MK01', 'MK02', 2"),
        "of MK01 2512",
        "fct_cross_region_placement.persons",
    ),
    "accessibility of a blank": (
        published("fct_accessibility", "area_code, is_remainder, accessibility", "'MK01', false, 0.7"),
        "of MK01 2512",
        "fct_accessibility.accessibility",
    ),
    "the contribution of a blank": (
        """insert into mart.fct_mismatch_contribution
        (period, area_code, partition, alpha, cell_area_code, cell_occupation_code, is_remainder, contribution)
        values (date '2022-10-01', 'SSS', 'region_x_occ4', 0.5, 'MK01', '2512', false, 0.0004)""",
        "of MK01 2512",
        "fct_mismatch_contribution.contribution",
    ),
    "a rank of a score": (
        published("fct_shortage_score", "area_code, shortage_rank", "'MK01', 7"),
        "of MK01 2512",
        "fct_shortage_score.shortage_rank",
    ),
    "shrunken tightness of a blank": (
        f"""alter table mart.fct_tightness add column if not exists theta_eb double;
        update mart.fct_tightness set theta_eb = 0.61 where {CELL}""",
        "of MK01 2512",
        "fct_tightness.theta_eb",
    ),
    "raked vacancies of a blank": (
        published(
            "fct_vacancy_coverage",
            "area_code, register_month, vacancies_raked, coverage_factor",
            "'MK01', date '2022-10-01', 1.6, 1.25",
        ),
        "vacancies of MK01 2512",
        "fct_vacancy_coverage.vacancies_raked",
    ),
    "growth from a blank": (
        """create or replace table mart.fct_dynamics as select date '2023-10-01' as period, 'vacancies' as measure,
        'MK01' as area_code, '2512' as occupation_code, 12.5 as yoy""",
        "vacancies of MK01 2512",
        "fct_dynamics.yoy",
    ),
    "a number that contradicts what the source prints": (
        f"update mart.fct_market_stock set unemployed_est = 6 where {CELL}",
        "unemployed of MK01 2512",
        "contradicts",
    ),
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_a_leak_is_found_and_named(mart: Path, tmp_path: Path, leak: tuple[str, str, str]) -> None:
    change, cell, where = leak
    ((words, lost),) = attacked(mart, tmp_path, change=change)
    assert lost > 0, words
    assert cell in words
    assert where in words


HARMLESS = {
    "an estimate of three blanks": f"""update mart.fct_market_stock set unemployed_est = 6.2
        where area_code = 'MK01' and occupation_code = '2' and {MONTH}""",
    "a bound that says less than 1 to 4": f"update mart.fct_market_stock set vacancies_hi = 5 where {CELL}",
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_tells_nothing_is_let_through(mart: Path, tmp_path: Path, change: str) -> None:
    ((words, lost),) = attacked(mart, tmp_path, change=change)
    assert lost == 0, words


GATE_LIES = {
    "a number that nobody thought about": (
        "alter table mart.fct_tightness add column new_number double",
        {"every_number_is_in_the_catalogue"},
    ),
    "probabilities that know the fill": (
        f"""update mart.fct_tightness set p_average = 0.3
        where area_code = 'MK02' and occupation_code = '2512' and {MONTH}""",
        {"class_probabilities_of_blanks_are_public"},
    ),
    "tightness of a blank": (
        f"update mart.fct_tightness set theta_raw = 2 where {PLACE}",
        {"no_withheld_count_is_narrowed"},
    ),
}


@pytest.mark.parametrize("lie", GATE_LIES.values(), ids=GATE_LIES)
def test_the_gate_is_held_by_the_lie_alone(mart: Path, tmp_path: Path, lie: tuple[str, set[str]]) -> None:
    change, expected = lie
    copy = tmp_path / "judged.duckdb"
    shutil.copy(mart, copy)
    with duckdb.connect(str(copy)) as connection:
        assert [result.message for result in judge(connection, disclosure_checks()) if not result.is_passed] == []
        connection.execute(change)
        results = judge(connection, disclosure_checks())
    assert {result.check_name for result in results if result.blocks} == expected
