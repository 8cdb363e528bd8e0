"""The fill of withheld counts: indicators contract 2.1 and its worked examples (section 9)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.matching.fill import fill_rows, scale_to_margin

WEIGHTS = np.array([1.0, 1.2, 2.5, 4.0])
NONE = np.nan


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (9, [1.0638297872, 1.2765957447, 2.6595744681, 4]),
        (6, [1, 1, 1.5384615385, 2.4615384615]),
        (4, [1, 1, 1, 1]),
        (16, [4, 4, 4, 4]),
    ],
)
def test_weights_are_scaled_to_the_margin_within_one_and_four(rest: float, expected: list[float]) -> None:
    filled = scale_to_margin(WEIGHTS, np.ones(4, bool), np.array(rest))
    assert filled == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("rest", [3, 17])
def test_a_margin_out_of_reach_leaves_the_area_unfilled(rest: int) -> None:
    visible = np.array([[[NONE, NONE, NONE, NONE, 10.0]]])
    fill = fill_rows(visible, np.isnan(visible), np.array([[10.0 + rest]]), np.full((1, 5), NONE))
    assert fill.is_infeasible.all()
    assert np.isnan(fill.counts[..., :4]).all()
    assert fill.counts[..., 4] == 10


def test_without_country_rows_the_blanks_of_an_area_are_alike() -> None:
    visible = np.array([[[NONE, NONE, 7.0]]])
    fill = fill_rows(visible, np.isnan(visible), np.array([[12.0]]), np.full((1, 3), NONE))
    assert fill.counts.tolist() == [[[2.5, 2.5, 7]]]


def test_a_country_row_weighs_its_blanks_when_three_areas_share_them() -> None:
    """Occupation 1 has 9 in its three blanks, 3 each; occupation 2 has 3, 1 each: scaled to the 6 of each area."""
    visible = np.array([[[NONE, NONE]] * 3 + [[20.0, 30.0]]])
    totals = np.array([[6.0, 6.0, 6.0, 50.0]])
    fill = fill_rows(visible, np.isnan(visible), totals, np.array([[29.0, 33.0]]))
    assert fill.counts[0, 0] == pytest.approx([4, 2])
    two_blanks = fill_rows(visible[:, 1:], np.isnan(visible[:, 1:]), totals[:, 1:], np.array([[29.0, 33.0]]))
    assert two_blanks.counts[0, 0] == pytest.approx([3, 3])


def test_an_area_that_lacks_a_cell_is_not_filled_but_one_that_no_area_has_is_no_part_of_the_month() -> None:
    visible = np.array([[[NONE, 5.0, NONE], [NONE, NONE, NONE]]])
    is_blank = np.array([[[True, False, False], [True, False, False]]])
    fill = fill_rows(visible, is_blank, np.array([[7.0, 2.0]]), np.full((1, 3), NONE))
    assert fill.counts[0, 0, 0] == 2
    assert np.isnan(fill.counts[0, 1, 0])
    assert not fill.is_infeasible.any()


@given(
    counts=st.lists(st.lists(st.integers(0, 9), min_size=6, max_size=6), min_size=4, max_size=4),
    unlocated=st.lists(st.integers(0, 30), min_size=6, max_size=6),
)
def test_every_area_keeps_its_total_and_every_blank_its_interval(counts: list[list[int]], unlocated: list[int]) -> None:
    """On tables whose counts of 1 to 4 are withheld, in country rows too, the true counts being one possible fill."""
    true = np.array(counts, dtype=float)
    is_blank = (true >= 1) & (true <= 4)
    country = true.sum(axis=0) + unlocated
    country = np.where((country >= 1) & (country <= 4), NONE, country)
    fill = fill_rows(np.where(is_blank, NONE, true), is_blank, true.sum(axis=1), country)
    assert not fill.is_infeasible.any()
    assert fill.counts.sum(axis=1) == pytest.approx(true.sum(axis=1), abs=1e-9)
    assert (fill.counts[~is_blank] == true[~is_blank]).all()
    assert ((fill.counts[is_blank] >= 1) & (fill.counts[is_blank] <= 4)).all()


@given(st.permutations(range(4)), st.sampled_from([5, 9.5, 14]))
def test_the_fill_does_not_depend_on_the_order_of_cells(order: list[int], rest: float) -> None:
    straight = scale_to_margin(WEIGHTS, np.ones(4, bool), np.array(rest))
    shuffled = scale_to_margin(WEIGHTS[order], np.ones(4, bool), np.array(rest))
    assert shuffled == pytest.approx(straight[order], abs=1e-11)
