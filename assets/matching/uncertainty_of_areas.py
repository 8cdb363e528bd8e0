"""Draws and floors of the regional partitions: regions, subregions and municipalities, all occupations together.

Belongs here: each level within the level above it. Does not belong here: partitions by occupation
(uncertainty_of_occupations.py), the fill of area totals (SQL: int_fill_area_totals).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from assets.matching.cells import COUNTRY, MEASURES
from assets.matching.draws import DRAWS, Counts, InfeasibleError, draw_children, seeded
from assets.matching.fill import HIGHEST, LOWEST
from assets.matching.uncertainty import Powers, drawn_indices, floors, rows

PARENT = {"region": None, "subregion": "region", "municipality": "subregion"}
"""Level -> the level whose totals its counts add up to; each after its parent."""


def area_partitions(areas: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rows of index_uncertainty over the areas of each level; months in order.

    `areas`: period, area_level, area_code, subregion_code, region_code, and each measure as published and `_filled`,
    which is NULL where it is unknown.
    """
    filled = [f"{measure}_filled" for measure in MEASURES]
    largest = areas.group_by("period").agg(pl.col(filled).sum()).select(pl.max_horizontal(filled).max()).item()
    powers = Powers.up_to(round(largest or 0))
    for month in areas.partition_by("period", maintain_order=True):
        period = month["period"][0]
        drawn = [_drawn(month, measure, seeded(period, measure)) for measure in MEASURES]
        for level in PARENT:
            cells = month.filter(area_level=level)
            if cells.is_empty():
                continue
            u, v = (of_measure.get(level) for of_measure in drawn)
            over_draws = None
            if u is not None and v is not None:
                over_draws = drawn_indices(u[:, None], v[:, None], powers).within
            floor = floors(*(cells[column].fill_null(np.nan).to_numpy()[None] for column in filled)).within
            yield rows(period, level, [COUNTRY], over_draws, floor)


def _drawn(month: pl.DataFrame, measure: str, generator: np.random.Generator) -> dict[str, Counts]:
    """Draws (draw, area) of each level; one with an area that is unknown or can't be filled is left out."""
    drawn: dict[str, Counts] = {}
    codes: dict[str, pl.Series] = {}
    for level, parent in PARENT.items():
        cells = _bounded(month, level, measure)
        codes[level] = cells["area_code"]
        lowest, highest = cells["lowest"].to_numpy(), cells["highest"].to_numpy()
        if cells["is_unknown"].any() or (parent not in drawn and (lowest < highest).any()):
            continue
        if parent not in drawn:
            drawn[level] = np.repeat(lowest[None], DRAWS, axis=0)
            continue
        parent_of = cells[f"{parent}_code"].replace_strict(
            codes[parent], np.arange(len(codes[parent])), default=-1, return_dtype=pl.Int64
        )
        try:
            drawn[level] = draw_children(generator, (lowest, highest), drawn[parent], parent_of.to_numpy())
        except InfeasibleError:
            continue
    return drawn


def _bounded(month: pl.DataFrame, level: str, measure: str) -> pl.DataFrame:
    """The areas of a level with what each count can be, `lowest` to `highest`: the public interval where withheld,
    narrowed to what the areas within can add up to, so that these can be drawn; and `is_unknown`."""
    is_blank = pl.col(measure).is_null()
    cells = month.filter(area_level=level).with_columns(
        lowest=pl.col(measure).fill_null(int(LOWEST)),
        highest=pl.col(measure).fill_null(int(HIGHEST)),
        is_unknown=pl.col(f"{measure}_filled").is_null(),
    )
    child = next((name for name, parent in PARENT.items() if parent == level), None)
    if child is None:
        return cells
    within = (
        _bounded(month, child, measure)
        .group_by(f"{level}_code")
        .agg(least=pl.col("lowest").sum(), most=pl.col("highest").sum(), is_whole=~pl.col("is_unknown").any())
    )
    is_narrowed = is_blank & pl.col("is_whole").fill_null(False)
    return cells.join(
        within, left_on="area_code", right_on=f"{level}_code", how="left", maintain_order="left"
    ).with_columns(
        lowest=pl.when(is_narrowed).then(pl.max_horizontal("lowest", "least")).otherwise("lowest"),
        highest=pl.when(is_narrowed).then(pl.min_horizontal("highest", "most")).otherwise("highest"),
    )
