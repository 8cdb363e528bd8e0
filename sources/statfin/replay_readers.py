"""From the files of a folder to tables: long data files, and complete answers of StatFin as they were recorded."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from sources.statfin.replay_tables import HELSINKI, NOT_AVAILABLE, SECRET, SYMBOLS, Table, Unit, Variable, release_time
from sources.statfin.replay_vocabulary import (
    AREA,
    CONTENTS_CODE,
    CONTENTS_TEXT,
    LANGUAGES,
    NUMBER,
    SUBJECTS,
    DimensionSpec,
    TableSpec,
    Text,
)


def from_data_file(root: Path, spec: TableSpec, about: Mapping[str, Any]) -> Table:
    """Read the long file of `spec` into a dense array; NULL gets the symbol `...`, a row that the file lacks `..`."""
    path = min(root.glob(spec.data))
    reader = f"read_csv('{path}', all_varchar = true)" if path.suffix == ".csv" else f"read_parquet('{path}')"
    with duckdb.connect() as connection:
        connection.execute(f"create table data as from {reader}")
        present = {row[0] for row in connection.execute("select column_name from (describe data)").fetchall()}
        columns = {d.code: d.column for d in spec.dimensions if d.column in present} | {CONTENTS_CODE: "Tiedot"}
        found = {code: _codes_in_file_order(connection, column) for code, column in columns.items()}
        variables = [_dimension(root, d, found.get(d.code, [d.total or ""]), about) for d in spec.dimensions]
        contents, content_columns = _contents(spec, found[CONTENTS_CODE])
        variables.insert(0 if spec.contents_first else len(variables), contents)
        shape = tuple(len(v.codes) for v in variables)
        codes = {v.code: v.codes for v in variables} | {CONTENTS_CODE: content_columns}
        cell = "0"
        for number, (variable, size) in enumerate(zip(variables, shape, strict=True)):
            if variable.code in columns:
                names = ", ".join("'" + code.replace("'", "''") + "'" for code in codes[variable.code])
                connection.execute(f"create type axis{number} as enum ({names})")
                cell = f"({cell}) * {size} + enum_code({columns[variable.code]}::axis{number})::bigint"
            else:
                cell = f"({cell}) * {size}"
        rows = connection.execute(f"select {cell} as cell, value::double as value from data").fetchnumpy()
    there = np.ma.filled(rows["value"], np.nan)
    values, symbols = np.full(shape, np.nan), np.full(shape, NOT_AVAILABLE, dtype=np.uint8)
    values.reshape(-1)[rows["cell"]] = there
    symbols.reshape(-1)[rows["cell"]] = np.where(np.isnan(there), SECRET, 0)
    last = next(v for v in variables if v.is_time).codes[-1]
    updated = (
        _utc(about["updated"][spec.id]) if spec.id in about.get("updated", {}) else release_time(last, spec.release_lag)
    )
    return _table(spec, variables, values, symbols, updated)


def from_px_json_answer(path: Path, spec: TableSpec) -> Table:
    """A table as an answer in the format `json` shows it: codes without texts, contents as columns."""
    body = json.loads(path.read_text("utf-8"))
    columns = body["columns"]
    keys = [number for number, column in enumerate(columns) if column["type"] != "c"]
    found = {
        columns[number]["code"]: list(dict.fromkeys(row["key"][number] for row in body["data"])) for number in keys
    }
    by_code = {d.code: d for d in spec.dimensions}
    variables = [_dimension(path.parents[1], by_code[code], codes, {}) for code, codes in found.items()]
    offered = [column["code"] for column in columns if column["type"] == "c"]
    by_content = {content.code: content.column for content in spec.contents}
    contents, _ = _contents(spec, [by_content.get(code, code) for code in offered])
    contents = contents.take([contents.codes.index(code) for code in offered])
    variables.append(contents)
    shape = tuple(len(v.codes) for v in variables)
    values, symbols = np.full(shape, np.nan), np.full(shape, SECRET, dtype=np.uint8)
    for row in body["data"]:
        cell = tuple(v.codes.index(code) for v, code in zip(variables, row["key"], strict=False))
        for place, text in enumerate(row["values"]):
            missing = text in SYMBOLS
            values[(*cell, place)] = np.nan if missing else float(text)
            symbols[(*cell, place)] = SYMBOLS.index(text) if missing else 0
    day, _, time = body["metadata"][0]["updated"].partition("T")
    return _table(spec, variables, values, symbols, _utc(f"{day}T{time.replace('.', ':')}"))


def _table(
    spec: TableSpec,
    variables: Sequence[Variable],
    values: NDArray[np.float64],
    symbols: NDArray[np.uint8],
    updated: datetime,
) -> Table:
    heading = 0
    while variables[-1 - heading].is_contents or variables[-1 - heading].is_time:
        heading += 1
        if heading == len(variables):
            break
    return Table(
        id=spec.id,
        subject=spec.subject,
        subject_text=SUBJECTS[spec.subject],
        name=spec.name,
        long_name=_long_name(spec),
        source=spec.source,
        notes=spec.notes,
        contact=spec.contact,
        variables=tuple(variables),
        heading=heading,
        values=values,
        symbols=symbols,
        updated=updated,
        stamp=updated.astimezone(HELSINKI).replace(tzinfo=None),
        release_lag=spec.release_lag,
    )


def _codes_in_file_order(connection: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    rows = connection.execute(f"select {column} from data group by 1 order by min(rowid)").fetchall()
    return [row[0] for row in rows]


def _dimension(root: Path, spec: DimensionSpec, found: Sequence[str], about: Mapping[str, Any]) -> Variable:
    codes = tuple(sorted(found) if spec.is_time else found)
    labels = _labels(root, spec.labels) if spec.labels else spec.value_texts
    texts = {language: tuple(labels.get(c, {}).get(language) or c for c in codes) for language in LANGUAGES}
    return Variable(
        code=spec.code,
        codes=codes,
        text=spec.text,
        texts=texts,
        total=spec.total,
        is_time=spec.is_time,
        map=about.get("map", spec.map) if spec.map == AREA.map else spec.map,
    )


def _labels(root: Path, pattern: str) -> dict[str, dict[str, str]]:
    """Texts by code and language, from the columns text_<lang>... of a file in labels/; a missing text is Finnish."""
    labels: dict[str, dict[str, str]] = {}
    for path in sorted((root / "labels").glob(pattern))[:1]:
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                texts = {
                    name.split("_")[1]: text
                    for name, text in row.items()
                    if name.startswith("text_") and not name.endswith("_mark")
                }
                spoken = texts.get("fi") or texts.get("en") or row["code"]
                labels[row["code"]] = {language: texts.get(language) or spoken for language in LANGUAGES}
    return labels


def _contents(spec: TableSpec, found: Sequence[str]) -> tuple[Variable, tuple[str, ...]]:
    """The contents variable, and what the data file calls its values, in the same order."""
    known = [content for content in spec.contents if content.column in found]
    unknown = [column for column in found if all(column != content.column for content in spec.contents)]
    variable = Variable(
        code=CONTENTS_CODE,
        codes=(*(content.code for content in known), *unknown),
        text=CONTENTS_TEXT,
        texts={language: (*(content.text[language] for content in known), *unknown) for language in LANGUAGES},
        units=(*(Unit(content.unit, content.decimals) for content in known), *(Unit(NUMBER, 0) for _ in unknown)),
        comments={content.code: content.comment for content in known if content.comment},
    )
    return variable, (*(content.column for content in known), *unknown)


def from_recorded_answer(path: Path, spec: TableSpec | None) -> Table:
    """A table as a complete json-stat2 answer shows it; texts in other languages than the answer's come from `spec`."""
    body = json.loads(path.read_text("utf-8"))
    language = path.name.split("__")[1].split("_")[1]
    px = body["extension"]["px"]
    dimensions = {d.code: d for d in spec.dimensions} if spec else {}
    roles = body["role"]
    maps = _recorded_maps(path, px["tableid"])
    variables = [
        _recorded_variable(code, body["dimension"][code], language, roles, maps.get(code), dimensions.get(code), spec)
        for code in body["id"]
    ]
    missing = {int(cell): SYMBOLS.index(symbol) for cell, symbol in body.get("status", {}).items()}
    symbols = np.zeros(len(body["value"]), dtype=np.uint8)
    symbols[list(missing)] = list(missing.values())
    updated = _utc(body["updated"])
    own_notes = {language: tuple(body.get("note", ()))}
    return Table(
        id=px["tableid"],
        subject=px["subject-code"],
        subject_text={**SUBJECTS.get(px["subject-code"], {}), language: px["subject-area"]},
        name={**(spec.name if spec else {}), language: px["contents"]},
        long_name={**(_long_name(spec) if spec else {}), language: _told_in(px["description"])},
        source={**(spec.source if spec else {}), language: body["source"]},
        notes={**(spec.notes if spec else {}), **own_notes},
        contact={**(spec.contact if spec else {}), language: body["extension"]["contact"][0]["raw"]},
        variables=tuple(variables),
        heading=len(px["heading"]),
        values=np.array([np.nan if v is None else v for v in body["value"]], dtype=np.float64).reshape(body["size"]),
        symbols=symbols.reshape(body["size"]),
        updated=updated,
        stamp=updated.astimezone(HELSINKI).replace(tzinfo=None),
        release_lag=spec.release_lag if spec else 1,
    )


def _recorded_maps(answer: Path, table_id: str) -> dict[str, str]:
    """`map` by variable: an answer does not say it, the metadata recorded beside it does."""
    maps: dict[str, str] = {}
    for path in sorted(answer.parent.glob(f"{table_id}__metadata_*.json")):
        maps |= {v["code"]: v["map"] for v in json.loads(path.read_text("utf-8"))["variables"] if "map" in v}
    return maps


def _recorded_variable(
    code: str,
    recorded: Mapping[str, Any],
    language: str,
    roles: Mapping[str, Sequence[str]],
    map_text: str | None,
    dimension: DimensionSpec | None,
    spec: TableSpec | None,
) -> Variable:
    category = recorded["category"]
    codes = tuple(sorted(category["index"], key=category["index"].__getitem__))
    value_texts: Mapping[str, Text] = dict(dimension.value_texts) if dimension else {}
    text: Text = dimension.text if dimension else {}
    is_contents = code in roles.get("metric", ())
    if is_contents and spec:
        text, value_texts = CONTENTS_TEXT, {content.code: content.text for content in spec.contents}
    others = {
        other: tuple(value_texts.get(c, {}).get(other, category["label"][c]) for c in codes)
        for other in LANGUAGES
        if other in text
    }
    units = category.get("unit", {})
    return Variable(
        code=code,
        codes=codes,
        text={**text, language: recorded["label"]},
        texts={**others, language: tuple(category["label"][c] for c in codes)},
        total=recorded["extension"].get("eliminationValueCode"),
        is_time=code in roles.get("time", ()),
        map=map_text or (dimension.map if dimension else None),
        units=tuple(Unit({language: units[c]["base"]}, units[c]["decimals"]) for c in codes) if is_contents else (),
        comments={c: {language: notes[0]} for c, notes in category.get("note", {}).items()} if is_contents else {},
    )


def _long_name(spec: TableSpec) -> Text:
    """A table's name with its legacy number: 'Unemployed jobseekers and vacancies ... (1270)'."""
    return {language: f"{name} ({spec.legacy})" if spec.legacy else name for language, name in spec.name.items()}


def _told_in(description: str) -> str:
    """The name in '11l1 -- Job vacancies by quarter, 2013Q1-2026Q2'."""
    return description.partition(" -- ")[2].rpartition(", ")[0]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
