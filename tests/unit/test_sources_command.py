"""What `kohtaanto sources` shows of each table, and what the warehouse is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from assets.landing.state import State, in_stable_words
from assets.source_state import SCHEMA, Standing, write_source_state
from assets.source_tables import Cadence, SourceTable, source_tables
from pipeline.sources import as_record, as_text
from sources.http import RequestRefusedError, SourceError, SourceUnavailableError
from sources.statfin.layout import DriftError
from sources.tyomarkkinatori.intake import DriftError as PostingsDriftError
from sources.vintage import Vintage

NOW = datetime(2026, 9, 22, 12, tzinfo=UTC)
TABLE = SourceTable(
    source_code="statfin",
    table_id="12ti",
    table_title="Unemployed jobseekers and vacancies",
    publisher="Statistics Finland",
    licence="CC-BY-4.0",
    citation="Statistics Finland, 12ti",
    terms=None,
    homepage="https://stat.fi/en",
    cadence=Cadence.MONTH,
    lag_days=25,
    coverage="the whole country",
    is_required=True,
    is_verified=True,
)
VINTAGE = Vintage(
    vintage_id="statfin-12ti-20260825T050000Z-1a2b3c4d",
    source="statfin",
    table="12ti",
    title="12ti",
    source_updated_at=datetime(2026, 8, 25, 5, tzinfo=UTC),
    retrieved_at=datetime(2026, 9, 10, 12, tzinfo=UTC),
    division=None,
    attribution="",
    selection="",
    metadata="",
    answers=(),
)
CURRENT = Standing(
    table=TABLE,
    state=State.CURRENT,
    reason=None,
    checked_at=NOW,
    vintage=VINTAGE,
    rows=343_728,
    first_period=date(2023, 8, 1),
    last_period=date(2026, 7, 1),
    next_release=date(2026, 9, 25),
)
NEVER = replace(
    CURRENT,
    table=replace(TABLE, table_id="12tv", is_required=False, is_verified=False),
    state=State.NOT_IN_SOURCE,
    reason="The source refused the request (status 400).",
    vintage=None,
    rows=None,
    first_period=None,
    last_period=None,
    next_release=None,
)


@pytest.mark.parametrize(
    ("cadence", "lag", "last", "expected"),
    [
        (Cadence.MONTH, 25, date(2026, 7, 1), date(2026, 9, 25)),
        (Cadence.MONTH, 25, date(2026, 11, 1), date(2027, 1, 25)),
        (Cadence.QUARTER, 50, date(2026, 4, 1), date(2026, 11, 19)),
        (Cadence.YEAR, 90, date(2025, 1, 1), date(2027, 3, 31)),
        (Cadence.DAY, 1, date(2026, 8, 15), date(2026, 8, 17)),
    ],
)
def test_the_next_release_follows_from_cadence_and_lag(cadence: Cadence, lag: int, last: date, expected: date) -> None:
    assert replace(TABLE, cadence=cadence, lag_days=lag).next_release(last) == expected


def test_without_a_period_nothing_is_expected() -> None:
    assert TABLE.next_release(None) is None


def test_the_table_names_age_rows_expectation_state_and_reason() -> None:
    text = as_text([CURRENT, NEVER], NOW)
    header, first, second, _, counts, reason = text.splitlines()
    assert header.split()[:3] == ["source", "table", "last"]
    assert "2026-08-25 05:00  12 d  343,728  2026-07-01   2026-09-25     current" in first
    assert second.split() == ["statfin", "12tv", "-", "-", "-", "-", "-", "not_in_source"]
    assert counts == "1 current, 1 not_in_source"
    assert reason == "statfin 12tv: The source refused the request (status 400)."


def test_a_day_that_has_passed_is_overdue() -> None:
    later = datetime(2026, 9, 26, tzinfo=UTC)
    assert "2026-09-25 overdue" in as_text([CURRENT], later)
    assert "overdue" not in as_text([CURRENT], datetime(2026, 9, 25, 23, tzinfo=UTC))
    assert as_record(CURRENT, later)["is_overdue"] is True
    assert as_record(CURRENT, NOW)["age_hours"] == 288.0


def test_the_warehouse_gets_one_row_a_table_and_the_same_bytes_for_the_same_state(tmp_path: Path) -> None:
    one, other = tmp_path / "one.parquet", tmp_path / "other.parquet"
    assert write_source_state([CURRENT, NEVER], one) == 2
    write_source_state([NEVER, replace(CURRENT, checked_at=datetime(2030, 1, 1, tzinfo=UTC))], other)
    assert one.read_bytes() == other.read_bytes()  # neither their order nor the time of checking matters
    assert pq.read_schema(one).equals(SCHEMA)
    rows = duckdb.execute(
        "select table_id, state, vintage_id, source_updated_at::varchar, next_release_date::varchar "
        "from read_parquet(?)",
        [str(one)],
    ).fetchall()
    assert rows == [
        ("12ti", "current", VINTAGE.vintage_id, "2026-08-25 05:00:00", "2026-09-25"),
        ("12tv", "not_in_source", None, None, None),
    ]


@pytest.mark.parametrize(
    "error",
    [
        SourceUnavailableError("12ti: no usable answer from http://127.0.0.1:45678/x in 4 attempts"),
        RequestRefusedError("12ti: http://127.0.0.1:45678/x answered 400", status=400),
        SourceError("12ti: http://127.0.0.1:45678/x is not what was asked for"),
        DriftError("12ti: http://127.0.0.1:45678/x offers 422 codes, 1 unknown: KU999"),
    ],
)
def test_reasons_hold_no_address(error: SourceError) -> None:
    assert "127.0.0.1" not in in_stable_words(error)
    assert "attempts" not in in_stable_words(error)
    assert ("KU999" in in_stable_words(error)) == isinstance(error, DriftError)


def test_every_source_describes_its_tables() -> None:
    tables = source_tables()
    assert {table.source_code for table in tables} == {"statfin", "tyomarkkinatori", "tyovoimabarometri"}
    assert len({(table.source_code, table.table_id) for table in tables}) == len(tables)
    assert {table.table_id for table in tables if table.is_required} == {"12ti", "12r5", "11n1", "137i"}
    for table in tables:
        assert table.citation, table
        assert table.coverage, table
        assert table.lag_days >= 0, table


def test_the_same_drift_is_told_in_the_same_words_wherever_the_line_stood() -> None:
    told = {
        in_stable_words(PostingsDriftError(f"tyomarkkinatori published full: line {line}: `metadata` is no object."))
        for line in (1, 67)
    }
    assert told == {"tyomarkkinatori published full: `metadata` is no object."}
