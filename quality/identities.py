"""Gate G3: identities and inequalities that hold whatever the numbers are.

Belongs here: relations between columns of stocks, tightness and rates that follow by algebra. Does not belong here:
the mismatch index (`index_identities`, `contributions`). Contract: gate G3, I01 to I04, section 2.2.
"""

from __future__ import annotations

from quality.expect import Check, between
from quality.index_identities import index_identity_checks
from quality.thresholds import threshold, tiling_levels

MEASURES = ("unemployed", "vacancies")


def identity_checks() -> list[Check]:
    """The checks of gate G3."""
    return [
        *index_identity_checks(),
        *(_stock_bounds(measure) for measure in MEASURES),
        *(_occupation_levels(measure) for measure in MEASURES),
        *(_area_levels(measure) for measure in MEASURES),
        _grouped(
            "fct_tightness",
            "theta_times_seekers_is_one",
            excess="abs(theta_raw * seekers_per_vacancy - 1)",
            rule="theta_raw * seekers_per_vacancy = 1",
            where="theta_raw is not null and seekers_per_vacancy is not null",
        ),
        _grouped(
            "fct_tightness",
            "theta_within_bounds",
            excess="greatest(theta_lo - theta_raw, theta_raw - theta_hi) / greatest(theta_raw, 1)",
            rule="theta_lo <= theta_raw <= theta_hi",
            where="theta_raw is not null",
        ),
        *(
            _grouped(
                "fct_rate",
                f"{rate}_within_bounds",
                excess=f"greatest({rate}_lo - {rate}, {rate} - {rate}_hi)",
                rule=f"{rate}_lo <= {rate} <= {rate}_hi",
                where=f"{rate} is not null",
            )
            for rate in ("unemployment_rate", "vacancy_rate_lf")
        ),
    ]


def _stock_bounds(measure: str) -> Check:
    return _grouped(
        "fct_market_stock",
        f"{measure}_within_bounds",
        excess=f"""
            greatest(
                {measure}_lo - coalesce({measure}, {measure}_est),
                coalesce({measure}, {measure}_est) - {measure}_hi,
                {measure}_lo - coalesce({measure}_est, {measure}),
                coalesce({measure}_est, {measure}) - {measure}_hi
            ) / greatest({measure}_hi, 1)
        """,
        rule="lo <= value <= hi, and the same for the estimate",
        where=f"{measure} is not null or {measure}_est is not null",
    )


def _occupation_levels(measure: str) -> Check:
    return Check(
        gate="G3",
        name=f"occupation_levels_of_{measure}_add_up",
        scope="fct_market_stock",
        metric="distance of the bounds of a roll-up from those of its 4-digit cells, per area, farthest month",
        threshold="0",
        measure=f"""
            with sums as (
                select
                    area_code,
                    period,
                    occupation_level,
                    sum({measure}_lo) as lowest,
                    sum({measure}_hi) as highest
                from mart.fct_market_stock
                where occupation_level in ('occ1', 'occ2', 'occ3', 'occ4')
                group by area_code, period, occupation_level
            ),
            compared as (
                select
                    area_code,
                    period,
                    rolled.occupation_level,
                    greatest(abs(rolled.lowest - cells.lowest), abs(rolled.highest - cells.highest)) as off
                from sums as rolled
                join sums as cells using (area_code, period)
                where rolled.occupation_level <> 'occ4'
                    and cells.occupation_level = 'occ4'
            )
            select
                concat(area_code, ', ', arg_max(occupation_level, off)) as place,
                arg_max(period, off) as period,
                max(off) as observed
            from compared
            group by area_code
            order by place
        """,
        **between(0, 0),
        fault="a roll-up of occupations is not the sum of its 4-digit cells.",
        mend="Roll up by the digits of the code, X codes left out, bounds included.",
    )


def _area_levels(measure: str) -> Check:
    levels = ", ".join(f"'{level}'" for level in tiling_levels())
    return Check(
        gate="G3",
        name=f"area_levels_of_{measure}_add_up",
        scope="fct_market_stock",
        metric="distance of the sum of the regions from the bounds of the sum of another level, per month",
        threshold="0",
        measure=f"""
            with sums as (
                select
                    stock.area_level,
                    period,
                    sum({measure}_lo) as lowest,
                    sum({measure}_hi) as highest
                from mart.fct_market_stock as stock
                join mart.dim_area as area using (area_code)
                where occupation_code = 'SSS'
                    and not area.is_residual
                group by stock.area_level, period
            )
            select
                tiles.area_level as place,
                period,
                greatest(tiles.lowest - regions.highest, regions.lowest - tiles.highest, 0) as observed
            from sums as tiles
            join sums as regions using (period)
            where tiles.area_level in ({levels})
                and regions.area_level = 'region'
            order by period, place
        """,
        **between(0, 0),
        fault="the areas of a level that covers the country do not add up to the regions.",
        mend="A municipality is in no area of that level, or in two: look at area_municipality.",
    )


def _grouped(table: str, name: str, *, excess: str, rule: str, where: str) -> Check:
    """A check of a relation in every row of a large table: the largest excess by area level, with its place."""
    place = "area_code" if table == "fct_rate" else "concat(area_code, ' ', occupation_code)"
    return Check(
        gate="G3",
        name=name,
        scope=table,
        metric=f"largest excess over '{rule}', by area level",
        threshold=f"at most {threshold('identity'):g}",
        measure=f"""
            select
                concat(area_level, ', ', arg_max(where_it_is, excess)) as place,
                arg_max(period, excess) as period,
                max(excess) as observed
            from (
                select area_level, {place} as where_it_is, period, coalesce({excess}, 'infinity'::double) as excess
                from mart.{table}
                where {where}
            )
            group by area_level
            order by place
        """,
        **between(None, threshold("identity")),
        fault=f"'{rule}' does not hold.",
        mend="Look at the SQL of the column: it follows by algebra from its counts.",
    )
