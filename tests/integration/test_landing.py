"""Landed files are those of the store's vintages, no fewer and no more, whatever became of work/."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from assets.folder import DataFolder
from assets.landing.intake import NO_VINTAGE, Feed, admit, land_known, take_in
from assets.landing.statfin import StatFinService, newest_landed, statfin_feed
from sources.http import PoliteSession
from sources.statfin.replay import Limits, ReplayServer
from sources.statfin.schema import Kind, Source, load_source

SOURCE = load_source()
TABLE = "12r5"


def silent(_: str) -> None: ...


def feed_of(folder: DataFolder, *, base_url: str = "http://127.0.0.1:1", source: Source = SOURCE) -> Feed:
    return statfin_feed(StatFinService(base_url, PoliteSession()), folder, silent, source=source, table=TABLE)


@pytest.fixture
def folder(sample: Path, tmp_path: Path) -> DataFolder:
    """A data folder with two vintages of 12r5, let in one after the other."""
    found = DataFolder(tmp_path, "synthetic")
    with ReplayServer(sample, limits=Limits(max_calls=1000)) as server:
        feed = feed_of(found, base_url=server.base_url)
        for _ in range(2):
            vintage, is_new = feed.pull(False)
            assert is_new
            feed.land(vintage, found.arrival_file(vintage.vintage_id))
            assert newest_or_none(found) != vintage.vintage_id  # an arrival is nobody's business yet
            admit(found, vintage)
            server.switch_on("new-release", 0)
    return found


def newest_or_none(folder: DataFolder) -> str | None:
    vintage = folder.vintages.newest("statfin", TABLE)
    return vintage.vintage_id if vintage else None


def landed(folder: DataFolder) -> dict[str, bytes]:
    return {
        path.parent.name: path.read_bytes() for path in (folder.landed_dir / "statfin" / TABLE).glob("*/data.parquet")
    }


def test_deleting_work_loses_nothing(folder: DataFolder) -> None:
    before = landed(folder)
    assert len(before) == 2
    shutil.rmtree(folder.root / "work")
    land_known(folder, feed_of(folder), report=silent)
    assert landed(folder) == before
    assert newest_landed(folder, TABLE).parent.name == newest_or_none(folder)


def test_what_no_vintage_stands_for_is_removed(folder: DataFolder) -> None:
    before = landed(folder)
    stray = folder.landed_file("statfin", TABLE, "half-admitted")
    stray.parent.mkdir()
    shutil.copy(newest_landed(folder, TABLE), stray)
    land_known(folder, feed_of(folder), report=silent)
    assert landed(folder) == before


def test_what_is_landed_is_left_alone(folder: DataFolder) -> None:
    said: list[str] = []
    land_known(folder, feed_of(folder), report=said.append)
    assert said == []


def test_another_type_of_a_content_lands_every_vintage_again(folder: DataFolder) -> None:
    request = SOURCE.tables[TABLE]
    percent = msgspec.structs.replace(request.contents["TYOVOIMATK"], kind=Kind.PERCENT)
    reread = msgspec.structs.replace(request, contents={**request.contents, "TYOVOIMATK": percent})
    source = msgspec.structs.replace(SOURCE, tables={TABLE: reread})
    land_known(folder, feed_of(folder, source=source), report=silent)
    assert len(landed(folder)) == 2
    for path in (folder.landed_dir / "statfin" / TABLE).glob("*/data.parquet"):
        assert str(pq.read_schema(path).field("tyovoimatk").type) == "double"


def test_without_a_vintage_there_are_typed_columns_and_no_row(tmp_path: Path, folder: DataFolder) -> None:
    empty = DataFolder(tmp_path / "empty", "synthetic")
    land_known(empty, feed_of(empty), report=silent)
    assert list(landed(empty)) == [NO_VINTAGE]
    path = empty.landed_file("statfin", TABLE, NO_VINTAGE)
    assert pq.read_metadata(path).num_rows == 0
    assert pq.read_schema(path).equals(pq.read_schema(newest_landed(folder, TABLE)))
    shutil.copytree(folder.root / "raw", empty.root / "raw")
    land_known(empty, feed_of(empty), report=silent)
    assert landed(empty) == landed(folder)


def test_arrivals_that_were_not_let_in_are_gone_with_the_next_run(folder: DataFolder) -> None:
    arrivals = folder.arrival_file("any").parent
    for name in ("statfin-12r5-a.parquet", ".statfin-12r5-a.parquet.tmp", "statfin-12ti-a.parquet"):
        (arrivals / name).touch()
    take_in(folder, replace(feed_of(folder), off="switched off"), again=False, report=silent)
    assert [path.name for path in arrivals.iterdir()] == ["statfin-12ti-a.parquet"]


def test_where_only_the_newest_counts_the_others_are_removed(folder: DataFolder) -> None:
    land_known(folder, replace(feed_of(folder), keeps_history=False), report=silent)
    assert list(landed(folder)) == [newest_or_none(folder)]
