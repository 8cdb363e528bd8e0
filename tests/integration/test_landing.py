"""Landed files are those of the store's vintages, no fewer and no more, whatever became of work/."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from assets.classification import known_codes
from assets.folder import DataFolder
from assets.landing import admit, land_known, newest_landed
from sources.http import PoliteSession
from sources.statfin.client import StatFinClient
from sources.statfin.parse import land
from sources.statfin.replay import Limits, ReplayServer
from sources.statfin.schema import Kind, load_source

SOURCE = load_source()
TABLE = "12r5"


def silent(_: str) -> None: ...


@pytest.fixture
def folder(sample: Path, tmp_path: Path) -> DataFolder:
    """A data folder with two vintages of 12r5, let in one after the other."""
    found = DataFolder(tmp_path, "synthetic")
    with ReplayServer(sample, limits=Limits(max_calls=1000)) as server:
        client = StatFinClient(
            SOURCE,
            session=PoliteSession(),
            archive=found.archive,
            known=known_codes(),
            base_url=server.base_url,
            report=silent,
        )
        for _ in range(2):
            vintage, is_new = client.pull(TABLE)
            assert is_new
            land(vintage, found.archive, SOURCE, found.arrival_file(vintage.vintage_id))
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
    land_known(folder, SOURCE, TABLE, report=silent)
    assert landed(folder) == before
    assert newest_landed(folder, TABLE).parent.name == newest_or_none(folder)


def test_what_no_vintage_stands_for_is_removed(folder: DataFolder) -> None:
    before = landed(folder)
    stray = folder.landed_file("statfin", TABLE, "half-admitted")
    stray.parent.mkdir()
    stray.write_bytes(b"")
    land_known(folder, SOURCE, TABLE, report=silent)
    assert landed(folder) == before


def test_another_type_of_a_content_lands_every_vintage_again(folder: DataFolder) -> None:
    request = SOURCE.tables[TABLE]
    percent = msgspec.structs.replace(request.contents["TYOVOIMATK"], kind=Kind.PERCENT)
    reread = msgspec.structs.replace(request, contents={**request.contents, "TYOVOIMATK": percent})
    source = msgspec.structs.replace(SOURCE, tables={TABLE: reread})
    land_known(folder, source, TABLE, report=silent)
    for path in (folder.landed_dir / "statfin" / TABLE).glob("*/data.parquet"):
        assert str(pq.read_schema(path).field("tyovoimatk").type) == "double"
