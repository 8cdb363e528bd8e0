"""The gates that withhold: what they must notice in a mart, and what dbt blanks when one of them fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from gate_mart import write_mart
from gate_series import add_series

from quality.expect import judge
from quality.gates_series import series_checks
from quality.result import CheckResult, Severity
from quality.thresholds import threshold

PROJECT = Path(__file__).parents[2] / "dbt_project"
IN_OCTOBER = "period = date '2022-10-01'"


@pytest.fixture(scope="module")
def mart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_mart(tmp_path_factory.mktemp("series") / "kohtaanto.duckdb")
    with duckdb.connect(str(path)) as connection:
        if not connection.execute("select 1 from duckdb_tables() where table_name = 'gate_result'").fetchone():
            add_series(connection)
    return path


def judged(mart: Path, change: str = "") -> dict[str, CheckResult]:
    """The results by name of the check, after `change`, which is taken back."""
    with duckdb.connect(str(mart)) as connection:
        connection.begin()
        if change:
            assert connection.execute(change).fetchall() != [(0,)], "the change must change something"
        results = judge(connection, series_checks())
        connection.rollback()
    return {result.check_name: result for result in results}


def failed(results: dict[str, CheckResult]) -> set[str]:
    return {name for name, result in results.items() if not result.is_passed}


def test_only_elasticities_are_withheld_when_all_is_well(mart: Path) -> None:
    results = judged(mart)
    assert failed(results) == {"G9_withheld"}
    assert not any(result.blocks for result in results.values())


WITHHELD = f"update mart.gate_result set state = 'withheld' where gate = '{{}}' and {IN_OCTOBER};"
BLANKED = f"""update mart.fct_tightness set theta_raw = null, reason = 'gate_failed', gate_state = 'withheld'
where {IN_OCTOBER};
update mart.fct_mismatch_index set mismatch = null, reason = 'gate_failed', gate_state = 'withheld' where {IN_OCTOBER};
update mart.fct_mismatch_decomposition set reason = 'gate_failed', gate_state = 'withheld' where {IN_OCTOBER};
update mart.fct_mismatch_contribution set reason = 'gate_failed', gate_state = 'withheld' where {IN_OCTOBER};
update mart.fct_rate set reason = 'gate_failed', gate_state = 'withheld' where {IN_OCTOBER};"""
MANY_X = f"update mart.fct_market_stock set x_share_unemployed = 0.26 where {IN_OCTOBER};"

LIES = {
    "too many X codes, and nobody noticed": (MANY_X, {"G4_judged_everywhere"}),
    "a jump of X codes among vacancies": (
        f"update mart.fct_market_stock set x_share_vacancies = 0.04 where {IN_OCTOBER}",
        {"G4_judged_everywhere"},
    ),
    "a month that was not judged": (
        f"delete from mart.gate_result where gate = 'G4' and {IN_OCTOBER}",
        {"G4_judged_everywhere"},
    ),
    "withheld, but shown": (MANY_X + WITHHELD.format("G4"), {"G4_withheld", "G4_withholds"}),
    "withheld and blank": (MANY_X + WITHHELD.format("G4") + BLANKED, {"G4_withheld"}),
    "withheld without need": (WITHHELD.format("G4") + BLANKED, {"G4_judged_everywhere", "G4_withheld"}),
    "vacancies without a place": (
        f"update mart.fct_market_stock set vacancies = vacancies * 2 where area_level = 'country' and {IN_OCTOBER}",
        {"G6_judged_everywhere"},
    ),
    "tightness of areas shown though withheld": (
        f"update mart.fct_market_stock set vacancies = vacancies * 2 where area_level = 'country' and {IN_OCTOBER};"
        + WITHHELD.format("G6"),
        {"G6_withheld", "G6_withholds"},
    ),
    "a factor that steps": (
        """update mart.fct_vacancy_coverage set vacancies_register_sum = vacancies_register_sum * 1.5
        where area_code = 'SA1' and period = date '2022-07-01'""",
        {"G7_judged_everywhere"},
    ),
    "a factor shown though withheld": (
        """update mart.fct_vacancy_coverage set vacancies_register_sum = vacancies_register_sum * 1.5
        where area_code = 'SA1' and period = date '2022-07-01';
        update mart.gate_result set state = 'withheld'
        where gate = 'G7' and area_code = 'SA1' and period = date '2022-07-01'""",
        {"G7_withheld", "G7_withholds"},
    ),
    "a factor of other quarters": (
        "update mart.fct_vacancy_coverage set coverage_factor = coverage_factor * 1.01 where coverage_factor > 0",
        {"raked_quarters_are_the_survey"},
    ),
    "an estimated elasticity in the mart": (
        "alter table mart.fct_mismatch_index add column alpha_hat double",
        {"G9_withholds"},
    ),
    "nobody looked at elasticities": ("delete from mart.gate_result where gate = 'G9'", {"G9_judged", "G9_withheld"}),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_gate_finds_the_lie(mart: Path, lie: tuple[str, set[str]]) -> None:
    change, names = lie
    assert failed(judged(mart, change)) - {"G9_withheld"} == names - {"G9_withheld"}


def test_what_is_withheld_never_holds_a_release(mart: Path) -> None:
    results = judged(mart, MANY_X + WITHHELD.format("G4") + BLANKED)
    assert results["G4_withheld"].severity is Severity.WITHHOLD
    assert not any(result.blocks for result in results.values())


def test_dbt_withholds_by_the_limits_of_the_gate() -> None:
    variables = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    same = {
        "x_share_unemployed_limit": "x_share_unemployed",
        "x_share_vacancies_limit": "x_share_vacancies",
        "hires_per_vacancy_spread_limit": "hires_per_vacancy_spread",
    } | {
        name: name
        for name in (
            "x_share_step",
            "unlocated_share_warned",
            "unlocated_share_withheld",
            "flexible_share_step",
            "coverage_factor_lo",
            "coverage_factor_hi",
            "coverage_factor_step",
        )
    }
    assert {name: variables[name] for name in same} == {name: threshold(limit) for name, limit in same.items()}


STOCK = """
create schema mart; create schema intermediate; create schema staging;
create table mart.fct_market_stock as
select
    month as period, area as area_code, if(area = 'SSS', 'country', 'region') as area_level,
    'SSS' as occupation_code, 'total' as occupation_level, 10::bigint as vacancies, 10::bigint as vacancies_lo,
    10::bigint as vacancies_hi, null::double as vacancies_est, 'ok' as vacancies_reason, 'exact' as vacancies_kind,
    1::double as vacancies_coverage, 'v' as vintage_id, timestamp '2022-12-01' as known_from, 2022 as division_year
from (values (date '2022-02-01'), (date '2022-05-01')) as months (month)
cross join (values ('MK01'), ('MK02')) as areas (area);
create table staging.stg_statfin__survey_vacancies as select date '2022-01-01' as period;
create table intermediate.int_nest_areas as
select * from (values ('MK01', 'SA1', false), ('MK02', 'SA2', false)) as t (area_code, major_region_code, is_residual);
create table intermediate.int_coverage_factor as
select quarter as period, area as area_code, 1.25 as factor, 'ok' as factor_reason, 'final' as factor_kind,
    quarter as factor_period, timestamp '2022-12-01' as known_from, 'passed' as gate_state
from (values (date '2022-01-01'), (date '2022-04-01')) as quarters (quarter)
cross join (values ('SSS'), ('SA1'), ('SA2')) as areas (area);
update intermediate.int_coverage_factor set factor = null, factor_reason = 'gate_failed', gate_state = 'withheld'
where period = date '2022-04-01' and area_code = 'SA2';
create table intermediate.int_measure_coverage as
select period, area_code, 8 as vacancies_survey, 40 as vacancies_register_sum, 32 as vacancies_survey_sum
from intermediate.int_coverage_factor;
create table intermediate.int_judge_gates (gate varchar, period date, area_code varchar, state varchar);
"""


def test_raked_vacancies_of_a_withheld_factor_are_blank(tmp_path: Path) -> None:
    warehouse = tmp_path / "work.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(STOCK)
    dbt(warehouse, "fct_vacancy_coverage")
    with duckdb.connect(str(warehouse)) as connection:
        found = connection.execute(
            """
            select frequency, area_code, period, vacancies_register, vacancies_raked, vacancies_raked_reason, gate_state
            from mart.fct_vacancy_coverage where frequency = 'quarter' and area_level = 'region' order by all
            """
        ).fetchall()
    shown = [
        (area, str(period), register, raked, reason, state) for _, area, period, register, raked, reason, state in found
    ]
    assert shown == [
        ("MK01", "2022-01-01", 10, 8, "ok", "passed"),
        ("MK01", "2022-04-01", 10, 8, "ok", "passed"),
        ("MK02", "2022-01-01", 10, 8, "ok", "passed"),
        ("MK02", "2022-04-01", 10, None, "gate_failed", "withheld"),
    ]


def dbt(warehouse: Path, model: str) -> None:
    """Run one model over tables that stand in for those it reads."""
    outcome = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *("run", "--select", model),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(warehouse.parent / "target"), "--log-path", str(warehouse.parent / "target")),
        ],
        env=os.environ
        | {
            "KOHTAANTO_WAREHOUSE": str(warehouse),
            "KOHTAANTO_LANDED_DIR": str(warehouse.parent),
            "KOHTAANTO_DATA_KIND": "synthetic",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout[-3000:]
