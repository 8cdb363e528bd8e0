"""A table without a licence to be passed on: in the database, in the content hash, in no file beside it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from release_mart import BUILT_AT, INPUTS, Sealed, make_candidate

from assets.release.errors import ReleaseError
from assets.release.store import Outcome, ReleaseStore, State

RESTRICTED = "fct_rate"


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "published")


def publish(store: ReleaseStore, sealed: Sealed) -> Outcome:
    return store.publish(
        sealed.path,
        sealed.verdict,
        inputs=INPUTS,
        code_version="0.1.0+abc",
        data_kind="synthetic",
        now=BUILT_AT + timedelta(days=1),
    )


def test_it_is_in_the_database_and_in_no_file(tmp_path: Path, store: ReleaseStore) -> None:
    release = publish(store, make_candidate(tmp_path / "one", not_exported=RESTRICTED)).path
    assert not (release / "parquet" / RESTRICTED).exists()
    assert (release / "parquet" / "fct_market_stock" / "data.parquet").exists()
    with duckdb.connect(str(release / "kohtaanto.duckdb"), read_only=True) as mart:
        assert mart.execute(f"select count(*) > 0 from mart.{RESTRICTED}").fetchone() == (True,)
    package = json.loads((release / "datapackage.json").read_text())
    assert RESTRICTED not in {resource["name"] for resource in package["resources"]}
    manifest = json.loads((release / "manifest.json").read_text())
    assert [entry["table"] for entry in manifest["not_exported"]] == [RESTRICTED]
    assert RESTRICTED not in (release / "SHA256SUMS").read_text()


def test_such_a_release_is_sound_and_its_numbers_are_part_of_its_content(tmp_path: Path, store: ReleaseStore) -> None:
    outcome = publish(store, make_candidate(tmp_path / "one", not_exported=RESTRICTED))
    assert store.verify(outcome.release_id) == []
    manifest = outcome.path / "manifest.json"
    changed = json.loads(manifest.read_text())
    changed["not_exported"][0]["rows"] += 1
    manifest.parent.chmod(0o755)
    manifest.chmod(0o644)
    manifest.write_text(json.dumps(changed))
    assert any(f"table {RESTRICTED} and its export differ in rows" in problem for problem in store.verify())


def test_the_content_hash_is_that_of_all_tables(tmp_path: Path, store: ReleaseStore) -> None:
    first = publish(store, make_candidate(tmp_path / "one"))
    again = make_candidate(tmp_path / "two", built_at=BUILT_AT + timedelta(hours=1), not_exported=RESTRICTED)
    assert again.release_id[-8:] == first.release_id[-8:]
    assert publish(store, again).state is State.UNCHANGED


def test_a_name_that_is_no_table_is_refused(tmp_path: Path, store: ReleaseStore) -> None:
    with pytest.raises(ReleaseError, match="keeps fct_barometer out of the exports, but the candidate has no such"):
        publish(store, make_candidate(tmp_path / "one", not_exported="fct_barometer"))
