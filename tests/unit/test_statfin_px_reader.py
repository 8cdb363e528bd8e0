"""PX files: the grammar of the header, the cells whatever their spelling, and the same rows as json-stat2 gives."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.archive import RawArchive
from sources.statfin import px_rows
from sources.statfin.layout import find_layout
from sources.statfin.parse import LandingError, land
from sources.statfin.px_cells import SYMBOLS, read_cells
from sources.statfin.px_header import PxError, PxHeader, read_header
from sources.statfin.px_rows import check_whole, read_rows
from sources.statfin.schema import Metadata, load_source
from sources.vintage import Vintage

SOURCE = load_source()
UPDATED = datetime(2026, 8, 25, 5, tzinfo=UTC)
Cell = float | str  # a number, or the symbol that stands for it
Codes = Mapping[str, Sequence[str]]
OCCUPATIONS = {
    "Alue": ("KU091", "SSS", "MK02", "MK01", "SK011"),
    "Ammattiryhmä": ("SSS", "2512", "X011", "0110"),
    "timeperiod_m": ("2025M12", "2026M01"),
    "contentscode": ("TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA"),
}
SURVEY = {
    "alue_16_20180101": ("SSS", "SA1", "SA2"),
    "sukupuoli_9_20180101": ("SSS", "1", "2"),
    "timeperiod_q": ("2025Q4", "2026Q1", "2026Q2"),
    "contentscode": ("tyti-Tyolliset", "tyti-Tyottomat"),
}
TOTALS = {"Alue": "SSS", "Ammattiryhmä": "SSS", "sukupuoli_9_20180101": "SSS"}


def px(codes: Codes, cells: Sequence[str], *, stub: int = 1, gap: str = " ", end: str = ";\r\n") -> bytes:
    """A PX file with language-neutral codes that differ from the names; the cells as they are spelled."""
    names = {code: f"{code} = nimi;" for code in codes}
    lines = ['CHARSET="ANSI"', 'CODEPAGE="iso-8859-15"', 'LANGUAGE="fi"', 'LANGUAGES="fi","sv"']
    quoted = [f'"{names[code]}"' for code in codes]
    lines += [f"STUB={','.join(quoted[:stub])}"] if stub else []
    lines += [f"HEADING={','.join(quoted[stub:])}"] if stub < len(quoted) else []
    lines += [f'CONTVARIABLE="{names["contentscode"]}"', 'LAST-UPDATED="20260825 08:00"']
    for code, values in codes.items():
        lines.append(f'VARIABLECODE("{names[code]}")="{code}"')
        lines.append(f'VALUES("{names[code]}")=' + ",\r\n".join(f'"{value}"\r\n" text"' for value in values))
        lines.append(f'CODES("{names[code]}")=' + ",".join(f'"{value}"' for value in values))
        if code.startswith("timeperiod"):
            lines.append(f'TIMEVAL("{names[code]}")=TLIST(M1),' + ",".join(f'"{value}"' for value in values))
        if code in TOTALS:
            lines.append(f'ELIMINATION("{names[code]}")="{TOTALS[code]} text"')
    head = "".join(f"{line};\r\n" for line in lines)
    return (head + "DATA=\r\n" + gap.join(cells) + gap + end).encode("iso-8859-15")


def metadata(codes: Codes) -> bytes:
    variables: list[dict[str, Any]] = [
        {"code": code, "text": code, "values": values, "valueTexts": values}
        | ({"time": True} if code.startswith("timeperiod") else {})
        | ({"elimination": True} if code in TOTALS else {})
        for code, values in codes.items()
    ]
    return json.dumps({"title": "t", "variables": variables}).encode()


def json_stat2(codes: Codes, cells: Sequence[Cell], chosen: Codes) -> bytes:
    """The cells of the chosen codes as the API answers them; a variable that is not chosen stands at its total."""
    picked = {code: chosen.get(code, (TOTALS.get(code, ""),)) for code in codes}
    by_key = dict(zip(product(*codes.values()), cells, strict=True))
    value = [by_key[key] for key in product(*picked.values())]
    shown = {code: values for code, values in picked.items() if code in chosen}
    return json.dumps(
        {
            "class": "dataset",
            "updated": "2026-08-25T05:00:00Z",
            "id": list(shown),
            "size": [len(values) for values in shown.values()],
            "dimension": {c: {"category": {"index": {v: i for i, v in enumerate(vs)}}} for c, vs in shown.items()},
            "value": [None if isinstance(cell, str) else cell for cell in value],
            "status": {str(at): cell for at, cell in enumerate(value) if isinstance(cell, str)},
        }
    ).encode()


def landed(tmp: Path, table: str, codes: Codes, answer: bytes) -> list[tuple[Any, ...]]:
    archive = RawArchive(tmp / "raw")
    vintage = Vintage(
        vintage_id="v",
        source="statfin",
        table=table,
        title="t",
        source_updated_at=UPDATED,
        retrieved_at=UPDATED,
        division=None,
        attribution="",
        selection="",
        metadata=archive.put(metadata(codes), request={}),
        answers=(archive.put(answer, request={}),),
    )
    target = tmp / "landed" / "data.parquet"
    rows = land(vintage, archive, SOURCE, target)
    with duckdb.connect() as connection:
        found = connection.execute("select * from read_parquet(?) order by all", [str(target)]).fetchall()
    assert rows == len(found)
    return found


def spelled(cell: Cell, spelling: str) -> str:
    """A cell as a file may spell it: always with a decimal, or only where there is one."""
    if isinstance(cell, str):
        return f'"{cell}"'
    return f"{cell:.1f}" if spelling == "decimals" or cell % 1 else f"{cell:.0f}"


COUNTS = st.one_of(st.integers(0, 10**12).map(float), st.sampled_from(SYMBOLS))
TENTHS = st.one_of(st.integers(-(10**6), 10**6).map(lambda tenths: tenths / 10), st.sampled_from(SYMBOLS))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.sampled_from([("12ti", OCCUPATIONS, COUNTS), ("137i", SURVEY, TENTHS)]),
    slab=st.sampled_from([1, 7, 40, px_rows.SLAB]),
    spelling=st.sampled_from(["decimals", "short"]),
    gap=st.sampled_from([" ", "\r\n", " \r\n ", "\t", "  \n"]),
    data=st.data(),
)
def test_px_lands_the_rows_that_json_stat2_lands(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    table: tuple[str, Codes, st.SearchStrategy[Cell]],
    slab: int,
    spelling: str,
    gap: str,
    data: st.DataObject,
) -> None:
    monkeypatch.setattr(px_rows, "SLAB", slab)
    name, whole, cell = table
    order = data.draw(st.permutations(tuple(whole)))
    codes = {code: data.draw(st.permutations(whole[code])) for code in order}
    size = math.prod(len(values) for values in codes.values())
    cells = data.draw(st.lists(cell, min_size=size, max_size=size))
    layout = find_layout(name, SOURCE.tables[name], msgspec.json.decode(metadata(codes), type=Metadata), SOURCE, {})
    stub = data.draw(st.integers(0, len(codes)))
    file = px(codes, [spelled(cell, spelling) for cell in cells], stub=stub, gap=gap)
    assert landed(tmp_path, name, codes, file) == landed(
        tmp_path,
        name,
        codes,
        json_stat2(codes, cells, {code: layout.codes[code] for code in codes if code in layout.codes}),
    )


@settings(max_examples=100, deadline=None)
@given(
    tokens=st.lists(
        st.one_of(
            st.integers(0, 10**15 - 1).map(str),
            st.decimals(-(10**9), 10**9, places=4, allow_nan=False).map(lambda number: f"{number:f}"),
            st.sampled_from([f'"{symbol}"' for symbol in SYMBOLS]),
            st.sampled_from(["0", "00", "-0.0", "007", "-5", "0.1"]),
        ),
        min_size=1,
    ),
    blank=st.sampled_from([" ", "\n", "\r\n", " \t "]),
    block=st.integers(1, 200),
)
def test_cells_are_read_to_the_last_bit_wherever_a_block_ends(tokens: list[str], blank: str, block: int) -> None:
    text = (blank.join(tokens) + ";").encode()
    parts = list(read_cells(BytesIO(text), len(tokens), block=max(block, 80)))
    values = np.concatenate([part.values for part in parts])
    symbols = np.concatenate([np.full(len(p.values), -1, np.int8) if p.symbols is None else p.symbols for p in parts])
    for token, value, symbol in zip(tokens, values.tolist(), symbols.tolist(), strict=True):
        if token.startswith('"'):
            assert SYMBOLS[symbol] == token.strip('"')
        else:
            assert (value, symbol) == (float(token), -1)


def cells_of(text: bytes, expected: int) -> int:
    return sum(len(part.values) for part in read_cells(BytesIO(text), expected))


@pytest.mark.parametrize(
    ("text", "expected", "message"),
    [
        (b"1 2 3 ", 3, r"ends at byte 6 without the ';' .* after 3 of 3 cells"),
        (b"1 2 3", 3, r"ends at byte 5 without the ';'"),
        (b"1 2;", 3, r"ends at byte 3 with 2 cells, the header promises 3"),
        (b";", 1, r"ends at byte 0 with 0 cells"),
        (b"1 2 3 4;", 3, r"more than the 3 cells .* before byte 7"),
        (b"1 2 3; 4", 3, r"something follows the ';' that closes DATA, from byte 6"),
        (b"1 2x 3;", 3, r"'2x' at byte 2 is no cell"),
        (b"1 ... 3;", 3, r"'\.\.\.' at byte 2 is no cell"),
        (b'1 "....... " 3;', 3, r"is no cell"),
        (b'1 "......." 3;', 3, r"'\"\.\.\.\.\.\.\.\"' at byte 2 is no cell"),
        (b'1 "x" 3;', 3, r"'\"x\"' at byte 2"),
        (b'1 ".-" 3;', 3, r"'\"\.-\"' at byte 2"),
        (b'1 "--" 3;', 3, r"'\"--\"' at byte 2"),
        (b'1 "" 3;', 3, r"'\"\"' at byte 2"),
        (b'1 " 3;', 3, r"'\"' at byte 2"),
        (b'1 "..."5 3;', 3, r"at byte 2 is no cell"),
        (b"1 - 3;", 3, r"'-' at byte 2"),
        (b"1 1.2.3 3;", 3, r"'1\.2\.3' at byte 2"),
        (b"1 .5 3;", 3, r"'\.5' at byte 2"),
        (b"1 5. 3;", 3, r"'5\.' at byte 2"),
        (b"1 -.5 3;", 3, r"'-\.5' at byte 2"),
        (b"1 1e5 3;", 3, r"'1e5' at byte 2"),
        (b"1 --5 3;", 3, r"'--5' at byte 2"),
        (b"1 5-5 3;", 3, r"'5-5' at byte 2"),
        (b"1 1234567890123456 3;", 3, r"at byte 2 is no cell: a number of at most 15 digits"),
        (b"1 12345678901234.56 3;", 3, r"at byte 2 is no cell"),
        (b"1 \x00 3;", 3, r"control character \(0x00\) stands at byte 2"),
        (b"1 2\x1a3;", 3, r"control character \(0x1a\) stands at byte 3"),
        (b"1 \xa02;", 2, r"at byte 2 is no cell"),
        (b"1 " + b"9" * 400_000 + b" 2;", 3, r"at byte 2 is no cell"),
    ],
)
def test_what_is_no_cell_is_refused_with_its_place(text: bytes, expected: int, message: str) -> None:
    with pytest.raises(PxError, match=message):
        cells_of(text, expected)


def header_of(*statements: str, codepage: str = "latin-1") -> PxHeader:
    return read_header(BytesIO(("".join(f"{s};\r\n" for s in statements) + "DATA=\n1;").encode(codepage)))


CUBE = ('STUB="Alue"', 'HEADING="Kuukausi"', 'VALUES("Alue")="Koko maa"', 'VALUES("Kuukausi")="2026M01"')


def test_the_grammar_of_a_header() -> None:
    header = header_of(
        'CHARSET="ANSI"',
        'LANGUAGE="fi"',
        'LANGUAGES="fi","sv"',
        "DECIMALS=1",
        'TITLE="yksi; kaksi = "\r\n"kolme, DATA=; (neljä)"',
        'NOTE="ensimmäinen#toinen##... = salainen"',
        'STUB="Alue","Tiedot"',
        'STUB[sv]="Område","Uppgifter"',
        'HEADING="Kuukausi"',
        'HEADING[sv]="Månad"',
        'CONTVARIABLE="Tiedot"',
        'VARIABLECODE("Alue")="alue_23_20260101"',
        'VALUES("Alue")="Koko maa",\r\n"Uusi""maa",\r\n"Ahvenan\r\nmaa"',
        'VALUES[sv]("Område")="Hela landet","Nyland","Åland"',
        'CODES("Alue")="SSS","MK01","MK21"',
        'ELIMINATION("Alue")="Koko maa"',
        'MAP("Alue")="Alue 2026"',
        'VALUES("Tiedot")="a","b"',
        'ELIMINATION("Tiedot")=YES',
        'UNITS("Tiedot","a")="lukumäärä"',
        'LAST-UPDATED("a")="20260122 08:00"',
        'LAST-UPDATED("b")="20260721 08:00"',
        'VALUES("Kuukausi")="2026M01","2026M02"',
        'TIMEVAL("Kuukausi")=TLIST(M1),"202601","202602"',
    )
    assert header.text("TITLE") == "yksi; kaksi = kolme, DATA=; (neljä)"
    assert header.text("NOTE") == "ensimmäinen\ntoinen\n\n... = salainen"
    assert header.said("UNITS", "Tiedot", "a") == ("lukumäärä",)
    assert (header.languages, header.cells) == (("fi", "sv"), 12)
    assert header.updated == datetime(2026, 7, 21, 5, tzinfo=UTC)
    area, contents, month = header.variables()
    assert (area.code, area.codes, area.map, area.total) == (
        "alue_23_20260101",
        ("SSS", "MK01", "MK21"),
        "Alue 2026",
        "SSS",
    )
    assert area.texts == ("Koko maa", "Uusimaa", "Ahvenanmaa")
    assert (contents.code, contents.codes, contents.is_contents, contents.total) == ("Tiedot", ("a", "b"), True, None)
    assert (month.codes, month.is_time) == (("2026M01", "2026M02"), True)
    area, contents, month = header.variables("sv")
    assert (area.name, area.texts) == ("Område", ("Hela landet", "Nyland", "Åland"))
    assert (month.name, month.codes, month.texts) == ("Månad", ("2026M01", "2026M02"), ("2026M01", "2026M02"))
    assert header.variables("en") == header.variables()


def test_a_span_of_time_is_time() -> None:
    header = header_of(*CUBE, 'TIMEVAL("Kuukausi")=TLIST(M1, "202601"-"202601")')
    assert header.said("TIMEVAL", "Kuukausi") == ("TLIST(M1,202601-202601)",)
    assert [variable.is_time for variable in header.variables()] == [False, True]


@pytest.mark.parametrize(
    ("codepage", "written", "read"),
    [
        ("iso-8859-15", b"Finland\x92s \xa4 \x85", "Finland’s € …"),
        ("windows-1252", b"Finland\x92s", "Finland’s"),
        ("utf-8", "Ammattiryhmä 1–2".encode(), "Ammattiryhmä 1–2"),
    ],
)
def test_texts_are_in_the_files_own_character_set(codepage: str, written: bytes, read: str) -> None:
    body = f'CODEPAGE="{codepage}";\nTITLE="'.encode() + written + b'";\nDATA=1;'
    assert read_header(BytesIO(body)).text("TITLE") == read


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", r"no DATA statement within the first 0 bytes"),
        (b'TITLE="x";\n', r"no DATA statement"),
        (b'TITLE="x; DATA=', r"no DATA statement"),
        (b"<!DOCTYPE html><html>DATA=", r"no PX file, it begins '<!DOCTYPE html>.*px_url"),
        (b'{"error":"x"}', r"no PX file"),
        (b'TITLE="x";\nSTUB "y";\nDATA=1;', r"byte 15 \(line 2\), near '\"y\";': '=' was expected"),
        (b'TITLE="x","y"="z";\nDATA=1;', r"';' was expected"),
        (b'="x";\nDATA=1;', r"byte 0 \(line 1\).*a word was expected"),
        (b'CODEPAGE="klingon";\nDATA=1;', r"CODEPAGE='klingon' is no character set"),
        (b'KEYS("Alue")=CODES;\nDATA=1;', r"the file has KEYS.*through the API"),
    ],
)
def test_what_is_no_header_is_refused_with_its_place(body: bytes, message: str) -> None:
    with pytest.raises(PxError, match=message):
        read_header(BytesIO(body))


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (('TITLE="x"',), "neither STUB nor HEADING"),
        (CUBE[:3], "variable 'Kuukausi' has 0 codes"),
        ((*CUBE, 'CODES("Alue")="SSS","MK01"'), "'Alue' has 2 codes and 1 values"),
        ((*CUBE, 'TIMEVAL("Kuukausi")=TLIST(M1),"202601","202602"'), "TIMEVAL lists 2"),
        ((*CUBE[:3], 'VALUES("Kuukausi")="2026M01","2026M01"'), "'Kuukausi' has a code twice"),
        ((*CUBE, 'STUB[sv]="Område"'), r"name 2 variables, but 1 in \[sv\]"),
    ],
)
def test_variables_that_do_not_fit_together_are_refused(statements: tuple[str, ...], message: str) -> None:
    header = header_of(*statements)
    with pytest.raises(PxError, match=message):
        header.variables("sv")


def test_the_header_may_be_longer_than_a_block() -> None:
    long = ",\r\n".join(f'"arvo {number}"' for number in range(20_000))
    header = header_of(*CUBE[:2], f'VALUES("Alue")={long}', CUBE[3])
    assert header.cells == 20_000


COUNTED = {"Alue": ("SSS", "MK01"), "Ammattiryhmä": ("SSS", "2512"), "timeperiod_m": ("2026M01",)}


def rows_of(codes: Codes, cells: Sequence[str], listed: Codes | None = None) -> int:
    layout = find_layout(
        "12ti", SOURCE.tables["12ti"], msgspec.json.decode(metadata(listed or codes), type=Metadata), SOURCE, {}
    )
    return sum(len(part["period"]) for part in read_rows(BytesIO(px(codes, cells)), layout, SOURCE.tables["12ti"]))


def test_what_a_file_lacks_is_named() -> None:
    contents = {"contentscode": OCCUPATIONS["contentscode"]}
    codes = COUNTED | contents
    assert rows_of(codes, ["5"] * 8) == 4
    with pytest.raises(PxError, match="'Alue' lacks 1 codes that are asked for, such as MK02"):
        rows_of(codes, ["5"] * 8, codes | {"Alue": ("SSS", "MK01", "MK02")})
    with pytest.raises(PxError, match="the file has no variable Ammattiryhmä; it has Alue, timeperiod_m"):
        rows_of({code: values for code, values in codes.items() if code != "Ammattiryhmä"}, ["5"] * 4, codes)
    more = codes | {"Toimiala": ("A", "B")}
    with pytest.raises(PxError, match="'Toimiala' is left out, but the file names no total for it"):
        rows_of(more, ["5"] * 16, codes)


def test_contents_outside_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(px_rows, "LARGEST_SLAB", 7)
    codes = {"contentscode": OCCUPATIONS["contentscode"]} | COUNTED
    with pytest.raises(PxError, match=r"contents stand outside 8 cells.*\(at most 7\).*through the API"):
        rows_of(codes, ["5"] * 8)


def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(px_rows, "SLAB", 20_000)
    peaks = []
    for areas in (20, 80):
        codes = {
            "Alue": [f"MK{number:02}" for number in range(areas)],
            "Ammattiryhmä": [f"{number:04}" for number in range(400)],
            "timeperiod_m": [f"{2016 + month // 12}M{month % 12 + 1:02}" for month in range(10)],
            "contentscode": OCCUPATIONS["contentscode"],
        }
        described = msgspec.json.decode(metadata(codes), type=Metadata)
        layout = find_layout("12ti", SOURCE.tables["12ti"], described, SOURCE, {})
        stream = BytesIO(px(codes, ["7", '"..."'] * (areas * 4000)))
        tracemalloc.start()
        rows = sum(len(part["period"]) for part in read_rows(stream, layout, SOURCE.tables["12ti"]))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert rows == areas * 4000
    assert peaks[1] < 1.3 * peaks[0]


def test_a_count_with_decimals_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    codes = COUNTED | {"contentscode": OCCUPATIONS["contentscode"]}
    with pytest.raises(LandingError, match=r"avpaikatlopussa is 2\.5, not a whole number.*restore raw/ from a backup"):
        landed(tmp_path, "12ti", codes, px(codes, ["1.0", "2.5", *["3.0"] * 6]))
    assert list((tmp_path / "landed").iterdir()) == []


def test_a_whole_table_is_checked_before_it_is_used() -> None:
    codes = COUNTED | {"contentscode": OCCUPATIONS["contentscode"]}
    described = msgspec.json.decode(metadata(codes), type=Metadata)
    layout = find_layout("12ti", SOURCE.tables["12ti"], described, SOURCE, {})
    file = px(codes, ["5"] * 8)
    check_whole(BytesIO(file), layout, described, UPDATED)
    with pytest.raises(PxError, match="release of 2026-08-25 05:00 UTC, the API shows that of 2026-09-22 05:00 UTC"):
        check_whole(BytesIO(file), layout, described, datetime(2026, 9, 22, 5, tzinfo=UTC))
    with pytest.raises(PxError, match="of no release"):
        check_whole(BytesIO(file.replace(b"LAST-UPDATED", b"LAST-VIEWED")), layout, described, UPDATED)
    with pytest.raises(PxError, match="LAST-UPDATED is no time"):
        check_whole(BytesIO(file.replace(b"20260825 08:00", b"yesterday")), layout, described, UPDATED)
    other = msgspec.json.decode(metadata(codes | {"Alue": ("SSS", "MK01", "KU091")}), type=Metadata)
    with pytest.raises(PxError, match="metadata disagree about Alue"):
        check_whole(BytesIO(file), layout, other, UPDATED)
    with pytest.raises(PxError, match="without the ';'"):
        check_whole(BytesIO(file[:-8]), layout, described, UPDATED)
