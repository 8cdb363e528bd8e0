"""Gate G3 on placement and accessibility: passes what adds up, and names what does not (contract I17, I18)."""

from __future__ import annotations

import duckdb
import pytest

from quality.expect import Check
from quality.placement import placement_checks

MART = """
    create schema mart;
    create table mart.fct_transport_summary as
    select
      date '2024-05-01' as period, 'region' as partition, 'located' as variant, '5120' as occupation_code,
      30.0e0 as unemployed_total, 20.0e0 as vacancies_total, 0.0e0 as flexible_vacancies,
      12.5e0 as own_region, 7.5e0 as cross_region, 0.0e0 as flexible_placed, 800.0e0 as person_km,
      40.0e0 as w1_km, 0.3e0 as jackman_roper, 9.0e0 as movers;
    create table mart.fct_cross_region_placement as
    select
      date '2024-05-01' as period, 'region' as area_level, 'located' as variant, '5120' as occupation_code,
      from_area_code, to_area_code, persons, person_km
    from (values ('MK01', 'MK02', 5.0e0, 500.0e0), ('other', 'other', 2.5e0, 300.0e0))
      as listed (from_area_code, to_area_code, persons, person_km);
    create table mart.fct_market_stock as
    select
      date '2024-05-01' as period, area_code, '5120' as occupation_code,
      unemployed, null::double as unemployed_est, 8 as vacancies, null::double as vacancies_est
    from (values ('MK01', 25), ('MK02', 5)) as listed (area_code, unemployed);
    create table mart.fct_accessibility as
    select
      date '2024-05-01' as period, 'region' as area_level, area_code, '5120' as occupation_code,
      50.0e0 as half_distance_km, accessibility, accessibility * jobseekers as vacancies_reached,
      0.0e0 as vacancies_unreached
    from (values ('MK01', 25, 0.6e0), ('MK02', 5, 1.0e0)) as listed (area_code, jobseekers, accessibility);
"""


@pytest.fixture
def mart() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(MART)
    return connection


def failing(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Names of the checks whose numbers lie outside their limits, or that look at nothing."""

    def fails(check: Check) -> bool:
        assert isinstance(check.measure, str)
        observed = [row[2] for row in connection.execute(check.measure).fetchall()]
        low, high = check.arguments.get("min_value", -1e300), check.arguments.get("max_value", 1e300)
        return not observed or not all(low <= value <= high for value in observed)

    return {check.name for check in placement_checks() if fails(check)}


def test_a_mart_that_adds_up_passes(mart: duckdb.DuckDBPyConnection) -> None:
    assert failing(mart) == set()


@pytest.mark.parametrize(
    ("fault", "caught"),
    [
        ("update mart.fct_transport_summary set own_region = 13", {"own_and_cross_region_are_placeable"}),
        ("update mart.fct_transport_summary set w1_km = 0", {"re_sorting_travels_only_where_somebody_moves"}),
        ("update mart.fct_transport_summary set movers = 10", {"re_sorted_are_jackman_roper_times_unemployed"}),
        (
            "delete from mart.fct_cross_region_placement where from_area_code = 'other'",
            {"persons_of_rows_add_up_to_the_summary", "person_km_of_rows_add_up_to_the_summary"},
        ),
        (
            "update mart.fct_cross_region_placement set persons = 3.75",
            {"named_placement_has_five_persons_and_public_ends"},
        ),
        (
            "update mart.fct_market_stock set vacancies = null where area_code = 'MK02'",
            {"named_placement_has_five_persons_and_public_ends"},
        ),
        (
            "update mart.fct_accessibility set vacancies_reached = 4 where area_code = 'MK02'",
            {"vacancies_reached_are_all_vacancies", "accessibility_times_jobseekers_is_reached"},
        ),
    ],
)
def test_what_does_not_add_up_is_caught(mart: duckdb.DuckDBPyConnection, fault: str, caught: set[str]) -> None:
    mart.execute(fault)
    assert failing(mart) == caught
