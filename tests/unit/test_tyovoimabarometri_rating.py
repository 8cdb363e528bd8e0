"""The inferred formula against recorded ratings, and the sample that is made by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.classification import SEEDS
from sources.tyovoimabarometri.rating import rate
from sources.tyovoimabarometri.schema import load_source
from sources.tyovoimabarometri.simulator import write_sample

COUNTS = st.floats(0, 1e5, allow_nan=False)


@pytest.mark.parametrize(
    ("counts", "state", "degree"),
    [
        ((2380, 224, 15), 1, 3),  # the one row recorded verbatim: 2512 in Varsinais-Suomi
        ((0, 0, 0), 0, 1),
        ((168, 0, 0), 0, 1),
        ((100, 0, 20), 3, 4),  # nobody unemployed: shortage, whatever the slope
        ((90, 10, 10), 3, 4),  # as many vacancies as unemployed: slope 1 is shortage
        ((1000, 62, 25), 2, 3),  # scale 4.47: between the two cut-offs that fit the data, 4.33 taken
    ],
)
def test_ratings_of_known_cells(counts: tuple[int, int, int], state: int, degree: int) -> None:
    rating = rate(*counts)
    assert (rating.state, rating.degree) == (state, degree)


def test_the_recorded_row_has_the_scale_and_rates_of_the_formula() -> None:
    rating = rate(2380, 224, 14.8)  # 15 is shown, the slope says about 14.8
    assert rating.scale == pytest.approx(6.096, abs=0.02)
    assert rating.slope == pytest.approx(0.07185, abs=2e-4)


@given(COUNTS, COUNTS, COUNTS)
def test_balanced_is_degree_one_and_nothing_else(employed: float, unemployed: float, vacancies: float) -> None:
    rating = rate(employed, unemployed, vacancies)
    assert (rating.state == 0) == (rating.degree == 1)
    assert 0 <= rating.unemployment_rate <= 1
    assert 0 <= rating.vacancy_rate <= 1
    assert 0 <= rating.scale <= 100 + 1e-9


def test_the_formula_meets_the_recorded_ratings(recordings: Path) -> None:
    """94 uncensored rows: every degree, and every state but one whose vacancies are rounded across a cut-off."""
    (path,) = (recordings / "barometer").glob("*kohtaanto*.json")
    rows = [row for one in json.loads(path.read_text())["observations"].values() for row in one["rows"]]
    open_rows = [row for row in rows if not row["toissaSensuroitu"] and not row["tyottomatSensuroitu"]]
    ratings = [rate(row["toissa"], row["tyottomat"], row["tyopaikat"]) for row in open_rows]
    assert len(rows) == 133
    assert len(open_rows) == 94
    pairs = list(zip(open_rows, ratings, strict=True))
    assert sum(row["kohtaantoaste"] == rating.degree for row, rating in pairs) == 94
    assert sum(row["kohtaantotila"] == rating.state for row, rating in pairs) == 93


def test_the_sample_says_that_it_is_synthetic_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_sample(tmp_path / name, seeds=SEEDS, occupations=5)
    files = {path.name: path.read_bytes() for path in (tmp_path / "a" / "barometer").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "b" / "barometer").iterdir()}
    assert sum("SYNTHETIC" in name for name in files) == 3
    assert json.loads(files["dataset.json"])["kind"] == "synthetic"
    write_sample(tmp_path / "c", seeds=SEEDS, occupations=5, seed=7)
    assert files != {path.name: path.read_bytes() for path in (tmp_path / "c" / "barometer").iterdir()}


def test_the_sample_censors_counts_of_one_to_four_with_their_rates(tmp_path: Path) -> None:
    write_sample(tmp_path, seeds=SEEDS)
    rows = [
        row
        for path in (tmp_path / "barometer").glob("*kohtaanto*.json")
        for one in json.loads(path.read_text())["observations"].values()
        for row in one["rows"]
    ]
    assert len(rows) == 40 * 19 * 2
    censored = [row for row in rows if row["tyottomatSensuroitu"] or row["toissaSensuroitu"]]
    assert 0.05 < len(censored) / len(rows) < 0.4
    for row in rows:
        assert (row["tyottomat"] is None) == row["tyottomatSensuroitu"]
        assert row["tyottomat"] not in (1, 2, 3, 4)
        assert row["toissa"] not in (1, 2, 3, 4)
    assert all(row["asteikko"] is row["tyottomyysaste"] is row["vakanssiaste"] is None for row in censored)
    assert any(row["tyopaikat"] in (1, 2, 3, 4) for row in rows)
    states = {row["kohtaantotila"] for row in rows}
    assert states == {0, 1, 2, 3}
    with pytest.raises(ValueError, match="1000 occupations asked for"):
        write_sample(tmp_path, seeds=SEEDS, occupations=1000)


def test_source_yml_keeps_the_live_client_off_and_says_why() -> None:
    source = load_source()
    assert not source.enabled_live
    assert source.licence == "none found"
    assert "No licence" in (source.terms or "")
    assert (source.workers, source.pause_ms) == (4, 80)
    assert not source.tables["ratings"].required
