"""The barometer's rating of a cell, recomputed: a polar reading of the Beveridge plane.

Belongs here: the formula of contract indicators, I05, for generated data. Inferred from published rows, documented
nowhere; the published values are never replaced by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, inf, sqrt

DEGREE_FROM = (3.0, 4.33, 8.0, 30.0)  # scale from which the degree is 2, 3, 4, 5
MISMATCH_FROM, SHORTAGE_FROM = 0.30, 1.0  # slopes


@dataclass(frozen=True, slots=True)
class Rating:
    """Rates as fractions of one; `slope` None where it is undefined (nobody unemployed)."""

    unemployment_rate: float
    vacancy_rate: float
    slope: float | None
    scale: float
    state: int
    degree: int


def rate(employed: float, unemployed: float, vacancies: float) -> Rating:
    """The rating of a cell from its counts or averages (persons, posts); an empty cell is balanced."""
    u = unemployed / (unemployed + employed) if unemployed else 0.0
    v = vacancies / (vacancies + employed) if vacancies else 0.0
    scale = 100 * hypot(u, v) / sqrt(2)
    slope = v / u if u else (inf if v else 0.0)
    degree = 1 + sum(scale >= border for border in DEGREE_FROM)
    if degree == 1:
        state = 0
    elif slope < MISMATCH_FROM:
        state = 1
    else:
        state = 2 if slope < SHORTAGE_FROM else 3
    return Rating(u, v, slope if u else None, scale, state, degree)
