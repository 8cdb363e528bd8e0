"""Draws and floors of the partitions by occupation: of the country, across areas, and within each area.

Belongs here: months of filled cells as arrays, summed to each level. Does not belong here: partitions of area totals
(uncertainty_of_areas.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from assets.matching.cells import COUNTRY, MEASURES
from assets.matching.draws import Counts, draw_rows, seeded
from assets.matching.grid import Bools, Floats, Grid
from assets.matching.roll_up import DIGITS, first_of_groups
from assets.matching.uncertainty import Powers, drawn_indices, floors, rows


@dataclass(frozen=True, slots=True)
class Side:
    """One measure in one month: `filled` counts (area, cell), NaN where unknown, and which cells were blank."""

    filled: Floats
    is_blank: Bools

    def drawn(self, period: dt.date, measure: str) -> Counts:
        """Draws (draw, area, cell) with the totals of the fill; an area with an unknown cell is 0 throughout."""
        is_known = ~np.isnan(self.filled).any(axis=-1, keepdims=True)
        known, is_blank = np.where(is_known, self.filled, 0.0), self.is_blank & is_known
        rest = np.rint((known * is_blank).sum(axis=-1)).astype(np.int64)
        visible = np.where(is_blank, 0.0, known).astype(np.int64)
        return draw_rows(seeded(period, measure), visible, is_blank, rest)


def region_partitions(cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rows of index_uncertainty by region and occupation, on every level; months in order.

    `cells`: period, area_code, occupation_code (unit groups and X codes), each measure and its blanks.
    """
    largest = cells.group_by("period").agg(pl.col(MEASURES).sum()).select(pl.max_horizontal(MEASURES).max()).item()
    powers = Powers.up_to(round(largest or 0))
    for month in cells.partition_by("period", maintain_order=True):
        yield from _month(month, powers)


def _month(month: pl.DataFrame, powers: Powers) -> Iterator[pl.DataFrame]:
    period, grid = month["period"][0], Grid.of(month, "area_code", "occupation_code")
    areas, codes = grid.axes["area_code"].to_list(), grid.axes["occupation_code"]
    is_unit_group = ~codes.str.starts_with("X").to_numpy()
    filled, drawn = [], []
    for measure in MEASURES:
        side = Side(grid.floats(month, measure), grid.bools(month, pl.col(f"{measure}_blanks") > 0))
        filled.append(side.filled[:, is_unit_group])
        drawn.append(side.drawn(period, measure)[..., is_unit_group])
    is_known = ~np.logical_or.reduce([np.isnan(counts).any(axis=-1) for counts in filled])
    for level, digits in DIGITS.items():
        starts = first_of_groups(codes.filter(is_unit_group).str.head(digits))
        u, v = (np.add.reduceat(counts, starts, axis=-1) for counts in drawn)
        in_areas = drawn_indices(u, v, powers).known(is_known)
        u_country, v_country = u.sum(axis=1, keepdims=True), v.sum(axis=1, keepdims=True)
        in_country = drawn_indices(u_country, v_country, powers).known(np.atleast_1d(is_known.all()))
        u_filled, v_filled = (np.add.reduceat(counts, starts, axis=-1) for counts in filled)
        area_floors = floors(u_filled, v_filled)
        country_floors = floors(u_filled.sum(axis=0, keepdims=True), v_filled.sum(axis=0, keepdims=True))
        yield rows(period, level, areas, in_areas.within, area_floors.within)
        yield rows(period, level, [COUNTRY], in_country.within, country_floors.within)
        yield rows(period, f"region_x_{level}", [COUNTRY], in_areas.whole[..., None], area_floors.whole[:, None])


def employment_area_partitions(cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rows of index_uncertainty by employment area and occupation, without draws; months in order.

    `cells`: period, area_code, occupation_level, occupation_code, both measures filled.
    """
    for month in cells.partition_by("period", "occupation_level", maintain_order=True):
        period, level = month["period"][0], month["occupation_level"][0]
        grid = Grid.of(month, "area_code", "occupation_code")
        area_floors = floors(*(grid.floats(month, measure) for measure in MEASURES))
        yield rows(period, level, grid.axes["area_code"].to_list(), None, area_floors.within)
        yield rows(period, f"employment_area_x_{level}", [COUNTRY], None, area_floors.whole[:, None])
