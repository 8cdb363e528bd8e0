"""A folder of recorded or generated data, as the tables that the replay server answers from.

A folder holds `*_<table>_*.parquet` or `.csv` in long form (one column a dimension, `Tiedot`, `value`; NULL = `...`,
a row that is missing = `..`), optionally `labels/` (texts by code), `recorded/*__jsonstat2_<lang>_*.json` (complete
answers, for some tables in the format `json`; preferred to the data files, as they reach further) and `dataset.json`
(`kind`, `title`, `map`, `updated` by table, `windows`: table of source.yml -> how many of the newest periods there
are). Codes are served in the order in which the data files bring them, which is the order of the API; periods in their
own order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from sources.statfin.replay_catalogue import TABLES
from sources.statfin.replay_readers import from_data_file, from_px_json_answer, from_recorded_answer
from sources.statfin.replay_tables import Table


class ReplayFolderError(Exception):
    """A folder cannot be served."""


class ReplayFolder:
    """The tables of a folder, each read when it is first asked for.

    `root` may be the folder itself or hold it as `statfin/`. Raises ReplayFolderError when it has no table.
    """

    def __init__(self, root: Path) -> None:
        self.root = root / "statfin" if (root / "statfin").is_dir() else root
        about = self.root / "dataset.json"
        self._about: Mapping[str, Any] = json.loads(about.read_text("utf-8")) if about.exists() else {}
        self.kind: Literal["recorded", "synthetic"] = self._about.get("kind", "recorded")
        self.windows: Mapping[str, int] = self._about.get("windows", {})
        self._recorded = {
            path.name.split("__")[0]: path for path in sorted(self.root.glob("recorded/*__jsonstat2_*.json"))
        }
        self._px_json = {
            spec.id: path for spec in TABLES if spec.recorded for path in sorted(self.root.glob(spec.recorded))
        }
        self._specs = {
            spec.id: spec
            for spec in TABLES
            if any(self.root.glob(spec.data)) or spec.id in self._recorded or spec.id in self._px_json
        }
        self.ids: tuple[str, ...] = tuple(sorted(self._specs | self._recorded))
        if not self.ids:
            names = ", ".join(spec.data for spec in TABLES)
            raise ReplayFolderError(f"{root}: nothing to replay. Expected {names} in it or in its folder statfin/.")
        self._tables: dict[str, Table] = {}
        self._lock = Lock()

    def table(self, table_id: str) -> Table:
        """The table with this id. Raises KeyError when the folder does not have it."""
        with self._lock:
            if table_id not in self._tables:
                self._tables[table_id] = self._read(table_id)
            return self._tables[table_id]

    def _read(self, table_id: str) -> Table:
        spec = self._specs.get(table_id)
        if table_id in self._recorded:
            table = from_recorded_answer(self._recorded[table_id], spec)
        elif spec is not None and table_id in self._px_json:
            table = from_px_json_answer(self._px_json[table_id], spec)
        elif spec is not None:
            table = from_data_file(self.root, spec, self._about)
        else:
            raise KeyError(table_id)
        if self.kind == "synthetic":
            title = self._about.get("title", "SYNTHETIC sample data")
            table = replace(
                table,
                source={language: f"SYNTHETIC data in the shape of: {text}" for language, text in table.source.items()},
                notes={language: (title, *notes) for language, notes in table.notes.items()},
            )
        return table
