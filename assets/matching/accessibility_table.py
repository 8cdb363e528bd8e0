"""The table `accessibility`: vacancies within reach of each competing jobseeker, by area and occupation.

Belongs here: from counts to rows, and what of them may be shown. Does not belong here: the formula
(accessibility.py), the columns that every fact has (dbt: fct_accessibility).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.matching.market_reads import DEPS, MARKET_COLUMNS, MARKET_KEY, READS
from assets.matching.placement_tables import AREA_NAMES
from assets.matching.table import Frames, MatchingTable

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from assets.matching.accessibility import FloatArray
    from assets.matching.masses import Masses

HALF_DISTANCE_KM = 50.0
"""Distance at which a vacancy weighs half: a convention, for commuting by origin and destination is not open."""

OTHER_HALF_DISTANCES_KM = (25.0, 100.0)
"""Variants, at the levels of VARIANT_LEVELS: at the fine ones they would triple the largest table."""

VARIANT_LEVELS = ("total", "occ1", "occ2")

REMAINDER_CODE = "SSS"
"""Stands for the areas of a market whose own numbers are withheld, all together."""

DECIMALS = 9
"""To which posts are rounded, so that machines agree; posts per person, which many persons multiply, to more."""

FINE_DECIMALS = 12

COLUMNS = {
    **MARKET_COLUMNS,
    "area_code": "varchar",
    "half_distance_km": "double",
    "is_remainder": "boolean",
    "accessibility": "double",
    "accessibility_reason": "varchar",
    "accessibility_with_flexible": "double",
    "accessibility_with_flexible_reason": "varchar",
    "vacancies_reached": "double",
    "vacancies_unreached": "double",
}
KEY = (*MARKET_KEY, "area_code", "half_distance_km")


def accessibility_rows(frames: Frames) -> pl.DataFrame:
    """One row a market, area and half-distance, and one for the withheld areas together: columns of COLUMNS.

    `frames` as READS. accessibility in posts per person, NULL as its reason says; vacancies_reached: posts that fall
    to the area's jobseekers, NULL where the area's counts are withheld, whose posts the remainder row has; together
    they are the market's vacancies without vacancies_unreached. Contract: I17, 2.4.3.
    """
    import polars as pl

    from assets.matching.market_release import releasable_masses
    from assets.matching.masses import market_masses

    parts = []
    for masses in market_masses(frames):
        is_coarse = masses.markets["occupation_level"].is_in(VARIANT_LEVELS).to_numpy()
        released = releasable_masses(masses)
        parts.append(_rows(released, HALF_DISTANCE_KM))
        parts.extend(_rows(released.at(is_coarse), half) for half in OTHER_HALF_DISTANCES_KM)
    return pl.concat(parts) if parts else pl.DataFrame(schema=list(COLUMNS))


def _rows(masses: Masses, half_distance_km: float) -> pl.DataFrame:
    import numpy as np
    import polars as pl

    from assets.matching.accessibility import accessibility, with_flexible

    u, v = masses.unemployed.counts, masses.vacancies.counts
    known = np.nan_to_num(u), np.nan_to_num(v)
    found = accessibility(*known, masses.distances.km, half_distance_km)
    flexibly = with_flexible(found.posts_per_person, known[0], masses.flexible)
    reason = _reasons(masses)
    is_ok = reason == "ok"
    is_flexible = np.isfinite(masses.flexible)[:, None]
    markets, areas = u.shape
    cells = masses.markets[np.repeat(np.arange(markets), areas)].with_columns(
        area_code=pl.Series(list(masses.distances.area_codes) * markets, dtype=pl.String),
        is_remainder=pl.lit(False),
        accessibility=_column(found.posts_per_person, is_ok, FINE_DECIMALS),
        accessibility_reason=pl.Series(reason.ravel().astype(object), dtype=pl.String),
        accessibility_with_flexible=_column(flexibly, is_ok & is_flexible, FINE_DECIMALS),
        accessibility_with_flexible_reason=pl.Series(
            np.where(is_ok & ~is_flexible, "not_in_source", reason).ravel().astype(object), dtype=pl.String
        ),
        vacancies_reached=_column(found.reached, masses.is_shown & masses.is_known[:, None]),
        vacancies_unreached=_column(np.broadcast_to(found.unreached[:, None], u.shape), masses.is_known[:, None]),
    )
    withheld = np.flatnonzero((~masses.is_shown).any(axis=1) & masses.is_known)
    remainders = masses.markets[withheld].with_columns(
        area_code=pl.lit(REMAINDER_CODE),
        is_remainder=pl.lit(True),
        accessibility=pl.lit(None, dtype=pl.Float64),
        accessibility_reason=pl.lit("not_applicable"),
        accessibility_with_flexible=pl.lit(None, dtype=pl.Float64),
        accessibility_with_flexible_reason=pl.lit("not_applicable"),
        vacancies_reached=_column(np.where(masses.is_shown, 0, found.reached)[withheld].sum(axis=1), True),
        vacancies_unreached=_column(found.unreached[withheld], True),
    )
    rows = pl.concat([cells, remainders]).with_columns(half_distance_km=pl.lit(half_distance_km))
    return rows.select(*COLUMNS)


def _reasons(masses: Masses) -> NDArray[np.str_]:
    """Why each cell (markets x areas) has no accessibility, or ok."""
    import numpy as np

    jobseekers = masses.unemployed.counts.sum(axis=1, keepdims=True)
    vacancies = masses.vacancies.counts.sum(axis=1, keepdims=True)
    return np.select(
        [
            np.broadcast_to(~masses.is_known[:, None], masses.is_shown.shape),
            (jobseekers == 0) & (vacancies > 0),
            jobseekers == 0,
            ~masses.is_shown,
        ],
        ["suppressed_secondary", "no_jobseekers", "empty_market", "suppressed_source"],
        default="ok",
    )


def _column(values: FloatArray, is_given: NDArray[np.bool_] | bool, decimals: int = DECIMALS) -> pl.Series:
    """`values` to `decimals` in one column; NULL where they are not given."""
    import numpy as np
    import polars as pl

    return pl.Series(np.where(is_given, np.round(values, decimals) + 0.0, np.nan).ravel()).fill_nan(None)


def draw_accessibility(frames: Frames, rows: pl.DataFrame) -> Figure:
    """Regions in the newest month, all occupations together: the default half-distance, and what the others give."""
    import polars as pl

    from assets.matching.pictures import new_figure

    newest = (
        rows.filter(
            (pl.col("area_level") == "region")
            & (pl.col("occupation_level") == "total")
            & ~pl.col("is_remainder")
            & (pl.col("period") == pl.col("period").max())
        )
        .join(frames["areas"].select("area_code", "area_name_en"), on="area_code")
        .with_columns(pl.col("accessibility").min().over("area_code").alias("lowest"))
        .with_columns(pl.col("accessibility").max().over("area_code").alias("highest"))
        .filter(pl.col("half_distance_km") == HALF_DISTANCE_KM)
        .sort("accessibility")
    )
    figure = new_figure(6.4, 4.6)
    axes = figure.subplots()
    names = newest["area_name_en"].to_list()
    axes.hlines(names, newest["lowest"].to_list(), newest["highest"].to_list(), color="#9ecae1", linewidth=4)
    axes.plot(newest["accessibility"].to_list(), names, "o", color="#08519c", markersize=4)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_xlabel("vacancies within reach for each competing jobseeker", fontsize=8)
    axes.set_title(
        f"Accessibility, {str(newest['period'].max())[:7]}: half-distance {HALF_DISTANCE_KM:.0f} km, "
        "bars from 25 to 100 km",
        fontsize=9,
    )
    return figure


ACCESSIBILITY = MatchingTable(
    name="accessibility",
    description=(
        "Vacancies within reach for each competing jobseeker, by region and employment area, occupation and month "
        "(I17). How fast the weight of a vacancy falls with distance is a convention, so the half-distance stands "
        "beside the number. Distances are straight lines; skills, housing and will are left aside."
    ),
    columns=COLUMNS,
    key=KEY,
    reads={**READS, "areas": AREA_NAMES},
    deps=(*DEPS, "area"),
    compute=accessibility_rows,
    draw=draw_accessibility,
)
