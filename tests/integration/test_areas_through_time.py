"""Areas through time: every code that was ever in force leads to the area of today, and each area knows its days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from staged_warehouse import StagedWarehouse

LEVELS = {
    "country": 1,
    "major_region": 5,
    "region": 19,
    "subregion": 69,
    "municipality": 308,
    "employment_area": 46,
    "ely": 16,
    "development_centre": 10,
    "wellbeing_county": 23,
}
"""Areas of the division of 2026, Åland among the employment areas (reference contract, 2.1)."""

MUNICIPALITIES = {2013: 320, 2014: 320, 2015: 317, 2016: 313, 2017: 311, 2019: 311, 2020: 310, 2021: 309, 2024: 309} | {
    2025: 308,
    2026: 308,
}
"""Year -> municipalities on 1 January (reference contract, 2.6)."""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Dimensions of an empty warehouse: they stand on the seeds alone."""
    built = StagedWarehouse(tmp_path_factory.mktemp("areas")).build("dim_area", "dim_break", "int_tile_areas")
    with duckdb.connect(str(built), read_only=True) as connection:
        yield connection


def resolved(warehouse: duckdb.DuckDBPyConnection, level: str, *codes: str) -> list[tuple[str | None, str]]:
    return warehouse.execute(
        """
        select codes.current_area_code, coalesce(codes.resolution, 'unknown')
        from unnest($codes) with ordinality as written (code, place)
        left join staging.stg_reference__area_codes as codes
            on codes.area_level = $level and codes.written_code = written.code
        order by place
        """,
        {"level": level, "codes": list(codes)},
    ).fetchall()


def in_force(warehouse: duckdb.DuckDBPyConnection, level: str, day: date) -> set[str]:
    rows = warehouse.execute(
        """
        select area_code from mart.dim_area
        where area_level = $level and not is_residual
            and coalesce(valid_from <= $day, true) and coalesce(valid_to >= $day, true)
        """,
        {"level": level, "day": day},
    ).fetchall()
    return {code for (code,) in rows}


def test_every_level_has_its_areas_and_every_municipality_once(warehouse: duckdb.DuckDBPyConnection) -> None:
    day = date(2025, 12, 31)  # the last day of the ELY centres; the development centres begin the day after
    found = {level: len(in_force(warehouse, level, day)) for level in LEVELS}
    assert found == LEVELS | {"development_centre": 0}
    assert len(in_force(warehouse, "development_centre", date(2026, 1, 1))) == LEVELS["development_centre"]
    members = warehouse.execute("""
        select area_level, count(*), count(distinct municipality_area_code), count(distinct area_code)
        from ref.area_municipality group by area_level
    """).fetchall()
    assert {level: (rows, once, areas) for level, rows, once, areas in members} == {
        level: (308, 308, areas) for level, areas in LEVELS.items() if level not in ("country", "municipality")
    }


def test_municipalities_in_force_are_as_many_as_there_were(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = {year: len(in_force(warehouse, "municipality", date(year, 1, 1))) for year in MUNICIPALITIES}
    assert found == MUNICIPALITIES


def test_institutions_begin_and_end_on_their_day(warehouse: duckdb.DuckDBPyConnection) -> None:
    before, after = date(2025, 12, 31), date(2026, 1, 1)
    assert not in_force(warehouse, "ely", after)
    assert not in_force(warehouse, "development_centre", before)
    assert not in_force(warehouse, "employment_area", date(2024, 12, 31))
    assert len(in_force(warehouse, "employment_area", date(2025, 1, 1)) - {"TA46"}) == 45
    ended = in_force(warehouse, "subregion", date(2020, 12, 31)) - in_force(warehouse, "subregion", date(2021, 1, 1))
    assert ended == {"SK151"}


def test_a_code_means_an_area_only_with_its_level(warehouse: duckdb.DuckDBPyConnection) -> None:
    spellings = ("KU091", "091", "91", "KU91")
    assert resolved(warehouse, "municipality", *spellings) == [("KU091", "as_is")] * 4
    assert resolved(warehouse, "subregion", "091", "SK091") == [("SK091", "as_is")] * 2
    levels = {"region": "MK05", "ely": "ELY05", "employment_area": "TA05", "development_centre": "EVK05"}
    assert {level: resolved(warehouse, level, "05", "5")[0][0] for level in levels} == levels
    assert resolved(warehouse, "municipality", "999", "SK091", "", "0") == [(None, "unknown")] * 4
    of_other_kinds = ("FI-05", "FI05", "TA05", "ELY05", "EVK05", "Kainuu")  # ISO 3166-2, other levels, a shared name
    assert resolved(warehouse, "region", *of_other_kinds) == [(None, "unknown")] * 6


def test_every_abolished_municipality_has_a_successor_of_today(warehouse: duckdb.DuckDBPyConnection) -> None:
    today = in_force(warehouse, "municipality", date(2026, 1, 1))
    former = [
        code
        for (code,) in warehouse.execute("select former_municipality_code from ref.municipality_successor").fetchall()
    ]
    assert len(former) == 272
    for written in (former, [f"KU{code}" for code in former], [code.lstrip("0") for code in former]):
        found = resolved(warehouse, "municipality", *written)
        assert {resolution for _, resolution in found} == {"successor"}
        assert {area for area, _ in found} <= today
    assert resolved(warehouse, "municipality", "588", "99", "KU476") == [
        ("KU507", "successor"),
        ("KU214", "successor"),
        ("KU297", "successor"),
    ]


def test_merged_municipalities_are_rows_that_end_where_the_successor_takes_over(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = warehouse.execute("""
        select
            former.area_code, former.successor_area_code, seed.successor_municipality_code,
            former.valid_to, seed.valid_from
        from mart.dim_area as former inner join ref.municipality_successor as seed
            on former.area_level = 'municipality' and former.bare_code = seed.former_municipality_code
    """).fetchall()
    assert len(rows) == 12
    for area, successor, code, valid_to, valid_from in rows:
        assert successor == f"KU{code}", area
        assert (valid_from - valid_to).days == 1, area


def test_the_last_transfer_of_a_municipality_leads_to_where_it_is(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute("""
        select moves.municipality_area_code, moves.area_level, last(moves.to_area_code order by moves.valid_from),
            any_value(members.area_code)
        from ref.region_transfer as moves
        inner join ref.area_municipality as members using (area_level, municipality_area_code)
        group by all
    """).fetchall()
    assert len(rows) == 19
    assert [row for row in rows if row[2] != row[3]] == []


def test_areas_are_tiled_on_borders_of_today_and_on_older_ones(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute("""
        select is_on_borders_of_today, tile_area_code[:2] as level, count(*)
        from intermediate.int_tile_areas where area_level = 'employment_area' and not is_former group by all
    """).fetchall()
    found = {(is_today, level): tiles for is_today, level, tiles in rows}
    assert found[False, "KU"] == 308
    assert set(found) == {(True, "MK"), (True, "SK"), (True, "KU"), (False, "KU")}


def test_the_breaks_of_the_methods_contract_are_listed(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute("select break_code, period, kind from mart.dim_break").fetchall()
    breaks = {code: (period, kind) for code, period, kind in rows}
    assert (
        breaks.items()
        >= {
            "occupation_coding_2014": (date(2014, 1, 1), "hard"),
            "employment_services_2025": (date(2025, 1, 1), "soft"),
            "development_centres_2026": (date(2026, 1, 1), "soft"),
            "table_codes_2026": (date(2026, 6, 1), "soft"),
            "flexible_location": (date(2026, 3, 1), "hard"),
        }.items()
    )
    transfers = sorted(code[-9:] for code in breaks if code.startswith("region_transfer"))
    assert transfers == ["2016_MK17", "2016_MK18"] + [
        f"2021_MK{number}" for number in ("06", "07", "08", "10", "11", "12", "13", "14", "15")
    ]
