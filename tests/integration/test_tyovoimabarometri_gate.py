"""The landing gate of the ratings: green on sound rows, and each rule red on a row that breaks it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from assets.classification import SEEDS
from quality.landing_ratings import judge_ratings, rating_rules
from quality.result import CheckResult, Severity
from sources.archive import RawArchive
from sources.http import PoliteSession
from sources.tyovoimabarometri.client import BarometerClient
from sources.tyovoimabarometri.parse import is_landed, land, landed_schema
from sources.tyovoimabarometri.replay import BarometerReplay
from sources.tyovoimabarometri.schema import load_source
from sources.tyovoimabarometri.simulator import write_sample

ONE = "occupation_code = '0110' and region_code = '02' and period = date '2026-06-01'"
BROKEN = {
    "rows": "delete from landed",
    "keys_filled": f"update landed set occupation_code = null where {ONE}",
    "key_unique": f"insert into landed select * from landed where {ONE}",
    "regions_whole": f"delete from landed where {ONE}",
    "period_begins": f"update landed set period = date '2026-06-02' where {ONE}",
    "no_future_period": "update landed set period = period + interval 6 month",
    "known_occupation_code": "update landed set occupation_code = '9998' where occupation_code = '0110'",
    "known_region_code": "update landed set region_code = '03' where region_code = '02'",
    "known_state": f"update landed set state = 99 where {ONE}",
    "known_degree": f"update landed set state = 1, degree = 6 where {ONE}",
    "balanced_iff_degree_1": f"update landed set state = 0, degree = 2 where {ONE}",
    "rates_in_range": f"update landed set unemployment_rate = 1.2, unemployed_is_censored = false where {ONE}",
    "not_negative": f"update landed set vacancies = -1 where {ONE}",
    "censored_is_null": f"update landed set unemployed_is_censored = true, slope = 0.5 where {ONE}",
    "no_visible_small_counts": f"update landed set unemployed = 3 where {ONE}",
    "formula_agrees": "update landed set degree = degree % 4 + 2, state = greatest(state, 1)",
}
WARNS = {"known_occupation_code", "no_visible_small_counts", "formula_agrees"}


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ratings-gate")
    write_sample(folder, seeds=SEEDS)
    with BarometerReplay(folder) as server:
        archive = RawArchive(folder / "raw")
        client = BarometerClient(
            load_source(),
            sessions=PoliteSession,
            archive=archive,
            base_url=server.base_url,
            sleep=lambda _: None,
        )
        land(client.pull()[0], archive, folder / "ratings.parquet")
    return folder / "ratings.parquet"


def judged(parquet: Path) -> dict[str, CheckResult]:
    with duckdb.connect() as connection:
        area, occupation = (f"read_csv('{SEEDS / name}.csv', all_varchar = true)" for name in ("area", "occupation"))
        regions = connection.execute(
            f"select bare_code from {area} where area_level = 'region' and is_residual = 'false'"
        ).fetchall()
        occupations = connection.execute(
            f"select occupation_code from {occupation} where occupation_level = 'occ4'"
        ).fetchall()
    results = judge_ratings(
        parquet,
        occupations=frozenset(code for (code,) in occupations),
        regions=frozenset(code for (code,) in regions),
    )
    return {result.check_name: result for result in results}


def spoilt(landed: Path, target: Path, statement: str) -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"create table landed as from read_parquet('{landed}')")
        connection.execute(statement)
        connection.execute(f"copy landed to '{target}' (format parquet)")
    return target


def test_sound_ratings_pass_every_rule(landed: Path) -> None:
    results = judged(landed)
    assert set(results) == set(rating_rules())
    assert {name for name, result in results.items() if not result.is_passed} == set()
    assert is_landed(landed)
    assert not is_landed(landed.with_name("absent.parquet"))


def test_every_rule_has_a_case_that_breaks_it() -> None:
    assert set(BROKEN) | {"columns"} == set(rating_rules())


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_red_and_blocks_unless_it_only_warns(landed: Path, tmp_path: Path, rule: str) -> None:
    result = judged(spoilt(landed, tmp_path / "spoilt.parquet", BROKEN[rule]))[rule]
    assert not result.is_passed
    assert not result.has_raised
    assert (result.severity is Severity.WARN) == (rule in WARNS)


def test_other_columns_are_all_that_is_reported(landed: Path, tmp_path: Path) -> None:
    other = spoilt(landed, tmp_path / "other.parquet", "alter table landed drop column scale")
    results = judged(other)
    assert set(results) == {"columns"}
    assert "scale: missing" in results["columns"].message
    assert not is_landed(other)


def test_the_recorded_rows_pass_with_the_formula(recordings: Path, tmp_path: Path) -> None:
    with BarometerReplay(recordings) as server:
        archive = RawArchive(tmp_path / "raw")
        client = BarometerClient(
            load_source(), sessions=PoliteSession, archive=archive, base_url=server.base_url, sleep=lambda _: None
        )
        assert land(client.pull()[0], archive, tmp_path / "ratings.parquet") == 133
    results = judged(tmp_path / "ratings.parquet")
    assert [name for name, result in results.items() if not result.is_passed] == []
    assert results["formula_agrees"].observed == pytest.approx(93 / 94)


def test_the_agreed_schema_has_the_columns_of_the_gate() -> None:
    types = {"string": "VARCHAR", "bool": "BOOLEAN", "int64": "BIGINT", "int32": "INTEGER", "double": "DOUBLE"}
    from quality.landing_ratings import _COLUMNS

    translated = {field.name: types.get(str(field.type)) for field in landed_schema()}
    assert {name: kind for name, kind in translated.items() if kind} == {
        name: kind for name, kind in _COLUMNS.items() if kind not in ("DATE", "TIMESTAMP")
    }
