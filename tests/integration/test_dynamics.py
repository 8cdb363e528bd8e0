"""Flows and series on the sample, and seasons on real recordings: what must hold of any numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from staged_warehouse import StagedWarehouse

from assets.matching.beveridge_table import BEVERIDGE_CURVES
from assets.matching.cells import FILLED_COLUMNS
from assets.matching.flow_tables import ELASTICITY_ESTIMATES, UNEMPLOYMENT_FLOWS, UNEMPLOYMENT_WITHOUT_MISMATCH
from assets.matching.seasonal import Numbers, decompose
from assets.matching.seasonal_table import SEASONAL_COMPONENTS, occupations
from assets.matching.table import compute_table

MODELS = (
    "int_list_series_breaks",
    "int_pair_unemployment_months",
    "int_sum_area_details",
    "int_sum_area_tiles",
    "occupation",
    "stg_statfin__occupation_stocks",
)
TABLES = (
    SEASONAL_COMPONENTS,
    UNEMPLOYMENT_FLOWS,
    ELASTICITY_ESTIMATES,
    UNEMPLOYMENT_WITHOUT_MISMATCH,
    BEVERIDGE_CURVES,
)


def computed(warehouse: StagedWarehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables over what was pulled; no occupation of a region is filled, which none of these tests needs."""
    database = warehouse.build(*MODELS)
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema matching")
        columns = ", ".join(f"{name} {kind}" for name, kind in FILLED_COLUMNS.items())
        connection.execute(f"create table matching.filled_region_cells ({columns})")
        for table in TABLES:
            compute_table(connection, table)
        yield connection


@pytest.fixture(scope="module")
def made(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    warehouse = StagedWarehouse(tmp_path_factory.mktemp("dynamics"))
    warehouse.pull(sample, "12r5", "12ti", "12ta", "12tn")
    yield from computed(warehouse)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Nothing was ever pulled."""
    yield from computed(StagedWarehouse(tmp_path_factory.mktemp("bare")))


def test_hazards_lead_from_one_month_end_to_the_next(made: duckdb.DuckDBPyConnection) -> None:
    (found,) = made.execute("""
        select
          count(*),
          max(abs(
            (1 - exp(-f - s)) * s / (f + s) * months.labour_force + exp(-f - s) * months.unemployed_before
            - months.unemployed
          ) / months.unemployed)
        from (select *, outflow_hazard as f, inflow_hazard as s from matching.unemployment_flows) as flows
        inner join intermediate.int_pair_unemployment_months as months using (period, area_code)
    """).fetchall()
    assert found[0] == 20 * 11
    assert found[1] < 1e-9


def test_ended_periods_are_what_left_where_nobody_came_and_went(made: duckdb.DuckDBPyConnection) -> None:
    (off,) = made.execute("""
        select max(abs(outflow_probability - ended_unemployment_periods / unemployed_before))
        from matching.unemployment_flows
        inner join intermediate.int_pair_unemployment_months using (period, area_code)
    """).fetchall()
    assert off[0] < 1e-9


def test_the_laid_off_change_the_probability_within_its_bounds(made: duckdb.DuckDBPyConnection) -> None:
    rows = made.execute("""
        select
          count(*),
          bool_and(outflow_probability_without_laid_off_lo <= outflow_probability_without_laid_off + 1e-12),
          bool_and(outflow_probability_without_laid_off <= outflow_probability_without_laid_off_hi + 1e-12),
        from matching.unemployment_flows
    """).fetchall()
    assert rows == [(220, True, True)]


def test_a_year_of_months_is_too_short_for_a_season_and_for_an_elasticity(made: duckdb.DuckDBPyConnection) -> None:
    assert made.execute("select distinct reason, x_sa from matching.seasonal_components").fetchall() == [
        ("insufficient_history", None)
    ]
    assert made.execute("select count(*) from matching.beveridge_curves").fetchall() == [(0,)]
    assert made.execute("select bool_or(is_passed) from matching.elasticity_estimates").fetchall() == [(False,)]


def test_details_of_printed_areas_add_up_over_the_areas_summed_from_them(made: duckdb.DuckDBPyConnection) -> None:
    """Employment areas hold every municipality once, so where all are visible they hold the country's located part."""
    rows = made.execute("""
        select details.period, count(*) filter (vacancies_new is null), sum(vacancies_new)
        from intermediate.int_sum_area_details as details
        inner join intermediate.int_nest_areas as nested using (area_code)
        where nested.area_level = 'major_region'
        group by all
    """).fetchall()
    regions = dict(
        made.execute("""
            select period, sum(vacancies_new)
            from staging.stg_statfin__area_stocks
            inner join intermediate.int_nest_areas as nested using (area_code)
            where nested.area_level = 'region' and not nested.is_residual
            group by all
        """).fetchall()
    )
    assert {period: total for period, missing, total in rows if not missing} == {
        period: regions[period] for period, missing, _ in rows if not missing
    }
    assert [missing for _, missing, _ in rows] == [0] * 12


def test_without_any_data_there_are_no_rows_and_no_error(bare: duckdb.DuckDBPyConnection) -> None:
    for table in (SEASONAL_COMPONENTS, UNEMPLOYMENT_FLOWS, UNEMPLOYMENT_WITHOUT_MISMATCH, BEVERIDGE_CURVES):
        assert bare.execute(f"select count(*) from matching.{table.name}").fetchall() == [(0,)]
    assert bare.execute("select count(*), bool_or(is_passed) from matching.elasticity_estimates").fetchall() == [
        (2, False)
    ]


def test_a_sum_with_a_withheld_count_goes_on_at_the_middle_of_its_interval_or_at_its_fill() -> None:
    """Group 2 has 98 in the open and one count withheld, group 3 so many that the total speaks for them, group 4 one of
    two: too large a part of it."""
    cells = [("SSS", 98 + 40 + 4 + 9), ("2511", 98), ("2512", None), ("4110", 9), ("4120", None)]
    cells += [("3111", 40), ("3112", None), ("3113", None), ("3114", None)]
    with duckdb.connect() as connection:
        for schema in ("staging", "ref", "intermediate", "matching"):
            connection.execute(f"create schema {schema}")
        connection.execute("""
            create table ref.occupation (occupation_code varchar, occupation_level varchar);
            create table intermediate.int_nest_areas as
                select 'SSS' as area_code, 'country' as area_level, false as is_residual;
            create table matching.filled_region_cells (
                period date, area_code varchar, occupation_code varchar, unemployed double
            );
            create table staging.stg_statfin__occupation_stocks (
                period date, area_code varchar, occupation_code varchar, unemployed bigint, unemployed_reason varchar
            );
        """)
        for code, count in cells:
            connection.execute("insert into ref.occupation values (?, ?)", [code, "total" if code == "SSS" else "occ4"])
            reason = "suppressed_source" if count is None else "ok"
            connection.execute(
                "insert into staging.stg_statfin__occupation_stocks values ('2020-01-01', 'SSS', ?, ?, ?)",
                [code, count, reason],
            )
        rows = connection.execute(f"select * from ({occupations('unemployed')})").fetchall()
    found = {code: x for *_, code, _, x in rows}
    even_share = 4 / 5  # 151 in all, 147 in the open, five withheld
    assert found["2"] == 98 + 2.5
    assert found["3"] == pytest.approx(40 + 3 * even_share)
    assert found["4"] is None
    assert (found["41"], found["411"], found["4110"], found["2512"]) == (None, 9, 9, None)


@pytest.fixture(scope="module")
def country(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Numbers]:
    """Unemployed and vacancies of the country in all recorded months."""
    warehouse = StagedWarehouse(tmp_path_factory.mktemp("recorded"))
    warehouse.pull(recordings, "12r5")
    with duckdb.connect() as connection:
        columns = connection.execute(f"""
            select tyottomatlopussa::double as u, avpaikatlopussa::double as v
            from read_parquet('{warehouse.landed}/statfin/12r5/*/data.parquet', union_by_name = true)
            where area_code = 'SSS' order by period
        """).fetchnumpy()
    return {name: np.asarray(values) for name, values in columns.items()}


@pytest.mark.parametrize("side", ["u", "v"])
def test_recorded_series_split_into_trend_season_and_rest(country: dict[str, Numbers], side: str) -> None:
    x = country[side]
    parts = decompose(x)
    assert len(x) >= 200
    assert np.abs(parts.trend + parts.seasonal + parts.remainder - np.log(x)).max() < 1e-9
    yearly = np.convolve(parts.seasonal, np.ones(12) / 12, mode="valid")
    assert np.abs(yearly).max() < 0.02
    # Vacancies peak in late winter, unemployment in July and December: the same months, year after year.
    assert np.std(parts.seasonal) > 3 * np.std(yearly)
