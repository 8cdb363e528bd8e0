"""The index, its split and its contributions of the tiny mart (gate_mart), computed from its cells by plain Python.

A cell is a pair of counts as published, and the fill of what is withheld: the parent's total less what is visible, in
equal parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum, log, sqrt
from typing import Any

from quality.thresholds import index_alphas

ALPHAS = index_alphas()
GRID = tuple(round(0.3 + 0.05 * step, 2) for step in range(9))
FLOOR = 0.0001
MIDDLE = 2.5
FEW = (1, 2)


@dataclass(frozen=True)
class Side:
    """One count of a cell: filled, with its bounds and how many blanks it sums."""

    filled: float
    lo: int
    hi: int
    blanks: int

    def __add__(self, other: Side) -> Side:
        return Side(self.filled + other.filled, self.lo + other.lo, self.hi + other.hi, self.blanks + other.blanks)

    @property
    def releasable(self) -> float:
        """The count with the middle of the interval in place of one or two blanks."""
        return self.lo + (MIDDLE - 1) * self.blanks if self.blanks in FEW else self.filled


Market = tuple[Side, Side]
Cells = Mapping[tuple[str, str], Market]
"""(area, occupation): unemployed and vacancies."""


def merged(cells: Cells, key: Any) -> dict[Any, Market]:
    """The cells summed to what `key` makes of (area, occupation)."""
    sums: dict[Any, Market] = {}
    for (area, occupation), (u, v) in cells.items():
        name = key(area, occupation)
        before = sums.get(name)
        sums[name] = (before[0] + u, before[1] + v) if before else (u, v)
    return sums


def mismatch(u: list[float], v: list[float], alpha: float) -> float:
    """The index of contract I07."""
    matched = fsum((y / fsum(v)) ** alpha * (x / fsum(u)) ** (1 - alpha) for x, y in zip(u, v, strict=True))
    return max(0.0, 1 - matched)


@dataclass(frozen=True)
class Index:
    """An index of one area and partition; `is_occupational` ones keep to rule 2.4.2."""

    area: str
    partition: str
    markets: tuple[Market, ...]
    is_occupational: bool

    @property
    def u(self) -> list[float]:
        return [u.filled for u, _ in self.markets]

    @property
    def v(self) -> list[float]:
        return [v.filled for _, v in self.markets]

    @property
    def blanks(self) -> tuple[int, int]:
        return sum(u.blanks for u, _ in self.markets), sum(v.blanks for _, v in self.markets)

    @property
    def is_shown(self) -> bool:
        return not (self.is_occupational and any(blanks in FEW for blanks in self.blanks))

    def value(self, alpha: float) -> float:
        return mismatch(self.u, self.v, alpha)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Columns of fct_mismatch_index from area_code to vacancies_total, value_kind and reason at the end."""
        total_u, total_v = fsum(self.u), fsum(self.v)
        dissimilarity = fsum(abs(x / total_u - y / total_v) for x, y in zip(self.u, self.v, strict=True)) / 2
        band = [self.value(alpha) for alpha in GRID]
        is_exact = self.blanks == (0, 0)
        for alpha in ALPHAS:
            scale = total_v**alpha * total_u ** (1 - alpha)
            most = fsum(v.hi**alpha * u.hi ** (1 - alpha) for u, v in self.markets) / scale
            least = fsum(v.lo**alpha * u.lo ** (1 - alpha) for u, v in self.markets) / scale
            value = self.value(alpha)
            outer = (value, value) if is_exact else (max(0.0, 1 - most), min(1.0, 1 - least))
            draws = (value, (outer[0] + value) / 2, (value + outer[1]) / 2)
            numbers: tuple[float | None, ...] = (value, min(band), max(band), *outer, *draws, 0.0)
            numbers = (*numbers, FLOOR, value - FLOOR, dissimilarity, dissimilarity * total_u)
            if not self.is_shown:
                numbers = tuple(number if place in (3, 4) else None for place, number in enumerate(numbers))
            reason = "ok" if self.is_shown else "suppressed_secondary"
            kind = "exact" if is_exact else "estimated" if self.is_shown else "interval_only"
            yield (
                *(self.area, self.partition, alpha, numbers[0], reason, *numbers[1:9], reason, *numbers[9:11], reason),
                *(*numbers[11:], len(self.markets), total_u, total_v, kind, reason),
            )


def indices(cells: Cells, *, levels: Iterable[int]) -> Iterator[Index]:
    """The indices by occupation: of the country, by pairs and by occupation, and of each area."""
    for digits in levels:
        level = f"occ{digits}"
        pairs = merged(cells, lambda area, occupation, digits=digits: (area, occupation[:digits]))
        occupations = merged(cells, lambda _, occupation, digits=digits: occupation[:digits])
        yield Index("SSS", f"region_x_{level}", tuple(pairs.values()), True)
        yield Index("SSS", level, tuple(occupations.values()), True)
        for area in sorted({area for area, _ in cells}):
            yield Index(area, level, tuple(market for (a, _), market in pairs.items() if a == area), True)


def splits(cells: Cells, *, levels: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    """Columns of fct_mismatch_decomposition from occupation_level to noise_floor_reason."""
    regions = Index("SSS", "", tuple(merged(cells, lambda area, _: area).values()), True)
    for digits in levels:
        by_pair, by_occupation, *_ = indices(cells, levels=[digits])
        for alpha in ALPHAS:
            between, occupation, both = regions.value(alpha), by_occupation.value(alpha), by_pair.value(alpha)
            r, o, ro = (-log(1 - value) for value in (between, occupation, both))
            within = 1 - (1 - both) / (1 - between)
            shapley = ((r + ro - o) / 2, (o + ro - r) / 2)
            yield (
                *(f"occ{digits}", alpha, between, occupation, both, ro, *shapley, ro - r - o),
                *(shapley[0] / ro, shapley[1] / ro, "ok", r, ro - r, within, "ok", FLOOR, "ok"),
            )


def contribution(u: float, v: float, total_u: float, total_v: float) -> float:
    """What a cell adds to M at alpha 0.5 (contract I09)."""
    return (sqrt(v / total_v) - sqrt(u / total_u)) ** 2 / 2


def contributions(regions: Cells, cells: Cells) -> Iterator[tuple[Any, ...]]:
    """Columns of fct_mismatch_contribution from partition to cells, then value_kind and coverage.

    `regions`: (area, 'SSS') all occupations; `cells`: (area, 4-digit occupation). In the tiny mart some region has one
    or two blanks in a measure, so that there is one remainder of all.
    """
    yield from _rows("region", {key: (market, True) for key, market in regions.items()})
    yield from _rows("region_x_occ4", {key: (m, m[0].blanks + m[1].blanks == 0) for key, m in cells.items()})
    occupations = merged(cells, lambda _, occupation: ("SSS", occupation))
    yield from _rows("occ4", {key: (market, True) for key, market in occupations.items()})


def _rows(partition: str, cells: Mapping[tuple[str, str], tuple[Market, bool]]) -> Iterator[tuple[Any, ...]]:
    totals = tuple(fsum(market[side].filled for market, _ in cells.values()) for side in (0, 1))
    parts = {key: contribution(m[0].filled, m[1].filled, *totals) for key, (m, _) in cells.items()}
    whole = fsum(parts.values())
    few = {key for key, (m, _) in cells.items() if partition == "occ4" and (m[0].blanks in FEW or m[1].blanks in FEW)}
    middles = {key: contribution(cells[key][0][0].releasable, cells[key][0][1].releasable, *totals) for key in few}
    factor = fsum(parts[key] for key in few) / fsum(middles.values()) if few else 1.0
    hidden = [key for key, (_, is_visible) in cells.items() if not is_visible]
    for (area, occupation), part in parts.items():
        if (area, occupation) in hidden:
            continue
        shown = middles[area, occupation] * factor if (area, occupation) in few else part
        u, v = cells[area, occupation][0]
        direction = "short" if v.releasable / totals[1] > u.releasable / totals[0] else "surplus"
        kind = "modelled" if (area, occupation) in few else "exact" if partition == "region" else "estimated"
        coverage = min((side.lo - side.blanks) / side.hi if side.hi else 1.0 for side in (u, v))
        yield (partition, 0.5, area, occupation, False, shown, shown / whole, "ok", direction, 1, kind, coverage)
    if hidden:
        rest = fsum(parts[key] for key in hidden)
        yield (partition, 0.5, "SSS", "SSS", True, rest, rest / whole, "ok", None, len(hidden), "estimated", 0.1)
