"""Employed persons by area and occupation, from the tables of a real server to the model (indicators contract I01)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from staged_warehouse import StagedWarehouse

MODEL = "intermediate.int_model_employed"


@pytest.fixture(scope="module")
def employed(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    warehouse = StagedWarehouse(tmp_path_factory.mktemp("employed"))
    warehouse.pull(sample, "115s", "115q")
    with duckdb.connect(str(warehouse.build("int_model_employed")), read_only=True) as connection:
        yield connection


def rows(employed: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return employed.execute(query).fetchall()


def test_unit_groups_are_modelled_in_regions_and_printed_for_the_country(employed: duckdb.DuckDBPyConnection) -> None:
    kinds = rows(
        employed,
        f"""
        select distinct area_code = 'SSS' as is_country, occupation_level = 'occ4' as is_unit_group, employed_kind
        from {MODEL} where employed_reason = 'ok' order by all
        """,
    )
    assert kinds == [
        (False, False, "exact"),
        (False, True, "modelled"),
        (True, False, "exact"),
        (True, True, "exact"),
    ]


def test_modelled_unit_groups_add_up_to_the_minor_group_that_the_region_prints(
    employed: duckdb.DuckDBPyConnection,
) -> None:
    compared = rows(
        employed,
        f"""
        select count(*) > 1000, max(abs(unit_groups.employed - printed.employed))
        from (
            select year, area_code, left(occupation_code, 3) as occupation_code, fsum(employed) as employed
            from {MODEL} where occupation_level = 'occ4' group by all
        ) as unit_groups
        join {MODEL} as printed using (year, area_code, occupation_code)
        """,
    )
    assert compared[0][0] is True
    assert compared[0][1] == pytest.approx(0, abs=1e-6)


def test_a_region_shares_its_minor_group_as_the_country_does(employed: duckdb.DuckDBPyConnection) -> None:
    compared = rows(
        employed,
        f"""
        select max(abs(
            region.employed * country_minor.employed - region_minor.employed * country.employed
        ) / country_minor.employed)
        from {MODEL} as region
        join {MODEL} as country
            on country.year = region.year and country.occupation_code = region.occupation_code
            and country.area_code = 'SSS'
        join {MODEL} as region_minor
            on region_minor.year = region.year and region_minor.area_code = region.area_code
            and region_minor.occupation_code = left(region.occupation_code, 3)
        join {MODEL} as country_minor
            on country_minor.year = region.year and country_minor.area_code = 'SSS'
            and country_minor.occupation_code = left(region.occupation_code, 3)
        where region.occupation_level = 'occ4'
        """,
    )
    assert compared[0][0] == pytest.approx(0, abs=1e-6)


def test_without_the_tables_nobody_is_employed_and_nothing_fails(tmp_path: Path) -> None:
    with duckdb.connect(str(StagedWarehouse(tmp_path).build("int_model_employed")), read_only=True) as connection:
        assert rows(connection, f"select count(*) from {MODEL}") == [(0,)]
