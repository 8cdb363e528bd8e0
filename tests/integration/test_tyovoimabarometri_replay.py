"""The stand-in server answers as the contract saw the service answer: paths, shapes, headers, order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from assets.classification import SEEDS
from sources.tyovoimabarometri.replay import BarometerReplay, Fault
from sources.tyovoimabarometri.replay_folder import ReplayFolderError, occupation_id
from sources.tyovoimabarometri.simulator import write_sample

ORDER = [
    "02", "19", "12", "15", "04", "16", "17", "08", "09", "05", "14", "13", "01", "07", "18", "11", "06", "10", "21",
]  # fmt: skip
MATCHING = "/api/Tyollisyys/kohtaanto"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BarometerReplay]:
    folder = tmp_path_factory.mktemp("barometer-replay")
    write_sample(folder, seeds=SEEDS, occupations=4)
    with BarometerReplay(folder) as server:
        yield server


def get(server: BarometerReplay, path: str) -> requests.Response:
    return requests.get(server.base_url + path, timeout=5)


def test_the_catalogue_has_every_member_and_is_marked_unused_throughout(server: BarometerReplay) -> None:
    answer = get(server, "/api/ammatit")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "max-age=600"
    members = ["nimi", "id", "toimialaId", "koodi", "kaytossa", "lokalisoidutNimet", "uiNayttaa", "tyopaikkaKerroin"]
    assert [list(entry) for entry in answer.json()] == [members] * 4
    assert not any(entry["kaytossa"] for entry in answer.json())
    assert answer.json()[0]["id"] == occupation_id("0110")


def test_sectors_regions_and_map(server: BarometerReplay) -> None:
    sectors = get(server, "/api/Toimiala")
    assert sectors.headers["Cache-Control"] == "max-age=600"
    assert [sector["koodi"] for sector in sectors.json()] == [""] * 9
    assert all("GENERATED" in sector["nimi"] for sector in sectors.json())
    regions = get(server, "/api/Paikka/regions")
    assert "Cache-Control" not in regions.headers
    assert [region["koodi"] for region in regions.json()] == ORDER
    assert set(regions.json()[0]) == {"id", "koodi", "nimi", "voimassaAlkaen", "voimassaPaattyen"}
    assert get(server, "/api/Paikka/map").json()["type"] == "FeatureCollection"


def test_periods_and_rows_in_the_order_of_the_service(server: BarometerReplay) -> None:
    assert get(server, f"{MATCHING}/date").json() == {"value": "2026-06", "ennuste": False}
    one = f"{MATCHING}/Ammatti/{occupation_id('0110')}"
    assert get(server, f"{one}/dates").json() == [
        {"value": "2026-05", "ennuste": False},
        {"value": "2026-06", "ennuste": False},
    ]
    assert get(server, f"{one}/ennuste").json() == []
    rows = get(server, f"{one}/2026-06").json()
    codes = {region["id"]: region["koodi"] for region in get(server, "/api/Paikka/regions").json()}
    assert [codes[row["groupingId"]] for row in rows] == ORDER
    assert len(rows[0]) == 13


@pytest.mark.parametrize(
    "path", ["/api", "/api/Paikka", "/openapi.json", MATCHING, f"{MATCHING}/x", f"{MATCHING}/x/dates", "/api/Ammatit"]
)
def test_what_is_not_there_is_an_empty_404_with_a_cookie(server: BarometerReplay, path: str) -> None:
    answer = get(server, path)
    assert (answer.status_code, answer.content) == (404, b"")
    assert "ARRAffinity" in answer.headers["Set-Cookie"]


def test_outside_api_everything_is_the_page(server: BarometerReplay) -> None:
    answer = get(server, "/ammatti")
    assert (answer.status_code, len(answer.content)) == (200, 674)
    assert answer.text.startswith("<!doctype html>")


def test_an_unknown_occupation_or_month_is_answered_as_switched(server: BarometerReplay) -> None:
    paths = [f"{MATCHING}/Ammatti/x/2026-06", f"{MATCHING}/Ammatti/{occupation_id('0110')}/2019-01"]
    found = {}
    for fault in (None, Fault.UNKNOWN_400, Fault.UNKNOWN_EMPTY):
        if fault:
            server.switch_on(fault)
        found[fault] = {(answer.status_code, answer.content) for answer in (get(server, path) for path in paths)}
        if fault:
            server.switch_off(fault)
    assert found == {None: {(404, b"")}, Fault.UNKNOWN_400: {(400, b"")}, Fault.UNKNOWN_EMPTY: {(200, b"[]")}}


def test_the_date_header_stands_still_after_the_newest_month(server: BarometerReplay) -> None:
    assert get(server, f"{MATCHING}/date").headers["Date"] == "Sat, 29 Aug 2026 12:00:00 GMT"


def test_a_folder_without_data_and_an_unknown_fault_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayFolderError, match="0 files"):
        BarometerReplay(tmp_path)
    write_sample(tmp_path, seeds=SEEDS, occupations=1)
    with pytest.raises(ValueError, match="no-such-fault"):
        BarometerReplay(tmp_path, faults=["no-such-fault"])
    with pytest.raises(ValueError, match="the folder has 2026-05, 2026-06"):
        BarometerReplay(tmp_path, newest="2026-07")
