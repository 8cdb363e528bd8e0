"""Estimated elasticities and gate G9 (methods contract, section 4)."""

from __future__ import annotations

import numpy as np
import pytest

from assets.matching.elasticity import Elasticities, Interval, estimate_elasticity, passes, spread

MONTHS, AREAS = 120, 8


def made_up(areas: int, alpha: float, beta: float, noise: float = 0.02) -> dict[str, np.ndarray]:
    """Hires of a matching function that is known, by area and month."""
    generator = np.random.default_rng(11)
    shape = areas * MONTHS
    months = np.tile(np.arange(MONTHS), areas)
    vacancies = np.exp(generator.normal(6, 0.4, shape))
    unemployed = np.exp(generator.normal(8, 0.3, shape))
    season = 0.3 * np.cos(2 * np.pi * months / 12)
    hires = np.exp(season + alpha * np.log(vacancies) + beta * np.log(unemployed) + generator.normal(0, noise, shape))
    return {
        "hires": hires,
        "vacancies": vacancies,
        "unemployed": unemployed,
        "areas": np.repeat(np.arange(areas), MONTHS),
        "months": months,
    }


@pytest.mark.parametrize("areas", [1, AREAS], ids=["one area over time", "areas side by side"])
def test_known_elasticities_are_found_and_pass(areas: int) -> None:
    found = estimate_elasticity(**made_up(areas, 0.4, 0.6))
    assert found is not None
    assert found.alpha.estimate == pytest.approx(0.4, abs=0.03)
    assert found.beta.estimate == pytest.approx(0.6, abs=0.03)
    assert found.alpha.lo < found.alpha.estimate < found.alpha.hi
    assert found.observations == areas * MONTHS
    assert passes(found, 0.1)


def test_noise_alone_passes_no_gate() -> None:
    data = made_up(1, 0.4, 0.6) | {"hires": np.exp(np.random.default_rng(3).normal(5, 1, MONTHS))}
    assert not passes(estimate_elasticity(**data), 0.1)


def test_too_few_months_give_no_estimate() -> None:
    data = {name: values[:20] for name, values in made_up(1, 0.4, 0.6).items()}
    assert estimate_elasticity(**data) is None
    assert not passes(None, 0.0)


def test_months_without_a_number_are_left_out() -> None:
    data = made_up(1, 0.4, 0.6)
    data["hires"][:10] = np.nan
    data["vacancies"][10:12] = 0
    found = estimate_elasticity(**data)
    assert found is not None
    assert found.observations == MONTHS - 12


@pytest.mark.parametrize(
    ("alpha", "beta", "reporting"),
    [((-0.1, 0.5), (0.2, 0.6), 0.1), ((0.2, 0.5), (0.2, 1.1), 0.1), ((0.2, 0.5), (0.2, 0.6), 0.21)],
    ids=["vacancies may not matter", "returns to the unemployed may exceed one", "reporting fell"],
)
def test_each_half_of_the_rule_withholds(
    alpha: tuple[float, float], beta: tuple[float, float], reporting: float
) -> None:
    found = Elasticities(Interval(0.3, *alpha), Interval(0.4, *beta), 100)
    assert not passes(found, reporting)
    assert passes(Elasticities(Interval(0.3, 0.2, 0.5), Interval(0.4, 0.2, 0.6), 100), 0.2)


def test_reporting_that_collapses_spreads_far_from_its_mean() -> None:
    assert spread(np.array([50.0, 50, 50]), np.array([100.0, 100, 100])) == 0
    assert spread(np.array([45.0, 16]), np.array([100.0, 100])) == pytest.approx(0.475409836)
    assert np.isnan(spread(np.array([np.nan]), np.array([10.0])))
