"""The noise floor of the mismatch index: indicators contract I11 and its worked example (section 9)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.matching.noise_floor import LARGEST_IN_SERIES, expected_powers, noise_floor

UNEMPLOYED = np.array([50.0, 10, 20, 20])
VACANCIES = np.array([10.0, 10, 4, 16])
COUNTS = st.lists(st.integers(0, 60), min_size=5, max_size=5).filter(any)


def test_worked_example() -> None:
    assert noise_floor(UNEMPLOYED, VACANCIES, [0.5])[0] == pytest.approx(0.01838999, abs=5e-9)


def test_it_is_what_sampling_from_common_shares_gives_on_average() -> None:
    """In many sparse cells, where a multinomial count is close to Poisson; the contract asks for 0.0004."""
    generator = np.random.default_rng(1)
    unemployed, vacancies = generator.integers(0, 30, 1000).astype(float), generator.integers(0, 6, 1000).astype(float)
    shares = (unemployed / unemployed.sum() + vacancies / vacancies.sum()) / 2
    u = generator.multinomial(int(unemployed.sum()), shares, size=200)
    v = generator.multinomial(int(vacancies.sum()), shares, size=200)
    for alpha, floor in zip((0.3, 0.5, 0.7), noise_floor(unemployed, vacancies, [0.3, 0.5, 0.7]), strict=True):
        matched = (v**alpha * u ** (1 - alpha)).sum(axis=1)
        scale = vacancies.sum() ** alpha * unemployed.sum() ** (1 - alpha)
        assert floor == pytest.approx(1 - matched.mean() / scale, abs=0.0004)


@settings(max_examples=30)
@given(COUNTS, COUNTS, st.sampled_from([0.3, 0.5, 0.7]))
def test_it_falls_as_the_counts_grow_and_swaps_with_the_sides(u: list[int], v: list[int], alpha: float) -> None:
    unemployed, vacancies = np.array(u, dtype=float), np.array(v, dtype=float)
    floor = noise_floor(unemployed, vacancies, [alpha])[0]
    assert 0 <= floor <= 1
    assert noise_floor(40 * unemployed, 40 * vacancies, [alpha])[0] <= floor
    assert noise_floor(vacancies, unemployed, [1 - alpha])[0] == pytest.approx(floor, abs=1e-12)


@pytest.mark.parametrize("exponent", [0.3, 0.5, 0.7])
def test_series_and_expansion_meet(exponent: float) -> None:
    below, above = expected_powers(np.array([LARGEST_IN_SERIES, LARGEST_IN_SERIES + 1e-9]), [exponent])[0]
    assert below == pytest.approx(above, rel=2e-6)


@pytest.mark.parametrize("mean", [0.001, 0.9, 1.1, 17, 127.9, 249])
def test_the_series_is_complete(mean: float) -> None:
    """E[X^1] is the mean itself and E[X^0] the probability of any."""
    assert expected_powers(np.array([mean]), [1.0])[0, 0] == pytest.approx(mean, rel=1e-13)
    assert expected_powers(np.array([mean]), [0.0])[0, 0] == pytest.approx(-np.expm1(-mean), rel=1e-12)


def test_an_unknown_cell_or_an_empty_side_has_no_floor() -> None:
    assert np.isnan(noise_floor(np.array([1, np.nan]), np.array([1.0, 2]), [0.5]))
    assert np.isnan(noise_floor(np.zeros(2), np.array([1.0, 2]), [0.5]))
