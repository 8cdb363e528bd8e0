"""The generated sample of job postings: real codes, plausible flows, the same lines for the same seed."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from assets.classification import SEEDS
from sources.tyomarkkinatori.replay_store import NEVER, Store, read_store, to_micros
from sources.tyomarkkinatori.simulator import read_codes, write_sample

HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("postings")
    write_sample(folder, seeds=SEEDS)
    return folder


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    return read_store(folder)


@pytest.fixture(scope="module")
def postings(store: Store) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in store.lines]


def open_at(store: Store, day: int) -> int:
    """Postings that are published, not archived and not past their deadline, so many days from the clock."""
    moment = store.at(store.clock + timedelta(days=day))
    return int((moment.is_open & (moment.times["expires"] > moment.now)).sum())


def test_it_says_that_it_is_synthetic_and_when_it_is_true(folder: Path, store: Store) -> None:
    about = json.loads((folder / "job_postings" / "dataset.json").read_text("utf-8"))
    assert about["kind"] == "synthetic"
    assert about["title"].startswith("SYNTHETIC")
    assert about["postings"] == len(store.lines)
    assert store.clock == datetime(2026, 8, 15, 18, tzinfo=UTC)


def test_it_is_modest_in_size(folder: Path) -> None:
    assert sum(path.stat().st_size for path in (folder / "job_postings").iterdir()) < 40e6


def test_about_twelve_thousand_are_open_on_every_day_around_the_clock(store: Store) -> None:
    assert all(11_000 < open_at(store, day) < 13_500 for day in range(-95, 31, 5))


def test_every_day_of_history_and_future_has_news(store: Store) -> None:
    clock = to_micros(store.clock)
    for event in ("published", "archived"):
        times = store.times[event]
        days = np.unique((times[times != NEVER] - clock) // 86_400_000_000)
        assert set(range(-100, 29)) <= set(days.tolist())


def test_postings_stay_about_three_weeks(store: Store) -> None:
    stay = np.minimum(store.times["archived"], store.times["expires"]) - store.times["published"]
    assert 18 < np.median(stay) / 86_400e6 < 25
    assert stay.min() > 0


def test_events_come_in_order(store: Store) -> None:
    times = store.times
    assert (times["created"] <= times["published"]).all()
    assert (times["created"] <= times["modified"]).all()
    assert (times["modified"] <= np.minimum(times["archived"], times["expires"])).all()


def test_deadlines_are_local_midnights(postings: list[dict[str, Any]]) -> None:
    deadlines = [p["application"]["expires"] for p in postings if "expires" in p["application"]]
    local = {datetime.fromisoformat(text).astimezone(HELSINKI).strftime("%H:%M:%S") for text in deadlines}
    assert local == {"23:59:59"}
    assert 0.03 < 1 - len(deadlines) / len(postings) < 0.07


def test_openings_are_nearly_two_a_posting(postings: list[dict[str, Any]]) -> None:
    openings = [p["application"].get("openPositions", 1) for p in postings]
    assert 1.8 < sum(openings) / len(openings) < 2.05
    assert sum("openPositions" not in p["application"] for p in postings) > 100


def test_identities_are_unique_and_versioned_as_random(postings: list[dict[str, Any]]) -> None:
    ids = {p["metadata"]["externalId"] for p in postings}
    assert len(ids) == len(postings)
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", i) for i in ids)


def test_codes_are_real_and_places_agree(postings: list[dict[str, Any]]) -> None:
    codes = read_codes(SEEDS)
    region_of = {code: region for region, inside in codes.municipalities.items() for code in inside}
    assert (len(codes.municipalities), len(region_of)) == (19, 308)
    uris = {uri for inside in codes.occupations.values() for uri in inside}
    seen: set[str] = set()
    for posting in postings:
        location = posting["location"]
        places = {region_of[code] for code in location["municipalities"]}
        assert places <= set(location["regions"] or places)
        seen |= places
        for uri in posting["position"].get("occupations", ()):
            assert uri in uris or re.fullmatch(
                r"http://data\.europa\.eu/esco/isco/C\d{3,4}|http://data\.tyomarkkinatori\.fi/esco/occupation/synthetic-\d+",
                uri,
            )
    assert seen == set(codes.municipalities)


def test_most_postings_are_in_uusimaa(postings: list[dict[str, Any]]) -> None:
    municipalities = dict(read_codes(SEEDS).municipalities)
    first = Counter(p["location"]["municipalities"][0] for p in postings if p["location"]["municipalities"])
    by_region = Counter({region: sum(first[code] for code in inside) for region, inside in municipalities.items()})
    assert by_region.most_common(1)[0][0] == "01"
    assert first.most_common(1)[0][0] == "091"


def test_the_rare_cases_occur(postings: list[dict[str, Any]]) -> None:
    def share(found: list[bool]) -> float:
        return sum(found) / len(found)

    places = [p["location"] for p in postings]
    work = [p["position"] for p in postings]
    rare = {
        "several municipalities": share([len(place["municipalities"]) > 1 for place in places]),
        "region only": share([bool(place["regions"]) and not place["municipalities"] for place in places]),
        "country only": share(
            [place["countries"] == ["FI"] and not place["regions"] + place["municipalities"] for place in places]
        ),
        "abroad": share([place["countries"] == ["SE"] for place in places]),
        "no occupation": share([not work_.get("occupations") for work_ in work]),
        "no main occupation": share(["mainOccupation" not in w and bool(w.get("occupations")) for w in work]),
        "group": share([w.get("mainOccupation", "").startswith("http://data.europa.eu/esco/isco/") for w in work]),
        "national": share([w.get("mainOccupation", "").startswith("http://data.tyomarkkinatori.fi") for w in work]),
        "household": share([p["owner"]["employerType"] == "Household" for p in postings]),
        "published absent": share(["published" not in p["application"] for p in postings]),
    }
    assert {name: value for name, value in rare.items() if not 0.005 < value < 0.06} == {}


def test_regions_have_a_mix_of_occupations_of_their_own(store: Store, postings: list[dict[str, Any]]) -> None:
    def mix(region: str) -> dict[str, float]:
        groups = Counter(
            store.isco[p["position"]["mainOccupation"]]
            for p in postings
            if p["location"]["regions"] == [region] and p["position"].get("mainOccupation") in store.isco
        )
        return {group: number / groups.total() for group, number in groups.items()}

    south, north = mix("01"), mix("19")
    assert sum(abs(south.get(g, 0) - north.get(g, 0)) for g in south.keys() | north.keys()) > 0.4


def test_every_text_is_marked_and_every_address_is_invalid(folder: Path, store: Store) -> None:
    texts = {text for line in store.lines for text in re.findall(rb'"fi":"([^"]*)"', line)}
    assert texts
    assert all(text.startswith(b"SYNTHETIC") for text in texts)
    hosts = {host for line in store.lines for host in re.findall(rb"(?:@|://)([\w.-]+)", line)}
    assert {host for host in hosts if not host.endswith(b".invalid")} == {
        b"data.europa.eu",
        b"data.tyomarkkinatori.fi",
    }
    assert b"synteettinen.esimerkki@example.invalid" in b"".join(store.lines)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_sample(tmp_path / name, seeds=SEEDS, seed=seed, open_postings=200, last="2026-03-01")
    a, b, c = ({p.name: p.read_bytes() for p in (tmp_path / n / "job_postings").iterdir()} for n in "abc")
    assert a == b
    assert a != c
    assert 120 < open_at(read_store(tmp_path / "a"), 0) < 280
