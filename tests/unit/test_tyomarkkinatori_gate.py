"""At the door: each promise of the landed job postings, kept and broken."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from quality.landing_postings import COLUMNS, ENOUGH, GATES, judge_postings
from quality.result import CheckResult
from sources.tyomarkkinatori.parse import landed_schema

REGION_OF = {"091": "01", "049": "01", "837": "06"}


@pytest.fixture
def landed(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A connection with a table `cohorts` that keeps every promise."""
    connection = duckdb.connect()
    connection.execute("""
        create table cohorts as
        select
            'tyomarkkinatori-x' as vintage_id,
            timestamp '2026-08-15 12:00:00' as retrieved_at,
            timestamp '2026-08-15 12:00:00' as source_updated_at,
            null::varchar as division,
            municipality_code::varchar as municipality_code,
            region_code::varchar as region_code,
            place_kind,
            null::varchar as occupation_uri,
            date '2026-08-01' as opened_date,
            closed_date::date as closed_date,
            closed_kind::varchar as closed_kind,
            true as is_permanent,
            null::boolean as is_full_time,
            postings::double as postings,
            2 * postings::double as positions,
            date '2026-05-15' as covered_from,
            date '2026-08-15' as as_of_date
        from (
            values
                ('091', null, 'municipality', null, null, 150),
                ('049', null, 'municipality', '2026-08-15', 'archived', 30),
                ('837', null, 'municipality', '2026-08-01', 'expired', 90),
                (null, '06', 'region', '2026-08-14', 'vanished', 1),
                (null, null, 'country', null, null, 0.5)
        ) as t (municipality_code, region_code, place_kind, closed_date, closed_kind, postings)
    """)
    return connection


def judged(landed: duckdb.DuckDBPyConnection, tmp_path: Path, change: str = "") -> dict[str, CheckResult]:
    if change:
        landed.execute(change)
    landed.execute(f"copy cohorts to '{tmp_path}/data.parquet'")
    return {result.check_name: result for result in judge_postings(tmp_path / "data.parquet", region_of=REGION_OF)}


def test_kept_promises_pass_and_every_result_is_of_a_declared_gate(
    landed: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    results = judged(landed, tmp_path)
    assert all(result.is_passed for result in results.values())
    assert {result.gate for result in results.values()} == set(GATES)


def test_the_columns_are_those_that_landing_writes() -> None:
    assert [*COLUMNS] == landed_schema().names


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("open_postings", "update cohorts set closed_date = opened_date, closed_kind = 'expired'"),
        ("open_postings", "delete from cohorts"),
        ("cohorts_unique", "insert into cohorts select * from cohorts limit 1"),
        ("shares_positive", "update cohorts set postings = 0 where municipality_code = '091'"),
        ("shares_positive", "update cohorts set positions = null where municipality_code = '091'"),
        ("closed_after_opened", "update cohorts set opened_date = '2026-08-02'"),
        ("no_date_in_future", "update cohorts set closed_date = '2026-08-16' where closed_kind = 'archived'"),
        ("no_date_in_future", "update cohorts set opened_date = '2026-08-16' where closed_kind is null"),
        ("closed_with_kind", "update cohorts set closed_kind = null"),
        ("closed_with_kind", "update cohorts set closed_kind = 'gone' where closed_kind = 'expired'"),
        ("place_as_told", "update cohorts set municipality_code = '91' where municipality_code = '091'"),
        ("place_as_told", "update cohorts set region_code = '01' where municipality_code = '091'"),
        ("place_as_told", "update cohorts set place_kind = 'abroad' where place_kind = 'country'"),
        ("regions_known", "update cohorts set region_code = '03', postings = 9 where place_kind = 'region'"),
        ("most_in_uusimaa", "update cohorts set postings = 900 where municipality_code = '837'"),
    ],
)
def test_a_broken_promise_blocks(landed: duckdb.DuckDBPyConnection, tmp_path: Path, check: str, change: str) -> None:
    result = judged(landed, tmp_path, change)[check]
    assert result.blocks, result.message


def test_other_columns_are_reported_alone(landed: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    results = judged(landed, tmp_path, "alter table cohorts add column posting_id varchar")
    assert [*results] == ["columns"]
    assert "posting_id: not agreed" in results["columns"].message


def test_few_postings_say_nothing_about_the_numbering(landed: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    result = judged(landed, tmp_path, "update cohorts set postings = 1")["most_in_uusimaa"]
    assert result.is_passed
    assert f"fewer than {ENOUGH}" in result.message
