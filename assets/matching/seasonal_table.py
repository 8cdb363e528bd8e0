"""The table `seasonal_components`: trend and season of every series that is long and large enough for it.

Belongs here: which series there are. Does not belong here: the adjustment (seasonal.py), growth over a year (SQL).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.matching.table import Frames, MatchingTable

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

KEY = ("measure", "partition", "area_code", "occupation_code", "period")
NO_PARTITION = "none"
"""Of counts: a series of one cell, not of an index over cells."""
SMALLEST_MEDIAN = 20.0
"""Below it a count moves by noise, not by season. An index has no such limit."""
FEWEST_BLANKS = 3
"""Withheld counts that a sum must hold before its fill is used (contract 2.4.2)."""
SMALL_UNCERTAINTY = 0.02
"""Share of a sum that its one or two withheld counts may be off by, for a stand-in."""

_MIDDLE, _HALF_WIDTH = 2.5, 1.5
"""Of the public interval of a withheld count, 1 to 4."""
_MEASURES = ("unemployed", "vacancies")


def _totals(measure: str) -> str:
    """All occupations together: printed, else summed from what is printed."""
    return f"""
        select '{measure}' as measure, 'none' as partition, '12r5' as table_id, stocks.area_code,
          'SSS' as occupation_code, stocks.period, stocks.{measure}::double as x
        from staging.stg_statfin__area_stocks as stocks
        inner join intermediate.int_nest_areas as nested using (area_code)
        where not nested.is_residual
        union all
        select '{measure}', 'none', '12r5', area_code, 'SSS', period, coalesce({measure}, {measure}_est)::double
        from intermediate.int_sum_area_tiles
    """


def occupations(measure: str) -> str:
    """SELECT of the series of country and regions: unit groups as printed, and larger groups as the mart sums them.

    A sum with one or two withheld counts is not shown. So that such a month does not end the series, the middle of its
    public interval stands in for it, where that is within SMALL_UNCERTAINTY of whatever it is.
    """
    return f"""
        select '{measure}', 'none', '12ti', area_code, occupation_code, period, x
        from ({_UNIT_GROUPS.format(measure=measure)})
        union all
        select '{measure}', 'none', '12ti', sums.area_code, sums.occupation_code, sums.period,
          case
            when sums.is_unknown then null
            when sums.blanks = 0 then sums.visible
            when sums.blanks >= {FEWEST_BLANKS}
              then coalesce(filled.{measure}, sums.visible + sums.blanks * shares.even_share)
            when {_HALF_WIDTH} * sums.blanks <= {SMALL_UNCERTAINTY} * sums.visible
              then sums.visible + {_MIDDLE} * sums.blanks
          end
        from (
          select area_code, left(occupation_code, digits) as occupation_code, period, coalesce(sum(x), 0) as visible,
            count(*) - count(x) as blanks, bool_or(reason not in ('ok', 'suppressed_source')) as is_unknown
          from ({_UNIT_GROUPS.format(measure=measure)})
          cross join (select unnest([1, 2, 3]) as digits) as levels
          group by area_code, left(occupation_code, digits), period, digits
        ) as sums
        left join matching.filled_region_cells as filled using (period, area_code, occupation_code)
        left join ({_EVEN_SHARES.format(measure=measure)}) as shares using (period, area_code)
    """


_UNIT_GROUPS = """
    select stocks.period, stocks.area_code, stocks.occupation_code,
      stocks.{measure}::double as x, stocks.{measure}_reason as reason
    from staging.stg_statfin__occupation_stocks as stocks
    inner join ref.occupation as occupation using (occupation_code)
    inner join intermediate.int_nest_areas as nested using (area_code)
    where occupation.occupation_level = 'occ4' and nested.area_level in ('country', 'region')
      and not nested.is_residual
"""

_EVEN_SHARES = """
    select period, area_code,
      (
        any_value({measure}) filter (occupation_code = 'SSS') - sum({measure}) filter (occupation_code != 'SSS')
      ) / count(*) filter ({measure}_reason = 'suppressed_source') as even_share
    from staging.stg_statfin__occupation_stocks
    where area_code = 'SSS'
    group by period, area_code
"""
"""What each withheld count of the country gets of what its total leaves over, as in int_roll_up_occupations."""

_CELLS = """
    select '12r5' as table_id, area_level as partition, period, unemployed_filled as u, vacancies_filled as v
    from intermediate.int_fill_area_totals
    union all
    select '12ti', 'region_x_' || occupation_level, period, unemployed, vacancies
    from matching.filled_region_cells
    where area_level = 'region' and occupation_level != 'special'
    union all
    select '12ti', occupation_level, period, sum(unemployed), sum(vacancies)
    from matching.filled_region_cells
    where area_level = 'region' and occupation_level != 'special'
    group by occupation_level, period, occupation_code
"""

_INDICES = f"""
    select 'mismatch', partition, table_id, 'SSS', 'SSS', period,
      case when count(*) = count(u) and count(*) = count(v) and sum(u) > 0 and sum(v) > 0
        then round(1 - fsum(sqrt(u * v)) / sqrt(fsum(u) * fsum(v)), 13) end
    from ({_CELLS})
    group by all
"""
"""M at an elasticity of one half, whole country; the cells are those of fct_mismatch_index."""

_EMPTY_INDEX = 1e-9
"""An index below this is zero but for rounding."""

_SERIES = " union all ".join([*map(_totals, _MEASURES), *map(occupations, _MEASURES), _INDICES])

READS = {
    "series": f"""
        select series.measure, series.partition, series.area_code, series.occupation_code, series.period, series.x,
          breaks.period as segment_from
        from ({_SERIES}) as series
        asof left join intermediate.int_list_series_breaks as breaks
          on series.measure = breaks.measure and series.table_id = breaks.table_id
            and series.area_code = breaks.area_code and series.period >= breaks.period
        qualify series.measure = 'mismatch' or max(series.x) over (
          partition by series.measure, series.partition, series.area_code, series.occupation_code
        ) >= {SMALLEST_MEDIAN}
        order by series.measure, series.partition, series.area_code, series.occupation_code, series.period
    """,
}


def adjust_all(frames: Frames) -> pl.DataFrame:
    """The components of every series, month by month, in the stretches that are adjusted; sorted by KEY.

    `frames` as READS. x_sa = x without its season, x_trend, seasonal_factor = x / x_sa; remainder in log points.
    A series is cut at its hard breaks, and each stretch between them is adjusted for itself or not at all: then one row
    at its first month says why, and its numbers are NULL.
    """
    import numpy as np
    import polars as pl

    from assets.matching.seasonal import decompose, stretches, why_not_adjusted

    series = _without_gaps(frames["series"])
    x = series["x"].to_numpy().astype(np.float64)
    is_index = (series["measure"] == "mismatch").to_numpy()
    components = np.full((4, len(x)), np.nan)
    reasons = np.full(len(x), None, dtype=object)
    for stretch in stretches(series["series"].to_numpy(), series["segment"].to_numpy()):
        values = x[stretch]
        smallest = _EMPTY_INDEX if is_index[stretch.start] else SMALLEST_MEDIAN
        reasons[stretch.start] = why_not_adjusted(values, smallest_median=smallest)
        if reasons[stretch.start] == "ok":
            reasons[stretch] = "ok"
            parts = decompose(values)
            components[:, stretch] = (
                values * np.exp(-parts.seasonal),
                np.exp(parts.trend),
                np.exp(parts.seasonal),
                parts.remainder,
            )
    names = ("x_sa", "x_trend", "seasonal_factor", "remainder")
    return (
        series.with_columns(
            *(pl.Series(name, values, nan_to_null=True) for name, values in zip(names, components, strict=True)),
            pl.Series("reason", reasons, dtype=pl.String),
        )
        .filter(pl.col("reason").is_not_null())
        .select(*COLUMNS)
        .sort(KEY)
    )


def _without_gaps(series: pl.DataFrame) -> pl.DataFrame:
    """`series` with a number for each series and stretch; where a month between the first and the last has no row, the
    stretch holds a row without a value, so that it can't be taken for unbroken."""
    import polars as pl

    keys = list(KEY[:-1])
    numbered = series.with_columns(
        series=pl.struct(keys).rle_id(), segment=pl.col("segment_from").fill_null(pl.date(1, 1, 1))
    )
    spans = numbered.group_by("series", maintain_order=True).agg(
        *(pl.col(key).first() for key in keys),
        period=pl.date_range(pl.col("period").min(), pl.col("period").max(), "1mo"),
    )
    months = spans.explode("period")
    rows = numbered.select("series", "period", "x", "segment_from", "segment")
    return (
        months.join(rows, on=["series", "period"], how="left", maintain_order="left")
        .with_columns(pl.col("segment").forward_fill().over("series"))
        .sort("series", "period")
    )


def draw_vacancies(frames: Frames, table: pl.DataFrame) -> Figure | None:
    """Vacancies of the country, raw, adjusted and trend; none where they are not adjusted."""
    import polars as pl

    from assets.matching.pictures import new_figure

    shown = table.filter(
        (pl.col("measure") == "vacancies")
        & (pl.col("area_code") == "SSS")
        & (pl.col("occupation_code") == "SSS")
        & (pl.col("reason") == "ok")
    )
    if shown.is_empty():
        return None
    figure = new_figure()
    axes = figure.add_subplot()
    for column, label, color, style in (
        ("x", "as counted", "0.75", "-"),
        ("x_sa", "seasonally adjusted", "tab:blue", "-"),
        ("x_trend", "trend", "tab:red", "--"),
    ):
        thousands = (shown[column] / 1000).to_list()
        axes.plot(shown["period"].to_list(), thousands, label=label, color=color, linestyle=style, linewidth=1.2)
    axes.set_ylabel("vacancies, thousands")
    axes.set_title("Vacancies of the register, whole country", fontsize=10)
    axes.legend(fontsize=8, frameon=False)
    return figure


COLUMNS = {
    "measure": "varchar",
    "partition": "varchar",
    "area_code": "varchar",
    "occupation_code": "varchar",
    "period": "date",
    "segment_from": "date",
    "x": "double",
    "x_sa": "double",
    "x_trend": "double",
    "seasonal_factor": "double",
    "remainder": "double",
    "reason": "varchar",
}

SEASONAL_COMPONENTS = MatchingTable(
    name="seasonal_components",
    description=(
        "Trend and season of unemployed, vacancies and the mismatch index by robust STL on logarithms (Cleveland et "
        "al. 1990): every area in all occupations together, country and regions by occupation. Only unbroken stretches "
        "of 60 months or more without a withheld count or a zero, and with a median of 20 or more; of others one row "
        "says why."
    ),
    columns=COLUMNS,
    key=KEY,
    reads=READS,
    deps=(
        "stg_statfin__area_stocks",
        "stg_statfin__occupation_stocks",
        "occupation",
        "int_nest_areas",
        "int_sum_area_tiles",
        "int_fill_area_totals",
        "int_list_series_breaks",
        "filled_region_cells",
    ),
    compute=adjust_all,
    draw=draw_vacancies,
)
