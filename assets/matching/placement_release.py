"""Which moves of a placement plan may be shown by name, so that no withheld count can be solved from them.

Belongs here: naming and pooling. Does not belong here: the plan (transport.py), the counts it starts from
(market_release.py).

A move is named where both areas' counts are shown and at least FEWEST_PERSONS_NAMED persons go; Åland, by sea, is
never named. What is not named is pooled in OTHER, so that the rows of a market still add up to cross_region. Contract:
I18, "Publication".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.matching.market_release import is_few
from assets.matching.masses import BoolArray, Masses
from assets.matching.transport_solver import FloatArray, IntArray, Plans

OTHER = "other"
"""Code of the areas that a row does not name."""

FEWEST_PERSONS_NAMED = 5
"""Contract I18. A plan of whole persons misses them by no more than rounding."""

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Moves:
    """Rows of plans to be shown, pooled and ordered by market, from, to.

    market: row of the masses; from_area, to_area: position of the area, -1 for OTHER; persons; person_km.
    """

    market: IntArray
    from_area: IntArray
    to_area: IntArray
    persons: FloatArray
    person_km: FloatArray


def shown_moves(plans: Plans, masses: Masses) -> Moves:
    """The moves of placement plans as they may be shown; `plans.problem` is the row of `masses`.

    A move that starts or ends at a withheld count is pooled on both sides. When all such moves of a market rest on
    one or two fills, the market names no area at all. Of a move that is only small, or touches Åland, one end stays
    named: where it starts, or where it ends if it starts in Åland.
    """
    market, origin, destination = plans.problem, plans.origin, plans.destination
    is_shown = masses.is_shown
    is_open = is_shown[market, origin] & is_shown[market, destination] & ~_rests_on_few(plans, masses)[market]
    is_origin_named = is_open & ~masses.is_aland[origin]
    is_destination_named = is_open & ~masses.is_aland[destination]
    is_named = is_origin_named & is_destination_named & (plans.mass >= FEWEST_PERSONS_NAMED - _ROUNDING)
    from_area = np.where(is_origin_named, origin, -1)
    to_area = np.where(is_named | (is_destination_named & ~is_origin_named), destination, -1)
    rows, pool = np.unique(np.stack([market, from_area, to_area]), axis=1, return_inverse=True)
    person_km = plans.mass * masses.distances.km[origin, destination]
    return Moves(rows[0], rows[1], rows[2], _pooled(pool, plans.mass), _pooled(pool, person_km))


def _rests_on_few(plans: Plans, masses: Masses) -> BoolArray:
    """Markets whose moves from or to withheld counts touch one or two fills in all."""
    is_shown = masses.is_shown
    ends = np.zeros(is_shown.shape, dtype=bool)
    hidden = ~(is_shown[plans.problem, plans.origin] & is_shown[plans.problem, plans.destination])
    for end in (plans.origin, plans.destination):
        ends[plans.problem[hidden], end[hidden]] = True
    return is_few(((masses.unemployed.fills + masses.vacancies.fills) * ends).sum(axis=1))


def _pooled(pool: IntArray, values: FloatArray) -> FloatArray:
    return np.bincount(pool.ravel(), values).astype(np.float64)
