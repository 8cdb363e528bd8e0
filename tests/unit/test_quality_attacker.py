"""The interval that linear equations leave a withheld count, and what shortens it."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.attacker import Constraint, Finding, Unknowns, findings


def blanks(count: int) -> Unknowns:
    unknowns = Unknowns()
    for _ in range(count):
        unknowns.add(1, 4)
    return unknowns


def total(count: int, value: float, origin: str = "the source") -> Constraint:
    return Constraint(dict.fromkeys(range(count), 1.0), value, value, origin)


@settings(max_examples=25, deadline=None)
@given(counts=st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_a_total_leaves_each_blank_what_the_others_can_spare(counts: list[int]) -> None:
    others, whole = len(counts) - 1, sum(counts)
    low, high = max(1, whole - 4 * others), min(4, whole - others)
    solved = findings(blanks(len(counts)), [], [total(len(counts), whole, "a table")])
    if high - low < 3:
        assert [finding.unknown for finding in solved] == list(range(len(counts)))
        assert all(finding.released == pytest.approx((low, high), abs=1e-5) for finding in solved)
    else:
        assert solved == []
    assert all(low - 1e-9 <= count <= high + 1e-9 for count in counts)


def test_what_the_source_says_itself_is_no_finding() -> None:
    assert findings(blanks(3), [total(3, 4)], [total(3, 4, "again")], judge_all=True) == []


def test_two_harmless_sums_together_give_a_count_away() -> None:
    of_four, of_three = total(4, 9, "four"), total(3, 6, "three")
    (found,) = [f for f in findings(blanks(4), [], [of_four, of_three]) if f.unknown == 3]
    assert found == Finding(3, (1, 4), pytest.approx((3, 3), abs=1e-5), ("four",))  # type: ignore[arg-type]


def test_a_neighbour_is_found_through_the_sum_that_binds_it() -> None:
    told = Constraint({0: 1.0}, 4, 4, "a cell")
    found = findings(blanks(2), [total(2, 5)], [told], judge_all=True)
    assert [(f.unknown, f.origins) for f in found] == [(0, ("a cell",)), (1, ())]


def test_a_bound_on_a_ratio_counts_both_sides() -> None:
    less_than_half = Constraint({0: 1.0, 1: -0.5}, -inf, 0, "theta_hi")
    (vacancies, unemployed) = findings(blanks(2), [], [less_than_half])
    assert vacancies.released == pytest.approx((1, 2), abs=1e-5)
    assert unemployed.released == pytest.approx((2, 4), abs=1e-5)


def test_a_number_that_can_be_solved_leaves_a_point() -> None:
    (found,) = findings(blanks(1), [], [Constraint({0: 1.0}, -inf, inf, "a rank", is_solvable=True)])
    assert found.lost == 3


def test_a_contradiction_is_a_finding() -> None:
    (found,) = findings(blanks(1), [], [Constraint({0: 1.0}, 6, 6, "a cell")])
    assert found.released is None
    assert found.lost == 3


def test_a_source_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="contradict"):
        findings(blanks(2), [total(2, 9)], [total(2, 9, "again")])
