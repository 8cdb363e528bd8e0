"""Gate G2, the mass of blanks: what the source withheld must be what a total leaves over, 1 to 4 a cell.

Belongs here: totals against the sum of their visible and blank parts. Does not belong here: single cells
(`suppression`). Contract: gate G2, sections 2 and 2.1.

With n blanks among the parts, the bounds of their sum are 3 n apart, so the mean of the blanks is
1 + 3 (total - lo) / (hi - lo). Outside 1 to 4 a cell is lost, doubled or misread, and no fill exists.
"""

from __future__ import annotations

from quality.expect import Check, between
from quality.thresholds import threshold

MEASURES = ("unemployed", "vacancies")
STOCK = "fct_market_stock"


def blank_mass_checks() -> list[Check]:
    """The checks of totals: of areas against their occupations, and against the areas in them."""
    return [check for measure in MEASURES for check in (*_occupations(measure), *_areas(measure))]


def _occupations(measure: str) -> list[Check]:
    sums = f"""
        select
            area_code,
            period,
            any_value({measure}) filter (occupation_code = 'SSS') as total,
            sum({measure}_lo) filter (occupation_level in ('occ4', 'special')) as lowest,
            sum({measure}_hi) filter (occupation_level in ('occ4', 'special')) as highest
        from mart.{STOCK}
        where area_level in ('country', 'region')
        group by area_code, period
    """
    return _sums(
        measure,
        sums=sums,
        what="occupations",
        mend="Occupation cells are lost, doubled or misread: compare 12ti in the landing with this area.",
    )


def _areas(measure: str) -> list[Check]:
    sums = f"""
        select
            parent.area_code,
            child.period,
            any_value(parent.{measure}) as total,
            sum(child.{measure}_lo) as lowest,
            sum(child.{measure}_hi) as highest
        from mart.{STOCK} as child
        join mart.dim_area as area on area.area_code = child.area_code
        join mart.{STOCK} as parent
            on parent.area_code = area.parent_area_code
            and parent.period = child.period
            and parent.occupation_code = 'SSS'
        where child.occupation_code = 'SSS'
            and child.area_level in ('subregion', 'municipality')
            and not area.is_residual
        group by parent.area_code, child.period
    """
    return _sums(
        measure,
        sums=sums,
        what="areas",
        mend="An area is lost, doubled or hangs under the wrong parent: compare dim_area with 12r5.",
    )


def _sums(measure: str, *, sums: str, what: str, mend: str) -> list[Check]:
    """Two checks of totals against their parts: with blanks their mean lies in [1, 4], without they agree."""
    low, high = threshold("blank_mean_lo"), threshold("blank_mean_hi")
    return [
        Check(
            gate="G2",
            name=f"mean_blank_{measure}_by_{what}",
            scope=STOCK,
            metric=f"mean blank {measure} of an area and month, from its total less its visible {what}",
            threshold=f"{low:g} to {high:g}",
            measure=f"""
                select
                    area_code as place,
                    period,
                    1 + 3 * (total - lowest) / (highest - lowest) as observed
                from ({sums})
                where total is not null
                    and highest > lowest
                order by period, place
            """,
            **between(low, high),
            fault=f"the blank {what} of an area can't be counts of 1 to 4.",
            mend=mend,
            when_empty=f"no blank {measure} among {what} of an area with a visible total.",
        ),
        Check(
            gate="G2",
            name=f"visible_{measure}_by_{what}_add_up",
            scope=STOCK,
            metric=f"total {measure} less the sum of {what}, per area, farthest month",
            threshold="0",
            measure=f"""
                select
                    area_code as place,
                    arg_max(period, abs(total - lowest)) as period,
                    max(abs(total - lowest)) as observed
                from ({sums})
                where total is not null
                    and highest = lowest
                group by area_code
                order by place
            """,
            **between(0, 0),
            fault=f"all {what} of an area are visible, and yet they do not add up to its total.",
            mend=mend,
            when_empty=f"no area and month in which all {what} are visible.",
        ),
    ]
