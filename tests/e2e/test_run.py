"""The main job from the command line: published, unchanged, new, held back, failed, killed, and two at once."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import duckdb
import pytest
from command_line import KOHTAANTO, environment, kohtaanto
from small_sample import FIRST_MONTH

from assets.source_tables import source_tables


@pytest.fixture
def folder(small: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own, with one release in it."""
    copy = tmp_path / "data"
    shutil.copytree(small, copy, symlinks=True, ignore=shutil.ignore_patterns("warehouse", "candidate"))
    return copy


def current(folder: Path) -> str:
    return (folder / "published" / "current").resolve().name


def assert_intact(folder: Path, release: str) -> None:
    """The release is still the current one, sound, readable, and nothing half-written lies about."""
    assert current(folder) == release
    verified = kohtaanto("releases", "verify", "--data-dir", folder)
    assert (verified.returncode, verified.stdout) == (0, f"{release}: every file is as its manifest says\n")
    assert not [path for path in (folder / "published" / "releases").iterdir() if path.name.startswith(".")]
    assert not list((folder / "raw").rglob(".*"))


def test_a_run_says_where_the_release_is_and_shows_three_numbers(
    published: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, outcome = published
    printed = outcome.stdout
    assert f"published: release {current(folder)}, {folder / 'published' / 'current'}" in printed
    assert "SYNTHETIC DATA" in printed
    numbers = re.findall(r"^  (mismatch|persons|tightness).* ([\d.,]+)  \d{4}-\d{2}  \w+, statfin-12r5-", printed, re.M)
    assert [name for name, _ in numbers] == ["mismatch", "persons", "tightness"]
    assert "where the time went" in printed
    assert all(step in printed for step in ("raw_statfin__12ti", "warehouse", "candidate", "release"))
    assert re.search(r"statfin 12ti: whole table from \S+/database/StatFin/tyonv/12ti\.px, [\d.]+ MB", outcome.stderr)


def test_the_release_holds_every_table_with_its_vintage_and_label(published: tuple[Path, object]) -> None:
    release = published[0] / "published" / "current"
    manifest = json.loads((release / "manifest.json").read_text())
    assert manifest["data_kind"] == "synthetic"
    assert {entry["table"] for entry in manifest["inputs"]} == {table.table_id for table in source_tables()}
    with duckdb.connect(str(release / "kohtaanto.duckdb"), read_only=True) as mart:
        tables = {name for (name,) in mart.execute("select table_name from duckdb_tables()").fetchall()}
        assert tables >= {
            "dim_area",
            "dim_occupation",
            "dim_month",
            "dim_indicator",
            "dim_vintage",
            "fct_market_stock",
            "fct_tightness",
            "fct_rate",
            *("fct_mismatch_index", "fct_mismatch_contribution", "fct_mismatch_decomposition"),
            *("fct_tension_class", "fct_keha_rating", "fct_shortage_score", "fct_cause_indicator"),
            *("fct_rating_comparison", "fct_concentration", "fct_vacancy_coverage", "fct_vacancy_outcome"),
            *("fct_accessibility", "fct_transport_summary", "fct_cross_region_placement"),
            *("fct_dynamics", "fct_beveridge", "fct_unemployment_flow", "fct_posting_flow"),
            "data_dictionary",
            "quality_result",
            "release_info",
        }
        schemas = mart.execute("select distinct schema_name from duckdb_tables()").fetchall()
        assert schemas == [("mart",)], "fills, draws and what gate G9 holds stay in the build"
        assert mart.execute("select count(*) from mart.source_freshness").fetchone() == (len(source_tables()),)
        named = mart.execute(
            "select table_name, column_name from duckdb_columns() "
            "where table_name like 'fct_%' and column_name in ('vintage_id', 'vintage_before', 'vintage_after')"
        ).fetchall()
        assert {fact for fact, _ in named} == {table for table in tables if table.startswith("fct_")}
        for fact, column in named:
            (orphans,) = mart.execute(
                f"select count(*) from mart.{fact} where {column} not in (select vintage_id from mart.dim_vintage)"
            ).fetchone() or (None,)
            assert orphans == 0, fact
        assert mart.execute("select distinct data_kind from mart.dim_vintage").fetchall() == [("synthetic",)]
        comments = mart.execute("select comment from duckdb_tables() where schema_name = 'mart'").fetchall()
        assert all(comment.startswith("SYNTHETIC DATA") for (comment,) in comments)
        labels = mart.execute(
            "select distinct file_name, value::varchar from parquet_kv_metadata(?) where key = 'description'",
            [str(release / "parquet" / "*" / "data.parquet")],
        ).fetchall()
        assert {label[: len("SYNTHETIC DATA")] for _, label in labels} == {"SYNTHETIC DATA"}
        assert len(labels) == len(tables)
        levels = {
            level for (level,) in mart.execute("select distinct area_level from mart.fct_market_stock").fetchall()
        }
        assert levels == {
            "country",
            "major_region",
            "region",
            "subregion",
            "municipality",
            "employment_area",
            "ely",
            "development_centre",
            "wellbeing_county",
        }
        comments = mart.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'mart' and comment is null"
        ).fetchall()
        assert comments == []


def test_unchanged_inputs_give_no_new_release(folder: Path) -> None:
    release = current(folder)
    outcome = kohtaanto("run", "--data-dir", folder)
    assert outcome.returncode == 0, outcome.stderr[-3000:]
    assert "12ti: unchanged since" in outcome.stderr
    assert "chunks" not in outcome.stderr
    assert f"unchanged: release {release}, " in outcome.stdout
    assert_intact(folder, release)
    assert len(list((folder / "published" / "releases").iterdir())) == 1


def test_a_kept_month_survives_a_rolling_start_and_releases_can_be_moved_between(folder: Path) -> None:
    first = current(folder)
    outcome = kohtaanto("run", "--data-dir", folder, replay_scenarios="new-release:0,start-year-dropped")
    assert outcome.returncode == 0, outcome.stderr[-3000:]
    second = current(folder)
    assert second != first
    with duckdb.connect(str(folder / "published" / "current" / "kohtaanto.duckdb"), read_only=True) as mart:
        spans = mart.execute(
            """
            select min(period)::varchar, max(period)::varchar, count(distinct vintage_id)
            from mart.fct_market_stock where area_code = 'MK01' and occupation_code = 'SSS'
            """
        ).fetchone()
    assert spans == (FIRST_MONTH, "2026-08-01", 2)

    listed = kohtaanto("releases", "list", "--data-dir", folder).stdout.splitlines()
    assert [line.split()[0] for line in listed] == [second, first]
    assert listed[0].endswith("current")
    assert json.loads(kohtaanto("releases", "show", first, "--data-dir", folder).stdout)["id"] == first
    assert kohtaanto("releases", "rollback", first, "--data-dir", folder).returncode == 0
    assert_intact(folder, first)
    assert kohtaanto("releases", "prune", "--keep", "1", "--data-dir", folder).returncode == 0
    assert current(folder) == first
    assert kohtaanto("releases", "rollback", second, "--data-dir", folder).returncode == 0
    pruned = kohtaanto("releases", "prune", "--keep", "1", "--data-dir", folder)
    assert pruned.stdout == f"deleted 1: {first}\n"
    assert_intact(folder, second)
    unknown = kohtaanto("releases", "show", first, "--data-dir", folder)
    assert (unknown.returncode, f"no release '{first}'" in unknown.stderr) == (1, True)


@pytest.mark.parametrize(
    ("scenarios", "code", "said"),
    [
        ("new-release:0,unknown-area", 1, r"error: statfin 12r5: dimension 'Alue' offers 422 codes, 1 unknown: KU999"),
        ("new-release:0,size-mismatch", 1, r"error: statfin 1\w+: .*promises .* values, the answer holds"),
    ],
)
def test_a_fault_names_place_and_mend_and_leaves_the_release_alone(
    folder: Path, scenarios: str, code: int, said: str
) -> None:
    release = current(folder)
    outcome = kohtaanto("run", "--data-dir", folder, replay_scenarios=scenarios)
    assert outcome.returncode == code, outcome.stderr[-3000:]
    assert re.search(said, outcome.stderr), outcome.stderr[-3000:]
    assert "Traceback" not in outcome.stdout
    assert_intact(folder, release)


def test_a_source_that_is_down_is_marked_stale_and_the_others_go_on(folder: Path) -> None:
    release = current(folder)
    down = kohtaanto("run", "--data-dir", folder, replay_scenarios="outage,postings:outage")
    assert down.returncode == 0, down.stderr[-3000:]
    assert re.search(r"statfin 115q: probe for a new release: no usable answer from .* Run again later", down.stderr)
    assert "not asked, because statfin did not answer for 2 tables before it" in down.stderr
    assert re.search(
        r"  stale: statfin 12ti, .*tyomarkkinatori posting_cohorts \(`kohtaanto sources --data-dir .*` says why\)",
        down.stdout,
    )
    assert current(folder) != release  # the numbers are the same, what is known of their sources is not
    with duckdb.connect(str(folder / "published" / "current" / "kohtaanto.duckdb"), read_only=True) as mart:
        states = mart.execute(
            "select source_code, list(distinct state), bool_and(vintage_id is not null) from mart.source_freshness "
            "group by all order by all"
        ).fetchall()
    assert states == [
        ("statfin", ["stale"], True),
        ("tyomarkkinatori", ["stale"], True),
        ("tyovoimabarometri", ["current"], True),
    ]
    shown = json.loads(kohtaanto("sources", "--json", "--data-dir", folder).stdout)
    assert {(row["source"], row["state"]) for row in shown} == {(source, state[0]) for source, state, _ in states}
    back = kohtaanto("run", "--data-dir", folder)
    assert back.returncode == 0, back.stderr[-3000:]
    table = kohtaanto("sources", "--data-dir", folder)
    assert (table.returncode, "stale" in table.stdout) == (0, False)


def test_down_before_the_first_pull_is_an_error(tmp_path: Path) -> None:
    outcome = kohtaanto("run", "--data-dir", tmp_path / "data", replay_scenarios="outage")
    assert outcome.returncode == 1
    assert re.search(
        r"error: statfin 1\w+: not asked, because statfin did not answer .* Run again later", outcome.stderr
    )


def test_what_was_held_back_is_published_once_the_source_has_mended_it(folder: Path) -> None:
    release = current(folder)
    held = kohtaanto("run", "--data-dir", folder, replay_scenarios="new-release:0,visible-three")
    assert held.returncode == 3, held.stderr[-3000:]
    assert re.search(
        r"HELD BACK[^\n]*\n  raw_statfin__12r5 / landing: .*no_visible_small_counts: .*, value 3 2025-10", held.stderr
    )
    assert_intact(folder, release)
    mended = kohtaanto("run", "--data-dir", folder, replay_scenarios="new-release:0")
    assert mended.returncode == 0, mended.stderr[-3000:]
    assert current(folder) != release


def test_killed_in_the_middle_and_two_at_once(folder: Path) -> None:
    release = current(folder)
    command = [str(KOHTAANTO), "run", "--data-dir", str(folder)]
    first = subprocess.Popen(
        command,
        env=environment(replay_scenarios="new-release:0"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert first.stderr is not None
    try:
        for line in first.stderr:
            if "warehouse" in line:
                break
        second = kohtaanto("run", "--data-dir", folder)
        assert second.returncode == 1
        assert re.search(
            rf"error: data folder .*: another run \(process {first.pid}\) is using it\. Wait", second.stderr
        )
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert_intact(folder, release)

    third = kohtaanto("run", "--data-dir", folder, replay_scenarios="new-release:0")
    assert third.returncode == 0, third.stderr[-3000:]
    assert current(folder) != release


def test_worlds_never_share_a_folder(folder: Path, sample: Path, tmp_path: Path) -> None:
    recorded = tmp_path / "recorded"
    shutil.copytree(sample, recorded)
    (recorded / "statfin" / "dataset.json").unlink()
    outcome = kohtaanto("run", "--recordings", recorded, "--data-dir", folder)
    assert outcome.returncode == 1
    assert "holds synthetic data, this run brings recorded data; they never share a folder" in outcome.stderr
