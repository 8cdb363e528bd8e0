"""Vacancies within reach for each competing jobseeker (contract I17), and what of it is shown (2.4)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from assets.matching.accessibility import accessibility, decay_per_km, with_flexible

FloatArray = NDArray[np.float64]

KM = np.array([[0, 100, 250], [100, 0, 180], [250, 180, 0]], dtype=float)
U = np.array([[60, 30, 10]], dtype=float)
V = np.array([[10, 5, 25]], dtype=float)


def counts() -> st.SearchStrategy[FloatArray]:
    return hnp.arrays(float, (3, 3), elements=st.integers(0, 50).map(float))


def test_worked_example() -> None:
    found = accessibility(U, V, KM, half_distance_km=100 * math.log(2))
    assert found.posts_per_person[0] == pytest.approx([0.2766061, 0.3520894, 1.2840950], abs=5e-8)
    assert found.reached.sum() == pytest.approx(40)


@given(u=counts(), v=counts(), half=st.floats(5, 500))
def test_what_falls_to_the_jobseekers_is_every_vacancy_that_is_reached(
    u: FloatArray, v: FloatArray, half: float
) -> None:
    found = accessibility(u, v, KM, half)
    assert found.reached.sum(axis=1) + found.unreached == pytest.approx(v.sum(axis=1))
    has_jobseekers = u.sum(axis=1) > 0
    assert np.isnan(found.posts_per_person[~has_jobseekers]).all()
    assert (found.posts_per_person[has_jobseekers] >= 0).all()


def test_where_distance_is_everything_each_area_has_its_own_tightness() -> None:
    assert accessibility(U, V, KM, 1e-3).posts_per_person == pytest.approx(V / U)


def test_where_distance_is_nothing_each_area_has_the_countrys_tightness() -> None:
    assert accessibility(U, V, KM, 1e9).posts_per_person[0] == pytest.approx([0.4, 0.4, 0.4])


def test_a_vacancy_weighs_half_at_the_half_distance() -> None:
    assert math.exp(-decay_per_km(50) * 50) == pytest.approx(0.5)
    assert decay_per_km(50) == pytest.approx(0.0138629436)


def test_a_vacancy_that_no_jobseeker_is_near_is_left_out_and_counted() -> None:
    km = np.array([[0, 1e6], [1e6, 0]])
    found = accessibility(np.array([[5.0, 0]]), np.array([[10.0, 7]]), km, 1.0)
    assert found.posts_per_person.tolist() == [[2, 0]]
    assert found.unreached.tolist() == [7]


def test_flexible_vacancies_are_shared_out_over_everybody() -> None:
    found = accessibility(U, V, KM, 50).posts_per_person
    assert with_flexible(found, U, np.array([20.0])) - found == pytest.approx(np.full((1, 3), 0.2))
