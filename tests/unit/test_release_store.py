"""The store: what is published, what is refused, and how an operator looks, moves and clears."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from release_mart import BUILT_AT, INPUTS, Sealed, make_candidate, results

from assets.release.durable import remove_tree
from assets.release.errors import ReleaseError
from assets.release.export import exports_beside
from assets.release.store import Outcome, ReleaseStore, State
from quality.verdict import Verdict
from sources.archive import sha256_of, sha256_of_file


@pytest.fixture(scope="module")
def candidates(tmp_path_factory: pytest.TempPathFactory) -> list[Sealed]:
    """Three candidates with different numbers, sealed an hour apart."""
    folder = tmp_path_factory.mktemp("candidates")
    return [
        make_candidate(folder / str(number), extra=number, built_at=BUILT_AT + timedelta(hours=number))
        for number in range(3)
    ]


@pytest.fixture
def store(tmp_path: Path) -> ReleaseStore:
    return ReleaseStore(tmp_path / "published")


def publish(
    store: ReleaseStore, sealed: Sealed, *, verdict: Verdict | None = None, data_kind: str = "synthetic"
) -> Outcome:
    return store.publish(
        sealed.path,
        verdict or sealed.verdict,
        inputs=INPUTS,
        code_version="0.1.0+abc",
        data_kind=data_kind,
        now=BUILT_AT + timedelta(days=1),
    )


def versions(store: ReleaseStore) -> dict[str, object]:
    document = json.loads((store.root / "versions.json").read_text())
    assert isinstance(document, dict)
    return document


def test_a_release_holds_the_candidate_its_exports_and_what_describes_them(
    store: ReleaseStore, candidates: list[Sealed]
) -> None:
    outcome = publish(store, candidates[0])
    assert outcome.state is State.PUBLISHED
    release = store.show()
    assert (release.id, release.path, release.is_current) == (outcome.release_id, outcome.path, True)
    assert release.database.read_bytes() == candidates[0].path.read_bytes()
    assert release.id == f"20260922T052007Z-{release.content_sha256[:8]}"
    manifest = release.manifest
    assert (manifest["data_kind"], manifest["code_version"], manifest["inputs"]) == ("synthetic", "0.1.0+abc", INPUTS)
    assert manifest["notice"].startswith("SYNTHETIC")
    assert manifest["verdict"]["is_green"]
    assert manifest["verdict"]["candidate_sha256"] == candidates[0].verdict.candidate_sha256
    exported = {entry["path"]: entry for entry in manifest["files"]}["parquet/fct_rate/data.parquet"]
    assert exported["rows"] == 60
    assert exported["bytes"] == (release.path / "parquet/fct_rate/data.parquet").stat().st_size
    assert store.verify() == []
    assert Verdict.from_json((release.path / "quality.json").read_bytes()).is_green


def test_checksums_satisfy_the_shell_tool(store: ReleaseStore, candidates: list[Sealed]) -> None:
    path = publish(store, candidates[0]).path
    check = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=path, capture_output=True, check=False
    )
    assert check.returncode == 0, check.stderr
    assert check.stdout.count(b": OK") == len([p for p in path.rglob("*") if p.is_file()]) - 1


def test_the_data_package_describes_each_export(store: ReleaseStore, candidates: list[Sealed]) -> None:
    path = publish(store, candidates[0]).path
    package = json.loads((path / "datapackage.json").read_text())
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert package["sources"][0]["title"].startswith("KEHA Centre; Statistics Finland")
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert {resource["path"] for resource in resources.values()} == {
        p.relative_to(path).as_posix() for p in path.glob("parquet/*/*")
    }
    schema = resources["fct_market_stock"]["schema"]
    assert schema["primaryKey"] == ["period", "area_code", "occupation_code"]
    assert {"fields": ["period"], "reference": {"resource": "dim_month", "fields": ["period"]}} in schema["foreignKeys"]
    assert schema["fields"][0] == {
        "name": "period",
        "type": "date",
        "description": "What period means.",
        "constraints": {"required": True},
    }
    own = resources["dim_area"]["schema"]["foreignKeys"]
    assert own == [{"fields": ["parent_area_code"], "reference": {"resource": "", "fields": ["area_code"]}}]


def test_published_files_are_read_only_and_open_for_someone_without_rights(candidates: list[Sealed]) -> None:
    with someone_else(candidates[:1]) as (folder, copies):
        store = ReleaseStore(folder / "published")
        publish(store, copies[0])
        release = store.show()
        modes = {path: path.stat().st_mode & 0o777 for path in (release.path, *release.path.rglob("*"))}
        assert {mode for path, mode in modes.items() if path.is_file()} == {0o444}
        assert {mode for path, mode in modes.items() if path.is_dir()} == {0o555}
        with pytest.raises(PermissionError):
            (release.path / "manifest.json").open("a")
        with duckdb.connect(folder / "published" / "current" / "kohtaanto.duckdb", read_only=True) as connection:
            assert connection.execute("select count(*) from mart.fct_rate").fetchall() == [(60,)]


def test_pruning_works_on_read_only_folders(candidates: list[Sealed]) -> None:
    with someone_else(candidates[:2]) as (folder, copies):
        store = ReleaseStore(folder / "published")
        for sealed in copies:
            publish(store, sealed)
        assert len(store.prune(1)) == 1
        assert len(list((folder / "published" / "releases").iterdir())) == 1


@contextmanager
def someone_else(candidates: list[Sealed]) -> Iterator[tuple[Path, list[Sealed]]]:
    """A folder of, and this process as, a user whom file modes bind (root ignores them), with copies to publish."""
    folder = Path(tempfile.mkdtemp(prefix="kohtaanto-"))
    copies = [
        Sealed(Path(shutil.copy(sealed.path, folder / f"{number}.duckdb")), sealed.verdict, sealed.verdict_path)
        for number, sealed in enumerate(candidates)
    ]
    own = os.geteuid()
    try:
        if own == 0:
            for path in (folder, *folder.iterdir()):
                os.chown(path, 65534, 65534)
            os.seteuid(65534)
        yield folder, copies
    finally:
        os.seteuid(own)
        remove_tree(folder)


def test_changed_bytes_are_refused(tmp_path: Path, store: ReleaseStore, candidates: list[Sealed]) -> None:
    tampered = Path(shutil.copy(candidates[0].path, tmp_path / "kohtaanto.duckdb"))
    with tampered.open("r+b") as stream:
        stream.seek(-1, os.SEEK_END)
        stream.write(b"?")
    with pytest.raises(ReleaseError) as error:
        publish(store, Sealed(tampered, candidates[0].verdict, candidates[0].verdict_path))
    assert f"the verdict is for {candidates[0].verdict.candidate_sha256}" in str(error.value)
    assert "Run the gate again" in str(error.value)
    assert not store.root.exists()


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "lost"])
def test_exports_come_from_the_seal_or_are_written_anew(tmp_path: Path, store: ReleaseStore, is_kept: bool) -> None:
    sealed = make_candidate(tmp_path)
    if not is_kept:
        remove_tree(exports_beside(sealed.path))
    release_id = publish(store, sealed).release_id
    assert release_id == sealed.release_id
    assert store.verify() == []


def test_changed_exports_are_refused(tmp_path: Path, store: ReleaseStore) -> None:
    sealed = make_candidate(tmp_path)
    flip_a_byte(exports_beside(sealed.path) / "fct_rate" / "data.parquet")
    with pytest.raises(ReleaseError, match=r"They were changed since, .*: seal again"):
        publish(store, sealed)
    assert store.list() == []


def test_a_red_verdict_is_refused_with_its_reasons(tmp_path: Path, store: ReleaseStore) -> None:
    red = make_candidate(tmp_path, judged=results(failing=True))
    with pytest.raises(ReleaseError, match=r"held back: .*shares of region add up to 0\.75"):
        publish(store, red)
    assert not store.root.exists()


def test_a_verdict_without_all_gates_is_refused(store: ReleaseStore, candidates: list[Sealed]) -> None:
    empty = Verdict(candidates[0].verdict.candidate_sha256, BUILT_AT, [], frozenset({"G1"}))
    with pytest.raises(ReleaseError, match="held back: G1"):
        publish(store, candidates[0], verdict=empty)


def test_synthetic_data_cannot_go_out_as_live(store: ReleaseStore, candidates: list[Sealed]) -> None:
    with pytest.raises(ReleaseError, match="sealed as 'synthetic' data, to be published as 'live'"):
        publish(store, candidates[0], data_kind="live")


def test_unchanged_tables_are_not_released_again(tmp_path: Path, store: ReleaseStore, candidates: list[Sealed]) -> None:
    first = publish(store, candidates[0])
    before = snapshot(store.root)
    later = make_candidate(tmp_path / "later", shuffle=5, built_at=BUILT_AT + timedelta(days=30))
    outcome = publish(store, later)
    assert (outcome.state, outcome.release_id, outcome.path) == (State.UNCHANGED, first.release_id, first.path)
    assert snapshot(store.root) == before


def test_releases_stand_newest_first_and_current_is_the_last_published(
    store: ReleaseStore, candidates: list[Sealed]
) -> None:
    ids = [publish(store, sealed).release_id for sealed in candidates]
    assert [release.id for release in store.list()] == ids[::-1]
    assert [release.is_current for release in store.list()] == [True, False, False]
    document = versions(store)
    assert document["last_successful"] == ids[-1]
    assert [entry["id"] for entry in document["releases"]] == ids[::-1]  # type: ignore[attr-defined]
    assert (store.root / "current").readlink() == Path("releases") / ids[-1]


def test_a_candidate_older_than_the_newest_release_is_refused(store: ReleaseStore, candidates: list[Sealed]) -> None:
    publish(store, candidates[1])
    with pytest.raises(ReleaseError, match=r"would be older than .* Seal the candidate again"):
        publish(store, candidates[0])
    assert store.verify() == []


def test_rollback_moves_current_and_is_recorded(store: ReleaseStore, candidates: list[Sealed]) -> None:
    first, second = (publish(store, sealed).release_id for sealed in candidates[:2])
    assert store.rollback(first, now=BUILT_AT).id == first
    assert store.show().id == first
    document = versions(store)
    assert document["last_successful"] == first
    assert document["rollbacks"] == [{"at": BUILT_AT.isoformat(), "from": second, "to": first}]


def test_what_was_rolled_back_stays_back_until_numbers_change(store: ReleaseStore, candidates: list[Sealed]) -> None:
    first, second = (publish(store, sealed).release_id for sealed in candidates[:2])
    store.rollback(first)
    outcome = publish(store, candidates[1])
    assert (outcome.state, outcome.release_id) == (State.UNCHANGED, first)
    assert f"release {second}, which was rolled back" in outcome.message
    assert publish(store, candidates[2]).state is State.PUBLISHED
    assert store.show().id not in (first, second)


def test_rollback_to_a_damaged_or_unknown_release_is_refused(store: ReleaseStore, candidates: list[Sealed]) -> None:
    first, second = (publish(store, sealed) for sealed in candidates[:2])
    flip_a_byte(first.path / "parquet/fct_rate/data.parquet")
    with pytest.raises(ReleaseError, match=r"not sound: parquet/fct_rate/data\.parquet"):
        store.rollback(first.release_id)
    with pytest.raises(ReleaseError, match=f"no release '2019'. There are: {second.release_id}"):
        store.rollback("2019")
    assert store.show().id == second.release_id


def test_prune_keeps_the_newest_and_the_current(store: ReleaseStore, candidates: list[Sealed]) -> None:
    first, second, third = (publish(store, sealed).release_id for sealed in candidates)
    store.rollback(first)
    assert store.prune(1) == [second]
    assert [release.id for release in store.list()] == [third, first]
    assert [entry["id"] for entry in versions(store)["releases"]] == [third, first]  # type: ignore[attr-defined]
    assert store.verify() == []
    with pytest.raises(ReleaseError, match="at least 1"):
        store.prune(0)


@pytest.mark.parametrize(
    "name",
    [
        "kohtaanto.duckdb",
        "parquet/fct_rate/data.parquet",
        "quality.json",
        "datapackage.json",
        "manifest.json",
        "SHA256SUMS",
    ],
)
def test_verify_finds_a_flipped_byte(store: ReleaseStore, candidates: list[Sealed], name: str) -> None:
    flip_a_byte(publish(store, candidates[0]).path / name)
    assert store.verify()


def test_verify_finds_what_is_missing_and_what_is_too_much(store: ReleaseStore, candidates: list[Sealed]) -> None:
    path = publish(store, candidates[0]).path
    path.chmod(0o755)
    (path / "quality.json").unlink()
    (path / "notes.txt").write_text("by the way")
    assert list(store.verify()) == ["quality.json: missing.", "notes.txt: not in the manifest."]


def test_verify_takes_the_content_hash_again(store: ReleaseStore, candidates: list[Sealed]) -> None:
    release = publish(store, candidates[0])
    path = release.path / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    (table,) = [entry for entry in manifest["files"] if entry["path"] == "parquet/fct_rate/data.parquet"]
    table["schema_sha256"] = "0" * 64
    rewritten = json.dumps(manifest).encode()
    sums = (release.path / "SHA256SUMS").read_text(encoding="utf-8")
    for name, content in (
        ("SHA256SUMS", sums.replace(sha256_of_file(path), sha256_of(rewritten)).encode()),
        ("manifest.json", rewritten),
    ):
        (release.path / name).chmod(0o644)
        (release.path / name).write_bytes(content)
    (problem,) = store.verify()
    assert problem.startswith("manifest.json: content_sha256 is")


def test_a_damaged_manifest_does_not_stop_the_next_release(store: ReleaseStore, candidates: list[Sealed]) -> None:
    first = publish(store, candidates[0])
    (first.path / "manifest.json").chmod(0o644)
    (first.path / "manifest.json").write_text("{")
    assert "manifest.json" in store.verify(first.release_id)[0]
    assert publish(store, candidates[1]).state is State.PUBLISHED
    assert store.verify() == []


def test_lost_versions_are_rebuilt_from_the_manifests_and_current_stays(
    store: ReleaseStore, candidates: list[Sealed]
) -> None:
    first, second = (publish(store, sealed).release_id for sealed in candidates[:2])
    store.rollback(first)
    (store.root / "versions.json").write_text('{"releases": [')
    assert publish(store, candidates[0]).state is State.UNCHANGED
    document = versions(store)
    assert document["last_successful"] == first
    assert [entry["id"] for entry in document["releases"]] == [second, first]  # type: ignore[attr-defined]


def flip_a_byte(path: Path) -> None:
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def snapshot(root: Path) -> dict[str, tuple[int, int]]:
    """Size and change time of everything below `root`."""
    return {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in root.rglob("*") if path.name != ".lock"
    }
