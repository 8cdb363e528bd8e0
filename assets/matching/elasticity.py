"""Elasticities of a matching function, estimated, and whether they could be published (gate G9).

Belongs here: the regression and the rule. Does not belong here: what is measured as hires (flow_tables.py), what is
withheld when the gate fails. Petrongolo and Pissarides 2001; methods contract, section 4 (G9) and 6.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

CONFIDENCE = 0.95
MONTHS_OF_MEMORY = 12
"""Lags of the standard errors of a single area's series (Newey and West 1987)."""
WIDEST_SPREAD = 0.20
"""How far hires per new vacancy may lie from their mean over the window (G9)."""
FEWEST_OBSERVATIONS = 60


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95 % interval."""

    estimate: float
    lo: float
    hi: float

    @property
    def is_inside_unit(self) -> bool:
        """Whether the interval lies in (0, 1)."""
        return self.lo > 0 and self.hi < 1


@dataclass(frozen=True, slots=True)
class Elasticities:
    """`alpha` of vacancies and `beta` of the unemployed in ln H = c + alpha ln V + beta ln U; number of months."""

    alpha: Interval
    beta: Interval
    observations: int


def estimate_elasticity(
    hires: Numbers, vacancies: Numbers, unemployed: Numbers, areas: NDArray[np.int64], months: NDArray[np.int64]
) -> Elasticities | None:
    """OLS of ln hires on ln vacancies and ln unemployed at the start of the month; None where the data do not suffice.

    One number a month and area, NaN or 0 = left out; `areas`, `months`: codes, months counted from year 0. One area: a
    linear trend and the twelve seasons are held fixed and errors are robust to 12 months of memory. Several: areas and
    months are held fixed and errors are clustered by area.
    """
    from statsmodels.regression.linear_model import OLS

    used = (hires > 0) & (vacancies > 0) & (unemployed > 0)
    hires, vacancies, unemployed = hires[used], vacancies[used], unemployed[used]
    areas, months = areas[used], months[used]
    is_panel = len(np.unique(areas)) > 1
    effects = [areas, months] if is_panel else [months % 12]
    trend = [] if is_panel else [months / 12]
    regressors = np.column_stack([np.log(vacancies), np.log(unemployed), *trend, *map(_dummies, effects)])
    if len(hires) < max(FEWEST_OBSERVATIONS, 2 * regressors.shape[1]):
        return None
    model = OLS(np.log(hires), np.column_stack([np.ones(len(hires)), regressors]))
    if is_panel:
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": areas})
    else:
        fit = model.fit(cov_type="HAC", cov_kwds={"maxlags": MONTHS_OF_MEMORY})
    limits = np.asarray(fit.conf_int(1 - CONFIDENCE))
    alpha, beta = (Interval(float(fit.params[i]), float(limits[i, 0]), float(limits[i, 1])) for i in (1, 2))
    return Elasticities(alpha, beta, len(hires))


def spread(hires: Numbers, new_vacancies: Numbers) -> float:
    """Largest distance of hires per new vacancy from its mean over the months, as a share of it; NaN = no data."""
    known = (hires >= 0) & (new_vacancies > 0)
    if not known.any():
        return float("nan")
    ratio = hires[known] / new_vacancies[known]
    return float(np.max(np.abs(ratio / ratio.mean() - 1)))


def passes(elasticities: Elasticities | None, reporting_spread: float) -> bool:
    """G9: both intervals lie in (0, 1) and hires per new vacancy stay within 20 % of their mean."""
    return (
        elasticities is not None
        and elasticities.alpha.is_inside_unit
        and elasticities.beta.is_inside_unit
        and reporting_spread <= WIDEST_SPREAD
    )


def _dummies(codes: NDArray[np.int64]) -> Numbers:
    """One column a code but the first."""
    return np.asarray(codes[:, None] == np.unique(codes)[None, 1:], dtype=np.float64)
