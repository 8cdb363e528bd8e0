"""The mismatch index that finite counts alone would give if vacancies and jobseekers were spread alike.

Belongs here: the expectation under independent sampling from common shares. Does not belong here: the range that
withheld counts leave (draws.py; bounds in SQL).

Method: independent multinomial sampling, each count close to Poisson; indicators contract I11.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LARGEST_IN_SERIES = 250.0
"""Means above it take the second order expansion, whose error there is about one millionth."""
SERIES_EDGES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, LARGEST_IN_SERIES)
"""Means between two edges need about as many terms and are summed together."""


def noise_floor(unemployed: Floats, vacancies: Floats, alphas: Sequence[float]) -> Floats:
    """Floor of M(alpha) over the last axis, for each alpha: shape (alpha, ...), share 0 to 1.

    `unemployed`, `vacancies` (..., cell): counts, filled where withheld; NaN in a cell makes its floor NaN, as does an
    empty side.
    """
    totals_u, totals_v = unemployed.sum(axis=-1), vacancies.sum(axis=-1)
    has_both = (totals_u > 0) & (totals_v > 0)
    safe_u, safe_v = np.where(has_both, totals_u, np.nan), np.where(has_both, totals_v, np.nan)
    shares = (unemployed / safe_u[..., None] + vacancies / safe_v[..., None]) / 2
    powers_u = expected_powers(safe_u[..., None] * shares, [1 - alpha for alpha in alphas])
    powers_v = expected_powers(safe_v[..., None] * shares, alphas)
    matched = (powers_u * powers_v).sum(axis=-1)
    scale = np.array([safe_v**alpha * safe_u ** (1 - alpha) for alpha in alphas])
    return np.asarray(1 - matched / scale, dtype=np.float64)


def expected_powers(means: Floats, exponents: Sequence[float]) -> Floats:
    """E[X^a] of X ~ Poisson(mean) for each exponent a in (0, 1): shape (exponent, *means.shape); NaN stays NaN."""
    powers = np.array(exponents)[:, None]
    flat = np.ravel(means)
    result = np.where(flat == 0, 0.0, np.full((len(powers), 1), np.nan))
    for low, high in pairwise(SERIES_EDGES):
        cells = np.flatnonzero((flat > low) & (flat <= high))
        result[:, cells] = _series(flat[cells], powers, high)
    cells = np.flatnonzero(flat > LARGEST_IN_SERIES)
    large = flat[cells]
    result[:, cells] = large**powers * (1 + powers * (powers - 1) / (2 * large))
    return result.reshape(len(powers), *means.shape)


def _series(means: Floats, powers: Floats, largest: float) -> Floats:
    """Sum of k^a times the probability of k, up to where the rest of the largest mean is below a double's last bit."""
    terms = np.arange(1, int(largest + 10 * np.sqrt(largest)) + 12)
    probabilities = np.empty((len(terms), len(means)))
    probabilities[0] = np.exp(-means) * means
    for row, k in enumerate(terms[1:], start=1):
        np.multiply(probabilities[row - 1], means / k, out=probabilities[row])
    return np.asarray(terms**powers @ probabilities)
