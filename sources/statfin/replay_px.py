"""How PxWeb spells a PX file: the header in all languages, then the cells (contract statfin, section 6.4)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.statfin.replay_answers import description, title
from sources.statfin.replay_catalogue import LANGUAGES
from sources.statfin.replay_tables import HELSINKI, SYMBOLS, Table, Variable, in_language

PX_TYPE = "application/octet-stream"
PX_ENCODING = "iso-8859-15"
LINE = 250  # characters after which a list or a text goes on in the next line
ROWS = 1000  # lines of cells that are spelled at once


def px_answer(part: Table, whole: Table) -> bytes:
    """The selected `part` of the table `whole` as a PX file, with the texts of all languages."""
    return b"".join(px_blocks(part, whole))


def px_blocks(part: Table, whole: Table) -> Iterator[bytes]:
    """The same in pieces: the header, then some lines of cells at a time."""
    header = [*_first(part), *(line for language in LANGUAGES for line in _said_in(language, part, whole))]
    yield "".join(f"{line};\r\n" for line in header).encode(PX_ENCODING, errors="replace")
    yield b"DATA=\r\n"
    stub = len(part.variables) - part.heading
    width = math.prod(len(variable.codes) for variable in part.variables[stub:])
    values, symbols = part.values.reshape(-1, width), part.symbols.reshape(-1, width)
    for begin in range(0, len(values), ROWS):
        rows = slice(begin, begin + ROWS)
        cells = _cells(values[rows].ravel(), symbols[rows].ravel(), _decimals(part))
        lines = (" ".join(cells[at : at + width]) for at in range(0, len(cells), width))
        yield "".join(f"{line} \r\n" for line in lines).encode("ascii")
    yield b";\r\n"


def _decimals(part: Table) -> int:
    return max(unit.decimals for variable in part.variables for unit in variable.units)


def _cells(values: np.ndarray, symbols: np.ndarray, decimals: int) -> list[str]:
    missing = pa.array(symbols > 0)
    if decimals:
        numbers = pa.array([f"{value:.{decimals}f}" for value in values.tolist()])
    else:
        numbers = pa.array(np.nan_to_num(values).astype(np.int64)).cast(pa.string())
    names = pa.array([f'"{symbol}"' for symbol in SYMBOLS])
    cells: list[str] = pc.if_else(missing, names.take(pa.array(symbols)), numbers).to_pylist()
    return cells


def _first(part: Table) -> Iterator[str]:
    yield from ('CHARSET="ANSI"', 'AXIS-VERSION="2010"', f'CODEPAGE="{PX_ENCODING}"', 'LANGUAGE="fi"')
    yield _statement("LANGUAGES", LANGUAGES)
    yield from (f"DECIMALS={_decimals(part)}", "SHOWDECIMALS=0", f'MATRIX="{part.id}"', f'TABLEID="{part.id}"')
    yield from ("COPYRIGHT=YES", f'SUBJECT-CODE="{part.subject}"')


def _said_in(language: str, part: Table, whole: Table) -> Iterator[str]:
    """Everything that is said once per language; Finnish is the default and has no mark."""
    mark = "" if language == "fi" else f"[{language}]"
    names = [in_language(variable.text, language) for variable in part.variables]
    stub = len(names) - part.heading
    contents = next(variable for variable in part.variables if variable.is_contents)
    metric = in_language(contents.text, language)
    yield _statement(f"SUBJECT-AREA{mark}", [in_language(part.subject_text, language)])
    yield _statement(f"DESCRIPTION{mark}", [description(whole, language)])
    yield _statement(f"TITLE{mark}", [title(part, language)])
    yield _statement(f"CONTENTS{mark}", [in_language(part.name, language)])
    if stub:
        yield _statement(f"STUB{mark}", names[:stub])
    if part.heading:
        yield _statement(f"HEADING{mark}", names[stub:])
    yield _statement(f"CONTVARIABLE{mark}", [metric])
    for variable, name in zip(part.variables, names, strict=True):
        yield from _variable(variable, name, language, mark)
    for text, unit in zip(in_language(contents.texts, language), contents.units, strict=True):
        about = f"{_quoted(metric)},{_quoted(text)}"
        yield _statement(f"UNITS{mark}({_quoted(text)})", [in_language(unit.base, language)])
        yield f'LAST-UPDATED{mark}({_quoted(text)})="{part.updated.astimezone(HELSINKI):%Y%m%d %H:%M}"'
        if unit.decimals:
            yield f"PRECISION{mark}({about})={unit.decimals}"
    for code, text in zip(contents.codes, in_language(contents.texts, language), strict=True):
        if code in contents.comments:
            comment = in_language(contents.comments[code], language)
            yield _statement(f"VALUENOTE{mark}({_quoted(metric)},{_quoted(text)})", [comment])
    yield _statement(f"CONTACT{mark}", [in_language(part.contact, language)])
    yield _statement(f"SOURCE{mark}", [in_language(part.source, language)])
    yield _statement(f"NOTE{mark}", ["\n".join(in_language(part.notes, language))])


def _variable(variable: Variable, name: str, language: str, mark: str) -> Iterator[str]:
    said = f"{mark}({_quoted(name)})"
    texts: Sequence[str] = in_language(variable.texts, language)
    yield _statement(f"VARIABLECODE{said}", [variable.code])
    yield _statement(f"VALUES{said}", texts)
    if variable.is_time:
        unit = {"M": "M1", "Q": "Q1"}.get(variable.codes[0][4:5], "A1")
        periods = ",".join(f'"{code.replace("M", "").replace("Q", "")}"' for code in variable.codes)
        yield f"TIMEVAL{said}=TLIST({unit}),{periods}"
    yield _statement(f"CODES{said}", variable.codes)
    if variable.map is not None:
        yield _statement(f"MAP{said}", [variable.map])
    if variable.total in variable.codes:
        yield _statement(f"ELIMINATION{said}", [texts[variable.codes.index(variable.total)]])
    kind = "Contents" if variable.is_contents else "Time" if variable.is_time else "Classificatory"
    yield f'VARIABLE-TYPE{said}="{kind}"'


def _statement(keyword: str, values: Iterable[str]) -> str:
    """`KEYWORD="value","value"`, with line breaks between values and within long ones."""
    line, length = f"{keyword}=", 0
    for number, value in enumerate(values):
        pieces = _pieces(value)
        separator = "," if number else ""
        if length > LINE:
            separator, length = f"{separator}\r\n", 0
        line += separator + pieces
        length += len(pieces)
    return line


def _pieces(text: str) -> str:
    """A text in quotes, spelled in several pieces when it is long; a line break is `#`."""
    flat = text.replace("\r\n", "#").replace("\n", "#")
    return "\r\n".join(_quoted(flat[at : at + LINE]) for at in range(0, max(1, len(flat)), LINE))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "'") + '"'
