"""A release as its readers meet it: the oldest and newest DuckDB client, and one that reads while the next arrives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from release_mart import BUILT_AT, INPUTS, Sealed, make_candidate

from assets.release.store import Release, ReleaseStore

REPOSITORY = Path(__file__).parents[2]

READ_ALL = """
import json, sys
import duckdb

database, exports = sys.argv[1:]
connection = duckdb.connect(database, read_only=True)
tables = connection.execute("select table_name, comment from duckdb_tables() where schema_name = 'mart'").fetchall()
print(json.dumps({
    "version": duckdb.__version__,
    "catalogue": connection.execute("select current_database()").fetchall()[0][0],
    "rows": {name: connection.execute(f"select count(*) from mart.{name}").fetchall()[0][0] for name, _ in tables},
    "exported": {
        name: connection.execute(f"select count(*) from '{exports}/{name}/data.parquet'").fetchall()[0][0]
        for name, _ in tables
    },
    "differing": {
        name: connection.execute(
            f"select count(*) from (from mart.{name} except all from '{exports}/{name}/data.parquet')"
        ).fetchall()[0][0]
        for name, _ in tables
    },
    "types": sorted({kind for (kind,) in connection.execute(
        "select data_type from duckdb_columns() where schema_name = 'mart'"
    ).fetchall()}),
    "uncommented": connection.execute(
        "select count(*) from duckdb_columns() where schema_name = 'mart' and coalesce(comment, '') = ''"
    ).fetchall()[0][0] + sum(not comment for _, comment in tables),
    "comment": connection.execute(
        "select comment from duckdb_columns() where table_name = 'fct_rate' and column_name = 'unemployment_rate'"
    ).fetchall()[0][0],
    "foreign_keys": connection.execute(
        "select count(*) from duckdb_constraints() where constraint_type = 'FOREIGN KEY' and table_name like 'fct_%'"
    ).fetchall()[0][0],
    "star": connection.execute(
        "select area_name_fi, sum(unemployed)::bigint from mart.fct_market_stock join mart.dim_area using (area_code) "
        "where period = date '2022-03-01' group by all order by all"
    ).fetchall(),
}))
"""

KEEP_READING = """
import sys
import duckdb

connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    vacancies = connection.execute("select count(*), sum(vacancies)::bigint from mart.fct_market_stock").fetchall()
    release = connection.execute("select value from mart.release_info where key = 'release_id'").fetchall()
    print(*vacancies[0], release[0][0], flush=True)
"""


@pytest.fixture(scope="module")
def candidates(tmp_path_factory: pytest.TempPathFactory) -> list[Sealed]:
    """Two candidates with different numbers, the second sealed an hour later."""
    folder = tmp_path_factory.mktemp("candidates")
    return [
        make_candidate(folder / str(number), extra=number, built_at=BUILT_AT + timedelta(hours=number))
        for number in range(2)
    ]


def publish(store: ReleaseStore, sealed: Sealed) -> Release:
    store.publish(sealed.path, sealed.verdict, inputs=INPUTS, code_version="1", data_kind="synthetic", now=BUILT_AT)
    return store.show()


def client(version: str) -> Path:
    """Where `make setup` puts this version of DuckDB. Fails, not skips, when it is not there."""
    folder = REPOSITORY / ".clients" / f"duckdb-{version}"
    if not (folder / "duckdb").is_dir():
        pytest.fail(f"{folder} is missing: run `make setup`, which installs tests/clients/duckdb-{version}.txt")
    return folder


@pytest.mark.parametrize("version", ["1.2.2", "2.0.0"])
def test_every_table_opens_in_the_oldest_and_the_newest_client(
    tmp_path: Path, candidates: list[Sealed], version: str
) -> None:
    release = publish(ReleaseStore(tmp_path / "published"), candidates[0])
    current = tmp_path / "published" / "current"
    seen = read_all(current / "kohtaanto.duckdb", current / "parquet", client=client(version))
    expected = {
        entry["path"].split("/")[1]: entry["rows"]
        for entry in release.manifest["files"]
        if entry["path"].startswith("parquet/")
    }
    assert seen["version"] == version
    assert seen["catalogue"] == "kohtaanto"
    assert seen["rows"] == seen["exported"] == expected
    assert set(seen["differing"].values()) == {0}
    assert set(seen["types"]) == {"BIGINT", "BOOLEAN", "DATE", "DOUBLE", "TIMESTAMP", "VARCHAR"}
    assert seen["uncommented"] == 0
    assert seen["comment"] == "What unemployment_rate means."
    assert seen["foreign_keys"] == 7
    with duckdb.connect(release.database, read_only=True) as connection:
        star = connection.execute(
            "select area_name_fi, sum(unemployed)::bigint from mart.fct_market_stock "
            "join mart.dim_area using (area_code) where period = date '2022-03-01' group by all order by all"
        ).fetchall()
    assert [tuple(row) for row in seen["star"]] == star


def read_all(database: Path, exports: Path, *, client: Path) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(database), str(exports)],
        env={**os.environ, "PYTHONPATH": str(client)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert isinstance(seen, dict)
    return seen


@pytest.mark.parametrize("version", ["1.2.2", "2.0.0"])
def test_a_reader_goes_on_undisturbed_while_the_next_release_arrives(
    tmp_path: Path, candidates: list[Sealed], version: str
) -> None:
    store = ReleaseStore(tmp_path / "published")
    old = publish(store, candidates[0])
    with reader(tmp_path / "published" / "current" / "kohtaanto.duckdb", client=client(version)) as holding:
        before = ask(holding)
        assert before[2] == old.id
        new = publish(store, candidates[1])
        assert ask(holding) == before
        store.prune(1)
        assert ask(holding) == before
        with reader(tmp_path / "published" / "current" / "kohtaanto.duckdb", client=client(version)) as fresh:
            after = ask(fresh)
        assert after[0] == before[0]
        assert after[1] != before[1]
        assert after[2] == new.id
        assert ask(holding) == before


def ask(process: subprocess.Popen[str]) -> list[str]:
    """One round of queries: rows, sum of vacancies, release id."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    return process.stdout.readline().split()


@contextmanager
def reader(database: Path, *, client: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that opens the database once and answers each line with a round of queries."""
    with subprocess.Popen(
        [sys.executable, "-c", KEEP_READING, str(database)],
        env={**os.environ, "PYTHONPATH": str(client)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
