"""How PxWeb v1 spells its answers: metadata, json-stat2, json, csv (contract statfin, sections 4 and 6)."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sources.statfin.replay_catalogue import Text
from sources.statfin.replay_tables import SYMBOLS, Table, Variable, in_language

JSON_TYPE = "application/json; charset=utf-8"
CSV_TYPE = "text/csv; charset=utf-8"  # what the header claims; the body is in CSV_ENCODING
CSV_ENCODING = "iso-8859-15"

_BY: Mapping[str, tuple[str, str]] = {"fi": ("muuttujina", "ja"), "sv": ("efter", "och"), "en": ("by", "and")}


def to_json(value: Any, *, pretty: bool = False) -> bytes:
    """JSON as the server writes it: compact, UTF-8 unescaped, or indented when asked for."""
    text = json.dumps(
        value, ensure_ascii=False, separators=None if pretty else (",", ":"), indent=2 if pretty else None
    )
    return text.encode()


def title(table: Table, language: str) -> str:
    """The table's contents and its variables in words: '... by Region, Month and Information'."""
    names = [in_language(v.text, language) for v in table.variables]
    by, last_word = in_language(_BY, language)
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last_word} {names[-1]}"
    return f"{in_language(table.name, language)} {by} {listed}"


def description(table: Table, language: str) -> str:
    """Id, contents, legacy number and the periods of the whole `table`: '12ti -- ... (1270), 2009M01-2026M07'."""
    periods = table.time.codes
    return f"{table.id} -- {in_language(table.long_name, language)}, {periods[0]}-{periods[-1]}"


def metadata(table: Table, language: str, *, max_values: int) -> dict[str, Any]:
    """Answer to GET of a table. A variable with more than `max_values` values comes without them."""
    return {
        "title": title(table, language),
        "variables": [_metadata_of(v, language, max_values) for v in table.variables],
    }


def _metadata_of(variable: Variable, language: str, max_values: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"code": variable.code, "text": in_language(variable.text, language)}
    if len(variable.codes) <= max_values:
        answer |= {"values": variable.codes, "valueTexts": in_language(variable.texts, language)}
    if variable.total is not None:
        answer["elimination"] = True
    if variable.is_time:
        answer["time"] = True
    if variable.map is not None:
        answer["map"] = variable.map
    return answer


def json_stat2(part: Table, whole: Table, language: str) -> bytes:
    """The selected `part` of the table `whole` as json-stat2: dense `value`, sparse `status`."""
    role: dict[str, list[str]] = {
        "time": [v.code for v in part.variables if v.is_time],
        "geo": [v.code for v in part.variables if v.map is not None],
        "metric": [v.code for v in part.variables if v.is_contents],
    }
    stub = len(part.variables) - part.heading
    codes = [v.code for v in part.variables]
    answer: dict[str, Any] = {
        "version": "2.0",
        "class": "dataset",
        "label": title(part, language),
        "source": in_language(part.source, language),
        "updated": f"{part.updated:%Y-%m-%dT%H:%M:%SZ}",
        "note": in_language(part.notes, language),
        "role": {name: members for name, members in role.items() if members},
        "id": codes,
        "size": [len(v.codes) for v in part.variables],
        "dimension": {v.code: _json_stat2_dimension(v, language) for v in part.variables},
        "extension": {
            "px": {
                "tableid": part.id,
                "decimals": 0,
                "official-statistics": True,
                "aggregallowed": True,
                "language": "fi",
                "contents": in_language(part.name, language),
                "description": description(whole, language),
                "descriptiondefault": False,
                "heading": codes[stub:],
                "stub": codes[:stub],
                "matrix": part.id,
                "subject-code": part.subject,
                "subject-area": in_language(part.subject_text, language),
            },
            "contact": [{"raw": in_language(part.contact, language)}],
        },
        "value": _numbers(part),
    }
    symbols = part.symbols.reshape(-1)
    if missing := {str(cell): SYMBOLS[symbols[cell]] for cell in np.flatnonzero(symbols)}:
        answer["status"] = missing
    return to_json(answer)


def _json_stat2_dimension(variable: Variable, language: str) -> dict[str, Any]:
    texts: Sequence[str] = in_language(variable.texts, language)
    category: dict[str, Any] = {
        "index": {code: position for position, code in enumerate(variable.codes)},
        "label": dict(zip(variable.codes, texts, strict=True)),
    }
    if notes := {c: [_said(variable.comments[c], language)] for c in variable.codes if c in variable.comments}:
        category["note"] = notes
    if variable.is_contents:
        category["unit"] = {
            code: {"base": in_language(unit.base, language), "decimals": unit.decimals}
            for code, unit in zip(variable.codes, variable.units, strict=True)
        }
    has_total = variable.total in variable.codes
    extension: dict[str, Any] = {"elimination": has_total}
    if has_total:
        extension["eliminationValueCode"] = variable.total
    dimension: dict[str, Any] = {
        "label": in_language(variable.text, language),
        "category": category,
        "extension": {**extension, "show": "value"},
    }
    if not variable.is_time and not variable.is_contents:
        dimension["link"] = {"describedby": [{"extension": {variable.code: "SCALE-TYPE=nominal"}}]}
    return dimension


def _said(comment: Text, language: str) -> str:
    said: str = in_language(comment, language)
    return said.strip()


def _numbers(part: Table) -> list[float | int | None]:
    values = part.values.reshape(-1).tolist()
    missing = part.symbols.reshape(-1).tolist()
    return [
        None if gone else int(value) if value.is_integer() else value
        for value, gone in zip(values, missing, strict=True)
    ]


def _cells_as_text(part: Table) -> list[str]:
    """Every cell as the server prints it in json and csv: fixed decimals, or the symbol; row-major."""
    axis = next(i for i, v in enumerate(part.variables) if v.is_contents)
    decimals = np.array([unit.decimals for unit in part.variables[axis].units])
    shape = [1] * part.values.ndim
    shape[axis] = -1
    places = np.broadcast_to(decimals.reshape(shape), part.values.shape).reshape(-1).tolist()
    values = part.values.reshape(-1).tolist()
    symbols = part.symbols.reshape(-1).tolist()
    return [
        SYMBOLS[symbol] if symbol else f"{value:.{digits}f}"
        for value, symbol, digits in zip(values, symbols, places, strict=True)
    ]


def px_json(part: Table, language: str) -> bytes:
    """The selection as PX-JSON: every value a string, contents as columns, and dots in the time of `updated`."""
    contents_axis = next(i for i, v in enumerate(part.variables) if v.is_contents)
    contents = part.variables[contents_axis]
    keys = [v for v in part.variables if not v.is_contents]
    columns: list[dict[str, Any]] = [
        {"code": v.code, "text": in_language(v.text, language), "type": "t" if v.is_time else "d"} for v in keys
    ]
    for code, text in zip(contents.codes, in_language(contents.texts, language), strict=True):
        comment = contents.comments.get(code)
        said = {"comment": in_language(comment, language)} if comment else {}
        columns.append({"code": code, "text": text, **said, "type": "c"})
    shape = part.values.shape
    texts = np.array(_cells_as_text(part), dtype=object).reshape(shape)
    rows = np.moveaxis(texts, contents_axis, -1).reshape(-1, len(contents.codes)).tolist()
    data = [
        {"key": key, "values": values}
        for key, values in zip(itertools.product(*(v.codes for v in keys)), rows, strict=True)
    ]
    about = {
        "updated": f"{part.updated:%Y-%m-%dT%H.%M.%SZ}",
        "label": title(part, language),
        "source": in_language(part.source, language),
    }
    return to_json({"columns": columns, "comments": [], "data": data, "metadata": [about]})


def csv_answer(part: Table, language: str) -> bytes:
    """Format csv: stub variables as columns of texts, one more column for each combination of heading values."""
    stub = len(part.variables) - part.heading
    rows_by, columns_by = part.variables[:stub], part.variables[stub:]
    heads = [" ".join(c) for c in itertools.product(*(in_language(v.texts, language) for v in columns_by))]
    cells = _cells_as_text(part)
    width = math.prod(len(v.codes) for v in columns_by)
    header = _row([_quoted(in_language(v.text, language)) for v in rows_by], [_quoted(head) for head in heads])
    lines = [header]
    for number, key in enumerate(itertools.product(*(in_language(v.texts, language) for v in rows_by))):
        lines.append(_row([_quoted(text) for text in key], cells[number * width : (number + 1) * width]))
    return _csv_bytes(lines)


def csv2_answer(part: Table, language: str) -> bytes:
    """Format csv2: one row a cell, the values of every variable as texts."""
    return _long_csv(part, lambda v: in_language(v.texts, language), language, in_language(part.name, language))


def csv3_answer(part: Table, language: str) -> bytes:
    """Format csv3: one row a cell, the values of every variable as codes."""
    return _long_csv(part, lambda v: v.codes, language, part.id)


def _long_csv(part: Table, values_of: Callable[[Variable], Sequence[str]], language: str, head: str) -> bytes:
    names = [_quoted(in_language(v.text, language)) for v in part.variables]
    keys = itertools.product(*([_quoted(text) for text in values_of(v)] for v in part.variables))
    rows = (_row(key, [cell]) for key, cell in zip(keys, _cells_as_text(part), strict=True))
    return _csv_bytes([_row(names, [_quoted(head)]), *rows])


def _row(keys: Sequence[str], cells: Sequence[str]) -> str:
    """One line; without keys it starts with the separator."""
    return ",".join((*(keys or [""]), *cells))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _csv_bytes(lines: Sequence[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode(CSV_ENCODING, errors="replace")
