"""Parquet exports of the mart, and the hash of its content.

Belongs here: table files and what is said about them. Does not belong here: the release folder around them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assets.release.own_tables import ABOUT_THE_RUN
from assets.release.schema import MART, literal, quoted
from sources.archive import sha256_of, sha256_of_file


@dataclass(frozen=True, slots=True)
class TableExport:
    """One exported table: its columns as (name, type), its rows, and the bytes they became."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    path: Path
    sha256: str

    @property
    def schema_sha256(self) -> str:
        """Hash of the column names and types in their order: the table's schema contract."""
        return sha256_of(json.dumps(self.columns, ensure_ascii=False).encode())


def export_parquet(
    connection: duckdb.DuckDBPyConnection, folder: Path, *, ready: Path | None = None
) -> list[TableExport]:
    """Write every table of the connection's schema `mart` to `folder`/<table>/data.parquet, zstd, in stored order.

    The same rows under the same DuckDB version give the same bytes. Files that stand in `ready`, laid out alike, are
    copied instead: the content hash tells whether they are right. Tables that tell of the run are always written.
    Raises duckdb.Error and OSError, also when the disk is full.
    """
    return [_export(connection, name, folder, ready=ready) for name in table_names(connection)]


def exports_beside(candidate: Path) -> Path:
    """Where sealing leaves a candidate's exports, so that publishing need not write them again."""
    return candidate.with_name("parquet")


def table_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of schema `mart` in the connection's current database, by name."""
    found = connection.execute(
        "select table_name from duckdb_tables() "
        f"where database_name = current_database() and schema_name = {literal(MART)} order by table_name"
    ).fetchall()
    return [name for (name,) in found]


def content_sha256(exports: Iterable[TableExport]) -> str:
    """SHA-256 over (table, schema, bytes) of all exports by name, without the tables that tell of the run.

    Two candidates with the same hash hold the same numbers.
    """
    return content_of((e.name, e.schema_sha256, e.sha256) for e in exports)


def content_of(tables: Iterable[tuple[str, str, str]]) -> str:
    """The same from (table, SHA-256 of its schema, SHA-256 of its bytes)."""
    content = sorted(table for table in tables if table[0] not in ABOUT_THE_RUN)
    return sha256_of(json.dumps(content).encode())


def release_id(built_at: datetime, content: str) -> str:
    """`<UTC time>-<8 hex digits of the content hash>`, such as 20260922T052007Z-1a2b3c4d."""
    return f"{built_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{content[:8]}"


def _export(connection: duckdb.DuckDBPyConnection, name: str, folder: Path, *, ready: Path | None) -> TableExport:
    path = folder / name / "data.parquet"
    path.parent.mkdir(parents=True)
    table = f"{MART}.{quoted(name)}"
    source = ready / name / path.name if ready and name not in ABOUT_THE_RUN else None
    if source and source.is_file():
        shutil.copyfile(source, path)
    else:
        ((comment,),) = connection.execute(
            "select coalesce(comment, '') from duckdb_tables() "
            f"where database_name = current_database() and schema_name = {literal(MART)} "
            f"and table_name = {literal(name)}"
        ).fetchall()
        described = f"kv_metadata {{description: {literal(comment)}}}"
        connection.execute(f"copy {table} to {literal(str(path))} (format parquet, compression zstd, {described})")
    columns = connection.execute(f"select column_name, column_type from (describe {table})").fetchall()
    rows = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
    return TableExport(name, tuple((column, kind) for column, kind in columns), rows, path, sha256_of_file(path))
