"""`datapackage.json`: the release described for machines, as a Frictionless Data Package.

Belongs here: the mapping from the mart's own dictionary to that standard (Data Package 1, Table Schema 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from assets.release.export import TableExport
from assets.release.schema import MART, literal

_TYPES = {
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "number",
    "INTEGER": "integer",
    "TIMESTAMP": "datetime",
    "VARCHAR": "string",
}

_LICENCE_PATHS = {"CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/"}


def describe(
    connection: duckdb.DuckDBPyConnection,
    exports: Sequence[TableExport],
    *,
    info: Mapping[str, str],
    folder: Path,
) -> dict[str, Any]:
    """The data package of a release: one resource per export, schemas from `mart.data_dictionary`, sources and
    licences from `mart.dim_vintage`."""
    comments = dict(
        connection.execute(
            f"select table_name, coalesce(comment, '') from duckdb_tables() where schema_name = {literal(MART)}"
        ).fetchall()
    )
    sources = connection.execute(
        f"select vintage_id, attribution, licence from {MART}.dim_vintage order by vintage_id"
    ).fetchall()
    return {
        "profile": "data-package",
        "name": "kohtaanto",
        "id": info["release_id"],
        "title": "Kohtaanto: region-by-occupation labour market mismatch indicators for Finland",
        "description": info["notice"],
        "version": info["release_id"],
        "created": info["built_at"],
        "licenses": [_licence(name) for name in sorted({licence for _, _, licence in sources})],
        "sources": [{"title": attribution, "vintage_id": vintage} for vintage, attribution, _ in sources],
        "resources": [
            {
                "name": export.name,
                "path": export.path.relative_to(folder).as_posix(),
                "description": comments[export.name],
                "format": "parquet",
                "mediatype": "application/vnd.apache.parquet",
                "bytes": export.path.stat().st_size,
                "hash": f"sha256:{export.sha256}",
                "schema": _schema(connection, export.name),
            }
            for export in exports
        ],
    }


def _licence(name: str) -> dict[str, str]:
    spdx = name.replace(" ", "-")
    return {"name": spdx, "title": name} | ({"path": _LICENCE_PATHS[spdx]} if spdx in _LICENCE_PATHS else {})


def _schema(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    rows = connection.execute(
        "select column_name, data_type, description, is_required, key_number, refers_to "
        f"from {MART}.data_dictionary where table_name = {literal(table)} order by column_number"
    ).fetchall()
    fields = [
        {
            "name": name,
            "type": _TYPES[data_type],
            "description": description,
            "constraints": {"required": is_required},
        }
        for name, data_type, description, is_required, _, _ in rows
    ]
    key = [name for _, name in sorted((row[4], row[0]) for row in rows if row[4] is not None)]
    references = [_reference(row[0], row[5], table) for row in rows if row[5] is not None]
    return {"fields": fields, "primaryKey": key, "foreignKeys": references}


def _reference(column: str, target: str, table: str) -> dict[str, Any]:
    """Table Schema writes a reference of a table to itself with an empty resource name."""
    resource, _, field = target.partition(".")
    return {
        "fields": [column],
        "reference": {"resource": "" if resource == table else resource, "fields": [field]},
    }
