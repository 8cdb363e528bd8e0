"""A part of the warehouse, built by dbt from StatFin vintages that a test landed: for tests of vintages and areas.

Belongs here: pulling from a replay server into landed files, running dbt on them. Does not belong here: an assertion.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from assets.classification import known_codes
from sources.archive import RawArchive
from sources.http import PoliteSession
from sources.statfin.client import StatFinClient
from sources.statfin.landed import landed_schema
from sources.statfin.parse import land
from sources.statfin.replay import Limits, ReplayServer
from sources.statfin.schema import load_source
from sources.vintage import Vintage, VintageStore

PROJECT = Path(__file__).parents[1] / "dbt_project"
SOURCE = load_source()


@cache
def _target() -> tempfile.TemporaryDirectory[str]:
    """Where dbt keeps the parsed project: one place for all warehouses, for parsing takes longer than building."""
    return tempfile.TemporaryDirectory(prefix="staged-warehouse-")


class StagedWarehouse:
    """Landed files and a DuckDB file under `root`; a table that was not pulled has its columns and no row."""

    def __init__(self, root: Path) -> None:
        self.landed = root / "landed"
        self.database = root / "work.duckdb"
        self._archive = RawArchive(root / "raw")
        for table, request in SOURCE.tables.items():
            nothing = self.landed / "statfin" / table / "none" / "data.parquet"
            nothing.parent.mkdir(parents=True)
            pq.write_table(landed_schema(request).empty_table(), nothing, store_schema=False)

    def pull(self, folder: Path, *tables: str, scenarios: tuple[str, ...] = ()) -> dict[str, Vintage]:
        """Pull `tables` from a replay server over `folder`, whose scenarios are on, and land them as new vintages."""
        pulled = {}
        with ReplayServer(folder, limits=Limits(max_calls=100_000)) as server:
            for scenario in scenarios:
                server.switch_on(scenario)
            for table in tables:
                client = StatFinClient(
                    SOURCE,
                    session=PoliteSession(),
                    archive=self._archive,
                    known=known_codes(),
                    base_url=server.base_url,
                    report=lambda _: None,
                )
                vintage, _ = client.pull(table, again=True)
                VintageStore(self._archive.root).add(vintage)
                file = self.landed / "statfin" / table / vintage.vintage_id / "data.parquet"
                land(vintage, self._archive, SOURCE, file)
                pulled[table] = vintage
        return pulled

    def build(self, *models: str) -> Path:
        """Build `models` with all that they need, without tests; the database. Fails with what dbt said."""
        self.database.unlink(missing_ok=True)
        selected = [f"+{model}" for model in models]
        outcome = self._dbt("build", "--select", *selected, "--exclude-resource-type", "test", "unit_test")
        assert outcome.returncode == 0, outcome.stdout[-3000:]
        return self.database

    def check(self, *models: str) -> dict[str, str]:
        """Run dbt's data tests that need `models` and what is above them alone, all of it built: name of the test ->
        pass, warn, fail or error."""
        whole = ("--exclude-resource-type", "unit_test", "--indirect-selection", "buildable")
        self._dbt("test", "--select", *models, *whole)
        results = json.loads((Path(_target().name) / "run_results.json").read_bytes())["results"]
        return {result["unique_id"].split(".")[2]: result["status"] for result in results}

    def _dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                str(Path(sys.executable).with_name("dbt")),
                *arguments,
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", _target().name, "--log-path", _target().name),
            ],
            env=os.environ
            | {
                "KOHTAANTO_WAREHOUSE": str(self.database),
                "KOHTAANTO_LANDED_DIR": str(self.landed),
                "KOHTAANTO_DATA_KIND": "synthetic",
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
