"""Two transport plans of an occupation between areas: re-sorting jobseekers to equal tightness, and filling vacancies.

Belongs here: what is moved, and what stays. Does not belong here: the linear programme (transport_solver.py), which
rows of a plan may be shown (placement_release.py).

Two questions, never mixed. (a) How far would the unemployed have to move, all in all, until every area had the same
number of vacancies per jobseeker? Mass is shares; everybody counts. (b) Which posts could jobseekers of other areas
fill, once each area has filled what it can? Mass is persons and posts; whoever finds no post stays.

In both, each area first serves itself: with a distance that is zero at home and obeys the triangle inequality no
better plan exists (an exchange argument), and what moves is then JR in (a) and cross_region in (b).
Kantorovich; Villani 2009. Contract: I18.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.matching.distances import breaks_triangle
from assets.matching.transport_solver import Plans, TransportError, least_cost_plans

FloatArray = NDArray[np.float64]

NOTHING = 1e-12
"""Share of all that is moved or stays below which a difference is rounding, and no mass."""


@dataclass(frozen=True, slots=True)
class Resorting:
    """Plan (a), one number an occupation.

    w1_km: km per jobseeker of the re-sorting (Wasserstein-1), 0 for equal shares; moved_share: share of the
    jobseekers who move, which is JR.
    """

    w1_km: FloatArray
    moved_share: FloatArray


@dataclass(frozen=True, slots=True)
class Placement:
    """Plan (b), one number an occupation, and its rows.

    own: persons placed at home, Σ min(U, V); flexible: persons placed in posts without a place; moves: from area to
    area, `mass` in persons. own + flexible + the mass of the moves is all that can be placed.
    """

    own: FloatArray
    flexible: FloatArray
    moves: Plans


def resort(unemployed: FloatArray, vacancies: FloatArray, km: FloatArray) -> Resorting:
    """The cheapest re-sorting of jobseekers over areas to the shares of the vacancies.

    unemployed, vacancies: occupations x areas, counts, with a positive sum in each row; km: areas x areas, closed.
    Raises TransportError: an empty row, a distance that breaks the triangle inequality. Contract: I18 (a).
    """
    _require(unemployed, vacancies, km)
    if not (unemployed.sum(axis=1).all() and vacancies.sum(axis=1).all()):
        raise TransportError("transport: an occupation without jobseekers or vacancies has no shares. Leave it out.")
    surplus = unemployed / unemployed.sum(axis=1, keepdims=True) - vacancies / vacancies.sum(axis=1, keepdims=True)
    supply, demand = _above_rounding(surplus), _above_rounding(-surplus)
    plans = least_cost_plans(supply, _scaled_to(demand, supply), km)
    return Resorting(
        w1_km=_total(plans, len(surplus), km[plans.origin, plans.destination]),
        moved_share=_total(plans, len(surplus)),
    )


def place(
    unemployed: FloatArray,
    vacancies: FloatArray,
    km: FloatArray,
    *,
    flexible: FloatArray | None = None,
    mobility_discount: float = 0.0,
) -> Placement:
    """The cheapest way to fill as many vacancies as there are jobseekers for, or to place all jobseekers.

    unemployed, vacancies: occupations x areas, persons and posts; km: areas x areas, closed. `flexible`: posts of
    each occupation that can be filled from anywhere, a node at distance 0 from all areas. `mobility_discount`: share
    of those left without a post at home who would not take one elsewhere, flexible or not; by default none.
    Raises TransportError: negative counts, a distance that breaks the triangle inequality. Contract: I18 (b).
    """
    _require(unemployed, vacancies, km)
    if not 0 <= mobility_discount < 1:
        raise TransportError(f"transport: mobility_discount {mobility_discount} is no share below 1.")
    areas = len(km)
    own = np.minimum(unemployed, vacancies)
    size = np.maximum(unemployed.sum(axis=1), vacancies.sum(axis=1))[:, None]
    supply = (1 - mobility_discount) * _above_rounding(unemployed - own, size)
    posts = np.zeros((len(own), 1)) if flexible is None else flexible[:, None]
    demand = np.hstack([_above_rounding(vacancies - own, size), posts])
    plans = least_cost_plans(*_balanced(supply, demand), _with_idle(km))
    moves = (plans.origin < areas) & (plans.destination < areas)
    flexibly = (plans.origin < areas) & (plans.destination == areas)
    return Placement(
        own=own.sum(axis=1),
        flexible=_total(_only(plans, flexibly), len(own)),
        moves=_only(plans, moves),
    )


def _balanced(supply: FloatArray, demand: FloatArray) -> tuple[FloatArray, FloatArray]:
    """One more origin, nobody, who leaves posts open, and one more destination, home, for those without a post."""
    lacking = demand.sum(axis=1, keepdims=True) - supply.sum(axis=1, keepdims=True)
    return np.hstack([supply, np.maximum(lacking, 0)]), np.hstack([demand, np.maximum(-lacking, 0)])


def _with_idle(km: FloatArray) -> FloatArray:
    """`km` with the nodes that cost nothing: flexible posts and home as destinations, nobody as origin."""
    return np.pad(km, ((0, 1), (0, 2)))


def _above_rounding(mass: FloatArray, size: FloatArray | float = 1.0) -> FloatArray:
    return np.where(mass > NOTHING * size, mass, 0.0)


def _scaled_to(demand: FloatArray, supply: FloatArray) -> FloatArray:
    """`demand` with the sum of `supply`: they differ by rounding."""
    total = demand.sum(axis=1, keepdims=True)
    factor: FloatArray = np.divide(supply.sum(axis=1, keepdims=True), total, out=np.zeros_like(total), where=total > 0)
    return demand * factor


def _total(plans: Plans, problems: int, per_unit: FloatArray | float = 1.0) -> FloatArray:
    return np.bincount(plans.problem, plans.mass * per_unit, minlength=problems).astype(np.float64)


def _only(plans: Plans, rows: NDArray[np.bool_]) -> Plans:
    return Plans(plans.problem[rows], plans.origin[rows], plans.destination[rows], plans.mass[rows])


def _require(unemployed: FloatArray, vacancies: FloatArray, km: FloatArray) -> None:
    if unemployed.shape != vacancies.shape or unemployed.shape[1:] != km.shape[1:]:
        raise TransportError(
            f"transport: unemployed {unemployed.shape}, vacancies {vacancies.shape} and km {km.shape} do not fit."
        )
    if not (unemployed.min(initial=0) >= 0 and vacancies.min(initial=0) >= 0):
        raise TransportError("transport: a count is negative or missing. Leave such an occupation out.")
    if breaks_triangle(km):
        raise TransportError("transport: a detour is shorter than the direct way. Close the distances first.")
