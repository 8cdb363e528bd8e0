"""Each rule of the barometer's answers on bodies as the service would send them, and months that are asked once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.archive import RawArchive
from sources.http import UnreadableAnswerError
from sources.tyovoimabarometri.ledger import Fetched, Ledger
from sources.tyovoimabarometri.rules import (
    BarometerDriftError,
    decode,
    read_dates,
    read_occupations,
    read_period,
    read_regions,
    read_rows,
)
from sources.tyovoimabarometri.schema import SOURCE_FILE, Source

REGIONS = {f"id-{code}": code for code in ("01", "02", "21")}
ROW: dict[str, Any] = {
    "groupingId": "id-01", "asteikko": 6.096, "kulmakerroin": 0.07185, "tyottomyysaste": 0.086, "vakanssiaste": 0.006,
    "kohtaantotila": 1, "kohtaantoaste": 3, "tyottomat": 224, "tyottomatSensuroitu": False, "toissa": 2380,
    "toissaSensuroitu": False, "tyopaikat": 15, "kohtaantoTime": "2026-06",
}  # fmt: skip


def body(document: object) -> bytes:
    return json.dumps(document).encode()


def month(period: str = "2026-06", **members: object) -> list[dict[str, Any]]:
    return [{**ROW, "groupingId": id_, "kohtaantoTime": period, **members} for id_ in REGIONS]


def rows(document: object, period: str | None = "2026-06") -> int:
    return len(read_rows(body(document), period=period, regions=REGIONS, what="occupation 2512"))


@given(st.permutations(month()))
def test_the_order_of_rows_means_nothing(shuffled: list[dict[str, Any]]) -> None:
    assert rows(shuffled) == 3


def test_no_rows_are_no_data() -> None:
    assert rows([]) == 0


def test_forecasts_may_hold_several_months_each_whole() -> None:
    assert rows(month("2026-07") + month("2026-08"), period=None) == 6
    with pytest.raises(BarometerDriftError, match="2026-08: 2 rows for 3 regions, missing"):
        rows(month("2026-07") + month("2026-08")[:2], period=None)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"kohtaantotila": 4, "kohtaantoaste": 3}, "unknown state 4"),
        ({"kohtaantoaste": 0}, "unknown degree 0"),
        ({"kohtaantotila": 0}, "state 0 contradicts degree 3"),
        ({"kohtaantoaste": 1}, "state 1 contradicts degree 1"),
        ({"kohtaantotila": None}, "has another shape"),
        ({"tyottomat": "224"}, "has another shape"),
        ({"tyottomat": 224.5}, "has another shape"),
        ({"kohtaantoTime": "2026-13"}, "'2026-13' is not a month"),
        ({"kohtaantoTime": "2026-05"}, "rows of 2026-05 came, 2026-06 was asked for"),
    ],
)
def test_a_broken_row_is_drift(members: dict[str, object], words: str) -> None:
    with pytest.raises(BarometerDriftError, match=words):
        rows([{**row, **members} for row in month()])


def test_state_99_goes_with_nulls_and_a_degree_may_be_missing() -> None:
    missing = dict.fromkeys(("kohtaantoaste", "asteikko", "tyottomat", "toissa", "tyopaikat"))
    assert rows(month(kohtaantotila=99, **missing)) == 3
    assert rows(month(kohtaantoaste=None)) == 3


def test_the_newest_month_is_observed_and_dates_leave_forecasts_out() -> None:
    assert read_period(body({"value": "2026-06", "ennuste": False}), what="x") == "2026-06"
    with pytest.raises(BarometerDriftError, match="2026-07 is marked as a forecast"):
        read_period(body({"value": "2026-07", "ennuste": True}), what="x")
    found = [{"value": "2026-07", "ennuste": True}, {"value": "2026-06", "ennuste": False}]
    assert read_dates(body([*found, {"value": "2026-05", "ennuste": False}]), what="x") == ("2026-05", "2026-06")


@pytest.mark.parametrize("code", ["110", "01100", "A110", "٠١١٠"])
def test_an_occupation_code_is_four_digits(code: str) -> None:
    sound = {"id": "a", "koodi": "0110", "nimi": "Upseerit", "kaytossa": False}
    assert len(read_occupations(body([sound]), what="x")) == 1  # never filtered on kaytossa
    with pytest.raises(BarometerDriftError, match="not four digits"):
        read_occupations(body([sound, {**sound, "id": "b", "koodi": code}]), what="x")


def test_a_catalogue_is_not_empty_and_ids_are_its_own() -> None:
    with pytest.raises(BarometerDriftError, match="the catalogue is empty"):
        read_occupations(b"[]", what="x")
    with pytest.raises(BarometerDriftError, match=r"the occupation id \['a'\] occurs more than once"):
        read_occupations(body([{"id": "a", "koodi": code, "nimi": ""} for code in ("0110", "0210")]), what="x")


def test_regions_are_the_expected_number_with_codes_of_their_own() -> None:
    regions = [{"id": id_, "koodi": code, "nimi": ""} for id_, code in REGIONS.items()]
    assert read_regions(body(regions), expected=3, what="x") == REGIONS
    for broken in (regions[:2], [*regions[:2], {**regions[2], "koodi": "01"}], [*regions[:2], regions[1]]):
        with pytest.raises(BarometerDriftError, match="3 regions with ids and codes of their own"):
            read_regions(body(broken), expected=3, what="x")


@pytest.mark.parametrize("text", [b"<!doctype html><html></html>", b'[{"groupingId": "id-0', b""])
def test_what_is_no_json_is_worth_another_attempt(text: bytes) -> None:
    with pytest.raises(UnreadableAnswerError, match="is not JSON"):
        decode(text, list[dict[str, str]], what="x")


def test_the_ledger_knows_a_month_as_long_as_its_bytes_are_there(tmp_path: Path) -> None:
    archive = RawArchive(tmp_path)
    assert Ledger(archive, source="tyovoimabarometri").find("a", "2026-05") is None
    fetched = Fetched(url="u", status=200, content=b"[]", headers={}, retrieved_at=datetime(2026, 9, 1, tzinfo=UTC))
    regions = archive.put(b"regions", request={"source": "tyovoimabarometri", "what": "regions"})
    archive.put(b"other", request={"source": "statfin", "query": {"tyovoimabarometri": 1}})
    about = {"occupation": "a", "period": "2026-05", "regions": regions}
    answer = fetched.keep(archive, source="tyovoimabarometri", what="rows", **about)
    receipt = Ledger(archive, source="tyovoimabarometri").find("a", "2026-05")
    assert receipt is not None
    assert (receipt.answer, receipt.regions) == (answer, regions)
    assert Ledger(archive, source="tyovoimabarometri").find("b", "2026-05") is None
    archive.path_of(answer).unlink()
    assert Ledger(archive, source="tyovoimabarometri").find("a", "2026-05") is None


def test_a_policy_that_cannot_be_carried_out_is_refused() -> None:
    text = SOURCE_FILE.read_text("utf-8").replace("rating: freeze", "rating: discard_row")
    with pytest.raises(msgspec.ValidationError, match="rating"):
        msgspec.yaml.decode(text, type=Source)
