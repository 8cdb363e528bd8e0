"""The table `index_uncertainty`: range over draws and noise floor of every register index that the mart publishes.

Belongs here: which partitions there are. Does not belong here: draws (draws.py), the index over them and floors
(uncertainty.py), a month's cells (uncertainty_of_occupations.py, uncertainty_of_areas.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.matching.table import Frames, MatchingTable

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

KEY = ("period", "area_code", "partition", "alpha")
COLUMNS = {
    "period": "date",
    "area_code": "varchar",
    "partition": "varchar",
    "alpha": "double",
    "mismatch_draw_mean": "double",
    "mismatch_draw_min": "double",
    "mismatch_draw_max": "double",
    "noise_floor": "double",
}

_FILLED = "select period, area_code, occupation_code, unemployed, vacancies, unemployed_blanks, vacancies_blanks"
READS = {
    "region_cells": f"""
        {_FILLED} from matching.filled_region_cells where occupation_level in ('occ4', 'special') order by all
    """,
    "employment_area_cells": f"""
        {_FILLED}, occupation_level from matching.filled_employment_area_cells
        where occupation_level in ('occ1', 'occ2')
        order by all
    """,
    "areas": """
        select filled.period, filled.area_level, filled.area_code, nested.subregion_code, nested.region_code,
          filled.unemployed, filled.unemployed_filled, filled.vacancies, filled.vacancies_filled
        from intermediate.int_fill_area_totals as filled
        inner join intermediate.int_nest_areas as nested using (area_code)
        order by filled.period, filled.area_code
    """,
}


def index_uncertainty(frames: Frames) -> pl.DataFrame:
    """One row a month, area, partition and alpha; columns COLUMNS. `frames` as READS.

    NULL: a cell of the partition is unknown, or a side is empty. Employment areas have no draws: their withheld cells
    lie in municipalities, which meet regions in two margins.
    """
    import polars as pl

    from assets.matching.uncertainty_of_areas import area_partitions
    from assets.matching.uncertainty_of_occupations import employment_area_partitions, region_partitions

    parts = [
        *region_partitions(frames["region_cells"]),
        *employment_area_partitions(frames["employment_area_cells"]),
        *area_partitions(frames["areas"]),
    ]
    rows = pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(COLUMNS))
    return rows.select(*COLUMNS).sort(KEY)


def draw_range(_frames: Frames, table: pl.DataFrame) -> Figure:
    """The finest index over time: mean over the draws with the noise floor, and the range of the draws around it."""
    import polars as pl

    from assets.matching.pictures import new_figure

    shown = table.filter(pl.col("partition") == "region_x_occ4", pl.col("alpha") == 0.5)
    ends = shown.select((pl.col("mismatch_draw_min", "mismatch_draw_max") / pl.col("mismatch_draw_mean") - 1) * 100)
    months = shown["period"].to_list()
    figure = new_figure(height=4.2)
    index, around = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    index.plot(months, shown["mismatch_draw_mean"].to_list(), linewidth=1, label="mean of the draws")
    index.plot(months, shown["noise_floor"].to_list(), linewidth=1, label="noise floor")
    index.set(title="Mismatch by region and unit group, alpha 0.5", ylabel="share of hires lost", ylim=(0, None))
    index.legend(loc="upper right", fontsize="small")
    around.fill_between(months, *(end.to_numpy() for end in ends), alpha=0.5)
    around.axhline(0, linewidth=0.5)
    around.set(ylabel="draws, %")
    return figure


INDEX_UNCERTAINTY = MatchingTable(
    name="index_uncertainty",
    description=(
        "Mean, smallest and largest mismatch index over random counts for what is withheld (indicators contract 2.3), "
        "and the index that finite counts alone would give (I11), by month, area, partition and alpha."
    ),
    columns=COLUMNS,
    key=KEY,
    reads=READS,
    deps=("filled_region_cells", "filled_employment_area_cells", "int_fill_area_totals", "int_nest_areas"),
    compute=index_uncertainty,
    draw=draw_range,
)
