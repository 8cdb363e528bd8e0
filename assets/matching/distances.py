"""How far apart areas are: kilometres as a matrix in which no detour is shorter than the direct way.

Belongs here: making a matrix of a list of pairs, and closing it. Does not belong here: where the kilometres come
from (the seed area_distance), what they decide (transport.py, accessibility.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

FloatArray = NDArray[np.float64]


class DistanceError(Exception):
    """A list of distances is no distance matrix."""


@dataclass(frozen=True, slots=True)
class Distances:
    """Areas of one level and what lies between them: `km[i, j]` from `area_codes[i]` to `area_codes[j]`."""

    area_codes: tuple[str, ...]
    km: FloatArray


def distance_matrix(pairs: pl.DataFrame) -> Distances:
    """The closed matrix of the areas of one level, in the order of their codes.

    `pairs`: from_area_code, to_area_code, distance_km; every ordered pair once, the diagonal included.
    Raises DistanceError: a pair is missing or doubled, a distance differs in the two directions, an area is not at 0
    from itself, or two areas are at no distance. Contract: I17, I18.
    """
    codes = sorted(set(pairs["from_area_code"]) | set(pairs["to_area_code"]))
    place = {code: number for number, code in enumerate(codes)}
    km = np.full((len(codes), len(codes)), np.nan)
    for origin, destination, distance in pairs.select("from_area_code", "to_area_code", "distance_km").iter_rows():
        if not np.isnan(km[place[origin], place[destination]]):
            raise DistanceError(f"distance from {origin} to {destination} is given twice. Keep one row of the pair.")
        km[place[origin], place[destination]] = distance
    _require_distances(codes, km)
    return Distances(tuple(codes), metric_closure(km))


def metric_closure(km: FloatArray) -> FloatArray:
    """The shortest way over any areas of the square matrix `km`, by Floyd and Warshall.

    Distances rounded to 0.1 km break the triangle inequality by up to 0.1 km; the closure mends that, and own areas
    can then be served first without loss. Contract: I18.
    """
    closed = km.copy()
    for stop in range(len(km)):
        np.minimum(closed, closed[:, stop, None] + closed[None, stop, :], out=closed)
    return closed


def breaks_triangle(km: FloatArray, tolerance: float = 1e-9) -> bool:
    """Whether some way over a third area is shorter, by more than `tolerance` km, than the direct one."""
    return bool((km > metric_closure(km) + tolerance).any())


def _require_distances(codes: list[str], km: FloatArray) -> None:
    def refuse(broken: NDArray[np.bool_], fault: str) -> None:
        if broken.any():
            origin, destination = (codes[number] for number in np.argwhere(broken)[0])
            raise DistanceError(f"distance from {origin} to {destination}: {fault}. Correct the list of distances.")

    same = np.eye(len(codes), dtype=bool)
    refuse(np.isnan(km), "missing")
    refuse(same & (km != 0), "an area is at 0 km from itself")
    refuse(~same & (km <= 0), "two areas are at more than 0 km")
    refuse(km != km.T, "differs from the way back")
