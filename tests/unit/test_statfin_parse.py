"""Landing equals a cell-by-cell reading of json-stat2, whatever the order of the dimensions."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.archive import RawArchive
from sources.statfin.parse import LandingError, land
from sources.statfin.schema import load_source
from sources.vintage import Vintage

SOURCE = load_source()
CODES = {
    "Alue": ("SSS", "MK01", "MK02"),
    "Ammattiryhmä": ("SSS", "2512", "X011", "0110"),
    "timeperiod_m": ("2025M12", "2026M01"),
    "contentscode": ("TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA"),
}


def metadata(order: tuple[str, ...], codes: dict[str, tuple[str, ...]] | None = None) -> bytes:
    chosen = codes or CODES
    variables: list[dict[str, Any]] = [
        {
            "code": v,
            "text": v,
            "values": chosen[v],
            "valueTexts": chosen[v],
            **({"time": True} if v == "timeperiod_m" else {}),
        }
        for v in order
    ]
    return json.dumps({"title": "t", "variables": variables}, ensure_ascii=False).encode()


def answer(order: tuple[str, ...], value: list[float | None], codes: dict[str, tuple[str, ...]] | None = None) -> bytes:
    chosen = codes or CODES
    status = {str(i): "..." for i, v in enumerate(value) if v is None}
    document = {
        "class": "dataset",
        "updated": "2026-08-25T05:00:00Z",
        "id": order,
        "size": [len(chosen[v]) for v in order],
        "dimension": {v: {"category": {"index": {c: i for i, c in enumerate(chosen[v])}}} for v in order},
        "value": value,
        **({"status": status} if status else {}),
    }
    return json.dumps(document, ensure_ascii=False).encode()


def landed(tmp: Path, head: bytes, *answers: bytes, table: str = "12ti") -> list[tuple[Any, ...]]:
    archive = RawArchive(tmp / "raw")
    vintage = Vintage(
        vintage_id="v",
        source="statfin",
        table=table,
        title="t",
        source_updated_at=datetime(2026, 8, 25, 5, tzinfo=UTC),
        retrieved_at=datetime(2026, 8, 25, 6, tzinfo=UTC),
        division=None,
        attribution="",
        selection="",
        metadata=archive.put(head, request={}),
        answers=tuple(archive.put(body, request={}) for body in answers),
    )
    target = tmp / "landed" / "data.parquet"
    rows = land(vintage, archive, SOURCE, target)
    with duckdb.connect() as connection:
        found = connection.execute(
            "select * exclude (vintage_id, retrieved_at, source_updated_at, division) from read_parquet(?)",
            [str(target)],
        ).fetchall()
    assert rows == len(found)
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(tuple(CODES)), data=st.data())
def test_every_cell_lands_in_its_row(tmp_path: Path, order: list[str], data: st.DataObject) -> None:
    variables = tuple(order)
    cells = 3 * 4 * 2 * 2
    value = data.draw(st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=cells, max_size=cells))
    naive: dict[tuple[str, str, date], dict[str, float | None]] = {}
    for position, codes in enumerate(product(*(CODES[v] for v in variables))):
        cell = dict(zip(variables, codes, strict=True))
        year, month = cell["timeperiod_m"].split("M")
        key = (cell["Alue"], cell["Ammattiryhmä"], date(int(year), int(month), 1))
        naive.setdefault(key, {})[cell["contentscode"]] = value[position]
    expected = sorted(
        (
            *key,
            row["TYOTTOMATLOPUSSA"],
            "..." if row["TYOTTOMATLOPUSSA"] is None else None,
            row["AVPAIKATLOPUSSA"],
            "..." if row["AVPAIKATLOPUSSA"] is None else None,
        )
        for key, row in naive.items()
    )
    assert landed(tmp_path, metadata(variables), answer(variables, value)) == expected


def test_an_optional_content_that_is_not_offered_says_so(tmp_path: Path) -> None:
    codes = {
        "Alue": ("SSS",),
        "timeperiod_m": ("2026M01",),
        "contentscode": ("TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA", "TYOVOIMATK"),
    }
    order = tuple(codes)
    (row,) = landed(tmp_path, metadata(order, codes), answer(order, [7, 8, 9], codes), table="12r5")
    assert row == ("SSS", date(2026, 1, 1), 7, None, 8, None, 9, None, *(None, "not_offered") * 4)


def test_a_count_with_decimals_is_refused_not_rounded(tmp_path: Path) -> None:
    order = tuple(CODES)
    value: list[float | None] = [1.0] * 47 + [2.5]
    with pytest.raises(LandingError, match=r"avpaikatlopussa is 2\.5, not a whole number.*restore raw/ from a backup"):
        landed(tmp_path, metadata(order), answer(order, value))
    assert not (tmp_path / "landed" / "data.parquet").exists()
    assert not list((tmp_path / "landed").glob(".*"))
