"""The made-up market by municipality and occupation: the finest cells of table 12ti.

Belongs here: sharing out a region's occupations among its municipalities, so that both add up. Does not belong here:
the region's occupations and the municipality's total (`simulator_market`), files.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sources.statfin.simulator_market import Counts, Market


def simulate_municipal_occupations(
    rng: np.random.Generator, market: Market, region_of: NDArray[np.int64], months: int
) -> Counts:
    """Counts (municipality x occupation x month x measure) of the last `months` months.

    `region_of`: each municipality's position among the regions. The occupations of a municipality add up to its total,
    the municipalities of a region to the region's occupation: each municipality draws its persons and posts from what
    the region has left (multivariate hypergeometric).
    """
    occupations, measures = market.occupational.shape[1], market.occupational.shape[3]
    counts = np.zeros((len(region_of), occupations, months, measures), dtype=np.int64)
    first = market.municipal.shape[1] - months
    for region in range(region_of.max() + 1):
        members = np.flatnonzero(region_of == region)
        for month, measure in np.ndindex(months, measures):
            left = market.occupational[region, :, first + month, measure].copy()
            totals = market.municipal[members, first + month, measure]
            for member, total in zip(members[:-1], totals[:-1], strict=True):
                drawn = rng.multivariate_hypergeometric(left, total, method="marginals")
                counts[member, :, month, measure] = drawn
                left -= drawn
            counts[members[-1], :, month, measure] = left
    return counts
