"""The table `tightness_posteriors`: what is known of the tightness of each market, given how small it is.

Belongs here: which counts a market enters with, and which cells share a prior and a shrinkage. Does not belong here:
the formulas (shrinkage.py, classes.py), reasons and what is shown of it (dbt: fct_tightness, fct_tension_class).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assets.matching.cells import FILLED_CELLS, FILLED_TABLES, MEASURES
from assets.matching.table import Frames, MatchingTable

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

    from assets.matching.shrinkage import Floats, Integers

FEWEST_BLANKS = 3
"""Fewest withheld counts that a sum may estimate (contract 2.4.2); with fewer, only its interval is public."""
LOWEST, HIGHEST = 1.0, 4.0
"""What a withheld count of the source can be."""
SMALL = 20
"""With fewer unemployed the interval is too narrow, since U is taken as known."""
DECIMALS, FINE_DECIMALS = 9, 12
"""To which results are rounded, so that machines agree; priors and probabilities, which can be tiny, to more."""

CELL = ("period", "area_level", "area_code", "occupation_level", "occupation_code")
KEY = ("period", "area_code", "occupation_code")
STRATUM = ("period", "area_level", "occupation_level")
MARKET = (*STRATUM, "occupation_code")
GROUP = (*STRATUM, "first_digit")
"""Cells of a market share a prior; of a group, or of a stratum if it is small, a shrinkage. Queries sort by them."""
PROBABILITIES = ("p_very_loose", "p_loose", "p_average", "p_tight", "p_very_tight")

COLUMNS = {
    "period": "date",
    "area_level": "varchar",
    "area_code": "varchar",
    "occupation_level": "varchar",
    "occupation_code": "varchar",
    "theta_prior": "double",
    "shrink_k": "double",
    "theta_eb": "double",
    "theta_eb_lo": "double",
    "theta_eb_hi": "double",
    **dict.fromkeys(PROBABILITIES, "double"),
    "is_u_small": "boolean",
    "is_blank": "boolean",
}

_ORDER = f"order by {', '.join(MARKET)}, area_code"
READS = {
    "cells": f"select * from ({FILLED_CELLS}) where occupation_level != 'special' {_ORDER}",
    "bounds": """
        select period, area_code, occupation_code, unemployed_lo, unemployed_hi, vacancies_lo, vacancies_hi
        from intermediate.int_bound_occupation_sums
    """,
    "totals": f"""
        select
          totals.period, totals.area_level, totals.area_code,
          'total' as occupation_level, 'SSS' as occupation_code,
          coalesce(unemployed, unemployed_est) as unemployed_value, unemployed_lo, unemployed_hi,
          coalesce(vacancies, vacancies_est) as vacancies_value, vacancies_lo, vacancies_hi
        from intermediate.int_collect_area_totals as totals
        inner join intermediate.int_nest_areas as nested using (area_code)
        where totals.area_level != 'country' and not nested.is_residual
        {_ORDER}
    """,
    "classes": "select tension_class, theta_from from ref.tension_class order by class_rank",
}


def tightness_posteriors(frames: Frames) -> pl.DataFrame:
    """The markets that have unemployed, or may have, with what is known of their tightness; columns of COLUMNS.

    `frames` as READS. A market of which only the interval is public has class probabilities alone (contract 2.4.5).
    """
    import polars as pl

    cuts = frames["classes"]["theta_from"].to_list()[1:]
    by_occupation = _occupation_cells(frames["cells"], frames["bounds"])
    in_total = _total_cells(frames["totals"])
    return pl.concat(
        [
            _posteriors(by_occupation, _occupation_priors(by_occupation), cuts),
            _posteriors(in_total, _total_priors(in_total), cuts),
        ]
    )


def _occupation_cells(cells: pl.DataFrame, bounds: pl.DataFrame) -> pl.DataFrame:
    """Of each measure: _value, NULL where only an interval is public; its ends _lo and _hi; _typical.

    A value sums no withheld count, or enough of them. The typical count stands for it in sums over many cells. Sums
    with fewer have a row in `bounds`, whose width says how many of the printed cells are withheld.
    """
    import polars as pl

    is_single = (pl.col("area_level") == "region") & (pl.col("occupation_level") == "occ4")

    def ends(name: str) -> list[pl.Expr]:
        width = pl.col(f"{name}_hi") - pl.col(f"{name}_lo")
        blanks = pl.coalesce(width / (HIGHEST - LOWEST), f"{name}_blanks")
        value = pl.when((blanks == 0) | (blanks >= FEWEST_BLANKS)).then(pl.col(name))
        lowest, highest = (
            pl.when(is_single & (blanks == 1)).then(end).otherwise(pl.coalesce(value, f"{name}_{side}"))
            for side, end in (("lo", LOWEST), ("hi", HIGHEST))
        )
        return [
            value.alias(f"{name}_value"),
            lowest.alias(f"{name}_lo"),
            highest.alias(f"{name}_hi"),
            pl.col(f"{name}_releasable").alias(f"{name}_typical"),
        ]

    joined = cells.join(bounds, on=KEY, how="left", maintain_order="left")
    return joined.select(*CELL, *(column for name in MEASURES for column in ends(name)))


def _total_cells(totals: pl.DataFrame) -> pl.DataFrame:
    """The columns of _occupation_cells; the middle of the interval is typical of a total without a value."""
    import polars as pl

    def ends(name: str) -> list[pl.Expr]:
        value, lowest, highest = (pl.col(f"{name}_{part}").cast(pl.Float64) for part in ("value", "lo", "hi"))
        return [
            value,
            pl.coalesce(value, lowest).alias(f"{name}_lo"),
            pl.coalesce(value, highest).alias(f"{name}_hi"),
            pl.coalesce(value, (lowest + highest) / 2).alias(f"{name}_typical"),
        ]

    return totals.select(*CELL, *(column for name in MEASURES for column in ends(name)))


def _occupation_priors(cells: pl.DataFrame) -> Floats:
    """Tightness of each cell's occupation in all areas of its level, posts per person (n)."""
    markets = _codes(cells, MARKET)
    priors: Floats = _ratios(cells, markets)[markets]
    return priors


def _total_priors(cells: pl.DataFrame) -> Floats:
    """Tightness of all regions together (n): they are all printed, and the other levels divide up the same country."""
    import numpy as np

    months = cells["period"].rank("dense").to_numpy().astype(np.int64)
    is_region = (cells["area_level"] == "region").to_numpy()
    priors: Floats = _ratios(cells, np.where(is_region, months, 0))[months]
    return priors


def _ratios(cells: pl.DataFrame, groups: Integers) -> Floats:
    """Typical vacancies over typical unemployed of each group, of the cells that know both; NaN without unemployed."""
    import numpy as np

    unemployed, vacancies = (cells[f"{name}_typical"].to_numpy() for name in MEASURES)
    is_known = ~np.isnan(unemployed + vacancies)
    length = int(groups.max(initial=-1)) + 1
    sums = [np.bincount(groups[is_known], weights=side[is_known], minlength=length) for side in (unemployed, vacancies)]
    ratios: Floats = np.round(sums[1] / np.where(sums[0] > 0, sums[0], np.nan), FINE_DECIMALS)
    return ratios


def _codes(cells: pl.DataFrame, columns: Sequence[str]) -> Integers:
    """A number from 0 for each run of cells that agree in `columns`."""
    import numpy as np
    import polars as pl

    return cells.select(pl.struct(columns).rle_id()).to_series().to_numpy().astype(np.int64)


def _shrinkage(cells: pl.DataFrame, prior: Floats) -> Floats:
    """k of each cell (n): of its 1-digit group in the area level, occupation level and month."""
    import numpy as np
    import polars as pl

    from assets.matching.shrinkage import shrinkage_by_group

    strata = _codes(cells, STRATUM)
    groups = _codes(cells.with_columns(first_digit=pl.col("occupation_code").str.head(1)), GROUP)
    k = shrinkage_by_group(
        vacancies=cells["vacancies_typical"].to_numpy(),
        expected=cells["unemployed_typical"].to_numpy() * prior,
        groups=groups,
        group_strata=strata[np.unique(groups, return_index=True)[1]],
    )
    rounded: Floats = np.round(k, DECIMALS)
    return rounded[groups]


def _posteriors(cells: pl.DataFrame, prior: Floats, cuts: Sequence[float]) -> pl.DataFrame:
    import numpy as np
    import polars as pl

    from assets.matching.shrinkage import INTERVAL, posterior_mean, posterior_quantile

    cells = cells.with_columns(theta_prior=prior, shrink_k=_shrinkage(cells, prior)).filter(
        pl.col("theta_prior").is_not_nan(), pl.col("unemployed_hi") > 0, pl.col("vacancies_hi").is_not_null()
    )
    known = {
        "prior": cells["theta_prior"].to_numpy(),
        "k": cells["shrink_k"].to_numpy(),
        "unemployed": cells["unemployed_value"].to_numpy(),
        "vacancies": cells["vacancies_value"].to_numpy(),
    }
    shrunk = {
        "theta_eb": posterior_mean(**known),
        "theta_eb_lo": posterior_quantile(INTERVAL[0], **known),
        "theta_eb_hi": posterior_quantile(INTERVAL[1], **known),
    }
    probabilities = np.round(_probabilities(cells, cuts), FINE_DECIMALS)
    return cells.select(*CELL, "theta_prior", "shrink_k").with_columns(
        *(pl.Series(name, np.round(values, DECIMALS), nan_to_null=True) for name, values in shrunk.items()),
        *(pl.Series(name, probabilities[:, place]) for place, name in enumerate(PROBABILITIES)),
        (cells["unemployed_lo"] < SMALL).alias("is_u_small"),
        (cells["unemployed_value"].is_null() | cells["vacancies_value"].is_null()).alias("is_blank"),
    )


def _probabilities(cells: pl.DataFrame, cuts: Sequence[float]) -> Floats:
    """Probabilities of the classes (n, classes). Withheld cells of a market are alike, and computed once."""
    from assets.matching.classes import interval_probabilities

    inputs = ("theta_prior", "shrink_k", "unemployed_lo", "unemployed_hi", "vacancies_lo", "vacancies_hi")
    distinct = cells.select(inputs).unique(maintain_order=True).with_row_index("place")
    places = cells.select(inputs).join(distinct, on=inputs, how="left", maintain_order="left")["place"]
    prior, k, *ends = (distinct[name].to_numpy() for name in inputs)
    probabilities = interval_probabilities(
        cuts, prior=prior, k=k, unemployed=(ends[0], ends[1]), vacancies=(ends[2], ends[3])
    )
    of_cells: Floats = probabilities[places.to_numpy()]
    return of_cells


def draw_classes(_: Frames, posteriors: pl.DataFrame) -> Figure:
    """Share of the markets of regions by unit group in each class over time, as the probabilities expect it."""
    import polars as pl

    from assets.matching.pictures import new_figure

    by_month = (
        posteriors.filter(pl.col("occupation_level") == "occ4", pl.col("area_level") == "region")
        .group_by("period")
        .agg(pl.col(PROBABILITIES).mean())
        .sort("period")
    )
    figure = new_figure()
    axes = figure.subplots()
    labels = [name.removeprefix("p_").replace("_", " ") for name in PROBABILITIES]
    colours = ("#2166ac", "#92c5de", "#e0e0e0", "#f4a582", "#b2182b")
    axes.stackplot(by_month["period"].to_list(), *by_month.select(PROBABILITIES), labels=labels, colors=colours)
    axes.set_title("Classes of tightness, regions by unit group")
    axes.set_ylabel("share of markets with unemployed")
    axes.set_ylim(0, 1)
    axes.margins(x=0)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), reverse=True, frameon=False)
    return figure


TIGHTNESS_POSTERIORS = MatchingTable(
    name="tightness_posteriors",
    description=(
        "Tightness of small markets, shrunk towards that of their occupation: posterior mean, 90 % interval and the "
        "probability of each class; regions and employment areas by occupation, every area in total (indicator I02)."
    ),
    columns=COLUMNS,
    key=KEY,
    reads=READS,
    deps=(*FILLED_TABLES, "int_bound_occupation_sums", "int_collect_area_totals", "int_nest_areas", "tension_class"),
    compute=tightness_posteriors,
    draw=draw_classes,
)
