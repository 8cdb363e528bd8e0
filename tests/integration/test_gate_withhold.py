"""The gates that withhold: what they must notice in a mart, and what dbt blanks when one of them fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from gate_mart import write_mart

from quality.expect import judge
from quality.gates_coverage import coverage_checks
from quality.gates_series import series_checks
from quality.result import CheckResult, Severity
from quality.thresholds import threshold

PROJECT = Path(__file__).parents[2] / "dbt_project"
IN_OCTOBER = "period = date '2022-10-01'"


@pytest.fixture(scope="module")
def mart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mart(tmp_path_factory.mktemp("series") / "kohtaanto.duckdb")


def judged(mart: Path, change: str = "") -> dict[str, CheckResult]:
    """The results by name of the check, after `change`, which is taken back."""
    with duckdb.connect(str(mart)) as connection:
        connection.begin()
        if change:
            assert connection.execute(change).fetchall() != [(0,)], "the change must change something"
        results = judge(connection, [*series_checks(), *coverage_checks()])
        connection.rollback()
    return {result.check_name: result for result in results}


def failed(results: dict[str, CheckResult]) -> set[str]:
    return {name for name, result in results.items() if not result.is_passed}


def test_nothing_is_withheld_when_all_is_well(mart: Path) -> None:
    assert failed(judged(mart)) == set()


WITHHELD = f"update mart.gate_result set state = 'withheld' where gate = '{{}}' and {IN_OCTOBER};"
BLANKED = "".join(
    f"update mart.{table} set reason = 'gate_failed', gate_state = 'withheld' where {IN_OCTOBER};"
    for table in (
        "fct_tightness",
        "fct_rate",
        "fct_mismatch_index",
        "fct_mismatch_decomposition",
        "fct_mismatch_contribution",
        "fct_transport_summary",
        "fct_cross_region_placement",
        "fct_accessibility",
        "fct_keha_rating",
        "fct_shortage_score",
        "fct_rating_comparison",
        "fct_cause_indicator",
        "fct_concentration",
    )
)
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
        """alter table mart.fct_mismatch_index add column alpha_hat double;
        update mart.gate_result set state = 'withheld' where gate = 'G9'""",
        {"G9_withheld", "G9_withholds"},
    ),
    "nobody looked at elasticities": (
        "delete from mart.gate_result where gate = 'G9'",
        {"G9_judged", "G9_withheld"},
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_gate_finds_the_lie(mart: Path, lie: tuple[str, set[str]]) -> None:
    change, names = lie
    assert failed(judged(mart, change)) == names


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


PARENTS = """
create schema mart;
create schema intermediate;
create schema staging;
create schema matching;
create schema ref;
create table mart.fct_market_stock as
select
    month as period, area as area_code, 'region' as area_level, 'SSS' as occupation_code, 'total' as occupation_level,
    10::bigint as vacancies, 10::bigint as vacancies_lo, 10::bigint as vacancies_hi, null::double as vacancies_est,
    'ok' as vacancies_reason, 'exact' as vacancies_kind, 1::double as vacancies_coverage, 'v' as vintage_id,
    timestamp '2022-12-01' as known_from, 2022 as division_year
from (values (date '2022-02-01'), (date '2022-05-01')) as months (month)
cross join (values ('MK01'), ('MK02')) as areas (area);
create table staging.stg_statfin__survey_vacancies as select date '2022-01-01' as period;
create table intermediate.int_nest_areas as
select * from (values ('MK01', 'SA1', false), ('MK02', 'SA2', false)) as t (area_code, major_region_code, is_residual);
create table intermediate.int_coverage_factor as
select
    quarter as period, area as area_code, if(is_withheld, null, 1.25)::double as factor,
    if(is_withheld, 'gate_failed', 'ok') as factor_reason, 'final' as factor_kind, quarter as factor_period,
    timestamp '2022-12-01' as known_from, if(is_withheld, 'withheld', 'passed') as gate_state
from (
    select quarter, area, quarter = date '2022-04-01' and area = 'SA2' as is_withheld
    from (values (date '2022-01-01'), (date '2022-04-01')) as quarters (quarter)
    cross join (values ('SSS'), ('SA1'), ('SA2')) as areas (area)
);
create table intermediate.int_measure_coverage as
select
    period, area_code, 8::bigint as vacancies_survey, 40::bigint as vacancies_register_sum,
    32::bigint as vacancies_survey_sum
from intermediate.int_coverage_factor;
create table intermediate.int_judge_gates as
select * from (values
    ('G4', date '2022-02-01', 'SSS', 'passed'),
    ('G4', date '2022-05-01', 'SSS', 'withheld'),
    ('G4', date '2022-05-01', 'SSS', 'passed'),
    ('G6', date '2022-02-01', 'SSS', 'warned')
) as t (gate, period, area_code, state);
create table ref.tension_class as
select * from (values ('loose', 0.25), ('average', 0.67)) as t (tension_class, theta_from);
create table mart.fct_tightness as
select
    period, area_code, occupation_code, area_level, if(occupation_code = 'SSS', 'total', 'occ4') as occupation_level,
    0.5 as theta_raw, 'ok' as theta_reason, 0.05::double as p_very_loose, 0.9::double as p_loose,
    0.05::double as p_average, 0::double as p_tight,
    0::double as p_very_tight, 'ok' as posterior_reason, 'v' as vintage_id, timestamp '2022-12-01' as known_from,
    null::timestamp as known_to, 2022 as division_year, '1' as method_version, 'exact' as value_kind,
    1::double as coverage, 'passed' as gate_state
from (values (date '2022-02-01'), (date '2022-05-01')) as months (period)
cross join (values ('SSS', 'country'), ('MK01', 'region')) as areas (area_code, area_level)
cross join (values ('SSS'), ('2512')) as occupations (occupation_code);
create table matching.placement_moves as
select
    period, 'region' as area_level, occupation_code, 'located' as variant, 'MK01' as from_area_code,
    'MK02' as to_area_code, 'occ4' as occupation_level, 6::double as persons, 600::double as person_km
from (values (date '2022-02-01'), (date '2022-05-01')) as months (period)
cross join (values ('SSS'), ('2512')) as occupations (occupation_code);
create table intermediate.int_describe_markets as
select
    period, area_level, occupation_code, true as is_exact, 1::double as coverage, 'v' as vintage_id,
    timestamp '2022-12-01' as known_from, null::timestamp as known_to, 2022 as division_year, '1' as method_version
from matching.placement_moves;
"""
"""What three facts read, in two months: G4 withholds the second, G6 warns of the first, G7 withholds SA2 in spring."""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("withheld") / "work.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(PARENTS)
    dbt(path, "fct_vacancy_coverage", "fct_tension_class", "fct_cross_region_placement")
    return path


def rows(warehouse: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_raked_vacancies_of_a_withheld_factor_are_blank(warehouse: Path) -> None:
    assert rows(
        warehouse,
        """
        select area_code, month(period), vacancies_register, vacancies_raked, vacancies_raked_reason, gate_state
        from mart.fct_vacancy_coverage where frequency = 'quarter' and area_level = 'region' order by all
        """,
    ) == [
        ("MK01", 1, 10, 8, "ok", "passed"),
        ("MK01", 4, 10, 8, "ok", "passed"),
        ("MK02", 1, 10, 8, "ok", "passed"),
        ("MK02", 4, 10, None, "gate_failed", "withheld"),
    ]


def test_an_occupation_is_blank_in_a_withheld_month_and_all_together_is_not(warehouse: Path) -> None:
    assert rows(
        warehouse,
        """
        select month(period), area_code, occupation_code, class, p_class, reason, value_kind, gate_state
        from mart.fct_tension_class order by all
        """,
    ) == [
        (2, "MK01", "2512", "loose", 0.9, "ok", "modelled", "warned"),
        (2, "MK01", "SSS", "loose", 0.9, "ok", "modelled", "warned"),
        (2, "SSS", "2512", "loose", 0.9, "ok", "modelled", "passed"),
        (2, "SSS", "SSS", "loose", 0.9, "ok", "modelled", "passed"),
        (5, "MK01", "2512", None, None, "gate_failed", "interval_only", "withheld"),
        (5, "MK01", "SSS", "loose", 0.9, "ok", "modelled", "passed"),
        (5, "SSS", "2512", None, None, "gate_failed", "interval_only", "withheld"),
        (5, "SSS", "SSS", "loose", 0.9, "ok", "modelled", "passed"),
    ]


def test_a_row_whose_numbers_are_withheld_stays(warehouse: Path) -> None:
    found = rows(
        warehouse,
        """
        select distinct month(period), occupation_code, persons, reason, gate_state
        from mart.fct_cross_region_placement order by all
        """,
    )
    assert found == [
        (2, "2512", 6, "ok", "passed"),
        (2, "SSS", 6, "ok", "passed"),
        (5, "2512", None, "gate_failed", "withheld"),
        (5, "SSS", 6, "ok", "passed"),
    ]


NEVER_WITHHELD = {
    "alpha",
    "half_distance_km",
    "decay_per_km",
    "coverage",
    "cells",
    "components_rated",
    "ratings",
    "shortage_ratings",
}
"""Required numbers of facts that a gate speaks of: parameters, and how many parts a number has."""


def test_what_a_gate_speaks_of_can_be_blank() -> None:
    macro = (PROJECT / "macros" / "gates.sql").read_text(encoding="utf-8")
    gated = set(re.findall(r"'(fct_\w+)':", macro))
    assert len(gated) > 10
    for table in sorted(gated):
        (model,) = yaml.safe_load((PROJECT / "models" / "marts" / f"{table}.yml").read_text(encoding="utf-8"))["models"]
        required = {
            column["name"]
            for column in model["columns"]
            if column["data_type"] in ("bigint", "integer", "double")
            and column.get("constraints")
            and column["name"] not in model["config"]["meta"]["primary_key"]
        }
        assert required <= NEVER_WITHHELD, table


def dbt(warehouse: Path, *models: str) -> None:
    """Run models over tables that stand in for those they read."""
    outcome = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *("run", "--select", *models),
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
