"""Accessibility: vacancies within reach for each competing jobseeker.

Belongs here: the formula. Does not belong here: which counts it starts from (masses.py), what of it may be shown
(accessibility_table.py).

A vacancy is shared out over the jobseekers of all areas, those further away weighing less; what an area gets, for
each of its jobseekers, is its accessibility. Shen 1998; two-step floating catchment area, Luo and Wang 2003.
Contract: I17.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Accessibility:
    """Of each market (markets x areas, or markets).

    posts_per_person: A, NaN in a market without jobseekers; reached: vacancies that fall to the jobseekers of
    each area, U A; unreached: vacancies where no jobseeker is near enough to weigh anything, left out of both.
    """

    posts_per_person: FloatArray
    reached: FloatArray
    unreached: FloatArray


def decay_per_km(half_distance_km: float) -> float:
    """δ of the weight exp(-δ d), for the distance at which a vacancy weighs half."""
    return math.log(2) / half_distance_km


def accessibility(
    unemployed: FloatArray, vacancies: FloatArray, km: FloatArray, half_distance_km: float
) -> Accessibility:
    """A_r = Σ_j V_j f(d_rj) / Σ_k U_k f(d_kj) with f(d) = exp(-δ d).

    unemployed, vacancies: markets x areas, persons and posts, not negative; km: areas x areas. A is posts per
    person, NaN in a market without jobseekers, 0 in one without vacancies; an area without jobseekers has one too.
    Σ_r U_r A_r is the sum of the vacancies reached; δ → ∞ gives V_r/U_r, δ → 0 the country's V/U.
    """
    weight = np.exp(-decay_per_km(half_distance_km) * km)
    competing = unemployed @ weight
    is_reached = competing > 0
    per_competitor = np.divide(vacancies, competing, out=np.zeros_like(vacancies), where=is_reached)
    posts = np.where(is_reached.any(axis=1, keepdims=True), per_competitor @ weight.T, np.nan)
    return Accessibility(
        posts_per_person=posts,
        reached=np.where(unemployed > 0, unemployed * posts, 0.0),
        unreached=np.where(is_reached, 0.0, vacancies).sum(axis=1),
    )


def with_flexible(posts_per_person: FloatArray, unemployed: FloatArray, flexible: FloatArray) -> FloatArray:
    """Accessibility when `flexible` vacancies (one number a market) are within everybody's reach: V_flex/U on top.

    `unemployed` markets x areas. NaN where there is no jobseeker at all. Contract: I17.
    """
    everybody = unemployed.sum(axis=1)
    share = np.divide(flexible, everybody, out=np.full_like(everybody, np.nan), where=everybody > 0)
    everywhere: FloatArray = posts_per_person + share[:, None]
    return everywhere
