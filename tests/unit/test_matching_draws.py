"""Random fills with the margins of the deterministic one: indicators contract 2.3."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assets.matching.draws import (
    DRAWS,
    METHOD_VERSION,
    InfeasibleError,
    draw_blanks,
    draw_children,
    draw_rows,
    seeded,
)

MONTH = dt.date(2019, 6, 1)
ONE, FOUR = np.ones(4, dtype=np.int64), np.full(4, 4)

PINNED = [[4, 2, 3, 1], [2, 2, 3, 3], [3, 3, 2, 2]]


@given(counts=st.lists(st.integers(1, 4), min_size=1, max_size=30))
def test_draws_are_whole_counts_in_the_interval_with_the_total(counts: list[int]) -> None:
    blanks = len(counts)
    drawn = draw_blanks(seeded(MONTH, "vacancies"), sum(counts), np.ones(blanks, dtype=np.int64), np.full(blanks, 4))
    assert drawn.shape == (DRAWS, blanks)
    assert (drawn.sum(axis=1) == sum(counts)).all()
    assert drawn.min() >= 1
    assert drawn.max() <= 4


@pytest.mark.parametrize("rest", [3, 17])
def test_a_total_out_of_reach_is_refused(rest: int) -> None:
    with pytest.raises(InfeasibleError, match=f"add up to {rest}"):
        draw_blanks(seeded(MONTH, "vacancies"), rest, ONE, FOUR)


def test_every_fill_is_as_likely_as_its_ways_to_take_units_from_three_slots() -> None:
    """Two blanks with 4 between them: 1+3, 2+2, 3+1 in 3, 9 and 3 of 15 ways."""
    drawn = draw_blanks(seeded(MONTH, "vacancies"), 4, ONE[:2], FOUR[:2], draws=30_000)
    shares = np.bincount(drawn[:, 0], minlength=4)[1:4] / len(drawn)
    assert shares == pytest.approx([3 / 15, 9 / 15, 3 / 15], abs=0.01)


def test_a_month_and_measure_have_the_same_draws_on_every_machine() -> None:
    drawn = draw_blanks(seeded(MONTH, "vacancies"), 10, ONE, FOUR, draws=3)
    assert drawn.tolist() == PINNED
    other = draw_blanks(seeded(MONTH, "unemployed"), 10, ONE, FOUR, draws=3)
    assert other.tolist() != PINNED


def test_the_seed_carries_the_version_of_the_formulas() -> None:
    project = yaml.safe_load((Path(__file__).parents[2] / "dbt_project" / "dbt_project.yml").read_text())
    assert project["vars"]["method_version"] == METHOD_VERSION


def test_visible_cells_stay_and_each_area_keeps_its_own_total() -> None:
    visible = np.array([[0, 7, 0, 0], [5, 6, 7, 0]])
    is_blank = np.array([[True, False, True, True], [False, False, False, False]])
    drawn = draw_rows(seeded(MONTH, "vacancies"), visible, is_blank, np.array([8, 0]))
    assert (drawn[:, 1] == visible[1]).all()
    assert (drawn[:, 0, 1] == 7).all()
    assert (drawn[:, 0].sum(axis=1) == 15).all()


def test_children_follow_the_drawn_total_of_their_parent() -> None:
    parents = np.repeat([[2, 8]], DRAWS, axis=0)
    parents[::2, 0] = 5
    bounds = np.array([1, 1, 6, 1]), np.array([4, 4, 6, 4])
    drawn = draw_children(seeded(MONTH, "vacancies"), bounds, parents, np.array([0, 0, 1, 1]))
    assert (drawn[:, :2].sum(axis=1) == parents[:, 0]).all()
    assert (drawn[:, 2:] == [6, 2]).all()
