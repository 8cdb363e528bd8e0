"""What is read from items and map rows, and that source.yml and the seeds speak of the same levels."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from assets.classification import SEEDS
from sources.classifications.schema import SOURCE_FILE, Item, MapRow, Source, load_source
from sources.classifications.snapshot import read_seeds, successors


def item(**members: object) -> Item:
    return msgspec.convert({"code": "020", **members}, Item)


@pytest.mark.parametrize(("level", "depth"), [(1, 1), (2.0, 2), (0.0, 0)])
def test_a_level_may_come_as_a_float(level: float, depth: int) -> None:
    assert item(level=level).depth == depth


@pytest.mark.parametrize("modified", [None, "1899-12-31T22:00:00Z"])
def test_a_missing_or_placeholder_date_is_none(modified: str | None) -> None:
    assert item(modifiedDate=modified).modified_at is None
    assert item(modifiedDate="2024-11-21T09:52:04Z").modified_at == datetime(2024, 11, 21, 9, 52, 4, tzinfo=UTC)


def test_a_name_counts_only_in_the_language_asked_for() -> None:
    one = item(classificationItemNames=[{"langName": "suomi", "lang": "fi", "name": " Akaa "}])
    assert (one.name("fi"), one.name("sv")) == ("Akaa", None)
    assert item(classificationItemNames=[{"lang": "sv", "name": " "}]).name("sv") is None
    assert item().name("fi") is None


def test_a_map_row_is_read_by_items_else_by_local_ids() -> None:
    full = {"sourceItem": {"code": "020"}, "targetItem": {"code": "06"}, "sourceLocalId": "x/1", "targetLocalId": "y/2"}
    assert msgspec.convert(full, MapRow).pair == ("020", "06")
    short = {"sourceLocalId": "kunta_1_20250101/020", "targetLocalId": "maakunta_1_20250101/06"}
    assert msgspec.convert(short, MapRow).pair == ("020", "06")
    assert msgspec.convert({}, MapRow).pair == ("", "")


def test_the_seeds_in_force_hold_what_the_contract_counts() -> None:
    seeds = read_seeds(SEEDS, year=2026)
    assert set(seeds) == set(load_source().tables) - {"ely"}
    assert len(seeds["municipality"].codes) == 308
    assert "588" not in seeds["municipality"].codes
    assert all(len(areas) == 1 for one in seeds.values() for areas in one.members.values())
    assert len(read_seeds(SEEDS, year=2025)["ely"].codes) == 16
    assert "91" not in seeds["region"].codes  # a bucket, no place


def test_former_municipalities_have_their_successors() -> None:
    assert successors(SEEDS)["588"] == "507"
    assert successors(SEEDS)["911"] == "541"


def test_a_policy_that_cannot_be_carried_out_is_refused() -> None:
    text = SOURCE_FILE.read_text("utf-8").replace("changed_name: freeze", "changed_name: evolve")
    with pytest.raises(msgspec.ValidationError, match="changed_name"):
        msgspec.yaml.decode(text, type=Source)
