"""What stands behind the counts of the made-up market: who has been unemployed for long, is laid off, leaves, arrives.

Belongs here: the model, numbers in, numbers out, all of them parts of the market's own counts or flows that explain
them. Does not belong here: codes, files. Shares are of the right order for Finland; nothing else is real.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sources.statfin.simulator_market import Counts, Market, Numbers

LONG_TERM, LAID_OFF, NEW = 0.36, 0.09, 0.78  # of the unemployed, of the others among them, of the vacancies
ARRIVED, LEAVE = 0.21, 0.08  # unemployed under 1 month, of those under a year; at least so many leave in a month
SHORT_SPELLS = (0.18, 0.14, 0.33, 0.35)  # 1-2, 2-3, 3-6, 6-12 months, of the others under a year
LONG_SPELLS = (0.52, 0.48)  # 12-24 months and longer


@dataclass(frozen=True, slots=True)
class Details:
    """`municipal`, `outside`: place x month x (long-term, laid off, new vacancies), places as in the Market.

    `spells`: regions and the three places outside x duration x month, whose sum over durations is the unemployed and
    over the last two the long-term unemployed. `ended`: the same places x month: periods that ended in the month.
    """

    municipal: Counts
    outside: Counts
    spells: Counts
    ended: Counts


def simulate_details(rng: np.random.Generator, market: Market, region_of: NDArray[np.int64]) -> Details:
    """Details that agree with `market`; `region_of`: each municipality's position among the regions."""
    municipal, outside = (_parts(rng, counts) for counts in (market.municipal, market.outside))
    unemployed, long_term = (
        np.concatenate([_by_region(inside, region_of), beyond])
        for inside, beyond in (
            (market.municipal[..., 0], market.outside[..., 0]),
            (municipal[..., 0], outside[..., 0]),
        )
    )
    before = np.concatenate([unemployed[:, :1], unemployed[:, :-1]], axis=1)
    short = unemployed - long_term
    needed = unemployed - before + rng.binomial(before, LEAVE)  # a stock grows by those who arrive
    arrived = np.clip(rng.binomial(short, ARRIVED), np.minimum(needed, short), short)
    parts = (arrived[..., None], split(rng, short - arrived, SHORT_SPELLS), split(rng, long_term, LONG_SPELLS))
    spells = np.concatenate(parts, axis=-1)
    ended = np.maximum(before - (unemployed - arrived), 0)
    return Details(municipal, outside, np.moveaxis(spells, -1, 1), ended)


def split(rng: np.random.Generator, counts: Counts, shares: tuple[float, ...] | Numbers) -> Counts:
    """`counts` drawn into parts: one more axis at the end, whose sum is `counts`."""
    chance = np.asarray(shares, dtype=float)
    parts: Counts = rng.multinomial(counts, chance / chance.sum())
    return parts


def with_totals(counts: Counts, *axes: int) -> Counts:
    """`counts` with the sum over each of `axes` set before its parts."""
    for axis in axes:
        counts = np.concatenate([counts.sum(axis=axis, keepdims=True), counts], axis=axis)
    return counts


def _parts(rng: np.random.Generator, counts: Counts) -> Counts:
    unemployed, vacancies = counts[..., 0], counts[..., 1]
    long_term = rng.binomial(unemployed, LONG_TERM)
    laid_off = rng.binomial(unemployed - long_term, LAID_OFF)
    return np.stack([long_term, laid_off, rng.poisson(NEW * vacancies)], axis=-1)


def _by_region(counts: Counts, region_of: NDArray[np.int64]) -> Counts:
    summed = np.zeros((region_of.max() + 1, *counts.shape[1:]), dtype=np.int64)
    np.add.at(summed, region_of, counts)
    return summed
