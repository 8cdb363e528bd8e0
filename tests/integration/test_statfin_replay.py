"""The replay server speaks PxWeb v1 as StatFin does: over the sample, and beside StatFin's own recorded answers."""

from __future__ import annotations

import csv
import http.client
import io
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest
import requests

from sources.statfin.replay import Limits, ReplayServer, Scenario
from sources.statfin.replay_folder import ReplayFolderError
from sources.statfin.replay_routes import CallLimiter
from sources.statfin.replay_tables import release_time

FREE = Limits(max_calls=1_000_000)
JSON = "application/json; charset=utf-8"
MK_2 = ["MK02", "MK01"]  # on purpose not in table order


@pytest.fixture(scope="module")
def served(sample: Path) -> Iterator[ReplayServer]:
    with ReplayServer(sample, limits=FREE) as server:
        yield server


@pytest.fixture
def staged(sample: Path) -> Iterator[ReplayServer]:
    """A server of one's own, for scenarios."""
    with ReplayServer(sample, limits=FREE) as server:
        yield server


def get(server: ReplayServer, path: str, **options: Any) -> requests.Response:
    return requests.get(server.base_url + path, timeout=10, **options)


def choose(code: str, *values: str, by: str = "item") -> dict[str, Any]:
    return {"code": code, "selection": {"filter": by, "values": list(values)}}


def every(code: str) -> dict[str, Any]:
    return choose(code, "*", by="all")


def post(
    server: ReplayServer, table: str, *query: dict[str, Any], fmt: str | None = "json-stat2", language: str = "en"
) -> requests.Response:
    body: dict[str, Any] = {"query": list(query)}
    if fmt:
        body["response"] = {"format": fmt}
    return requests.post(f"{server.base_url}/{language}/StatFin/{table}.px", json=body, timeout=10)


def values_of(server: ReplayServer, table: str, code: str) -> list[str]:
    variables = get(server, f"/en/StatFin/{table}.px").json()["variables"]
    return next(list(v["values"]) for v in variables if v["code"] == code)


def assert_bad_request(answer: requests.Response) -> None:
    assert (answer.status_code, answer.headers["Content-Type"], answer.text) == (400, "text/plain", "Bad Request")


def codes_in(answer: requests.Response, variable: str) -> list[str]:
    return list(answer.json()["dimension"][variable]["category"]["index"])


# ---- routes


def test_it_listens_on_the_loopback_only(served: ReplayServer) -> None:
    address = urlsplit(served.base_url)
    assert address.hostname == "127.0.0.1"
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", address.port or 0), timeout=5)


def test_databases_subjects_and_tables_are_listed_with_the_members_of_the_real_listing(served: ReplayServer) -> None:
    assert {"dbid": "StatFin", "text": "StatFin"} in get(served, "/fi/").json()
    assert len(get(served, "/fi/").json()) == 11
    subjects = get(served, "/en/StatFin").json()
    assert {tuple(s) for s in subjects} == {("id", "type", "text")}
    assert {s["id"] for s in subjects} == {"atp", "tyokay", "tyonv", "tyti", "vaerak"}
    tables = get(served, "/en/StatFin/tyonv").json()
    assert {tuple(t) for t in tables} == {("id", "type", "text", "updated")}
    by_occupation = next(t for t in tables if t["id"] == "12ti.px")
    assert by_occupation["text"].startswith("12ti -- Unemployed jobseekers and vacancies by occupation")
    assert by_occupation["text"].endswith(", 2025M08-2026M07")
    assert by_occupation["updated"] == "2026-08-21T08:00:00"


def test_both_spellings_and_all_three_languages_answer(served: ReplayServer) -> None:
    other = served.base_url.replace("/PxWeb/", "/PXWeb/")
    for language, region in (("fi", "Alue"), ("sv", "Område"), ("en", "Region")):
        answer = requests.get(f"{other}/{language}/StatFin/tyonv/12r5.px", timeout=10)
        assert answer.headers["Content-Type"] == JSON
        assert answer.json()["variables"][0]["text"] == region
        assert answer.json()["variables"][0]["code"] == "Alue"


@pytest.mark.parametrize("path", ["/", "/fi/", "/en/StatFin/tyonv/12ti.px", "/xx/no/such/place"])
def test_config_is_answered_at_any_level(served: ReplayServer, path: str) -> None:
    answer = get(served, f"{path}?config")
    assert answer.text == '{"maxValues":120000,"maxCells":120000,"maxCalls":1000000,"timeWindow":60,"CORS":true}'


@pytest.mark.parametrize(
    "path",
    [
        "/fi/config",
        "/de/StatFin",
        "/fi/NoDatabase",
        "/fi/StatFin/nosubject",
        "/fi/StatFin/ras",
        "/fi/StatFin/tyonv/99zz.px",
        "/fi/StatFin/tyonv/12ti",
        "/fi/StatFin/atp/12ti.px",
        "/fi/StatFin/tyonv/statfin_tyonv_pxt_12ti.px",
    ],
)
def test_what_is_not_there_and_old_ids_are_400_in_plain_text(served: ReplayServer, path: str) -> None:
    assert_bad_request(get(served, path))


def test_version_2_of_the_api_is_an_html_404(served: ReplayServer) -> None:
    answer = requests.get(served.base_url.replace("/v1", "/v2/tables"), timeout=10)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_options_is_empty_and_allows_any_origin(served: ReplayServer) -> None:
    answer = requests.options(f"{served.base_url}/fi/StatFin", timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"


def test_post_on_a_folder_is_its_listing(served: ReplayServer) -> None:
    answer = requests.post(f"{served.base_url}/fi/StatFin/tyonv", json={}, timeout=10)
    assert answer.json() == get(served, "/fi/StatFin/tyonv").json()


def test_prettyprint_indents_and_changes_nothing_else(served: ReplayServer) -> None:
    plain, pretty = get(served, "/fi/StatFin/tyonv"), get(served, "/fi/StatFin/tyonv?prettyprint=true")
    assert plain.json() == pretty.json()
    assert pretty.text.startswith("[\n")


def test_search_finds_whole_words_codes_and_everything(served: ReplayServer) -> None:
    def found(query: str) -> list[tuple[str, str]]:
        return [(hit["id"], hit["path"]) for hit in get(served, query).json()]

    by_occupation = found("/en/StatFin?query=occupation&filter=title")
    assert ("12ti.px", "/tyonv") in by_occupation
    assert ("12r5.px", "/tyonv") not in by_occupation
    assert found("/en/StatFin?query=occup&filter=title") == []
    assert set(by_occupation) <= set(found("/en/StatFin?query=occup*&filter=title"))
    by_municipality = found("/en/StatFin?query=KU091&filter=codes")
    assert ("12r5.px", "/tyonv") in by_municipality
    assert ("12ti.px", "/tyonv") not in by_municipality
    assert len(found("/en/StatFin?query=*&filter=*")) == len(served.folder.ids)
    hit = get(served, "/en/StatFin/tyonv?query=vacancies").json()[0]
    assert list(hit) == ["id", "path", "title", "score", "published"]


def test_metadata_names_members_in_order_and_flags_only_when_true(served: ReplayServer) -> None:
    body = get(served, "/en/StatFin/tyonv/12ti.px").json()
    assert list(body) == ["title", "variables"]
    assert body["title"].endswith(" by Region, Occupation, Month and Information")
    area, occupation, month, contents = body["variables"]
    assert list(area) == ["code", "text", "values", "valueTexts", "elimination", "map"]
    assert list(occupation) == ["code", "text", "values", "valueTexts", "elimination"]
    assert list(month) == ["code", "text", "values", "valueTexts", "time"]
    assert list(contents) == ["code", "text", "values", "valueTexts"]
    assert [v["code"] for v in body["variables"]] == ["Alue", "Ammattiryhmä", "timeperiod_m", "contentscode"]
    assert area["map"] == "Alue 2026"
    assert area["valueTexts"][:2] == ["WHOLE COUNTRY", "MK01 Uusimaa"]
    assert contents["values"] == ["TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA"]
    assert get(served, "/en/StatFin/12ti.px").json() == body


def test_content_codes_carry_the_prefix_that_some_statistics_got(served: ReplayServer) -> None:
    assert values_of(served, "137i", "contentscode") == ["tyti-Tyottomat"]
    assert values_of(served, "11n1", "contentscode") == ["atp_lkm"]


# ---- queries


@pytest.mark.parametrize(
    ("by", "values", "expected"),
    [
        ("item", MK_2, ["MK01", "MK02"]),
        ("all", ["*"], None),
        ("all", ["MK0*", "MK01*"], ["MK01", "MK02", "MK04", "MK05", "MK06", "MK07", "MK08", "MK09"]),
        ("ALL", ["*JO"], ["MKJO"]),
        ("top", ["2"], ["SSS", "MK01"]),
        ("Top", ["9999"], None),
        ("nonsense", ["MK01"], ["MK01"]),
    ],
)
def test_filters_select_in_table_order(
    served: ReplayServer, by: str, values: list[str], expected: list[str] | None
) -> None:
    answer = post(
        served, "12ti", choose("Alue", *values, by=by), choose("timeperiod_m", "1", by="top"), every("contentscode")
    )
    assert codes_in(answer, "Alue") == (expected or values_of(served, "12ti", "Alue"))


def test_top_of_time_is_the_latest(served: ReplayServer) -> None:
    answer = post(served, "12r5", choose("timeperiod_m", "2", by="top"), every("contentscode"))
    assert codes_in(answer, "timeperiod_m") == ["2026M06", "2026M07"]


@pytest.mark.parametrize(
    "query",
    [
        [choose("Alue", "MK01", "MK01")],
        [choose("Alue", "MK01", "MK03")],
        [choose("alue", "MK01")],
        [choose("Kuukausi", "2026M07")],
        [choose("Alue", "MK01"), choose("Alue", "MK02")],
        [choose("Alue", "MK01", by="all")],
        [choose("Alue", "M?01", by="all")],
        [choose("timeperiod_m", "0", by="top")],
        [choose("timeperiod_m", "1", "2", by="top")],
        [choose("timeperiod_m", "many", by="top")],
        [choose("timeperiod_m")],
        [choose("timeperiod_m", "1999*", by="all")],
        [choose("Alue", "MK01", by="vs:Alue")],
        [choose("Alue", "MK01", by="agg:Maakunta")],
    ],
    ids=str,
)
def test_what_breaks_a_rule_is_400(served: ReplayServer, query: list[dict[str, Any]]) -> None:
    assert_bad_request(post(served, "12r5", *query))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"query":null}', b'{"query":[{"code":"Alue"}]}', b"\xff"])
def test_a_body_that_is_no_query_is_400(served: ReplayServer, body: bytes) -> None:
    assert_bad_request(requests.post(f"{served.base_url}/fi/StatFin/tyonv/12r5.px", data=body, timeout=10))


def test_a_variable_left_out_disappears_when_it_can_be_eliminated_and_is_taken_whole_otherwise(
    served: ReplayServer,
) -> None:
    body = post(served, "12r5").json()
    assert body["id"] == ["timeperiod_m", "contentscode"]
    assert body["size"] == [12, len(values_of(served, "12r5", "contentscode"))]
    assert "Alue" not in body["dimension"]
    assert "geo" not in body["role"]
    country = post(served, "12r5", choose("Alue", "SSS")).json()
    assert country["value"] == body["value"]
    nothing_matches = post(served, "12r5", choose("Alue", "XX*", by="all")).json()
    assert (nothing_matches["id"], nothing_matches["value"]) == (body["id"], body["value"])


def test_elimination_is_told_only_when_the_total_is_selected(served: ReplayServer) -> None:
    def extension(*areas: str) -> dict[str, Any]:
        told = post(served, "12r5", choose("Alue", *areas)).json()["dimension"]["Alue"]["extension"]
        assert isinstance(told, dict)
        return told

    assert extension("MK01") == {"elimination": False, "show": "value"}
    assert extension("SSS", "MK01") == {"elimination": True, "eliminationValueCode": "SSS", "show": "value"}


def test_exactly_max_cells_passes_and_one_more_is_an_html_403(sample: Path) -> None:
    query = [choose("Alue", "SSS"), choose("Ammattiryhmä", "10", by="top"), choose("timeperiod_m", "2", by="top")]
    with ReplayServer(sample, limits=Limits(max_cells=40)) as server:
        assert len(post(server, "12ti", *query).json()["value"]) == 40
    with ReplayServer(sample, limits=Limits(max_cells=39)) as server:
        answer = post(server, "12ti", *query)
        assert answer.status_code == 403
        assert answer.text.startswith('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"')
        assert "403 - Forbidden: Access is denied." in answer.text


# ---- answers


def long_cells(sample: Path, table: str, month: str) -> dict[tuple[str, ...], float | None]:
    """The cells of a month straight from the data file."""
    path = next((sample / "statfin").glob(f"*_{table}_*.parquet"))
    rows = duckdb.sql(f"from read_parquet('{path}') where Kuukausi = '{month}'").fetchall()
    return {row[:-1]: row[-1] for row in rows}


@pytest.mark.parametrize("table", ["12r5", "12ti"])
def test_json_stat2_gives_every_cell_of_the_file_at_its_place(served: ReplayServer, sample: Path, table: str) -> None:
    others = [every("Ammattiryhmä")] if table == "12ti" else []
    answer = post(
        served, table, every("Alue"), *others, choose("timeperiod_m", "2026M03"), every("contentscode"), fmt=None
    )
    body = answer.json()
    assert answer.headers["Content-Type"] == JSON
    keys: list[tuple[str, ...]] = [()]
    for code in body["id"]:
        keys = [(*key, value) for key in keys for value in body["dimension"][code]["category"]["index"]]
    assert dict(zip(keys, body["value"], strict=True)) == long_cells(sample, table, "2026M03")
    hidden = {str(cell): "..." for cell, value in enumerate(body["value"]) if value is None}
    assert hidden
    assert body["status"] == hidden


def test_json_stat2_has_the_members_of_the_real_answer_in_their_order(served: ReplayServer) -> None:
    answer = post(served, "12ti", choose("Alue", "SSS"), choose("timeperiod_m", "1", by="top"), every("contentscode"))
    body = answer.json()
    assert list(body) == [
        *("version", "class", "label", "source", "updated", "note", "role"),
        *("id", "size", "dimension", "extension", "value"),
    ]  # no status: nothing is hidden
    assert body["updated"] == "2026-08-21T05:00:00Z"
    assert body["role"] == {"time": ["timeperiod_m"], "geo": ["Alue"], "metric": ["contentscode"]}
    assert body["extension"]["px"]["stub"] == ["Alue"]
    assert body["extension"]["px"]["heading"] == ["timeperiod_m", "contentscode"]
    assert body["extension"]["px"]["language"] == "fi"
    assert ".0," not in answer.text.rpartition('"value"')[2]
    assert body["source"].startswith("SYNTHETIC")
    assert body["note"][0].startswith("SYNTHETIC")


def test_json_has_strings_symbols_content_columns_and_dots_in_the_time(served: ReplayServer, sample: Path) -> None:
    body = post(
        served, "12r5", every("Alue"), choose("timeperiod_m", "2026M03"), every("contentscode"), fmt="JSON"
    ).json()
    assert list(body) == ["columns", "comments", "data", "metadata"]
    assert body["metadata"][0]["updated"] == "2026-08-21T05.00.00Z"
    contents = [c["code"] for c in body["columns"][2:]]
    assert contents == values_of(served, "12r5", "contentscode")
    assert [c["type"] for c in body["columns"]] == ["d", "t"] + ["c"] * len(contents)
    cells = long_cells(sample, "12r5", "2026M03")
    for row in body["data"]:
        for content, text in zip(contents, row["values"], strict=True):
            value = cells[(*row["key"], content)]
            digits = 1 if content == "TYOTOSUUS" else 0
            assert text == ("..." if value is None else f"{value:.{digits}f}")
    assert len(body["data"]) * len(contents) == len(cells)


def test_csv_spreads_the_heading_over_columns_in_iso_8859_15(served: ReplayServer) -> None:
    answer = post(
        served,
        "12r5",
        choose("Alue", "KU005", "SSS"),
        choose("timeperiod_m", "2", by="top"),
        choose("contentscode", "AVPAIKATLOPUSSA", "TYOTOSUUS"),
        fmt="csv",
        language="fi",
    )
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = answer.content.decode("iso-8859-15").split("\r\n")
    share, vacancies = (
        "Työttömien työnhakijoiden %-osuus työvoimasta (%)",
        "Avoimet työpaikat kuukauden laskentapäivänä (lkm.)",
    )
    assert lines[0] == (f'"Alue","2026M06 {share}","2026M06 {vacancies}","2026M07 {share}","2026M07 {vacancies}"')
    assert [line.split(",")[0] for line in lines[1:]] == ['"KOKO MAA"', '"Alajärvi"', ""]
    json_rows = post(
        served,
        "12r5",
        choose("Alue", "KU005", "SSS"),
        choose("timeperiod_m", "2", by="top"),
        choose("contentscode", "AVPAIKATLOPUSSA", "TYOTOSUUS"),
        fmt="json",
    ).json()["data"]
    assert lines[1].split(",")[1:] == json_rows[0]["values"] + json_rows[1]["values"]


def test_a_csv_row_without_stub_variables_starts_with_the_separator(served: ReplayServer) -> None:
    answer = post(
        served, "12r5", choose("timeperiod_m", "1", by="top"), choose("contentscode", "TYOVOIMATK"), fmt="csv"
    )
    assert all(line.startswith(",") for line in answer.text.splitlines())


@pytest.mark.parametrize(("fmt", "first"), [("csv2", "WHOLE COUNTRY"), ("csv3", "SSS")])
def test_csv2_and_csv3_have_one_row_a_cell(served: ReplayServer, fmt: str, first: str) -> None:
    contents = choose("contentscode", "TYOTTOMATLOPUSSA", "TYOVOIMATK", "TYOTOSUUS", "AVPAIKATLOPUSSA")
    answer = post(served, "12r5", choose("Alue", "SSS"), choose("timeperiod_m", "1", by="top"), contents, fmt=fmt)
    rows = list(csv.reader(io.StringIO(answer.content.decode("iso-8859-15"))))
    assert rows[0][:3] == ["Region", "Month", "Information"]
    assert [row[0] for row in rows[1:]] == [first] * 4
    assert rows[0][3] == (
        "12r5"
        if fmt == "csv3"
        else "Unemployed jobseekers, persons in services and vacant jobs at the end of the month"
    )


@pytest.mark.parametrize("fmt", ["jsonstat2", "xlsx", "sdmx", "nonsense", "", 7])
def test_a_format_that_is_not_written_is_400(served: ReplayServer, fmt: Any) -> None:
    body = {"query": [], "response": {"format": fmt}}
    assert_bad_request(requests.post(f"{served.base_url}/fi/StatFin/tyonv/12r5.px", json=body, timeout=10))


def test_gzip_is_sent_to_who_accepts_it(served: ReplayServer) -> None:
    url = f"{served.base_url}/fi/StatFin/tyonv/12r5.px"
    packed = requests.get(url, headers={"Accept-Encoding": "gzip"}, timeout=10)
    plain = requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=10)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])


def test_a_connection_is_kept_alive(served: ReplayServer) -> None:
    connection = http.client.HTTPConnection(served.base_url.split("/")[2], timeout=10)
    for _ in range(2):
        connection.request("GET", "/PxWeb/api/v1/fi/StatFin")
        answer = connection.getresponse()
        answer.read()
        assert not answer.will_close
    connection.close()


# ---- limits


def test_a_call_too_many_is_429_with_retry_after_whatever_it_asks(sample: Path) -> None:
    with ReplayServer(sample, limits=Limits(max_calls=3, time_window=60)) as server:
        for path in ("/fi/?config", "/fi/StatFin/tyonv/12ti.px"):
            assert get(server, path).status_code == 200
        assert requests.options(f"{server.base_url}/fi/", timeout=10).status_code == 200
        answer = get(server, "/fi/?config")
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "60"
        assert answer.text == '{"error":"429 - Too many requests in too short timeframe. Please try again later."}'
        assert [status for _, _, status in server.requests] == [200, 200, 200, 429]


def test_refused_calls_count_as_well() -> None:
    clock = [0.0]
    limiter = CallLimiter(Limits(max_calls=2, time_window=10), now=lambda: clock[0])
    admitted = []
    for moment in (0, 1, 6, 12, 23):
        clock[0] = moment
        admitted.append(limiter.admits("one"))
    assert admitted == [True, True, False, True, True]  # at 12 the call refused at 6 and this one fill the window
    clock[0] = 12
    hammered = CallLimiter(Limits(max_calls=2, time_window=10), now=lambda: clock[0])
    outcomes = []
    for moment in range(0, 40, 4):
        clock[0] = moment
        outcomes.append(hammered.admits("one"))
    assert outcomes[:2] == [True, True]
    assert not any(outcomes[2:])
    assert hammered.admits("another")


# ---- scenarios

ONE_CELL = (choose("Alue", "SSS"), choose("timeperiod_m", "1", by="top"), choose("contentscode", "AVPAIKATLOPUSSA"))


def test_every_scenario_is_explained_and_unknown_ones_are_refused(sample: Path) -> None:
    assert all(scenario.explanation for scenario in Scenario)
    with pytest.raises(ValueError, match=r"no scenario 'earthquake'\. There are: new-release"):
        ReplayServer(sample, scenarios=["earthquake"])


def test_a_release_in_mid_run_changes_updated_after_the_kth_answer(staged: ReplayServer) -> None:
    staged.switch_on("new-release:2")
    updated = [post(staged, "12r5", *ONE_CELL).json()["updated"] for _ in range(3)]
    assert updated[0] == updated[1] < updated[2]
    assert values_of(staged, "12ti", "timeperiod_m")[-1] == "2026M08"
    assert get(staged, "/fi/StatFin/tyonv").json()[0]["updated"] == "2026-09-21T08:00:00"


def test_a_restamped_listing_is_not_a_release(staged: ReplayServer) -> None:
    before = get(staged, "/fi/StatFin/tyonv").json()[0]["updated"], post(staged, "12r5", *ONE_CELL).json()["updated"]
    staged.switch_on(Scenario.LISTING_RESTAMPED)
    after = get(staged, "/fi/StatFin/tyonv").json()[0]["updated"], post(staged, "12r5", *ONE_CELL).json()["updated"]
    assert after[0] > before[0]
    assert after[1] == before[1]


def test_a_start_year_is_dropped(staged: ReplayServer) -> None:
    staged.switch_on("start-year-dropped")
    assert values_of(staged, "12ti", "timeperiod_m") == [f"2026M{month:02d}" for month in range(1, 8)]
    staged.switch_off("start-year-dropped")
    assert values_of(staged, "12ti", "timeperiod_m")[0] == "2025M08"


def test_a_municipality_is_merged_and_regional_history_is_rewritten(staged: ReplayServer) -> None:
    areas = ["KU050", "KU561", "MK02", "MK04", "SSS"]
    force = (choose("timeperiod_m", "2026M01"), choose("contentscode", "TYOVOIMATK"))
    unemployed = (choose("timeperiod_m", "2026M01"), choose("contentscode", "TYOTTOMATLOPUSSA"))

    def by_area(table: str, *query: dict[str, Any]) -> dict[str, int]:
        body = post(staged, table, *query).json()
        return dict(zip(body["dimension"]["Alue"]["category"]["index"], body["value"], strict=True))

    def hidden_mass() -> int:
        """What the visible occupations of a region miss of its total."""
        value = post(staged, "12ti", choose("Alue", "MK02"), every("Ammattiryhmä"), *unemployed).json()["value"]
        return int(value[0] - sum(v for v in value[1:] if v is not None))

    mass_before = hidden_mass()
    before = by_area("12r5", choose("Alue", *areas), *force)
    unemployed_before = by_area("12r5", choose("Alue", *areas), *unemployed)
    staged.switch_on("municipality-merged")
    assert "KU561" not in values_of(staged, "12r5", "Alue")
    assert get(staged, "/fi/StatFin/12r5.px").json()["variables"][0]["map"] == "Alue 2027"
    areas.remove("KU561")
    after = by_area("12r5", choose("Alue", *areas), *force)
    moved = before["KU561"]
    assert after == {
        "KU050": before["KU050"] + moved,
        "MK02": before["MK02"] - moved,
        "MK04": before["MK04"] + moved,
        "SSS": before["SSS"],
    }
    unemployed_after = by_area("12r5", choose("Alue", *areas), *unemployed)
    assert unemployed_after["MK04"] == unemployed_before["MK04"] + unemployed_before["KU561"]
    regions = choose("Alue", "MK02", "MK04", "SSS")
    assert by_area("12ti", regions, *unemployed) == by_area("12r5", regions, *unemployed)
    assert hidden_mass() == mass_before


def test_a_renamed_variable_is_known_by_its_new_code_only(staged: ReplayServer) -> None:
    staged.switch_on("variable-renamed")
    assert get(staged, "/fi/StatFin/12ti.px").json()["variables"][0]["code"] == "alue_23_20270101"
    assert_bad_request(post(staged, "12ti", choose("Alue", "SSS")))
    assert post(staged, "12r5", choose("alue_23_20270101", "SSS")).status_code == 200


def test_a_variable_can_be_renamed_between_metadata_and_query(staged: ReplayServer) -> None:
    staged.switch_on("renamed-mid-run")
    assert get(staged, "/fi/StatFin/12r5.px").json()["variables"][0]["code"] == "Alue"
    assert_bad_request(post(staged, "12r5", *ONE_CELL))
    assert get(staged, "/fi/StatFin/12r5.px").json()["variables"][0]["code"] == "alue_23_20270101"
    assert post(staged, "12r5", choose("alue_23_20270101", "SSS")).status_code == 200


def test_unknown_codes_appear(staged: ReplayServer) -> None:
    staged.switch_on("extra-occupation")
    staged.switch_on("unknown-area")
    assert values_of(staged, "12ti", "Ammattiryhmä")[-1] == "9998"
    assert values_of(staged, "12ti", "Alue")[-1] == "KU999"
    body = post(staged, "12r5", choose("Alue", "KU999"), choose("timeperiod_m", "1", by="top")).json()
    assert body["value"] == [0] * len(values_of(staged, "12r5", "contentscode"))


def test_a_content_goes_missing(staged: ReplayServer) -> None:
    staged.switch_on("content-missing")
    assert values_of(staged, "12ti", "contentscode") == ["TYOTTOMATLOPUSSA"]
    assert_bad_request(post(staged, "12r5", *ONE_CELL))


def test_a_suppressed_cell_is_shown_as_3(staged: ReplayServer) -> None:
    query = (every("Alue"), every("Ammattiryhmä"), choose("timeperiod_m", "2", by="top"), every("contentscode"))
    assert 3 not in post(staged, "12ti", *query).json()["value"]
    staged.switch_on("visible-three")
    everything = (every("Alue"), every("timeperiod_m"), every("contentscode"))
    assert post(staged, "12r5", *everything).json()["value"].count(3) == 1


def test_the_real_limit_of_cells_is_lower_than_the_announced(staged: ReplayServer) -> None:
    staged.switch_on("lower-max-cells:3")
    assert get(staged, "/fi/?config").json()["maxCells"] == 120_000
    query = choose("Alue", "SSS"), choose("timeperiod_m", "1", by="top")
    assert post(staged, "12ti", *query).status_code == 200
    assert post(staged, "12r5", *query).status_code == 403


@pytest.mark.parametrize(
    ("scenario", "status", "content_type", "retry_after"),
    [
        ("html-503:2", 503, "text/html", None),
        ("html-200:2", 200, "text/html", None),
        ("too-many-requests:2", 429, JSON, "1"),
        ("too-many-requests-silent:2", 429, JSON, None),
    ],
)
def test_a_passing_fault_befalls_data_answers_as_often_as_told(
    staged: ReplayServer, scenario: str, status: int, content_type: str, retry_after: str | None
) -> None:
    staged.switch_on(scenario)
    for _ in range(2):
        answer = post(staged, "12r5", *ONE_CELL)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, content_type)
        assert answer.headers.get("Retry-After") == retry_after
        assert get(staged, "/fi/?config").status_code == 200
    assert post(staged, "12r5", *ONE_CELL).json()["size"] == [1, 1, 1]


def test_an_outage_befalls_every_call_until_it_is_over(staged: ReplayServer) -> None:
    staged.switch_on("outage")
    assert [get(staged, p).status_code for p in ("/fi/?config", "/fi/StatFin", "/fi/StatFin/12ti.px")] == [503] * 3
    staged.switch_off("outage")
    assert get(staged, "/fi/StatFin").status_code == 200


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("cut-connection", requests.exceptions.ConnectionError),
        ("truncated-body", requests.exceptions.ChunkedEncodingError),
    ],
)
def test_a_connection_breaks_once_or_always(staged: ReplayServer, scenario: str, error: type[Exception]) -> None:
    staged.switch_on(scenario)
    with pytest.raises(error):
        post(staged, "12r5", every("Alue"))
    assert post(staged, "12r5", every("Alue")).status_code == 200
    staged.switch_on(f"{scenario}:inf")
    for _ in range(3):
        with pytest.raises(error):
            post(staged, "12r5", every("Alue"))


def test_values_and_size_disagree(staged: ReplayServer) -> None:
    staged.switch_on("size-mismatch:1")
    body = post(staged, "12r5", every("contentscode")).json()
    assert len(body["value"]) == body["size"][0] * body["size"][1] - 1


def test_a_slow_answer_comes_later_than_the_caller_waits(staged: ReplayServer) -> None:
    staged.switch_on("slow-answer", 0.4)
    with pytest.raises(requests.Timeout):
        requests.post(f"{staged.base_url}/fi/StatFin/12r5.px", json={"query": []}, timeout=0.1)
    assert post(staged, "12r5").status_code == 200


def test_scenarios_leave_the_surveys_alone(staged: ReplayServer) -> None:
    before = post(staged, "11n1", every("timeperiod_q")).json()
    for scenario in ("new-release:0", "start-year-dropped", "variable-renamed", "content-missing"):
        staged.switch_on(scenario)
    assert post(staged, "11n1", every("timeperiod_q")).json() == before


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayFolderError, match=r"nothing to replay\. Expected \*_12ti_\*\.parquet"):
        ReplayServer(tmp_path)


@pytest.mark.parametrize(
    ("period", "lag", "released"),
    [
        ("2026M06", 1, "2026-07-21T05:00"),  # a Tuesday, summer time
        ("2022M10", 1, "2022-11-21T06:00"),  # a Monday, winter time
        ("2026M01", 1, "2026-02-23T06:00"),  # the 21st is a Saturday
        ("2026M05", 1, "2026-06-22T05:00"),  # the 21st is a Sunday
        ("2026Q2", 2, "2026-08-21T05:00"),
        ("2025M12", 1, "2026-01-21T06:00"),
    ],
)
def test_releases_are_on_weekdays_at_8_in_helsinki(period: str, lag: int, released: str) -> None:
    assert release_time(period, lag).isoformat(timespec="minutes") == f"{released}+00:00"


# ---- beside what StatFin itself answered


@pytest.fixture(scope="module")
def recorded(recordings: Path) -> Iterator[ReplayServer]:
    with ReplayServer(recordings, limits=FREE) as server:
        yield server


@pytest.mark.parametrize("table", ["11n1", "11l1"])
def test_recorded_answers_are_given_byte_for_byte(recorded: ReplayServer, recordings: Path, table: str) -> None:
    folder = recordings / "statfin" / "recorded"
    area = [every("alue_16_20180101")] if table == "11n1" else []
    answer = post(recorded, table, every("contentscode"), *area, every("timeperiod_q"))
    assert answer.content == (folder / f"{table}__jsonstat2_en_2026-09-14.json").read_bytes()
    metadata = get(recorded, f"/en/StatFin/atp/{table}.px")
    assert metadata.content == (folder / f"{table}__metadata_en_2026-09-14.json").read_bytes()


def test_metadata_of_12r5_is_the_recorded_one_for_the_codes_that_have_data(
    recorded: ReplayServer, recordings: Path
) -> None:
    real = json.loads((recordings / "statfin/recorded/12r5__metadata_en_2026-09-14.json").read_text("utf-8"))
    ours = get(recorded, "/en/StatFin/tyonv/12r5.px").json()
    assert ours["title"] == real["title"]
    assert len(ours["variables"]) == len(real["variables"])
    for mine, theirs in zip(ours["variables"], real["variables"], strict=True):
        assert list(mine) == list(theirs)
        assert {k: v for k, v in mine.items() if k not in ("values", "valueTexts")} == {
            k: v for k, v in theirs.items() if k not in ("values", "valueTexts")
        }
        texts = dict(zip(theirs["values"], theirs["valueTexts"], strict=True))
        shared = [code for code in mine["values"] if code in texts]
        assert shared == [code for code in theirs["values"] if code in set(mine["values"])]
        assert [t for c, t in zip(mine["values"], mine["valueTexts"], strict=True) if c in texts] == [
            texts[code] for code in shared
        ]


def test_the_shape_of_json_is_that_of_the_recorded_answer(recorded: ReplayServer, recordings: Path) -> None:
    name = "oskarmaps_software_occupations_register_kunnat_12ti.json"
    real = json.loads((recordings / "statfin/recorded" / name).read_text("utf-8"))
    ours = post(
        recorded,
        "12ti",
        every("Alue"),
        choose("Ammattiryhmä", "2513", "2514", "2519"),
        choose("timeperiod_m", "1", by="top"),
        every("contentscode"),
        fmt="json",
        language="fi",
    ).json()
    assert ours["columns"] == real["columns"]
    assert list(ours) == list(real)
    assert ours["metadata"] == [{**real["metadata"][0], "updated": "2022-11-21T06.00.00Z"}]
    assert [list(row) for row in ours["data"][:1]] == [list(row) for row in real["data"][:1]]
    assert [row["key"][1] for row in ours["data"][:3]] == [row["key"][1] for row in real["data"][:3]]


def test_recorded_numbers_come_back(recorded: ReplayServer) -> None:
    def cells(table: str, *query: dict[str, Any]) -> list[float | None]:
        value = post(recorded, table, *query).json()["value"]
        assert isinstance(value, list)
        return value

    assert cells("12ti", choose("timeperiod_m", "2022M10")) == [232368, 77188]
    assert cells("12r5", choose("timeperiod_m", "2006M01"), choose("contentscode", "TYOTTOMATLOPUSSA")) == [278486]
    assert "KU588" in values_of(recorded, "12r5", "Alue")
    assert cells("137i", choose("timeperiod_q", "2012Q1")) == [215]


def test_a_full_chunk_of_the_real_table_is_answered_fast(recorded: ReplayServer) -> None:
    months = choose("timeperiod_m", "6", by="top")
    query = (every("Alue"), every("Ammattiryhmä"), months, every("contentscode"))
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        answer = post(recorded, "12ti", *query)
        seconds.append(time.perf_counter() - started)
        assert answer.json()["size"] == [20, 433, 6, 2]
    assert min(seconds) < 0.3
