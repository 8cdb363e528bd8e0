"""How far a mismatch index depends on withheld counts, and how much of it finite counts alone would give.

Belongs here: the index over draws and its floor, for one month of one partition. Does not belong here: which partitions
there are (uncertainty_table.py), the published index (SQL: macros/indices.sql), how counts are drawn (draws.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from polars import selectors

from assets.matching.noise_floor import noise_floor

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ALPHAS = (0.3, 0.5, 0.7)
"""Vacancy elasticities that the mart publishes."""
INDEX_DECIMALS = 13
"""As in macros/indices.sql: machines differ in the last bits of a power."""


@dataclass(frozen=True, slots=True)
class Powers:
    """Powers of every count up to a largest one, looked up instead of computed."""

    of: dict[float, Floats]

    @classmethod
    def up_to(cls, largest: int) -> Powers:
        """Powers alpha and 1 - alpha of 0 to `largest`."""
        counts = np.arange(largest + 1, dtype=np.float64)
        return cls({exponent: counts**exponent for alpha in ALPHAS for exponent in (alpha, round(1 - alpha, 1))})

    def matched(self, unemployed: Counts, vacancies: Counts, alpha: float) -> Floats:
        """V^alpha U^(1 - alpha) of each cell."""
        return np.asarray(self.of[alpha][vacancies] * self.of[round(1 - alpha, 1)][unemployed])


@dataclass(frozen=True, slots=True)
class Drawn:
    """M(alpha) over the draws of one month; NaN where a side is empty.

    `within` (alpha, draw, area): over the cells of each area. `whole` (alpha, draw): over the cells of all areas.
    """

    within: Floats
    whole: Floats

    def known(self, is_known: Bools) -> Drawn:
        """NaN in the areas that are not known, and in the whole if there is one."""
        return Drawn(np.where(is_known, self.within, np.nan), np.where(is_known.all(), self.whole, np.nan))


def drawn_indices(unemployed: Counts, vacancies: Counts, powers: Powers) -> Drawn:
    """The index for each alpha over counts (draw, area, cell) of `powers`, whose shares are taken within the cells."""
    of_area = np.array([powers.matched(unemployed, vacancies, alpha).sum(axis=-1) for alpha in ALPHAS])
    u_area, v_area = unemployed.sum(axis=-1), vacancies.sum(axis=-1)
    whole = _index(of_area.sum(axis=-1), u_area.sum(axis=-1), v_area.sum(axis=-1))
    return Drawn(_index(of_area, u_area, v_area), whole)


def _index(matched: Floats, unemployed: Counts, vacancies: Counts) -> Floats:
    scale = np.array([vacancies**alpha * unemployed ** (1 - alpha) for alpha in ALPHAS])
    return settled(1 - matched / np.where(scale > 0, scale, np.nan))


@dataclass(frozen=True, slots=True)
class Floors:
    """Noise floors of one month: `within` (alpha, area) over the cells of each area, `whole` (alpha) over all cells."""

    within: Floats
    whole: Floats


def floors(unemployed: Floats, vacancies: Floats) -> Floors:
    """The noise floor for each alpha over filled counts (area, cell); NaN: a cell is unknown, or a side is empty."""
    within = noise_floor(unemployed, vacancies, ALPHAS)
    return Floors(settled(within), settled(noise_floor(np.ravel(unemployed), np.ravel(vacancies), ALPHAS)))


def rows(period: dt.date, partition: str, areas: Sequence[str], drawn: Floats | None, floor: Floats) -> pl.DataFrame:
    """Rows of `index_uncertainty` of one month and partition, for each of `areas` and alpha.

    `drawn` (alpha, draw, area): M over the draws, None for no draws; `floor` (alpha, area). NaN becomes NULL.
    """
    no_draws = np.full((len(ALPHAS), 1, len(areas)), np.nan)
    over_draws = no_draws if drawn is None else drawn
    return (
        pl.DataFrame(
            {
                "area_code": list(areas) * len(ALPHAS),
                "alpha": np.repeat(ALPHAS, len(areas)),
                "mismatch_draw_mean": np.ravel(settled(over_draws.mean(axis=1))),
                "mismatch_draw_min": np.ravel(over_draws.min(axis=1)),
                "mismatch_draw_max": np.ravel(over_draws.max(axis=1)),
                "noise_floor": np.ravel(floor),
            }
        )
        .select(pl.lit(period).alias("period"), pl.lit(partition).alias("partition"), pl.all())
        .with_columns(selectors.float().fill_nan(None))
    )


def settled(index: Floats) -> Floats:
    """An index within 0 and 1, to INDEX_DECIMALS; NaN stays NaN."""
    return np.clip(np.round(index, INDEX_DECIMALS), 0.0, 1.0)
