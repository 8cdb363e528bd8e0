"""Tightness of small markets, shrunk by as much as the markets differ (indicators contract I02)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.matching.shrinkage import (
    FEWEST_CELLS,
    FULL_SHRINKAGE,
    INTERVAL,
    LEAST_SHRINKAGE,
    Floats,
    moment_shrinkage,
    posterior_below,
    posterior_mean,
    posterior_quantile,
    shrinkage_by_group,
)

priors = st.floats(0.001, 20)
shrinkages = st.floats(LEAST_SHRINKAGE, FULL_SHRINKAGE)
unemployed_counts = st.integers(1, 50_000)
vacancy_counts = st.integers(0, 20_000)


def market(prior: float, k: float, unemployed: float, vacancies: float) -> dict[str, Floats]:
    names = ("prior", "k", "unemployed", "vacancies")
    return {name: np.array([value]) for name, value in zip(names, (prior, k, unemployed, vacancies), strict=True)}


@pytest.mark.parametrize(
    ("unemployed", "vacancies", "mean", "lowest", "highest"),
    [
        (10, 0, 0.0833333, 0.00427, 0.24964),
        (10, 8, 0.75, 0.39127, 1.20289),
        (200, 160, 0.7970298, 0.69660, 0.90309),
    ],
)
def test_the_worked_examples(unemployed: int, vacancies: int, mean: float, lowest: float, highest: float) -> None:
    known = market(0.5, 1, unemployed, vacancies)
    assert posterior_mean(**known) == pytest.approx([mean], abs=1e-7)
    assert [posterior_quantile(end, **known)[0] for end in INTERVAL] == pytest.approx([lowest, highest], abs=5e-6)


@given(priors, shrinkages, unemployed_counts, vacancy_counts)
def test_the_mean_lies_between_raw_and_prior_and_within_its_interval(
    prior: float, k: float, unemployed: int, vacancies: int
) -> None:
    known = market(prior, k, unemployed, vacancies)
    mean = posterior_mean(**known)[0]
    raw = vacancies / unemployed
    assert min(raw, prior) * (1 - 1e-12) <= mean <= max(raw, prior) * (1 + 1e-12)
    lowest, highest = (posterior_quantile(end, **known)[0] for end in INTERVAL)
    assert lowest <= mean <= highest


@given(priors, unemployed_counts, vacancy_counts)
def test_shrinkage_runs_from_the_raw_tightness_to_the_prior(prior: float, unemployed: int, vacancies: int) -> None:
    by_k = [posterior_mean(**market(prior, k, unemployed, vacancies))[0] for k in (0.0, 0.1, 1.0, 1e12)]
    raw = vacancies / unemployed
    assert by_k[0] == pytest.approx(raw)
    assert by_k[-1] == pytest.approx(prior, rel=1e-4)
    distances = np.abs(np.array(by_k) - raw)
    assert (np.diff(distances) >= -1e-9 * max(raw, prior)).all()


@given(priors, shrinkages, unemployed_counts, vacancy_counts, st.floats(0.01, 0.99))
def test_the_quantile_is_where_the_probability_is_reached(
    prior: float, k: float, unemployed: int, vacancies: int, probability: float
) -> None:
    known = market(prior, k, unemployed, vacancies)
    quantile = posterior_quantile(probability, **known)[0]
    if quantile > 1e-12 * prior:
        assert posterior_below(quantile, **known) == pytest.approx([probability], abs=1e-9)


def test_an_occupation_without_any_vacancy_is_surely_loose() -> None:
    known = market(0, 1, 10, 0)
    assert posterior_mean(**known) == [0]
    assert posterior_quantile(0.95, **known) == [0]
    assert posterior_below(0.25, **known) == [1]


def test_a_market_that_is_not_known_has_no_posterior() -> None:
    known = market(0.5, 1, np.nan, 8)
    assert np.isnan(posterior_mean(**known)).all()
    assert np.isnan(posterior_quantile(0.05, **known)).all()
    assert np.isnan(posterior_below(0.25, **known)).all()


def test_k_follows_the_formula_of_the_contract() -> None:
    vacancies, expected = np.array([0.0, 4, 12, 30, 2]), np.array([2.0, 8, 6, 20, 12])
    total = expected.sum()
    spread = (expected * (vacancies / expected - 1) ** 2).sum() / total - 1 / expected.mean()
    k = moment_shrinkage(vacancies=vacancies, expected=expected, groups=np.zeros(5, dtype=np.int64), group_count=1)
    assert k == pytest.approx([1 / spread])


def test_markets_that_differ_by_chance_alone_are_shrunk_fully() -> None:
    alike = np.full(60, 5.0)
    k = moment_shrinkage(vacancies=alike, expected=alike, groups=np.zeros(60, dtype=np.int64), group_count=2)
    assert k.tolist() == [FULL_SHRINKAGE, FULL_SHRINKAGE]


def test_cells_that_expect_nothing_or_are_not_known_do_not_count() -> None:
    vacancies, expected = np.array([1.0, 9, 0, np.nan]), np.array([5.0, 5, 0, 5])
    groups = np.zeros(4, dtype=np.int64)
    k = moment_shrinkage(vacancies=vacancies, expected=expected, groups=groups, group_count=1)
    assert k == pytest.approx(
        moment_shrinkage(vacancies=vacancies[:2], expected=expected[:2], groups=groups[:2], group_count=1)
    )


@pytest.mark.parametrize("true_k", [0.3, 1.0, 5.0])
def test_moments_find_the_k_that_made_the_counts_as_likelihood_does(true_k: float) -> None:
    from scipy.optimize import minimize_scalar
    from scipy.stats import nbinom

    random = np.random.default_rng(20260701)
    expected = random.gamma(0.5, 20, size=20_000) + 0.01
    vacancies = random.poisson(expected * random.gamma(true_k, 1 / true_k, size=expected.size)).astype(np.float64)
    groups = np.zeros(expected.size, dtype=np.int64)
    (k,) = moment_shrinkage(vacancies=vacancies, expected=expected, groups=groups, group_count=1)

    def disbelief(log_k: float) -> float:
        guess = np.exp(log_k)
        return float(-nbinom.logpmf(vacancies, guess, guess / (guess + expected)).sum())

    likeliest = np.exp(minimize_scalar(disbelief, bounds=(-3, 3), method="bounded").x)
    assert k == pytest.approx(true_k, rel=0.1)
    assert k == pytest.approx(likeliest, rel=0.1)


def test_a_small_group_takes_the_k_of_its_stratum_and_a_large_one_keeps_its_own() -> None:
    random = np.random.default_rng(1)
    sizes = (FEWEST_CELLS, FEWEST_CELLS - 1, FEWEST_CELLS)
    groups = np.repeat([0, 1, 2], sizes)
    expected = np.full(groups.size, 10.0)
    vacancies = random.poisson(10 * random.gamma(np.array([0.5, 1, 3])[groups], 1 / np.array([0.5, 1, 3])[groups]))
    inputs = {"vacancies": vacancies.astype(np.float64), "expected": expected}
    own = moment_shrinkage(**inputs, groups=groups, group_count=3)
    first_stratum = groups < 2
    (pooled,) = moment_shrinkage(
        **{name: values[first_stratum] for name, values in inputs.items()},
        groups=np.zeros(first_stratum.sum(), dtype=np.int64),
        group_count=1,
    )
    k = shrinkage_by_group(**inputs, groups=groups, group_strata=np.array([0, 0, 1]))
    assert k == pytest.approx([own[0], pooled, own[2]])
    assert len({*k}) == 3
