"""Each of the recordings' numbered edge lines, alone through the replay server: where it lands (contract job_postings).

Lines 22 to 25, which are no posting, are in test_tyomarkkinatori_intake.py; codes and places that nobody knows become
buckets in staging (test_posting_marts.py).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from postings_pull import Pull, utc, write_world

from sources.tyomarkkinatori.replay import PostingsReplay

NOW = utc("2026-09-02 12:00")
ISCO = "http://data.europa.eu/esco/isco/"
NATIONAL = "http://data.tyomarkkinatori.fi/esco/occupation/keksitty-1"
CASES: dict[str, tuple[list[int], str, list[tuple[Any, ...]]]] = {
    "the newer of two": ([1, 2], "postings, positions", [(1, 7)]),
    "published is absent: created": ([3], "opened_date", [(date(2026, 7, 4),)]),
    "no number of openings: one": ([5], "postings, positions", [(1, 1)]),
    "the most openings": ([6], "postings, positions", [(1, 1000)]),
    "several municipalities": (
        [7],
        "municipality_code, region_code, place_kind, round(postings, 6)",
        [(code, None, "municipality", 0.333333) for code in ("049", "091", "092")],
    ),
    "municipalities of two regions": ([8], "municipality_code, postings", [("091", 0.5), ("837", 0.5)]),
    "a region only": ([9], "municipality_code, region_code, place_kind", [(None, "19", "region")]),
    "the country only": ([10], "municipality_code, region_code, place_kind", [(None, None, "country")]),
    "abroad": ([11], "postings", []),
    "an unknown municipality": ([12], "municipality_code, place_kind, postings", [("999", "municipality", 1)]),
    "a group of four digits": ([13], "occupation_uri", [(f"{ISCO}C5321",)]),
    "a group of three digits": ([14], "occupation_uri", [(f"{ISCO}C532",)]),
    "a national occupation": ([15], "occupation_uri", [(NATIONAL,)]),
    "no occupation": ([16], "occupation_uri, postings", [(None, 1)]),
    "a household": ([18], "postings", [(1,)]),
    "times without a zone are UTC": ([19], "opened_date, closed_date", [(date(2026, 6, 20), date(2026, 7, 6))]),
    "without a deadline it is open": ([20], "closed_date, postings", [(None, 1)]),
}


@pytest.fixture
def lines(recordings: Path) -> list[bytes]:
    file = recordings / "job_postings" / "synthetic" / "p67_v2_edgecases_SYNTHETIC.ndjson"
    return file.read_bytes().split(b"\n")


@pytest.mark.parametrize("case", CASES)
def test_a_line_lands_where_the_contract_says(tmp_path: Path, lines: list[bytes], case: str) -> None:
    numbers, columns, expected = CASES[case]
    world = write_world(tmp_path / "world", [lines[number - 1] for number in numbers])
    with PostingsReplay(world, clock=NOW) as server:
        pull = Pull(server, tmp_path / "data")
        pull()
        assert pull.rows(columns) == expected
        assert pull.report().totals.abroad == (case == "abroad")
        assert pull.quarantined() == []
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or b"Keksi" not in path.read_bytes(), "no name, of a household or a contact"


def test_published_null_is_created_and_two_occupations_are_the_first(tmp_path: Path, lines: list[bytes]) -> None:
    unpublished, two = lines[3], lines[16]
    with PostingsReplay(write_world(tmp_path / "world", [unpublished, two]), clock=NOW) as server:
        pull = Pull(server, tmp_path / "data")
        pull()
        uris = {uri for (uri,) in pull.rows("occupation_uri")}
        days = {day for (day,) in pull.rows("opened_date")}
    first, second = msgspec.json.decode(two)["position"]["occupations"]
    assert (first in uris, second in uris) == (True, False)
    created = msgspec.json.decode(unpublished)["metadata"]["created"]
    assert date.fromisoformat(created[:10]) in days
