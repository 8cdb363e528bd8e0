"""The dbt project as a whole: every model builds, every test and unit test passes, every column is described."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "dbt_project"

NO_INDICATORS = {"alpha", "division_year", "coverage"}
"""Numeric columns of facts that are keys, or common to all facts."""

PART = re.compile(r"_(lo|hi|est|coverage)$")
"""What a bound, an estimate or a coverage adds to the name of its indicator."""

RENAMED = {"theta": "theta_raw"}
"""Indicators whose bounds carry a shorter name."""


@pytest.fixture(scope="module")
def build(published: tuple[Path, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `dbt build` of everything, unit tests included, over the tables that the shared run computed in Python; the
    folder of its artefacts."""
    folder = tmp_path_factory.mktemp("dbt")
    shutil.copyfile(published[0] / "work" / "warehouse" / "work.duckdb", folder / "work.duckdb")
    outcome = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            "build",
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(folder), "--log-path", str(folder)),
        ],
        env=os.environ
        | {
            "KOHTAANTO_WAREHOUSE": str(folder / "work.duckdb"),
            "KOHTAANTO_LANDED_DIR": str(published[0] / "work" / "landed"),
            "KOHTAANTO_DATA_KIND": "synthetic",
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    return folder


def nodes(build: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((build / "manifest.json").read_bytes())
    return manifest


def test_every_unit_test_ran_and_passed(build: Path) -> None:
    results = json.loads((build / "run_results.json").read_bytes())["results"]
    ran = {r["unique_id"].rpartition(".")[2]: r["status"] for r in results if r["unique_id"].startswith("unit_test.")}
    declared = {node["name"] for node in nodes(build)["unit_tests"].values()}
    assert ran == dict.fromkeys(declared, "pass")
    assert len(declared) >= 8


def test_every_model_and_column_is_described_and_nothing_else(build: Path) -> None:
    with duckdb.connect(str(build / "work.duckdb"), read_only=True) as warehouse:
        found = warehouse.execute("select schema_name, table_name, column_name from duckdb_columns()").fetchall()
    real: dict[tuple[str, str], set[str]] = {}
    for schema, table, column in found:
        real.setdefault((schema, table), set()).add(column)
    models = [n for n in nodes(build)["nodes"].values() if n["resource_type"] in ("model", "seed")]
    assert models
    for model in models:
        place = model["name"]
        assert model["description"].strip(), place
        described = {name for name, column in model["columns"].items() if column["description"].strip()}
        assert described == real[model["schema"], place], place


def test_contracts_are_enforced_on_every_mart(build: Path) -> None:
    marts = [n for n in nodes(build)["nodes"].values() if n["resource_type"] == "model" and n["schema"] == "mart"]
    assert len(marts) >= 9
    assert [n["name"] for n in marts if not n["contract"]["enforced"]] == []
    tables = [n for n in marts if n["config"]["materialized"] == "table"]
    assert [n["name"] for n in tables if not n["config"]["meta"].get("primary_key")] == []


def test_every_published_number_is_an_indicator_or_a_part_of_one(build: Path) -> None:
    with duckdb.connect(str(build / "work.duckdb"), read_only=True) as warehouse:
        documented = set(warehouse.execute("select table_name, column_name from mart.dim_indicator").fetchall())
        found = set(
            warehouse.execute(
                """
                select table_name, column_name, data_type in ('BIGINT', 'INTEGER', 'DOUBLE')
                from duckdb_columns() where schema_name = 'mart' and table_name like 'fct%'
                """
            ).fetchall()
        )
    assert documented <= {(table, column) for table, column, _ in found}
    numbers = {(table, column) for table, column, is_number in found if is_number and column not in NO_INDICATORS}
    assert len(numbers) > len(documented)
    assert sorted(numbers - documented - {n for n in numbers if (n[0], indicator_of(n[1])) in documented}) == []


def indicator_of(part: str) -> str:
    """The column that `part` bounds, estimates or covers."""
    whole = PART.sub("", part)
    return RENAMED.get(whole, whole)
