"""Two transport plans of an occupation (contract I18), against the worked example, brute force and their identities."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from assets.matching.distances import metric_closure
from assets.matching.transport import place, resort
from assets.matching.transport_solver import TransportError, least_cost_plans, programme_of, require_proof

FloatArray = NDArray[np.float64]

KM = np.array([[0, 100, 250], [100, 0, 180], [250, 180, 0]], dtype=float)
U = np.array([[60, 30, 10]], dtype=float)
V = np.array([[10, 5, 25]], dtype=float)


def counts(areas: int, problems: int = 1, largest: int = 6) -> st.SearchStrategy[FloatArray]:
    return hnp.arrays(float, (problems, areas), elements=st.integers(0, largest).map(float))


def distances(areas: int) -> st.SearchStrategy[FloatArray]:
    def symmetric(numbers: list[int]) -> FloatArray:
        km = np.zeros((areas, areas))
        km[np.triu_indices(areas, 1)] = numbers
        return metric_closure(km + km.T)

    return st.lists(st.integers(1, 500), min_size=areas * (areas - 1) // 2, max_size=areas * (areas - 1) // 2).map(
        symmetric
    )


def cheapest_by_trying(u: FloatArray, v: FloatArray, km: FloatArray) -> float:
    """Least person-km of placing min(ΣU, ΣV) persons, by looking at every plan of whole persons on 3 x 3 areas."""
    placed = min(u.sum(), v.sum())
    best = np.inf
    plans: list[tuple[tuple[int, ...], FloatArray]] = [((), v)]
    for origin in range(3):
        rows = [row for row in itertools.product(*(range(int(cell) + 1) for cell in v)) if sum(row) <= u[origin]]
        plans = [
            ((*done, *row), left - row) for done, left in plans for row in rows if (left - np.array(row) >= 0).all()
        ]
    for plan, _ in plans:
        if sum(plan) == placed:
            best = min(best, float((np.array(plan).reshape(3, 3) * km).sum()))
    return best


def test_worked_example_of_the_re_sorting_plan() -> None:
    plan = resort(U, V, KM)
    assert plan.w1_km == pytest.approx([119])
    assert plan.moved_share == pytest.approx([0.525])
    assert plan.w1_km / plan.moved_share == pytest.approx([226.67], abs=0.005)


def test_worked_example_of_the_placement_plan() -> None:
    plan = place(U, V, KM)
    assert plan.own.tolist() == [25]
    assert (plan.moves.origin.tolist(), plan.moves.destination.tolist()) == ([1], [2])
    assert plan.moves.mass == pytest.approx([15])
    assert plan.moves.mass @ KM[plan.moves.origin, plan.moves.destination] == pytest.approx(2_700)


@settings(max_examples=40, deadline=None)
@given(u=counts(3, largest=3), v=counts(3, largest=3), km=distances(3))
def test_no_plan_of_whole_persons_is_cheaper(u: FloatArray, v: FloatArray, km: FloatArray) -> None:
    plan = place(u, v, km)
    assert plan.moves.mass @ km[plan.moves.origin, plan.moves.destination] == pytest.approx(
        cheapest_by_trying(u[0], v[0], km), abs=1e-6
    )


@settings(max_examples=40, deadline=None)
@given(u=counts(5, 4), v=counts(5, 4), km=distances(5))
def test_own_and_cross_region_place_whoever_can_be_placed(u: FloatArray, v: FloatArray, km: FloatArray) -> None:
    plan = place(u, v, km)
    cross = np.bincount(plan.moves.problem, plan.moves.mass, minlength=len(u))
    assert plan.own + cross == pytest.approx(np.minimum(u.sum(axis=1), v.sum(axis=1)), abs=1e-9)
    assert (plan.moves.origin != plan.moves.destination).all()


@settings(max_examples=40, deadline=None)
@given(u=counts(5, 4), v=counts(5, 4), km=distances(5))
def test_serving_the_own_area_first_costs_nothing(u: FloatArray, v: FloatArray, km: FloatArray) -> None:
    shares = [(a / a.sum(), b / b.sum()) for a, b in zip(u, v, strict=True) if a.sum() and b.sum()]
    for a, b in shares:
        everything = least_cost_plans(a[None], b[None], km)
        cost = everything.mass @ km[everything.origin, everything.destination]
        plan = resort(a[None], b[None], km)
        assert plan.w1_km == pytest.approx([cost], abs=1e-6)
        assert plan.moved_share == pytest.approx([np.abs(a - b).sum() / 2], abs=1e-9)


@given(u=counts(4, 1), km=distances(4), factor=st.sampled_from([0.5, 1.0, 3.0]))
def test_equal_tightness_needs_no_move(u: FloatArray, km: FloatArray, factor: float) -> None:
    if u.sum():
        plan = resort(u, factor * u, km)
        assert (plan.w1_km.tolist(), plan.moved_share.tolist()) == ([0], [0])
    assert place(u, factor * u, km).moves.mass.size == 0


@settings(max_examples=30, deadline=None)
@given(u=counts(4, 3), v=counts(4, 3), km=distances(4), posts=counts(3, 1, 8))
def test_flexible_posts_are_filled_before_anybody_moves(
    u: FloatArray, v: FloatArray, km: FloatArray, posts: FloatArray
) -> None:
    plan = place(u, v, km, flexible=posts[0])
    without_own_post = u.sum(axis=1) - plan.own
    cross = np.bincount(plan.moves.problem, plan.moves.mass, minlength=len(u))
    assert plan.flexible == pytest.approx(np.minimum(without_own_post, posts[0]), abs=1e-9)
    assert cross == pytest.approx(np.minimum(without_own_post - plan.flexible, v.sum(axis=1) - plan.own), abs=1e-9)


def test_a_mobility_discount_keeps_that_share_of_the_rest_at_home() -> None:
    plan = place(U, V, KM, mobility_discount=0.9)
    assert plan.own.tolist() == [25]
    assert plan.moves.mass.sum() == pytest.approx(0.1 * (100 - 25))


def test_of_plans_at_one_cost_the_same_one_is_taken_whatever_stands_beside_it() -> None:
    u, v = np.array([[4.0, 4, 0, 0]]), np.array([[0.0, 0, 4, 4]])
    km = metric_closure(np.array([[0, 10, 50, 60], [10, 0, 40, 50], [50, 40, 0, 10], [60, 50, 10, 0]], dtype=float))
    alone = place(u, v, km).moves
    beside = place(np.vstack([U @ np.eye(3, 4), u]), np.vstack([V @ np.eye(3, 4), v]), km).moves
    assert beside.mass[beside.problem == 1].tolist() == alone.mass.tolist()
    assert beside.destination[beside.problem == 1].tolist() == alone.destination.tolist()
    assert alone.mass @ km[alone.origin, alone.destination] == pytest.approx(400)


def test_many_problems_in_one_programme_are_solved_as_one_by_one() -> None:
    generator = np.random.default_rng(20240501)
    u, v = generator.poisson(8, (60, 6)).astype(float), generator.poisson(5, (60, 6)).astype(float)
    km = metric_closure(np.abs(np.subtract.outer(*[generator.uniform(0, 400, 6).round(1)] * 2)) + 50 * (1 - np.eye(6)))
    together = resort(u, v, km)
    alone = np.concatenate([resort(a[None], b[None], km).w1_km for a, b in zip(u, v, strict=True)])
    assert together.w1_km == pytest.approx(alone, abs=1e-7)


TWO_BY_TWO = programme_of(np.array([[0.5, 0.5]]), np.array([[0.5, 0.5]]), np.array([[0.0, 5], [5, 0]]))
STAY, SWAP = np.array([0.5, 0, 0, 0.5]), np.array([0, 0.5, 0.5, 0])


def test_the_cheapest_plan_is_proven_by_its_prices() -> None:
    require_proof(TWO_BY_TWO, STAY, np.zeros(4), np.array([0]))


@pytest.mark.parametrize(
    ("plan", "duals", "fault"),
    [
        (STAY * 0.9, np.zeros(4), "sums off"),
        (2 * STAY - SWAP, np.zeros(4), "negative mass"),
        (SWAP, np.zeros(4), "cost and dual apart"),
        (SWAP, np.array([5.0, 5, 0, 0]), "dual not feasible"),
    ],
)
def test_a_plan_that_is_not_the_cheapest_is_refused(plan: FloatArray, duals: FloatArray, fault: str) -> None:
    with pytest.raises(TransportError, match=f"problem 7 is not solved: {fault}"):
        require_proof(TWO_BY_TWO, plan, duals, np.array([7]))


@pytest.mark.parametrize(
    ("u", "v", "km", "fault"),
    [
        (U, V, KM[:2, :2], "do not fit"),
        (-U, V, KM, "negative or missing"),
        (U * np.nan, V, KM, "negative or missing"),
        (U, V, KM**2, "Close the distances"),
        (U, V * 0, KM, "Leave it out"),
    ],
)
def test_a_problem_posed_wrongly_is_refused(u: FloatArray, v: FloatArray, km: FloatArray, fault: str) -> None:
    with pytest.raises(TransportError, match=fault):
        resort(u, v, km)
