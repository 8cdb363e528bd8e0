"""The classification service, its client, the comparison with the seeds and the proposal, over the loopback.

The seeds are the project's own; what differs is played by the server or planted into a copy of the seeds.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from assets.classification import SEEDS
from sources.archive import RawArchive
from sources.classifications.client import ClassificationDriftError, ClassificationsClient
from sources.classifications.compare import Difference, Kind, compare, render
from sources.classifications.propose import ProposalError, propose
from sources.classifications.replay import ClassificationsReplay, Fault
from sources.classifications.schema import load_source
from sources.classifications.snapshot import Snapshot
from sources.http import Patience, PoliteSession, SourceUnavailableError

SOURCE = load_source()
LEVELS = {"municipality", "subregion", "region", "major_region", "employment_area", "development_centre"}
NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)


class Service:
    """A client on a server, with everything it said and slept."""

    def __init__(self, server: ClassificationsReplay, folder: Path) -> None:
        self.server = server
        self.archive = RawArchive(folder / "raw")
        self.said: list[str] = []
        self.slept: list[float] = []

    @property
    def client(self) -> ClassificationsClient:
        return ClassificationsClient(
            SOURCE,
            session=PoliteSession(patience=Patience(read=5, attempts=2, first_wait=0.01), sleep=self.slept.append),
            archive=self.archive,
            base_url=self.server.base_url,
            report=self.said.append,
            now=lambda: NOW,
        )


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with ClassificationsReplay(None, seeds=SEEDS) as server:
        yield Service(server, tmp_path)


def read(tmp_path: Path, *faults: Fault, folder: Path | None = None) -> Snapshot:
    with ClassificationsReplay(folder, seeds=SEEDS, faults=faults) as server:
        return Service(server, tmp_path).client.snapshot()


def found(differences: list[Difference]) -> list[tuple[Kind, str, str, str | None, str | None]]:
    return [(one.kind, one.level, one.code, one.before, one.after) for one in differences]


def test_the_seeds_do_not_differ_from_a_service_built_from_them(service: Service) -> None:
    snapshot = service.client.snapshot()
    assert snapshot.year == 2026
    assert LEVELS | {"wellbeing_county", "occupation"} == set(snapshot.classifications)  # the ELY centres ended in 2025
    assert snapshot.unread == {}
    assert {level: len(one.codes) for level, one in snapshot.classifications.items() if level in LEVELS} == {
        "municipality": 308,
        "subregion": 69,
        "region": 19,
        "major_region": 5,
        "employment_area": 46,
        "development_centre": 10,
    }
    assert len(snapshot.classifications["occupation"].codes) == 10 + 43 + 130 + 436
    assert compare(snapshot, seeds=SEEDS) == []
    assert "No difference to the committed seeds." in render([], snapshot)
    assert snapshot.classifications["employment_area"].id == "tyollisyysalue_1_20250101"  # looked up, not built
    assert snapshot.classifications["region"].modified_at is None  # a placeholder is no date


def test_calls_are_few_one_at_a_time_and_archived(service: Service) -> None:
    service.client.snapshot()
    calls = [path for _, path, _ in service.server.requests]
    assert len(calls) == 1 + 3 * 8 + 6  # the list; items in three languages; maps of all but municipality, occupation
    assert all("format=json" in call for call in calls)
    assert "/correspondenceTables/kunta_1_20260101%23evk_1_20260101/maps?" in " ".join(calls)
    lines = (service.archive.root / "index.jsonl").read_text().splitlines()
    assert len(lines) == len(calls)
    assert all(json.loads(line)["source"] == "classifications" for line in lines)


def test_news_is_one_call(service: Service, tmp_path: Path) -> None:
    assert service.client.news(known_year=2026) is None
    assert len(service.server.requests) == 1
    with ClassificationsReplay(None, seeds=SEEDS, faults=[Fault.MERGED]) as server:
        news = Service(server, tmp_path).client.news(known_year=2026)
    assert news == "the division of 2027 is published, 2026 is known"


def test_a_merged_municipality_is_named_and_lacks_its_successor(tmp_path: Path) -> None:
    snapshot = read(tmp_path, Fault.MERGED)
    differences = compare(snapshot, seeds=SEEDS)
    assert snapshot.year == 2027
    assert found(differences) == [(Kind.VANISHED_CODE, "municipality", "151", "Isojoki", None)]
    assert differences[0].has_successor is False
    text = render(differences, snapshot)
    assert "151: Isojoki; NO SUCCESSOR in the seeds" in text
    assert "municipality_successor.csv" in text
    assert "division of 2027, read 2027-01-04" in text


def test_a_successor_in_the_seeds_is_recognised_and_proposed(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    shutil.copytree(SEEDS, seeds)
    (seeds / "municipality_successor.csv").write_text(
        "former_municipality_code,successor_municipality_code,valid_from,succession_kind\n151,232,2027-01-01,merger\n"
    )
    snapshot = read(tmp_path, Fault.MERGED)
    (one,) = [one for one in compare(snapshot, seeds=seeds) if one.kind is Kind.VANISHED_CODE]
    assert one.has_successor is True
    propose(snapshot, tmp_path / "proposal", seeds=seeds, source=SOURCE)
    assert "KU151,municipality,151,Isojoki,Storå,Isojoki,,2026-12-31,false,KU232" in (
        (tmp_path / "proposal" / "area.csv").read_text("utf-8").splitlines()
    )


def test_a_new_name_and_a_moved_municipality_are_named(tmp_path: Path) -> None:
    snapshot = read(tmp_path, Fault.RENAMED, Fault.MOVED)
    differences = compare(snapshot, seeds=SEEDS)
    assert found(differences) == [
        (Kind.CHANGED_NAME, "municipality", "020", "Akaa", "Akaan kaupunki"),
        (Kind.CHANGED_MEMBERSHIP, "region", "142", "07", "08"),
    ]
    text = render(differences, snapshot)
    assert "020 (fi): Akaa -> Akaan kaupunki" in text
    assert "142: 07 -> 08" in text
    assert "region_transfer.csv" in text


def test_a_missing_language_is_told_and_never_empties_a_name(tmp_path: Path) -> None:
    snapshot = read(tmp_path, Fault.MISSING_LANGUAGE)
    differences = compare(snapshot, seeds=SEEDS)
    assert {(one.kind, one.level, one.language) for one in differences} == {
        (Kind.MISSING_TRANSLATION, "development_centre", "sv")
    }
    assert len(differences) == 10
    propose(snapshot, tmp_path / "proposal", seeds=SEEDS, source=SOURCE)
    assert (tmp_path / "proposal" / "area.csv").read_bytes() == (SEEDS / "area.csv").read_bytes()


def test_a_500_on_one_classification_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    snapshot = read(tmp_path, Fault.ERROR_500)
    assert set(snapshot.unread) == {"development_centre"}
    assert len(snapshot.classifications) == 7
    differences = compare(snapshot, seeds=SEEDS)
    assert [one.kind for one in differences] == [Kind.NOT_READ]
    assert "development_centre, not read: 1" in render(differences, snapshot)
    propose(snapshot, tmp_path / "proposal", seeds=SEEDS, source=SOURCE)
    for name in ("area.csv", "area_municipality.csv"):
        assert (tmp_path / "proposal" / name).read_bytes() == (SEEDS / name).read_bytes()


@pytest.mark.parametrize(
    ("fault", "kind", "after"),
    [(Fault.AMBIGUOUS, Kind.NOT_ONE_AREA, "01, 21"), (Fault.UNKNOWN_TARGET, Kind.UNKNOWN_AREA, "99")],
)
def test_a_map_that_contradicts_itself_is_told_and_not_proposed(
    tmp_path: Path, fault: Fault, kind: Kind, after: str
) -> None:
    snapshot = read(tmp_path, fault)
    (one,) = compare(snapshot, seeds=SEEDS)
    assert (one.kind, one.level, one.code, one.before, one.after) == (kind, "region", "018", "01", after)
    propose(snapshot, tmp_path / "proposal", seeds=SEEDS, source=SOURCE)
    name = "area_municipality.csv"
    assert (tmp_path / "proposal" / name).read_bytes() == (SEEDS / name).read_bytes()


def test_map_rows_without_items_are_read_by_their_local_ids(tmp_path: Path) -> None:
    assert compare(read(tmp_path, Fault.CODE_ONLY_IN_ID), seeds=SEEDS) == []


def test_a_browsers_page_instead_of_json_is_no_answer(service: Service) -> None:
    url = f"{service.server.base_url}/correspondenceTables"
    assert requests.get(url, timeout=5).text.startswith("<!DOCTYPE html>")  # format=json left out
    assert requests.get(f"{url}?format=json", timeout=5).json()
    service.server.switch_on(Fault.HTML)
    with pytest.raises(SourceUnavailableError, match="list of correspondence tables: no usable answer"):
        service.client.snapshot()
    assert service.slept


def test_a_page_that_passes_is_waited_out(service: Service) -> None:
    service.server.switch_on("html:1")
    assert service.client.snapshot().unread == {}
    assert len(service.slept) == 1


@pytest.mark.parametrize("fault", [Fault.OUTAGE, Fault.CUT])
def test_a_service_out_of_reach_is_unavailable(service: Service, fault: Fault) -> None:
    service.server.switch_on(fault)
    with pytest.raises(SourceUnavailableError, match="list of correspondence tables: no usable answer"):
        service.client.snapshot()


def test_a_service_that_goes_down_midway_is_given_up_after_three_classifications(service: Service) -> None:
    service.server.switch_on(Fault.ERROR_500_ALL)
    with pytest.raises(SourceUnavailableError, match="classifications region: maakunta_1_20260101 in fi"):
        service.client.snapshot()
    assert len(service.server.requests) == 1 + 3 * 2  # two attempts each
    assert [line.partition(": left out")[0] for line in service.said if "left out" in line] == [
        "classifications municipality",
        "classifications subregion",
    ]


def test_items_of_another_shape_or_a_year_without_division_are_drift(service: Service) -> None:
    with pytest.raises(ClassificationDriftError, match="no division of 2031; the service has 2026 to 2026"):
        service.client.snapshot(year=2031)
    service.server.switch_on(Fault.FORMAT)
    with pytest.raises(
        ClassificationDriftError, match=r"classifications municipality: .* missing required field `code`"
    ):
        service.client.snapshot()


def test_the_division_of_an_earlier_year_can_be_asked_for(tmp_path: Path) -> None:
    with ClassificationsReplay(None, seeds=SEEDS, faults=[Fault.MERGED]) as server:
        snapshot = Service(server, tmp_path).client.snapshot(year=2026)
    assert compare(snapshot, seeds=SEEDS) == []


def test_without_differences_the_proposal_is_the_committed_seeds(service: Service, tmp_path: Path) -> None:
    paths = propose(service.client.snapshot(), tmp_path / "proposal", seeds=SEEDS, source=SOURCE)
    for path in paths[:3]:
        assert path.read_bytes() == (SEEDS / path.name).read_bytes()
    assert [path.name for path in paths] == ["area.csv", "area_municipality.csv", "occupation.csv", "differences.txt"]


def test_a_proposal_carries_every_difference_in_and_closes_it(tmp_path: Path) -> None:
    snapshot = read(tmp_path, Fault.MERGED, Fault.RENAMED, Fault.MOVED)
    proposal = tmp_path / "proposal"
    propose(snapshot, proposal, seeds=SEEDS, source=SOURCE)
    assert "Isojoki" in (proposal / "differences.txt").read_text("utf-8")
    shutil.copy(SEEDS / "municipality_successor.csv", proposal)
    assert compare(snapshot, seeds=proposal) == []
    with (proposal / "area_municipality.csv").open(encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    assert len([line for line in lines if line["area_level"] == "region"]) == 307
    assert {"area_level": "region", "area_code": "MK08", "municipality_area_code": "KU142"} in lines
    assert len([line for line in lines if line["area_level"] == "ely"]) == 308  # ended in 2025, hence not compared


def test_new_codes_are_proposed_with_their_first_day(service: Service, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    shutil.copytree(SEEDS, seeds)
    for name, gone in (("area.csv", "KU020,"), ("area_municipality.csv", ",KU020"), ("occupation.csv", "2512,")):
        lines = (seeds / name).read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if gone not in line]
        assert len(kept) < len(lines)
        (seeds / name).write_text("".join(kept), "utf-8")
    snapshot = service.client.snapshot()
    new = [one for one in compare(snapshot, seeds=seeds) if one.kind is Kind.NEW_CODE]
    assert [(one.level, one.code) for one in new] == [("municipality", "020"), ("occupation", "2512")]
    propose(snapshot, tmp_path / "proposal", seeds=seeds, source=SOURCE)
    areas = (tmp_path / "proposal" / "area.csv").read_text("utf-8").splitlines()
    assert "KU020,municipality,020,Akaa,Ackas,Akaa,2026-01-01,,false," in areas
    occupations = (tmp_path / "proposal" / "occupation.csv").read_bytes()
    assert occupations == (SEEDS / "occupation.csv").read_bytes()


def test_the_committed_seeds_are_never_written(service: Service, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    shutil.copytree(SEEDS, seeds)
    with pytest.raises(ProposalError, match="holds the committed seeds"):
        propose(service.client.snapshot(), seeds, seeds=seeds, source=SOURCE)


def test_recorded_files_are_served_before_what_is_built(tmp_path: Path) -> None:
    folder = tmp_path / "world" / "classifications"
    folder.mkdir(parents=True)
    items = [
        {
            "classification": {"localId": "maakunta_1_20260101"},
            "localId": f"maakunta_1_20260101/{code}",
            "level": level,
            "code": code,
            "order": 1,
            **modified,
            "classificationItemNames": [{"langName": "suomi", "lang": "fi", "name": name}],
        }
        for code, level, name, modified in (
            ("01", 1, "Uusimaa", {"modifiedDate": "2024-11-21T09:52:04Z"}),
            ("02", 1.0, "Varsinais-Suomi", {"modifiedDate": "1899-12-31T22:00:00Z"}),
            ("04", 1, "Satakunta", {}),
        )
    ]
    (folder / "classification_items_maakunta_1_20260101_fi_first3.json").write_text(json.dumps(items), "utf-8")
    snapshot = read(tmp_path, folder=tmp_path / "world")
    region = snapshot.classifications["region"]
    assert region.modified_at == datetime(2024, 11, 21, 9, 52, 4, tzinfo=UTC)
    assert region.codes["01"]["fi"] == "Uusimaa"
    assert region.codes["05"] == {"fi": None, "sv": "Egentliga Tavastland", "en": "Kanta-Häme"}
