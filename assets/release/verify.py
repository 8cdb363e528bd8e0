"""Is a release what its manifest says? Every file, every checksum, the content hash, the database.

Belongs here: reading a finished release folder with suspicion. Does not belong here: mending it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from assets.release.export import content_of, table_names
from assets.release.package import CHECKSUMS, DATABASE, MANIFEST, NOT_EXPORTED, files_below
from assets.release.schema import MART, quoted
from sources.archive import sha256_of_file


def problems_of(folder: Path) -> list[str]:
    """Every problem of the release in `folder`, in words; empty when it is sound. Damage never raises."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        declared = {entry["path"]: entry for entry in manifest["files"]}
        tables = _tables(manifest)
        identity = (manifest["id"], manifest["content_sha256"][:8])
        checksums = _checksums(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"{folder.name}: {MANIFEST} or {CHECKSUMS} is missing or damaged ({error!r})."]
    problems = []
    if identity != (folder.name, folder.name[-8:]):
        problems.append(f"{folder.name}: the manifest is that of another release ({identity[0]}).")
    found = files_below(folder)
    expected = {*declared, MANIFEST, CHECKSUMS}
    problems += [f"{name}: missing." for name in sorted(expected - found.keys())]
    problems += [f"{name}: not in the manifest." for name in sorted(found.keys() - expected)]
    for name in sorted(found.keys() & expected):
        problems += _problems_of_file(name, found[name], declared.get(name), checksums)
    return problems + _problems_of_content(manifest, tables) + _problems_of_database(folder / DATABASE, tables)


def _tables(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the manifest says of each table of the database: of its export, or of one that must have none."""
    files = {entry["path"]: entry for entry in manifest["files"]}
    tables = {path.split("/")[1]: entry for path, entry in files.items() if path.startswith("parquet/")}
    return tables | {entry["table"]: entry for entry in manifest.get(NOT_EXPORTED, ())}


def _checksums(folder: Path) -> dict[str, str]:
    lines = (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    return {name: sha256 for sha256, name in (line.split("  ", maxsplit=1) for line in lines)}


def _problems_of_file(name: str, path: Path, entry: dict[str, Any] | None, checksums: dict[str, str]) -> list[str]:
    if name == CHECKSUMS:
        return []
    if path.is_symlink() or not path.is_file():
        return [f"{name}: not a plain file."]
    size = path.stat().st_size
    if entry and size != entry["bytes"]:
        return [f"{name}: {size} bytes, the manifest says {entry['bytes']}."]
    sha256 = sha256_of_file(path)
    stated = {entry["sha256"] if entry else sha256, checksums.get(name)}
    return [] if stated == {sha256} else [f"{name}: SHA-256 is {sha256}, not what {MANIFEST} and {CHECKSUMS} say."]


def _problems_of_content(manifest: dict[str, Any], tables: dict[str, dict[str, Any]]) -> list[str]:
    """The content hash again, from the tables' hashes in the manifest; those are compared with the files elsewhere."""
    content = content_of(
        (name, str(entry.get("schema_sha256")), str(entry.get("sha256"))) for name, entry in tables.items()
    )
    stated = manifest["content_sha256"]
    return [] if content == stated else [f"{MANIFEST}: content_sha256 is {stated}, its tables give {content}."]


def _problems_of_database(database: Path, tables: dict[str, dict[str, Any]]) -> list[str]:
    try:
        with duckdb.connect(database, read_only=True) as connection:
            counts = {
                name: connection.execute(f"select count(*) from {MART}.{quoted(name)}").fetchall()[0][0]
                for name in table_names(connection)
            }
    except duckdb.Error as error:
        return [f"{DATABASE}: does not open ({error})."]
    stated = {name: entry.get("rows") for name, entry in tables.items()}
    differing = sorted(name for name, _ in counts.items() ^ stated.items())
    return [f"{DATABASE}: table {name} and its export differ in rows." for name in dict.fromkeys(differing)]
