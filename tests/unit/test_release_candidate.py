"""The candidate: what is declared is enforced, what is refused is named, and a seal binds all of it."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from release_mart import BUILT_AT, make_candidate, results, write_manifest, write_warehouse

from assets.release.candidate import build_candidate, seal
from assets.release.errors import CandidateError
from assets.release.export import content_sha256, export_parquet
from sources.archive import sha256_of_file


def build(folder: Path, *, then: str = "", columns: dict[str, dict[str, str]] | None = None) -> Path:
    warehouse = write_warehouse(folder / "work.duckdb", then=then)
    candidate = folder / "kohtaanto.duckdb"
    build_candidate(warehouse, write_manifest(folder / "manifest.json", columns=columns), candidate)
    return candidate


def rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(database, read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_tables_carry_types_comments_and_keys(tmp_path: Path) -> None:
    candidate = build(tmp_path)
    assert rows(candidate, "select count(*) from mart.fct_market_stock") == [(12 * 5 * 50,)]
    assert rows(candidate, "select comment from duckdb_tables() where table_name = 'fct_rate'") == [
        ("What fct_rate holds; the analyst's view.",)
    ]
    assert rows(
        candidate,
        "select data_type, is_nullable, comment from duckdb_columns() "
        "where table_name = 'fct_market_stock' and column_name in ('period', 'vacancies') order by column_name",
    ) == [("DATE", False, "What period means."), ("BIGINT", True, "What vacancies means.")]
    assert rows(
        candidate,
        "select constraint_column_names, referenced_table from duckdb_constraints() "
        "where table_name = 'fct_rate' and constraint_type = 'FOREIGN KEY' order by 1",
    ) == [(["area_code"], "dim_area"), (["period"], "dim_month"), (["vintage_id"], "dim_vintage")]
    assert rows(
        candidate,
        "select constraint_column_names from duckdb_constraints() "
        "where table_name = 'dim_area' and constraint_type = 'PRIMARY KEY'",
    ) == [(["area_code"],)]


def test_rows_stand_sorted_with_each_series_together(tmp_path: Path) -> None:
    stored = rows(build(tmp_path), "select area_code, occupation_code, period from mart.fct_market_stock")
    assert stored == sorted(stored)


def test_a_view_reads_the_published_tables_whatever_the_file_is_called(tmp_path: Path) -> None:
    candidate = build(tmp_path)
    (tmp_path / "work.duckdb").unlink()
    renamed = candidate.rename(tmp_path / "other.duckdb")
    assert rows(renamed, 'select count(*), count("work.rate") from mart.v_rate_fi') == [(60, 60)]
    assert rows(renamed, "select comment from duckdb_views() where view_name = 'v_rate_fi'") == [
        ("What v_rate_fi holds; the analyst's view.",)
    ]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{renamed}' as bi (read_only)")
        assert connection.execute("select count(*) from bi.mart.v_rate_fi").fetchall() == [(60,)]


def test_a_view_that_is_not_as_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CandidateError, match=r"v_rate_fi: has the columns .*its YAML says"):
        build(tmp_path, columns={"v_rate_fi": {"area_name": "varchar"}})


def test_a_view_over_an_unpublished_table_is_refused(tmp_path: Path) -> None:
    beyond = (
        "create schema staging; create table staging.stg_x as select 'x' as area_name;"
        "create or replace view mart.v_rate_fi as select area_name from staging.stg_x;"
    )
    with pytest.raises(CandidateError, match=r"v_rate_fi: cannot be defined over the published tables"):
        build(tmp_path, then=beyond, columns={"v_rate_fi": {"area_name": "varchar"}})


def test_only_dbt_marts_are_published(tmp_path: Path) -> None:
    candidate = build(tmp_path, then="create schema staging; create table staging.stg_x as select 1 as a;")
    assert rows(candidate, "select distinct schema_name from duckdb_tables()") == [("mart",)]


def test_dictionary_describes_every_column_that_exists(tmp_path: Path) -> None:
    candidate = build(tmp_path)
    described = rows(candidate, "select table_name, column_name, data_type, description from mart.data_dictionary")
    real = rows(
        candidate, "select table_name, column_name, data_type, comment from duckdb_columns() where not internal"
    )
    assert sorted(described) == sorted(real)
    assert rows(
        candidate,
        "select column_name, key_number, refers_to from mart.data_dictionary where table_name = 'fct_market_stock' "
        "and key_number is not null order by key_number",
    ) == [
        ("period", 1, "dim_month.period"),
        ("area_code", 2, "dim_area.area_code"),
        ("occupation_code", 3, "dim_occupation.occupation_code"),
    ]


@pytest.mark.parametrize(
    ("then", "told"),
    [
        (
            "insert into mart.fct_rate from mart.fct_rate where period = '2022-03-01' and area_code = 'MK01';",
            [
                "mart.fct_rate",
                "(period, area_code)",
                "not unique",
                "(2022-03-01, MK01, 2)",
                "models/marts/fct_rate.sql",
            ],
        ),
        (
            "insert into mart.dim_area values ('SSS', 'toinen', null);",
            ["mart.dim_area", "(area_code)", "not unique", "(SSS, 2)", "models/marts/dim_area.sql"],
        ),
        (
            "update mart.fct_rate set area_code = 'KU999' where area_code = 'KU091';",
            ["mart.fct_rate", "'area_code' refers to dim_area.area_code", "(KU999, 12)", "models/marts/fct_rate.sql"],
        ),
        (
            "update mart.dim_area set parent_area_code = 'MK99' where area_code = 'KU091';",
            ["mart.dim_area", "'parent_area_code' refers to dim_area.area_code", "(MK99, 1)"],
        ),
        (
            "update mart.fct_market_stock set occupation_code = null where occupation_code = '1111';",
            ["mart.fct_market_stock", "'occupation_code' is NULL in 60 rows", "models/marts/fct_market_stock.sql"],
        ),
        ("drop table mart.fct_rate;", ["mart.fct_rate", "does not exist", "dbt build"]),
        ("alter table mart.fct_rate drop unemployment_rate;", ["mart.fct_rate", "unemployment_rate", "dbt build"]),
    ],
    ids=["fact key", "dimension key", "reference", "own reference", "required", "table missing", "column missing"],
)
def test_a_violation_names_table_key_and_mend(tmp_path: Path, then: str, told: list[str]) -> None:
    with pytest.raises(CandidateError) as error:
        build(tmp_path, then=then)
    for words in told:
        assert words in str(error.value)


def test_a_failed_build_leaves_the_old_candidate_and_nothing_else(tmp_path: Path) -> None:
    before = sha256_of_file(build(tmp_path))
    with pytest.raises(CandidateError):
        build(tmp_path, then="update mart.fct_rate set area_code = null;")
    assert sha256_of_file(tmp_path / "kohtaanto.duckdb") == before
    assert {path.name for path in tmp_path.iterdir()} == {"kohtaanto.duckdb", "manifest.json", "work.duckdb"}


@pytest.mark.parametrize("kind", ["hugeint", "varchar[]", "enum('a')", ""])
def test_types_that_old_clients_do_not_know_are_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(CandidateError, match=r"models/marts/dim_month.sql: dim_month.period has type") as error:
        build(tmp_path, columns={"dim_month": {"period": kind}})
    assert "Cast it in the model" in str(error.value)


def test_a_reference_to_no_published_key_is_refused(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "manifest.json")
    document = json.loads(manifest.read_text())
    del document["nodes"]["model.kohtaanto.dim_occupation"]
    manifest.write_text(json.dumps(document))
    with pytest.raises(
        CandidateError, match=r"fct_market_stock\.occupation_code refers to dim_occupation\.occupation_code"
    ):
        build_candidate(write_warehouse(tmp_path / "work.duckdb"), manifest, tmp_path / "kohtaanto.duckdb")


def test_a_missing_manifest_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(CandidateError, match="dbt parse"):
        build_candidate(tmp_path / "work.duckdb", tmp_path / "manifest.json", tmp_path / "kohtaanto.duckdb")


def test_sealing_adds_results_and_release_and_returns_the_hash_of_the_file(tmp_path: Path) -> None:
    candidate = build(tmp_path)
    judged = results(failing=True)
    sha256 = seal(
        candidate, judged, {"built_at": BUILT_AT.isoformat(), "data_kind": "synthetic", "licence": "CC BY 4.0"}
    )
    assert sha256 == sha256_of_file(candidate)
    assert not candidate.with_name("kohtaanto.duckdb.wal").exists()
    assert rows(candidate, "select gate, is_passed, severity, observed from mart.quality_result") == [
        (result.gate, result.is_passed, "block", result.observed) for result in judged
    ]
    info = dict(rows(candidate, "select * from mart.release_info"))
    assert info["release_id"] == f"20260922T052007Z-{str(info['content_sha256'])[:8]}"
    assert str(info["notice"]).startswith("SYNTHETIC")
    assert info["licence"] == "CC BY 4.0"


def test_sealing_again_replaces_the_results(tmp_path: Path) -> None:
    sealed = make_candidate(tmp_path, judged=results(failing=True))
    seal(sealed.path, results(), {"built_at": BUILT_AT.isoformat(), "data_kind": "synthetic"})
    assert rows(sealed.path, "select count(*), count(*) filter (not is_passed) from mart.quality_result") == [
        (len(results()), 0)
    ]


@pytest.mark.parametrize("info", [{}, {"data_kind": "guess"}, {"data_kind": "live", "built_at": "2026-09-22T05:20:07"}])
def test_a_seal_needs_a_known_kind_of_data_and_a_time_with_offset(tmp_path: Path, info: dict[str, str]) -> None:
    with pytest.raises(CandidateError, match=r"data_kind|no time with an offset"):
        seal(build(tmp_path), results(), info)


def test_the_same_tables_give_the_same_bytes_whatever_the_order_and_time(tmp_path: Path) -> None:
    contents = []
    for number, threads in enumerate((1, 2, 4)):
        sealed = make_candidate(
            tmp_path / str(number), shuffle=number, built_at=BUILT_AT.replace(hour=number), judged=results()
        )
        with duckdb.connect(sealed.path, read_only=True) as connection:
            connection.execute(f"set threads = {threads}")
            exports = export_parquet(connection, tmp_path / str(number) / "parquet")
        contents.append(content_sha256(exports))
        assert dict(rows(sealed.path, "select * from mart.release_info"))["content_sha256"] == contents[-1]
    assert len(set(contents)) == 1
    other = make_candidate(tmp_path / "other", extra=1)
    assert dict(rows(other.path, "select * from mart.release_info"))["content_sha256"] not in contents


def test_large_tables_export_to_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    database = tmp_path / "large.duckdb"
    with duckdb.connect(database) as connection:
        connection.execute(
            "create schema mart; create table mart.fct_large as select number // 997 as area_code, number, "
            "hash(number) % 1000 / 7.0 as share, repeat('x', (hash(number) % 20)::int) as reason "
            "from range(600000) t(number)"
        )
    digests = set()
    for threads in (1, 3):
        with duckdb.connect(database, read_only=True, config={"threads": threads}) as connection:
            (export,) = export_parquet(connection, tmp_path / str(threads))
        digests.add(export.sha256)
        with duckdb.connect() as connection:
            numbers = connection.execute(f"select number from '{export.path}'").fetchnumpy()["number"]
        assert (numbers[1:] > numbers[:-1]).all()
    assert len(digests) == 1
