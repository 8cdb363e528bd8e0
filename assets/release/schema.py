"""The published tables: columns, types, keys and descriptions, as dbt's manifest declares them.

Belongs here: reading the declaration, and the DDL that follows from it. Does not belong here: data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from assets.release.errors import CandidateError

MART = "mart"
"""The one schema of the published file."""

PUBLISHED_TYPES = frozenset({"BIGINT", "BOOLEAN", "DATE", "DOUBLE", "INTEGER", "TIMESTAMP", "VARCHAR"})
"""Types that every supported client knows."""


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Column:
    """One published column. `is_required`: never NULL."""

    name: str
    data_type: str
    description: str
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Each value of `column` stands in `to_column` of `table`."""

    column: str
    table: str
    to_column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.to_column}"


@dataclass(frozen=True, slots=True)
class View:
    """One published view, a table for the eyes of BI tools; `path` is the file that a mend goes into."""

    name: str
    description: str
    columns: tuple[Column, ...]
    path: str = ""

    def comments(self) -> list[str]:
        """The statements that describe the view and its columns in the current schema."""
        return _comments("view", self.name, self.description, self.columns)


@dataclass(frozen=True, slots=True)
class Table:
    """One published table; `path` is the file that a mend goes into."""

    name: str
    description: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    path: str = ""

    @property
    def is_fact(self) -> bool:
        """Facts are told from dimensions and other tables by name."""
        return self.name.startswith("fct_")

    @property
    def row_order(self) -> tuple[str, ...]:
        """Columns that rows are sorted by: the key, its dates last, so that a series lies together."""
        key = self.primary_key or tuple(column.name for column in self.columns)
        dates = {column.name for column in self.columns if column.data_type == "DATE"}
        return tuple(name for name in key if name not in dates) + tuple(name for name in key if name in dates)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that hold no NULL: declared so, or part of the key."""
        return tuple(c.name for c in self.columns if c.is_required or c.name in self.primary_key)

    def ddl(self) -> list[str]:
        """The statements that create the empty table, its constraints and comments in the current schema.

        A fact's own key is not declared: on 2.5 million rows its index makes the file five times as large. It
        is checked before insertion all the same (see candidate.py). Nor is a reference of a table to itself, which
        DuckDB can't check inside one insertion.
        """
        lines = [
            f"{quoted(c.name)} {c.data_type}{' not null' if c.name in self.required else ''}" for c in self.columns
        ]
        if self.primary_key and not self.is_fact:
            lines.append(f"primary key ({', '.join(map(quoted, self.primary_key))})")
        lines += [
            f"foreign key ({quoted(key.column)}) references {quoted(key.table)} ({quoted(key.to_column)})"
            for key in self.foreign_keys
            if key.table != self.name
        ]
        comments = _comments("table", self.name, self.description, self.columns)
        return [f"create table {quoted(self.name)} ({', '.join(lines)})", *comments]


def _comments(kind: str, name: str, description: str, columns: Iterable[Column]) -> list[str]:
    """The statements that describe a table or view and its columns."""
    return [
        f"comment on {kind} {quoted(name)} is {literal(description)}",
        *(f"comment on column {quoted(name)}.{quoted(c.name)} is {literal(c.description)}" for c in columns),
    ]


def read_mart(manifest: Path) -> list[Table]:
    """The models that dbt puts into schema `mart` as tables, each after the tables it refers to.

    Keys come from the model's `meta`: `primary_key` (list of columns), `foreign_keys` (list of `columns`, `to_table`,
    `to_columns`; one column each).
    Raises CandidateError when the manifest is missing, declares no such model, or one that can't be published.
    """
    return in_creation_order(_table(node) for node in _published_nodes(manifest) if not _is_view(node))


def read_views(manifest: Path) -> list[View]:
    """The models that dbt puts into schema `mart` as views, by name. Raises CandidateError like `read_mart`."""
    views = []
    for node in _published_nodes(manifest):
        if _is_view(node):
            name, path = node["alias"], node["original_file_path"]
            columns = tuple(_column(column, table=name, path=path) for column in node["columns"].values())
            views.append(View(name, " ".join(node["description"].split()), columns, path))
    return sorted(views, key=lambda view: view.name)


def _published_nodes(manifest: Path) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CandidateError(f"dbt manifest {manifest}: cannot be read ({error}). Run dbt parse.") from error
    nodes = [node for node in document["nodes"].values() if _is_published(node)]
    if not nodes:
        raise CandidateError(f"dbt manifest {manifest}: no model has schema '{MART}'. Run dbt parse on dbt_project.")
    return nodes


def _is_view(node: Mapping[str, Any]) -> bool:
    return bool(node["config"].get("materialized") == "view")


def in_creation_order(tables: Iterable[Table]) -> list[Table]:
    """`tables` so that each comes after those it refers to, else by name. Raises CandidateError."""
    by_name = {table.name: table for table in sorted(tables, key=lambda table: table.name)}
    graph: dict[str, list[str]] = {}
    for table in by_name.values():
        for key in table.foreign_keys:
            target = by_name.get(key.table)
            if target is None or target.primary_key != (key.to_column,):
                raise CandidateError(
                    f"{table.path}: {table.name}.{key.column} refers to {key}, which is not the primary key of a "
                    f"table in '{MART}'. Correct the foreign key, or declare the primary key of {key.table}."
                )
        graph[table.name] = [key.table for key in table.foreign_keys if key.table != table.name]
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise CandidateError(
            f"tables refer to each other in a circle: {' -> '.join(error.args[1])}. Drop one of the foreign keys."
        ) from None


def _is_published(node: Mapping[str, Any]) -> bool:
    return bool(node["resource_type"] == "model" and node["config"].get("schema") == MART)


def _table(node: Mapping[str, Any]) -> Table:
    name, path = node["alias"], node["original_file_path"]
    meta = node["config"].get("meta", {})
    columns = tuple(_column(column, table=name, path=path) for column in node["columns"].values())
    foreign_keys = tuple(_foreign_key(key, table=name, path=path) for key in meta.get("foreign_keys", ()))
    table = Table(
        name=name,
        description=" ".join(node["description"].split()),
        columns=columns,
        primary_key=tuple(meta.get("primary_key", ())),
        foreign_keys=foreign_keys,
        path=path,
    )
    unknown = {*table.primary_key, *(key.column for key in foreign_keys)} - {c.name for c in columns}
    if unknown:
        raise CandidateError(
            f"{path}: a key of {name} names {sorted(unknown)}, which is no column of it. Mend its YAML."
        )
    return table


def _foreign_key(key: Mapping[str, Any], *, table: str, path: str) -> ForeignKey:
    if len(key["columns"]) != 1 or len(key["to_columns"]) != 1:
        raise CandidateError(
            f"{path}: {table} refers to {key['to_table']} by {key['columns']}; published references have one column. "
            "Give the table that is referred to a key of one column."
        )
    return ForeignKey(key["columns"][0], key["to_table"], key["to_columns"][0])


def _column(node: Mapping[str, Any], *, table: str, path: str) -> Column:
    data_type = (node.get("data_type") or "").upper()
    if data_type not in PUBLISHED_TYPES:
        raise CandidateError(
            f"{path}: {table}.{node['name']} has type '{data_type or 'none'}'; published are only "
            f"{', '.join(sorted(PUBLISHED_TYPES))}. Cast it in the model and declare the type in its YAML."
        )
    constraints = {constraint["type"] for constraint in node.get("constraints", [])}
    return Column(node["name"], data_type, " ".join(node["description"].split()), "not_null" in constraints)
