"""PX against the replay server and the recording: whole tables as a first fill, the ways back, equal rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pytest
import requests

from assets.classification import known_codes
from sources.archive import RawArchive
from sources.http import Patience, PoliteSession, SourceUnavailableError
from sources.statfin.client import StatFinClient
from sources.statfin.layout import Layout, find_layout
from sources.statfin.parse import land, read_answer
from sources.statfin.px_cells import SYMBOLS as READ
from sources.statfin.px_cells import read_cells
from sources.statfin.px_header import PxHeader, read_header
from sources.statfin.px_rows import read_rows
from sources.statfin.replay import Limits, ReplayServer
from sources.statfin.replay_answers import json_stat2
from sources.statfin.replay_px import px_answer
from sources.statfin.replay_tables import SYMBOLS, Table, Unit, Variable
from sources.statfin.schema import Metadata, Policy, Source, TableDrift, TableRequest, load_source
from sources.vintage import Vintage, VintageStore

SOURCE = load_source()
TABLE = "12ti"
ROWS = "* exclude (vintage_id, retrieved_at)"


class Fill:
    """A client on a server that may download whole tables, with everything it said written down."""

    def __init__(self, server: ReplayServer, folder: Path, source: Source = SOURCE) -> None:
        self.server = server
        self.folder = folder
        self.source = source
        self.archive = RawArchive(folder / "raw")
        self.said: list[str] = []
        self.known = known_codes()

    def client(self) -> StatFinClient:
        session = PoliteSession(patience=Patience(read=5, first_wait=0.01), sleep=lambda seconds: None)
        return StatFinClient(
            self.source,
            session=session,
            archive=self.archive,
            known=self.known,
            base_url=self.server.base_url,
            report=self.said.append,
        )

    def __call__(self, table: str = TABLE) -> Vintage:
        self.said.clear()
        self.server.requests.clear()
        vintage, _ = self.client().pull(table)
        VintageStore(self.archive.root).add(vintage)
        return vintage

    def rows(self, vintage: Vintage) -> list[tuple[object, ...]]:
        target = self.folder / f"{vintage.vintage_id}.parquet"
        land(vintage, self.archive, self.source, target)
        with duckdb.connect() as connection:
            return connection.execute(f"select {ROWS} from read_parquet(?) order by all", [str(target)]).fetchall()

    @property
    def files(self) -> list[int]:
        """How the calls for whole tables were answered."""
        return [status for _, path, status in self.server.requests if path.startswith("/database/")]

    @property
    def queries(self) -> int:
        return sum(method == "POST" for method, _, _ in self.server.requests)


@pytest.fixture
def fill(sample: Path, tmp_path: Path) -> Iterator[Fill]:
    with ReplayServer(sample, limits=Limits(max_calls=100_000)) as server:
        yield Fill(server, tmp_path)


def through_the_api(fill: Fill, folder: Path) -> list[tuple[object, ...]]:
    other = Fill(fill.server, folder, msgspec.structs.replace(SOURCE, px_url=None))
    vintage = other()
    assert len(vintage.answers) > 1
    assert other.files == []
    return other.rows(vintage)


def test_a_first_fill_is_one_file_and_lands_what_the_api_gives(fill: Fill, tmp_path: Path) -> None:
    vintage = fill()
    assert (fill.files, fill.queries, len(fill.server.requests)) == ([200], 1, 3)
    assert len(vintage.answers) == 1
    assert any("whole table from http://127.0.0.1" in line and "MB" in line for line in fill.said)
    receipts = [json.loads(line) for line in (fill.archive.root / "index.jsonl").read_text().splitlines()]
    assert receipts[-1]["sha256"] == vintage.answers[0]
    assert receipts[-1]["url"].endswith("/database/StatFin/tyonv/12ti.px")
    assert fill.archive.path_of(vintage.answers[0]).stat().st_mode & 0o777 == 0o444
    assert fill.rows(vintage) == through_the_api(fill, tmp_path / "api")


def test_only_the_codes_that_are_asked_for_land(fill: Fill, tmp_path: Path) -> None:
    request = SOURCE.tables["12r5"]
    narrow = msgspec.structs.replace(request, bulk=True, dimensions={"area": "SSS|MK0[14]|KU091"})
    fill.source = msgspec.structs.replace(SOURCE, tables={"12r5": narrow})
    whole = fill.rows(fill("12r5"))
    assert fill.files == [200]
    assert {row[2] for row in whole} == {"SSS", "MK01", "MK04", "KU091"}
    other = Fill(fill.server, tmp_path / "api", msgspec.structs.replace(fill.source, px_url=None))
    assert whole == other.rows(other("12r5"))


def test_after_a_whole_table_polls_and_pulls_are_as_ever(fill: Fill) -> None:
    first = fill()
    assert fill() == first
    assert len(fill.server.requests) == 1
    fill.server.switch_on("new-release", 0)
    second = fill()
    assert second.source_updated_at > first.source_updated_at
    assert fill.files == []
    assert len(second.answers) > 1


@pytest.mark.parametrize(
    ("scenario", "answered", "why"),
    [
        ("px-missing", [404], "answered 404"),
        ("px-truncated", [200] * 4, "the answer broke off"),
    ],
)
def test_without_a_sound_file_the_api_is_asked(
    fill: Fill, tmp_path: Path, scenario: str, answered: list[int], why: str
) -> None:
    fill.server.switch_on(scenario)
    vintage = fill()
    assert fill.files == answered
    assert any(why in line and "Pulling it through the API" in line for line in fill.said)
    assert len(vintage.answers) > 1
    assert not list(fill.archive.root.rglob(".*"))
    assert fill.rows(vintage) == through_the_api(fill, tmp_path / "api")


def test_a_file_of_an_older_release_is_not_used(fill: Fill) -> None:
    fill.server.switch_on("new-release", 0)
    fill.server.switch_on("px-stale")
    vintage = fill()
    assert fill.files == [200]
    assert any("the file is of the release of" in line and "the API shows that of" in line for line in fill.said)
    assert len(vintage.answers) > 1
    raw = [json.loads(line)["url"] for line in (fill.archive.root / "index.jsonl").read_text().splitlines()]
    assert not [url for url in raw if "/database/" in url]


def test_a_file_that_passes_is_tried_again_when_it_broke_off(fill: Fill) -> None:
    fill.server.switch_on("px-truncated", 1)
    assert len(fill().answers) == 1
    assert fill.files == [200, 200]


def test_a_page_instead_of_a_file_is_seen_for_what_it_is(fill: Fill) -> None:
    fill.source = msgspec.structs.replace(SOURCE, px_url="https://elsewhere/PxWeb/api/v1/en/?config&t={table}")
    assert len(fill().answers) > 1
    assert any("this is no PX file, it begins '{" in line for line in fill.said)


def test_a_table_that_leaves_out_undescribed_codes_is_not_taken_whole(fill: Fill) -> None:
    """Landing, which knows no classification, could not tell them from the others."""
    drift = TableDrift(unknown_code=Policy.DISCARD_ROW)
    lenient = msgspec.structs.replace(SOURCE.tables["12r5"], bulk=True, drift=drift)
    fill.source = msgspec.structs.replace(SOURCE, tables={"12r5": lenient})
    fill.known = {**fill.known, "area": fill.known["area"] - {"KU091"}}
    vintage = fill("12r5")
    assert fill.files == []
    assert any("undescribed codes are left out" in line for line in fill.said)
    assert "KU091" not in {row[2] for row in fill.rows(vintage)}


def test_a_source_that_is_down_is_down(fill: Fill) -> None:
    fill.server.switch_on("outage")
    with pytest.raises(SourceUnavailableError):
        fill()
    assert fill.files == []


def test_tables_that_are_not_marked_are_never_downloaded(fill: Fill) -> None:
    fill("11n1")
    assert fill.files == []


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_table_is_served_alike_as_px_and_as_json(fill: Fill, language: str) -> None:
    for table, request in SOURCE.tables.items():
        url = f"{fill.server.base_url}/{language}/StatFin/{request.subject}/{table}.px"
        described = requests.get(url, timeout=10)
        if described.status_code == 400:
            continue  # a table that the sample does not hold
        layout = find_layout(table, request, msgspec.json.decode(described.content, type=Metadata), SOURCE, {})
        selection = [
            {"code": v, "selection": {"filter": "item", "values": codes[-30:]}} for v, codes in layout.codes.items()
        ]
        answers = [
            requests.post(url, json={"query": selection, "response": {"format": fmt}}, timeout=30)
            for fmt in ("px", "json-stat2")
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].headers["Content-Type"] == "application/octet-stream"
        narrowed = narrow(layout)
        assert arrow_rows(*read_rows(io.BytesIO(answers[0].content), narrowed, request)) == arrow_rows(
            read_answer(answers[1].content, narrowed, request)
        )


def narrow(layout: Layout) -> Layout:
    codes = {variable: values[-30:] for variable, values in layout.codes.items()}
    contents = {content: layout.contents[content] for content in codes[layout.metric]}
    return Layout(
        layout.table,
        layout.variables,
        codes,
        layout.columns,
        layout.time,
        layout.metric,
        contents,
        layout.division,
    )


def arrow_rows(*parts: dict[str, pa.Array]) -> list[tuple[object, ...]]:
    rows = [row for part in parts for row in zip(*(part[name].to_pylist() for name in sorted(part)), strict=True)]
    assert rows
    return sorted(rows, key=repr)


@pytest.mark.parametrize("path", ["tyonv/none.px", "atp/12ti.px", "tyonv/12ti", "12ti.px", ""])
def test_there_are_no_other_files(fill: Fill, path: str) -> None:
    root = fill.server.base_url.removesuffix("/PxWeb/api/v1")
    assert requests.get(f"{root}/database/StatFin/{path}", timeout=10).status_code == 404
    assert requests.post(f"{root}/database/StatFin/tyonv/12ti.px", timeout=10).status_code == 404


class TestRecording:
    """The real answer of 12r5 for Eckerö, 2024M01 to 2024M11."""

    @pytest.fixture
    def file(self, recordings: Path) -> Path:
        return recordings / "statfin" / "recorded" / "statfin_tyonv_eckero.px"

    def test_it_reads_in_all_languages(self, file: Path) -> None:
        with file.open("rb") as stream:
            header = read_header(stream)
        assert (header.languages, header.cells) == (("fi", "sv", "en"), 11 * 23)
        assert f"{header.updated:%Y-%m-%dT%H:%MZ}" == "2024-12-23T06:00Z"
        texts = {language: header.variables(language)[1].texts[2] for language in header.languages}
        assert texts == {
            "fi": "TK:n Työssäkäyntitilaston työvoima (lkm.)",
            "sv": "Arbetskraft i Statistikcentralens sysselsättningsstatistik (st.)",
            "en": "Workforce in Statistic Finland’s RES (number)",
        }
        for language in header.languages:
            month, contents, area = header.variables(language)
            assert (month.is_time, contents.is_contents, area.map) == (True, True, "Alue 2024")
            assert area.codes == ("KU043",)
            assert not [text for text in contents.texts if any(0x80 <= ord(sign) < 0xA0 for sign in text)]

    def test_it_lands_as_its_json_does(self, file: Path) -> None:
        table = table_of(file)
        layout, request = layout_of(file)
        as_json = arrow_rows(read_answer(json_stat2(table, table, "en"), layout, request))
        with file.open("rb") as stream:
            assert arrow_rows(*read_rows(stream, layout, request)) == as_json
        assert arrow_rows(*read_rows(io.BytesIO(px_answer(table, table)), layout, request)) == as_json
        assert len(as_json) == 11

    def test_its_cells_are_those_of_the_file(self, file: Path) -> None:
        layout, request = layout_of(file)
        with file.open("rb") as stream:
            (part,) = read_rows(stream, layout, request)
        assert part["tyottomatlopussa"].to_pylist()[:3] == [26, 23, 22]
        assert part["tyotosuus"].to_pylist()[:3] == [5.8, 5.1, 4.9]
        assert part["avpaikatlopussa"].to_pylist()[3:6] == [None, None, 0]
        assert part["avpaikatlopussa_symbol"].to_pylist()[3:6] == ["...", "...", None]


def described(header: PxHeader) -> Metadata:
    """What the API would say of the table in the file."""
    return msgspec.convert(
        {
            "title": "",
            "variables": [
                {
                    "code": v.code,
                    "text": v.name,
                    "values": v.codes,
                    "valueTexts": v.texts,
                    "elimination": v.total is not None,
                    "time": v.is_time,
                    "map": v.map,
                }
                for v in header.variables()
            ],
        },
        type=Metadata,
    )


def layout_of(file: Path) -> tuple[Layout, TableRequest]:
    with file.open("rb") as stream:
        metadata = described(read_header(stream))
    request = SOURCE.tables["12r5"]
    return find_layout("12r5", request, metadata, SOURCE, {}), request


def table_of(file: Path) -> Table:
    """The file as a table of the replay server."""
    with file.open("rb") as stream:
        header = read_header(stream)
        cells = list(read_cells(stream, header.cells))
    names = dict(zip(header.languages, map(header.variables, header.languages), strict=True))
    shape = [len(variable.codes) for variable in header.variables()]
    values = np.concatenate([part.values for part in cells])
    missing = np.concatenate([np.full(len(p.values), -1, np.int8) if p.symbols is None else p.symbols for p in cells])
    values[missing >= 0] = np.nan
    assert header.updated is not None
    text = dict.fromkeys(names, "")
    return Table(
        id="12r5",
        subject="tyonv",
        subject_text=text,
        name=text,
        long_name=text,
        source=text,
        notes=dict.fromkeys(names, ()),
        contact=text,
        variables=tuple(
            Variable(
                code=variable.code,
                codes=variable.codes,
                text={language: spoken[place].name for language, spoken in names.items()},
                texts={language: spoken[place].texts for language, spoken in names.items()},
                is_time=variable.is_time,
                map=variable.map,
                units=tuple(
                    Unit({"fi": "lukumäärä"}, int(header.text("PRECISION", variable.name, value) or 0))
                    for value in variable.texts
                )
                if variable.is_contents
                else (),
            )
            for place, variable in enumerate(header.variables())
        ),
        heading=2,
        values=values.reshape(shape),
        symbols=(missing + 1).astype(np.uint8).reshape(shape),
        updated=header.updated,
        stamp=header.updated,
    )


def test_the_server_knows_the_symbols_that_the_reader_knows() -> None:
    assert SYMBOLS[1:] == READ
