"""The table `beveridge_curves`: each area's curve of vacancies on unemployment and the gap to it, month by month.

Belongs here: which series are laid against each other. Does not belong here: the regression (beveridge.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.matching.table import Frames, MatchingTable

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

DECIMALS = 9


def fit_all(frames: Frames) -> pl.DataFrame:
    """A row for each area and month in which both sides are adjusted; a stretch between hard breaks has its own curve.

    `frames` as READS; u = U/L and v = V/L, both seasonally adjusted, or the gap would be little but the season.
    """
    import numpy as np
    import polars as pl

    from assets.matching.beveridge import fit_curve
    from assets.matching.seasonal import stretches

    rates = frames["rates"]
    log_u, log_v = (np.log((rates[side] / rates["labour_force"]).to_numpy()) for side in ("unemployed", "vacancies"))
    months = rates["month"].to_numpy().astype(np.int64)
    slope, gap = np.empty(rates.height), np.empty(rates.height)
    for stretch in stretches(rates["area_code"].to_numpy(), rates["segment"].to_numpy()):
        curve = fit_curve(log_u[stretch], log_v[stretch], months[stretch])
        slope[stretch], gap[stretch] = curve.slope, curve.gap
    return (
        rates.select("period", "area_code")
        .with_columns(
            curve_gap=pl.Series(gap.round(DECIMALS)) + 0.0, curve_slope=pl.Series(slope.round(DECIMALS)) + 0.0
        )
        .sort("period", "area_code")
    )


def draw_curve(frames: Frames, table: pl.DataFrame) -> Figure | None:
    """The country's path in the plane of unemployment and vacancies, coloured by time; without its season where the
    series are long enough to take it off."""
    import polars as pl

    from assets.matching.pictures import new_figure

    path = frames["path"]
    if path.is_empty():
        return None
    figure = new_figure()
    axes = figure.add_subplot()
    u, v = ((path[side] / path["labour_force"] * 100).to_list() for side in ("unemployed", "vacancies"))
    years = path.select(pl.col("period").dt.year() + (pl.col("period").dt.month() - 1) / 12).to_series().to_list()
    axes.plot(u, v, color="0.85", linewidth=0.8, zorder=1)
    marks = axes.scatter(u, v, c=years, s=9, cmap="viridis", zorder=2)
    figure.colorbar(marks, ax=axes, format="%d")
    axes.set_xlabel("unemployed jobseekers, % of labour force")
    axes.set_ylabel("vacancies, % of labour force")
    axes.set_title("Beveridge curve of the register, whole country", fontsize=10)
    return figure


READS = {
    "rates": """
        with forces as (
          select period, area_code, labour_force from staging.stg_statfin__area_stocks
          union all
          select period, area_code, labour_force from intermediate.int_sum_area_tiles
        )
        select u.period, u.area_code, year(u.period) * 12 + month(u.period) - 1 as month,
          u.x_sa as unemployed, v.x_sa as vacancies, forces.labour_force,
          coalesce(greatest(u.segment_from, v.segment_from), date '0001-01-01')::varchar as segment
        from matching.seasonal_components as u
        inner join matching.seasonal_components as v
          on u.period = v.period and u.area_code = v.area_code and u.occupation_code = v.occupation_code
            and v.measure = 'vacancies' and v.reason = 'ok'
        inner join forces on u.period = forces.period and u.area_code = forces.area_code
        where u.measure = 'unemployed' and u.reason = 'ok' and u.occupation_code = 'SSS' and forces.labour_force > 0
        order by u.area_code, u.period
    """,
    "path": """
        select stocks.period, stocks.labour_force,
          coalesce(u.x_sa, stocks.unemployed) as unemployed, coalesce(v.x_sa, stocks.vacancies) as vacancies
        from staging.stg_statfin__area_stocks as stocks
        left join matching.seasonal_components as u
          on stocks.period = u.period and stocks.area_code = u.area_code and u.occupation_code = 'SSS'
            and u.measure = 'unemployed'
        left join matching.seasonal_components as v
          on stocks.period = v.period and stocks.area_code = v.area_code and v.occupation_code = 'SSS'
            and v.measure = 'vacancies'
        where stocks.area_code = 'SSS' and stocks.labour_force > 0
          and stocks.unemployed is not null and stocks.vacancies is not null
        order by stocks.period
    """,
}

BEVERIDGE_CURVES = MatchingTable(
    name="beveridge_curves",
    description=(
        "How far vacancies stand above the area's own Beveridge curve: residual of a regression of seasonally adjusted "
        "ln V/L on ln U/L with a trend that may bend every five years. Descriptive, no measure of efficiency."
    ),
    columns={"period": "date", "area_code": "varchar", "curve_gap": "double", "curve_slope": "double"},
    key=("period", "area_code"),
    reads=READS,
    deps=("seasonal_components", "stg_statfin__area_stocks", "int_sum_area_tiles"),
    compute=fit_all,
    draw=draw_curve,
)
