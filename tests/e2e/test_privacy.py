"""The whole job over postings full of personal data, with every logger and dbt on DEBUG: nothing of it is anywhere.

What is searched: all that the run printed and all that it left in its data folder, Dagster's event store, dbt's logs,
the warehouse and the release included. Both interfaces and every fault of a read are in test_postings_privacy.py.
"""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from command_line import environment

from assets.classification import SEEDS
from sources.tyomarkkinatori.replay import PLANTED
from sources.tyomarkkinatori.simulator import write_sample

LOUD = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from pipeline.cli import main
main()
"""
LINES = "postings:personal-data,postings:malformed-line,postings:not-an-object,postings:no-id,postings:new-field"
STORE = Path("raw") / "tyomarkkinatori"  # where pseudonyms may be, until they are purged
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SHA256 = re.compile(r"[0-9a-f]{64}")


@pytest.fixture(scope="module")
def world(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample of StatFin and some hundred postings, one folder."""
    folder = tmp_path_factory.mktemp("private")
    shutil.copytree(sample / "statfin", folder / "statfin")
    write_sample(folder, seeds=SEEDS, open_postings=300)
    return folder


def run(world: Path, data: Path, scenarios: str, **settings: str) -> str:
    """What a run with every logger on DEBUG says; its exit code has to be 0."""
    settings |= {"replay_scenarios": scenarios, "replay_max_calls": "100000"}
    outcome = subprocess.run(
        [sys.executable, "-c", LOUD, "run"],
        env=environment(recordings=str(world), data_dir=str(data), **settings)
        | {"DBT_LOG_LEVEL": "debug", "DBT_LOG_LEVEL_FILE": "debug"},
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    said = outcome.stdout + outcome.stderr
    assert outcome.returncode == 0, said[-3000:]
    assert "DEBUG:urllib3" in said, "the log was really on"
    return said


def texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below `folder` as text; of a database or Parquet file also each value that it holds."""
    for path in folder.rglob("*"):
        if not path.is_file() or path.is_symlink():
            continue
        content = path.read_bytes()
        text = path.name + content.decode("latin-1")
        if content.startswith(b"PAR1"):
            text += _values(":memory:", f"read_parquet('{path}')")
        elif path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as connection:
                found = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            text += "".join(_values(str(path), f'"{schema}"."{table}"') for schema, table in found)
        yield path.relative_to(folder), text


def _values(database: str, table: str) -> str:
    with duckdb.connect(database, read_only=database != ":memory:") as connection:
        columns = [
            name for name, kind, *_ in connection.execute(f"describe from {table}").fetchall() if "VARCHAR" in kind
        ]
        return "\n".join(
            str(value)
            for name in columns
            for (value,) in connection.execute(f'select distinct "{name}"::varchar from {table}').fetchall()
        )


def found(text: str, ids: set[str]) -> list[str]:
    """What of the planted data and of the source's own ids stands in `text`."""
    return [mark for mark in PLANTED if mark in text] + sorted(ids & set(UUID.findall(text)))[:3]


def test_a_run_leaves_no_personal_datum_and_no_id_anywhere(world: Path, tmp_path: Path) -> None:
    (sent,) = [gzip.decompress(path.read_bytes()).decode() for path in (world / "job_postings").glob("*.ndjson.gz")]
    ids = set(re.findall(r'"externalId": ?"([^"]+)"', sent))
    assert len(ids) > 300
    data = tmp_path / "data"
    later = datetime(2026, 8, 17, 9, tzinfo=UTC).isoformat()
    said = [  # the second a day and a half later, with an error that goes through Dagster
        run(world, data, LINES),
        run(world, data, f"{LINES},postings:schema-drift", replay_clock=later),
    ]
    assert "is not an object any more" in said[1]
    for text in said:
        assert found(text, ids) == []
    pseudonyms: set[str] = set()
    elsewhere: dict[str, set[str]] = {}
    for path, text in texts(data):
        assert found(text, ids) == [], path
        hashes = set(SHA256.findall(text))
        if path.is_relative_to(STORE):
            pseudonyms |= hashes
        else:
            elsewhere[str(path)] = hashes
    with duckdb.connect(str(data / "published" / "current" / "kohtaanto.duckdb"), read_only=True) as mart:
        assert mart.execute("select count(*) > 0 from mart.fct_posting_flow").fetchone() == (True,)
    ledgers = {path.name for path in (data / STORE).rglob("*") if path.is_file()}  # files are named by their own hash
    assert len(pseudonyms - ledgers) > 300, "the search looks into Parquet"
    leaking = {path: hashes & (pseudonyms - ledgers) for path, hashes in elsewhere.items()}
    assert [path for path, hashes in leaking.items() if hashes] == []


def test_the_search_looks_into_databases(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("create table people as select [?] as names from range(5000)", [PLANTED[0]])
    ((_, text),) = texts(tmp_path)
    assert PLANTED[0] in found(text, set())
