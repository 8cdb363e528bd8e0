"""Tightness of a small market, shrunk towards that of its occupation by as much as the markets of its kind differ.

Belongs here: how far to shrink, and what is then known of the tightness. Does not belong here: classes of tightness
(classes.py), which cells make a market, what may be published of them (tightness_table.py).

Model: V ~ Poisson(U * prior * m), m ~ Gamma(k, k) of mean 1; so m given V is Gamma(k + V) of rate k + E, with
E = U * prior the vacancies that the prior expects. Clayton and Kaldor 1987, Marshall 1991; indicators contract I02.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FULL_SHRINKAGE = 1000.0
"""k where the markets differ by no more than chance; no k is larger."""
LEAST_SHRINKAGE = 0.02
"""No k is smaller: the 90 % interval of a market without vacancies would end below its own mean."""
FEWEST_CELLS = 50
"""A group with fewer cells takes the k of all groups together."""
INTERVAL = (0.05, 0.95)
"""Quantiles that bound the 90 % interval."""


def moment_shrinkage(*, vacancies: Floats, expected: Floats, groups: Integers, group_count: int) -> Floats:
    """k of each group by the method of moments: 1/A, A = sum E (V/E - 1)^2 / sum E - 1/mean E over cells with E > 0.

    `vacancies`, `expected` (n), posts; `groups` (n) from 0 to group_count - 1. Gives (group_count), FULL_SHRINKAGE
    where A is zero or negative, and where a group has no cell; never below LEAST_SHRINKAGE. A NaN is no cell.
    """
    counts = (expected > 0) & ~np.isnan(vacancies)
    expected, deviation, groups = expected[counts], (vacancies - expected)[counts], groups[counts]
    cells = np.bincount(groups, minlength=group_count)
    total = np.bincount(groups, weights=expected, minlength=group_count)
    pearson = np.bincount(groups, weights=deviation**2 / expected, minlength=group_count)
    # A is what chance leaves unexplained, (pearson - cells) / total.
    excess = pearson - cells
    by_moments = total / np.where(excess > 0, excess, 1.0)
    return np.where(excess > 0, np.clip(by_moments, LEAST_SHRINKAGE, FULL_SHRINKAGE), FULL_SHRINKAGE)


def shrinkage_by_group(*, vacancies: Floats, expected: Floats, groups: Integers, group_strata: Integers) -> Floats:
    """k of each group; of its whole stratum where the group has fewer than FEWEST_CELLS cells with E > 0.

    `vacancies`, `expected`, `groups` (n) as in moment_shrinkage; `group_strata` (groups): number, from 0, of the
    stratum that each group is part of. Gives (groups).
    """
    group_count = len(group_strata)
    own = moment_shrinkage(vacancies=vacancies, expected=expected, groups=groups, group_count=group_count)
    strata = int(group_strata.max(initial=-1)) + 1
    pooled = moment_shrinkage(vacancies=vacancies, expected=expected, groups=group_strata[groups], group_count=strata)
    counts = (expected > 0) & ~np.isnan(vacancies)
    cells = np.bincount(groups[counts], minlength=group_count)
    return np.where(cells >= FEWEST_CELLS, own, pooled[group_strata])


def posterior_mean(*, prior: Floats, k: Floats, unemployed: Floats, vacancies: Floats) -> Floats:
    """Shrunk tightness prior * (k + V) / (k + E), posts per person; between V/U and the prior. NaN in, NaN out."""
    shrunk: Floats = prior * (k + vacancies) / (k + unemployed * prior)
    return shrunk


def posterior_quantile(
    probability: float, *, prior: Floats, k: Floats, unemployed: Floats, vacancies: Floats
) -> Floats:
    """The tightness below which it lies with `probability`, posts per person. NaN in, NaN out."""
    from scipy.special import gammaincinv

    standard = of_distinct(lambda shape: gammaincinv(shape, probability), k + vacancies)
    quantile: Floats = prior * standard / (k + unemployed * prior)
    return quantile


def posterior_below(limit: float, *, prior: Floats, k: Floats, unemployed: Floats, vacancies: Floats) -> Floats:
    """Probability, 0 to 1, that the tightness lies below `limit`; 1 where the prior is 0. NaN in, NaN out."""
    from scipy.special import gammainc

    with np.errstate(divide="ignore"):
        scaled = (k / prior + unemployed) * limit
    below: Floats = gammainc(k + vacancies, scaled)
    return below


def of_distinct(function: Callable[[Floats], Floats], values: Floats) -> Floats:
    """function(values), called once for each distinct value: for a function that is dear and values that repeat."""
    distinct, places = np.unique(values, return_inverse=True)
    return function(distinct)[places]
