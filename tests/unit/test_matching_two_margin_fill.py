"""The fill of municipalities with two margins: indicators contract 2.1, employment areas."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.matching.fill import fill_rows
from assets.matching.two_margin_fill import TOLERANCE, fill_two_margins
from assets.matching.two_margins import Margin, meet

Floats = npt.NDArray[np.float64]
NONE = np.nan


def fill_of(counts: npt.NDArray[Any], region_of: npt.NDArray[Any], **changed: Any) -> tuple[Any, dict[str, Any]]:
    """The fill of true counts (municipality, occupation), 1 to 4 withheld everywhere; and what it was given."""
    visible = hidden(counts.astype(float))
    regions = np.zeros((region_of.max() + 1, counts.shape[1]))
    np.add.at(regions, region_of, counts.astype(float))
    given_: dict[str, Any] = {
        "visible": visible,
        "is_blank": np.isnan(visible),
        "totals": counts.sum(axis=1).astype(float),
        "is_estimate": np.zeros(len(counts), bool),
        "regions": hidden(regions),
        "region_of": region_of,
        "country": hidden(regions.sum(axis=0)),
    } | changed
    return fill_two_margins(**given_), given_


def hidden(counts: Floats) -> Floats:
    return np.where((counts > 0) & (counts < 5), NONE, counts)


def by_hand(weights: Floats, margins: list[Margin]) -> Floats:
    """Scale to one margin after the other, by halving, many times: the contract's own words."""
    logs = np.log(weights)
    for _ in range(3000):
        for margin in margins:
            low, high = np.full(len(margin.rest), -20.0), np.full(len(margin.rest), 20.0)
            for _ in range(60):
                middle = (low + high) / 2
                is_short = margin.sums(np.clip(np.exp(logs + margin.of_cells(middle)), 1, 4)) < margin.rest
                low, high = np.where(is_short, middle, low), np.where(is_short, high, middle)
            logs = logs + margin.of_cells(high)
    return np.clip(np.exp(logs), 1, 4)


def hard(group: npt.NDArray[Any], rest: list[float]) -> Margin:
    return Margin(group, np.array(rest), np.zeros(len(rest)))


def test_it_is_what_scaling_rows_and_columns_in_turn_leads_to() -> None:
    row, column = np.divmod(np.arange(12), 4)
    column = np.where(column == 3, -1, column)  # the last occupation has no margin
    weights = np.array([1.0, 2, 3, 1.5, 2, 2, 1, 3, 4, 1, 2, 1.2])
    margins = [hard(row, [11, 7, 8]), hard(column, [9, 5.5, 6])]
    found = meet(weights, *margins)
    assert found.error < 1e-9
    assert (found.cells == 1).any()
    assert found.cells == pytest.approx(by_hand(weights, margins[::-1]), abs=1e-6)


def test_margins_that_contradict_each_other_leave_an_error() -> None:
    found = meet(np.ones(4), hard(np.array([0, 0, 1, 1]), [4, 4]), hard(np.array([0, 1, 0, 1]), [6, 6]))
    assert found.error > 1


def test_a_soft_margin_gives_way_to_a_hard_one() -> None:
    rows = Margin(np.array([0, 0, 1, 1]), np.array([4.0, 4.0]), np.array([0.1, 0.1]))
    found = meet(np.ones(4), rows, hard(np.array([0, 1, 0, 1]), [6, 6]))
    assert found.error < 1e-9
    assert found.cells == pytest.approx([3, 3, 3, 3])


@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(3, 7), st.integers(2, 9)),
    mean=st.floats(0.5, 6),
)
def test_both_margins_hold_on_tables_with_1_to_4_withheld(seed: int, shape: tuple[int, int], mean: float) -> None:
    rng = np.random.default_rng(seed)
    region_of = np.sort(rng.integers(0, 2, shape[0]))
    counts = rng.poisson(mean * rng.lognormal(0, 0.8, shape))
    fill, given_ = fill_of(counts, region_of)
    assert fill.is_converged
    assert not fill.is_infeasible.any()
    blank = given_["is_blank"]
    assert ((fill.counts[blank] >= 1) & (fill.counts[blank] <= 4)).all()
    assert (fill.counts[~blank] == counts[~blank]).all()
    assert fill.counts.sum(axis=1) == pytest.approx(counts.sum(axis=1), abs=TOLERANCE)
    for region, occupation in np.argwhere(~np.isnan(given_["regions"])):
        inside = region_of == region
        if blank[inside, occupation].sum() >= 3:
            whole = counts[inside, occupation].sum()
            assert fill.counts[inside, occupation].sum() == pytest.approx(whole, abs=TOLERANCE)


def test_a_region_with_two_blanks_is_no_margin() -> None:
    """Two municipalities share 4 and 2 of two occupations; the region's 6 of occupation 1 would tell them apart."""
    counts = np.array([[4, 2], [2, 4], [9, 9]])
    fill, _ = fill_of(counts, np.zeros(3, int), regions=np.array([[15.0, 15.0]]))
    assert fill.counts[:2].tolist() == [[3, 3], [3, 3]]


def test_a_region_with_three_blanks_is() -> None:
    counts = np.array([[4, 2], [4, 2], [4, 2]])
    fill, _ = fill_of(counts, np.zeros(3, int), country=np.full(2, NONE))
    assert fill.counts == pytest.approx(counts)
    without, _ = fill_of(counts, np.zeros(3, int), country=np.full(2, NONE), regions=np.full((1, 2), NONE))
    assert without.counts == pytest.approx(np.full((3, 2), 3.0))


def test_a_region_that_no_blanks_can_add_up_to_is_no_margin() -> None:
    counts = np.array([[4, 2], [4, 2], [4, 2]])
    fill, _ = fill_of(counts, np.zeros(3, int), country=np.full(2, NONE), regions=np.array([[13.0, 6.0]]))
    assert fill.is_converged
    assert fill.counts == pytest.approx(counts)  # the other occupation still is one


def test_without_convergence_the_municipalities_keep_to_their_totals_alone() -> None:
    counts = np.array([[4, 2], [4, 2], [4, 2]])
    fill, given_ = fill_of(counts, np.zeros(3, int), regions=np.array([[9.0, 6.0]]))
    assert not fill.is_converged
    alone = fill_rows(given_["visible"], given_["is_blank"], given_["totals"], given_["country"])
    assert fill.counts.tolist() == alone.counts.tolist()


def test_a_withheld_total_is_an_estimate_that_gives_way_to_the_regions() -> None:
    """Municipality 1 has 4 in 2 blanks and its total is withheld, estimated at 1.7: moved to 2, and pushed up a
    little by the region's 10 of occupation 1."""
    counts = np.array([[2, 2], [4, 3], [4, 2], [0, 9]])
    is_estimate = np.array([True, False, False, False])
    totals = np.array([1.7, 7, 6, 9])
    given_ = {"totals": totals, "is_estimate": is_estimate}
    fill, _ = fill_of(counts, np.zeros(4, int), **given_, regions=np.array([[10.0, NONE]]))
    assert fill.is_converged
    assert fill.counts[:, 0].sum() == pytest.approx(10)
    assert 2 < fill.counts[0].sum() < 4
    assert fill.counts[1:].sum(axis=1) == pytest.approx([7, 6, 9])


def test_a_total_out_of_reach_or_unknown_leaves_the_municipality_unfilled_and_its_region_without_a_margin() -> None:
    counts = np.array([[4, 2], [4, 2], [4, 2], [3, 3]])
    totals = np.array([6.0, 6.0, 1.0, NONE])
    fill, _ = fill_of(counts, np.zeros(4, int), totals=totals, country=np.full(2, NONE))
    assert fill.is_infeasible.tolist() == [False, False, True, False]
    assert np.isnan(fill.counts[2:]).all()
    assert fill.counts[:2].tolist() == [[3, 3], [3, 3]]


def test_a_month_without_blanks_is_as_it_is() -> None:
    fill, _ = fill_of(np.array([[5, 0], [7, 9]]), np.array([0, -1]), regions=np.zeros((1, 2)))
    assert (fill.counts.tolist(), fill.rounds, fill.is_converged) == ([[5, 0], [7, 9]], 0, True)
