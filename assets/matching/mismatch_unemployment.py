"""How much lower unemployment would be if a planner placed the unemployed: Sahin, Song, Topa and Violante 2014.

Belongs here: the index over markets that differ in efficiency or productivity, and the unemployment without mismatch.
Does not belong here: whether that may be published: not before gate G9 passes (elasticity.py). Methods contract, I12.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def mean_efficiency(efficiency: Numbers, vacancy_shares: Numbers, alpha: float) -> float:
    """phi-bar = [sum of phi^(1/alpha) v]^alpha: efficiency of the planner's allocation; shares add to one."""
    return float((efficiency ** (1 / alpha) @ vacancy_shares) ** alpha)


def heterogeneous_mismatch(
    unemployed_shares: Numbers, vacancy_shares: Numbers, efficiency: Numbers, alpha: float
) -> float:
    """M_phi: share of hires lost against a planner who knows each market's efficiency, 0 to 1; phi = 1 gives M."""
    mean = mean_efficiency(efficiency, vacancy_shares, alpha)
    return 1 - float(efficiency / mean @ _matches(unemployed_shares, vacancy_shares, alpha))


def productive_mismatch(
    unemployed_shares: Numbers, vacancy_shares: Numbers, efficiency: Numbers, productivity: Numbers, alpha: float
) -> float:
    """M_x: the same against a planner who maximises output, not hires; it may be below 0."""
    worth = productivity * efficiency
    mean = float(efficiency * worth ** ((1 - alpha) / alpha) @ vacancy_shares) / float(
        (worth ** (1 / alpha) @ vacancy_shares) ** (1 - alpha)
    )
    return 1 - float(efficiency / mean @ _matches(unemployed_shares, vacancy_shares, alpha))


def implied_inflow(rate: Numbers, finding: Numbers) -> Numbers:
    """s_t that takes the rate u_t to u_{t+1} = s_t + (1 - s_t - f_t) u_t; one number less than `rate` has.

    `rate`: unemployment rate of each month end; `finding`: probability of leaving unemployment in the month after it.
    """
    return (rate[1:] - (1 - finding) * rate[:-1]) / (1 - rate[:-1])


def rate_without_mismatch(rate: Numbers, finding: Numbers, mismatch: Numbers, alpha: float) -> Numbers:
    """u*_t of a planner who starts at u*_0 = u_0; one number a month end, as `rate`. Mismatch unemployment is u - u*.

    `finding`, `mismatch`: f_t and M_t of the months between, one fewer; f* = min(1, f/(1 - M) (u/u*)^alpha) and
    u*_{t+1} = s_t + (1 - s_t - f*_t) u*_t. All 0 to 1; u* is never above u.
    """
    inflow = implied_inflow(rate, finding)
    without = np.empty_like(rate)
    without[0] = rate[0]
    for month in range(len(finding)):
        lift = (rate[month] / without[month]) ** alpha / (1 - mismatch[month])
        found = min(1.0, finding[month] * lift)
        without[month + 1] = inflow[month] + (1 - inflow[month] - found) * without[month]
    return without


def _matches(unemployed_shares: Numbers, vacancy_shares: Numbers, alpha: float) -> Numbers:
    return np.asarray(vacancy_shares**alpha * unemployed_shares ** (1 - alpha))
