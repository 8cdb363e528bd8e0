"""The candidate: one DuckDB file with the published schema, built from dbt's marts, sealed when it has been judged.

Belongs here: copying, key checks, sealing. Does not belong here: judging (quality/), publishing (store.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from assets.release.durable import fsync_file, remove_tree
from assets.release.errors import CandidateError
from assets.release.export import content_sha256, export_parquet, exports_beside, release_id
from assets.release.own_tables import (
    DATA_DICTIONARY,
    LABELS,
    NOTICES,
    OWN_TABLES,
    QUALITY_RESULT,
    RELEASE_INFO,
    TABLE_LABELS,
)
from assets.release.schema import MART, Table, View, literal, quoted, read_mart, read_views
from quality.result import CheckResult
from sources.archive import fsync_directory, sha256_of_file

STORAGE_VERSION = "v1.2.0"
"""The oldest DuckDB that has to open a release."""


def build_candidate(warehouse: Path, manifest: Path, candidate: Path) -> None:
    """Copy every model of dbt's schema `mart` from `warehouse` to a fresh `candidate`: typed, keyed, sorted.

    The tables of own_tables.py are created too; seal() fills `quality_result` and `release_info`. An old candidate is
    replaced only when the new one is whole. Views are defined anew over the copied tables. Raises CandidateError: a
    table, view or column is missing, a required column holds NULL, a key is not unique, a reference has no match.
    """
    tables, views = read_mart(manifest), read_views(manifest)
    candidate.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=candidate.parent, prefix=".build-") as scratch:
        draft = Path(scratch) / candidate.name
        with _attached(draft, scratch=scratch) as connection:
            _attach_warehouse(connection, warehouse)
            connection.begin()
            connection.execute(f"create schema {MART}")
            connection.execute(f"use candidate.{MART}")
            for table in (*tables, *OWN_TABLES):
                for statement in table.ddl():
                    connection.execute(statement)
            connection.commit()
            for table in tables:
                _copy(connection, table)
            for view in views:
                _define(connection, view, catalog=warehouse.stem)
            _insert(connection, DATA_DICTIONARY, _dictionary((*tables, *OWN_TABLES), views))
        fsync_file(draft)
        draft.replace(candidate)
    fsync_directory(candidate.parent)


def seal(candidate: Path, results: Sequence[CheckResult], release_info: Mapping[str, str]) -> str:
    """Write what was checked and what the file is into `candidate`, close it for good and return its SHA-256.

    `release_info` becomes the rows of that table; it must hold `data_kind`. Added are `built_at` (ISO 8601 with
    offset; now) and `notice` unless given, `content_sha256` and `release_id`. The exports that the content hash is
    taken from stay beside the candidate, in `parquet/`. Sealing again replaces all of it. Raises CandidateError.
    """
    if release_info.get("data_kind") not in NOTICES:
        raise CandidateError(
            f"seal {candidate}: release_info needs 'data_kind', one of {', '.join(NOTICES)}; "
            f"it has {release_info.get('data_kind')!r}."
        )
    built_at = _built_at(release_info)
    if not candidate.is_file():
        raise CandidateError(f"seal: {candidate} is missing. Build the candidate first.")
    exports = exports_beside(candidate)
    remove_tree(exports)
    with (
        TemporaryDirectory(dir=candidate.parent, prefix=".seal-") as scratch,
        _attached(candidate, scratch=scratch) as connection,
    ):
        connection.execute(f"use candidate.{MART}")
        _label(connection, release_info["data_kind"])
        content = content_sha256(export_parquet(connection, exports))
        info = {
            "notice": NOTICES[release_info["data_kind"]],
            **release_info,
            "built_at": built_at.isoformat(timespec="seconds"),
            "content_sha256": content,
            "release_id": release_id(built_at, content),
        }
        _replace(connection, QUALITY_RESULT, [_result_row(result) for result in results])
        _replace(connection, RELEASE_INFO, sorted(info.items()))
    fsync_file(candidate)
    return sha256_of_file(candidate)


def _label(connection: duckdb.DuckDBPyConnection, data_kind: str) -> None:
    """Put what kind of data this is before the comment of each table and view, where BI tools and Parquet show it."""
    found = connection.execute(
        """
        select 'table', table_name, comment from duckdb_tables() where database_name = current_database()
        union all
        select 'view', view_name, comment from duckdb_views() where database_name = current_database() and not internal
        """
    ).fetchall()
    for kind, name, comment in found:
        label = TABLE_LABELS.get((data_kind, name), LABELS[data_kind])
        if label and not comment.startswith(label):
            connection.execute(f"comment on {kind} {MART}.{quoted(name)} is {literal(f'{label} {comment}')}")


def _built_at(release_info: Mapping[str, str]) -> datetime:
    if "built_at" not in release_info:
        return datetime.now(UTC)
    with suppress(ValueError):
        built_at = datetime.fromisoformat(release_info["built_at"])
        if built_at.tzinfo is not None:
            return built_at.astimezone(UTC)
    raise CandidateError(
        f"seal: built_at '{release_info['built_at']}' is no time with an offset. "
        "Write it in ISO 8601, such as 2026-09-22T05:20:07+00:00."
    )


@contextmanager
def _attached(path: Path, *, scratch: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the file attached as `candidate`; left without an error, it is checkpointed and closed."""
    with duckdb.connect(config={"temp_directory": scratch}) as connection:
        try:
            connection.execute(f"attach {literal(str(path))} as candidate (storage_version '{STORAGE_VERSION}')")
            connection.execute("use candidate")
            yield connection
            connection.execute("checkpoint candidate")
        except duckdb.Error as error:
            raise CandidateError(f"candidate {path.name}: {error}") from error
    if path.with_name(f"{path.name}.wal").exists():
        raise CandidateError(f"candidate {path}: its write-ahead log was not merged. Build it again.")


def _attach_warehouse(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    try:
        connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
    except duckdb.Error as error:
        raise CandidateError(
            f"warehouse {warehouse}: cannot be opened ({error}). Run dbt build, or wait for the run that holds it."
        ) from error


def _copy(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    columns = ", ".join(quoted(column.name) for column in table.columns)
    order = ", ".join(f"{quoted(name)} nulls first" for name in table.row_order)
    try:
        _check_required(connection, table)
        _check_key(connection, table)
        _check_references(connection, table)
        connection.execute(
            f"insert into {quoted(table.name)} ({columns}) select {columns} from {_source(table.name)} order by {order}"
        )
    except duckdb.Error as error:
        raise CandidateError(
            f"{MART}.{table.name}: cannot be copied from the warehouse ({error}). "
            f"Make {table.path} agree with its YAML and run dbt build."
        ) from error


def _define(connection: duckdb.DuckDBPyConnection, view: View, *, catalog: str) -> None:
    """Create `view` as the warehouse has it, without the name of the warehouse's file, and describe it."""
    try:
        ((sql,),) = connection.execute(
            "select sql from duckdb_views() where database_name = 'warehouse' and schema_name = ? and view_name = ?",
            [MART, view.name],
        ).fetchall()
        connection.execute(re.sub(rf'(?:"{catalog}"|\b{catalog})\.(?="?{MART}"?\.)', "", sql))
        found = connection.execute(
            f"select column_name, column_type from (describe {MART}.{quoted(view.name)})"
        ).fetchall()
        declared = [(column.name, column.data_type) for column in view.columns]
        if found != declared:
            raise CandidateError(
                f"{MART}.{view.name}: has the columns {found}, its YAML says {declared}. Make {view.path} and its YAML "
                "agree and run dbt build."
            )
        for statement in view.comments():
            connection.execute(statement)
    except (duckdb.Error, ValueError) as error:
        raise CandidateError(
            f"{MART}.{view.name}: cannot be defined over the published tables ({error}). Let {view.path} read "
            f"tables of '{MART}' only, and run dbt build."
        ) from error


def _check_required(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    if not table.required:
        return
    counts = ", ".join(f"count(*) - count({quoted(name)})" for name in table.required)
    missing = connection.execute(f"select {counts} from {_source(table.name)}").fetchall()[0]
    for name, count in zip(table.required, missing, strict=True):
        if count:
            raise CandidateError(
                f"{MART}.{table.name}: column '{name}' is NULL in {count} rows but is required. "
                f"Give it a value in {table.path}, or declare it nullable."
            )


def _check_key(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    if not table.primary_key:
        return
    key = ", ".join(map(quoted, table.primary_key))
    doubles = connection.execute(
        f"select {key}, count(*) from {_source(table.name)} group by {key} having count(*) > 1 order by {key} limit 3"
    ).fetchall()
    if doubles:
        raise CandidateError(
            f"{MART}.{table.name}: the key ({', '.join(table.primary_key)}) is not unique, e.g. {_shown(doubles)} "
            f"(last number: rows). Correct {table.path} so that it gives one row per key."
        )


def _check_references(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    for key in table.foreign_keys:
        column = quoted(key.column)
        strays = connection.execute(
            f"select {column}, count(*) from {_source(table.name)} as child where {column} is not null and not exists "
            f"(select 1 from {_source(key.table)} as parent where parent.{quoted(key.to_column)} = child.{column}) "
            "group by 1 order by 1 limit 3"
        ).fetchall()
        if strays:
            raise CandidateError(
                f"{MART}.{table.name}: '{key.column}' refers to {key}, which lacks {_shown(strays)} "
                f"(last number: rows). Add the missing to {key.table}, or correct {table.path}."
            )


def _source(table: str) -> str:
    return f"warehouse.{MART}.{quoted(table)}"


def _shown(rows: Sequence[tuple[object, ...]]) -> str:
    return "; ".join("(" + ", ".join(str(value) for value in row) + ")" for row in rows)


def _dictionary(tables: Sequence[Table], views: Sequence[View]) -> list[tuple[object, ...]]:
    return [
        *_entries_of_tables(tables),
        *(
            (view.name, column.name, number, column.data_type, False, None, None, column.description)
            for view in views
            for number, column in enumerate(view.columns, start=1)
        ),
    ]


def _entries_of_tables(tables: Sequence[Table]) -> list[tuple[object, ...]]:
    return [
        (
            table.name,
            column.name,
            number,
            column.data_type,
            column.name in table.required,
            table.primary_key.index(column.name) + 1 if column.name in table.primary_key else None,
            next((str(key) for key in table.foreign_keys if key.column == column.name), None),
            column.description,
        )
        for table in sorted(tables, key=lambda table: table.name)
        for number, column in enumerate(table.columns, start=1)
    ]


def _result_row(result: CheckResult) -> tuple[object, ...]:
    values = {name: getattr(result, name) for name in (column.name for column in QUALITY_RESULT.columns)}
    return tuple({**values, "severity": result.severity.value}.values())


def _replace(connection: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    connection.execute(f"delete from {quoted(table.name)}")
    _insert(connection, table, rows)


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(table.columns))
        connection.begin()
        connection.executemany(f"insert into {quoted(table.name)} values ({marks})", rows)
        connection.commit()
