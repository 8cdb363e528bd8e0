"""The release folder: the database, its Parquet exports, and the files that describe both.

Belongs here: which files a release has and what they say. Does not belong here: where it goes (store.py).

```
kohtaanto.duckdb               the candidate, byte for byte
parquet/<table>/data.parquet   every table but those that release_info names as `not_exported`
quality.json                   the verdict with all results
datapackage.json               tables, columns, keys, licence, sources (Frictionless Data Package)
manifest.json                  id, times, inputs, code version, verdict, and every file above with its checksum
SHA256SUMS                     all of the above, for `sha256sum --check`
```
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from assets.release.datapackage import describe
from assets.release.errors import ReleaseError
from assets.release.export import TableExport, content_sha256, export_parquet, exports_beside
from quality.result import Severity
from quality.verdict import Verdict
from sources.archive import sha256_of, sha256_of_file, write_atomically

DATABASE = "kohtaanto.duckdb"
MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
NOT_EXPORTED = "not_exported"
"""Key of release_info, and of the manifest: tables (names with spaces between) that have no licence to be passed on as
files."""


def write_release(
    folder: Path,
    candidate: Path,
    verdict: Verdict,
    *,
    info: Mapping[str, str],
    inputs: Sequence[Mapping[str, str]],
    code_version: str,
    published_at: datetime,
    on_step: Callable[[str], None],
) -> None:
    """Fill `folder` with the release that `candidate` becomes; not yet durable, not yet read-only.

    Raises ReleaseError when the exports do not have the content hash that the sealed candidate states, OSError and
    duckdb.Error when the disk refuses.
    """
    database = folder / DATABASE
    shutil.copyfile(candidate, database)
    on_step("database copied")
    with duckdb.connect(database, read_only=True) as connection:
        tables = export_parquet(connection, folder / "parquet", ready=exports_beside(candidate))
        on_step("tables exported")
        _check_content(tables, info)
        exports, restricted = _apart(tables, info)
        _write_json(folder / "datapackage.json", describe(connection, exports, info=info, folder=folder))
    write_atomically(folder / "quality.json", verdict.to_json())
    manifest = {
        "id": info["release_id"],
        "built_at": info["built_at"],
        "published_at": published_at.isoformat(),
        "data_kind": info["data_kind"],
        "notice": info["notice"],
        "content_sha256": info["content_sha256"],
        "code_version": code_version,
        "inputs": [dict(entry) for entry in inputs],
        "verdict": _summary(verdict),
        NOT_EXPORTED: [
            {"table": e.name, "rows": e.rows, "sha256": e.sha256, "schema_sha256": e.schema_sha256} for e in restricted
        ],
        "files": _files(folder, exports, tables),
    }
    _write_json(folder / MANIFEST, manifest)
    _write_checksums(folder)
    on_step("described")


def files_below(folder: Path) -> dict[str, Path]:
    """Every file below `folder` by its path relative to it, sorted."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    return dict(sorted(files.items()))


def _apart(tables: Sequence[TableExport], info: Mapping[str, str]) -> tuple[list[TableExport], list[TableExport]]:
    """The tables that are exported, and those that must not be: their files are deleted, they stay in the database."""
    names = set(info.get(NOT_EXPORTED, "").split())
    if unknown := names - {table.name for table in tables}:
        raise ReleaseError(
            f"release {info['release_id']}: release_info keeps {', '.join(sorted(unknown))} out of the exports, but "
            "the candidate has no such table. Seal it with the names of its own tables."
        )
    restricted = [table for table in tables if table.name in names]
    for table in restricted:
        shutil.rmtree(table.path.parent)
    return [table for table in tables if table.name not in names], restricted


def _check_content(exports: Sequence[TableExport], info: Mapping[str, str]) -> None:
    content = content_sha256(exports)
    if content != info["content_sha256"]:
        raise ReleaseError(
            f"release {info['release_id']}: the exported tables have content {content[:8]}, the candidate was sealed "
            f"with {info['content_sha256'][:8]}. They were changed since, or come from another DuckDB: seal again."
        )


def _summary(verdict: Verdict) -> dict[str, Any]:
    failed = {severity.value: 0 for severity in Severity}
    for result in verdict.results:
        failed[result.severity.value] += not result.is_passed
    return {
        "candidate_sha256": verdict.candidate_sha256,
        "decided_at": verdict.decided_at.isoformat(),
        "is_green": verdict.is_green,
        "checks": len(verdict.results),
        "failed": failed,
    }


def _files(folder: Path, exports: Sequence[TableExport], tables: Sequence[TableExport]) -> list[dict[str, Any]]:
    """Each file with its checksum; `exports` are those of the database's `tables` that have one."""
    exported = {export.path: export for export in exports}
    entries = []
    for name, path in files_below(folder).items():
        entry: dict[str, Any] = {
            "path": name,
            "bytes": path.stat().st_size,
            "sha256": exported[path].sha256 if path in exported else sha256_of_file(path),
        }
        if path in exported:
            entry |= {"rows": exported[path].rows, "schema_sha256": exported[path].schema_sha256}
        if name == DATABASE:
            schemas = json.dumps([[table.name, table.schema_sha256] for table in tables])
            entry |= {
                "rows": sum(table.rows for table in tables),
                "schema_sha256": sha256_of(schemas.encode()),
            }
        entries.append(entry)
    return entries


def _write_checksums(folder: Path) -> None:
    lines = [f"{sha256_of_file(path)}  {name}\n" for name, path in files_below(folder).items()]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
