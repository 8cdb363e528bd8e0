"""From a folder of recorded or generated data to the tables that the replay server answers from.

Belongs here: reading the files of a folder into dense arrays, and what is known about a table beside its numbers.
Does not belong here: how an answer is spelled, what a query selects.

A folder holds `*_<table>_*.parquet` or `.csv` in long form (one column a dimension, `Tiedot`, `value`; NULL = `...`),
optionally `labels/` (texts by code), `recorded/*__jsonstat2_<lang>_*.json` (complete answers; preferred to the data
files, as they reach further) and `dataset.json` (`kind`, `title`, `map`, `updated` by table). Codes are served in the
order in which the data files bring them, which is the order of the API; periods in their own order.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Literal
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
from numpy.typing import NDArray

from sources.statfin.replay_catalogue import (
    CONTENTS_CODE,
    CONTENTS_TEXT,
    LANGUAGES,
    NUMBER,
    SUBJECTS,
    TABLES,
    DimensionSpec,
    TableSpec,
    Text,
)

HELSINKI = ZoneInfo("Europe/Helsinki")
SYMBOLS = ("", ".", "..", "...", "....", ".....", "......", "-")  # a cell's `symbols` entry is an index into this
SECRET = SYMBOLS.index("...")


class ReplayFolderError(Exception):
    """A folder cannot be served."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Unit of a content; `decimals` are those shown."""

    base: Text
    decimals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable of a table. `texts`: value texts by language, parallel to `codes`; `total`: what stands for it
    left out.

    The contents variable alone has `units` (parallel to `codes`) and `comments` by code.
    """

    code: str
    codes: tuple[str, ...]
    text: Text
    texts: Mapping[str, tuple[str, ...]]
    total: str | None = None
    is_time: bool = False
    map: str | None = None
    units: tuple[Unit, ...] = ()
    comments: Mapping[str, Text] = field(default_factory=dict)

    @property
    def is_contents(self) -> bool:
        return bool(self.units)

    def take(self, positions: Sequence[int]) -> Variable:
        """This variable with only the values at `positions`."""
        return replace(
            self,
            codes=tuple(self.codes[i] for i in positions),
            texts={language: tuple(texts[i] for i in positions) for language, texts in self.texts.items()},
            units=tuple(self.units[i] for i in positions) if self.units else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: `values` (NaN where a symbol stands) and `symbols` (index into SYMBOLS) with one axis a variable.

    `long_name` is what listings say. `updated`: time of the release, UTC. `stamp`: Helsinki wall time of the listing.
    `heading`: how many of the last variables stand in the heading of a csv.
    """

    id: str
    subject: str
    subject_text: Text
    name: Text
    long_name: Text
    source: Text
    notes: Mapping[str, tuple[str, ...]]
    contact: Text
    variables: tuple[Variable, ...]
    heading: int
    values: NDArray[np.float64]
    symbols: NDArray[np.uint8]
    updated: datetime
    stamp: datetime
    release_lag: int = 1

    def variable(self, code: str) -> Variable | None:
        return next((v for v in self.variables if v.code == code), None)

    @property
    def time(self) -> Variable:
        return next(v for v in self.variables if v.is_time)

    def take(self, positions: Sequence[Sequence[int]]) -> Table:
        """The part of this table at `positions`, one list a variable."""
        index = np.ix_(*(np.asarray(p, dtype=np.intp) for p in positions))
        return replace(
            self,
            variables=tuple(v.take(p) for v, p in zip(self.variables, positions, strict=True)),
            values=self.values[index],
            symbols=self.symbols[index],
        )


class ReplayFolder:
    """The tables of a folder, each read when it is first asked for.

    `root` may be the folder itself or hold it as `statfin/`. Raises ReplayFolderError when it has no table.
    """

    def __init__(self, root: Path) -> None:
        self.root = root / "statfin" if (root / "statfin").is_dir() else root
        about = self.root / "dataset.json"
        self._about: Mapping[str, Any] = json.loads(about.read_text("utf-8")) if about.exists() else {}
        self.kind: Literal["recorded", "synthetic"] = self._about.get("kind", "recorded")
        self._recorded = {
            path.name.split("__")[0]: path for path in sorted(self.root.glob("recorded/*__jsonstat2_*.json"))
        }
        self._specs = {spec.id: spec for spec in TABLES if any(self.root.glob(spec.data)) or spec.id in self._recorded}
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
            table = _from_recorded_answer(self._recorded[table_id], spec)
        elif spec is not None:
            table = _from_data_file(self.root, spec, self._about)
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


def in_language(by_language: Mapping[str, Any], language: str) -> Any:
    """What is said in `language`, else in Finnish, else in whatever language there is."""
    if language in by_language:
        return by_language[language]
    return by_language["fi"] if "fi" in by_language else next(iter(by_language.values()))


def release_time(period: str, lag: int = 1) -> datetime:
    """When a period ('2026M07', '2026Q2') is released: `lag` months on, first weekday from day 21, 08:00 Helsinki."""
    year, number = int(period[:4]), int(period[5:])
    last_month = number if period[4] == "M" else 3 * number
    months = 12 * year + last_month - 1 + lag
    day = date(months // 12, months % 12 + 1, 21)
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)
    return datetime(day.year, day.month, day.day, 8, tzinfo=HELSINKI).astimezone(UTC)


def _from_data_file(root: Path, spec: TableSpec, about: Mapping[str, Any]) -> Table:
    """Read the long file of `spec` into a dense array; a combination that the file lacks gets the symbol `...`."""
    path = min(root.glob(spec.data))
    reader = f"read_csv('{path}', all_varchar = true)" if path.suffix == ".csv" else f"read_parquet('{path}')"
    with duckdb.connect() as connection:
        connection.execute(f"create table data as from {reader}")
        present = {row[0] for row in connection.execute("select column_name from (describe data)").fetchall()}
        columns = {d.code: d.column for d in spec.dimensions if d.column in present} | {CONTENTS_CODE: "Tiedot"}
        found = {code: _codes_in_file_order(connection, column) for code, column in columns.items()}
        variables = [_dimension(root, d, found.get(d.code, [d.total or ""]), about) for d in spec.dimensions]
        contents, content_columns = _contents(spec, found[CONTENTS_CODE])
        variables.append(contents)
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
        visible = connection.execute(
            f"select {cell} as cell, value::double as value from data where value is not null"
        ).fetchnumpy()
    values = np.full(shape, np.nan)
    values.reshape(-1)[np.asarray(visible["cell"])] = np.asarray(visible["value"])
    last = next(v for v in variables if v.is_time).codes[-1]
    updated = (
        _utc(about["updated"][spec.id]) if spec.id in about.get("updated", {}) else release_time(last, spec.release_lag)
    )
    heading = 0
    while variables[-1 - heading].is_contents or variables[-1 - heading].is_time:
        heading += 1
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
        symbols=np.where(np.isnan(values), SECRET, 0).astype(np.uint8),
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
        map=about.get("map", spec.map) if spec.labels and spec.map else spec.map,
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


def _from_recorded_answer(path: Path, spec: TableSpec | None) -> Table:
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
