"""Gate G2: nothing that the source withheld can be read from the mart.

Belongs here: visible small counts, bounds of blanks, estimates, numbers derived from blanks. Does not belong
here: totals against their parts (`blank_mass`), order between bounds and values (`identities`). Contract: gate
G2, section 2.4.

A blank is a count of 1 to 4. Its bounds are always 1 and 4, so the number of blank cells under an aggregate is
(hi - lo) / 3.
"""

from __future__ import annotations

from quality.blank_mass import MEASURES, STOCK, blank_mass_checks
from quality.expect import Check, between
from quality.thresholds import threshold

SOURCE_CELL = """(
    (occupation_code = 'SSS' and area_level in ('country', 'region', 'subregion', 'municipality', 'ely'))
    or (occupation_level in ('occ4', 'special') and area_level in ('country', 'region'))
)"""
"""Cells that the source itself prints; all others are sums made here."""


def suppression_checks() -> list[Check]:
    """The checks of gate G2."""
    return [
        *(check for measure in MEASURES for check in _cells(measure)),
        *blank_mass_checks(),
        *_derived(),
    ]


def _cells(measure: str) -> list[Check]:
    fewest = threshold("blanks_under_an_estimate")
    return [
        _stock_cells(
            measure,
            name=f"no_visible_small_{measure}",
            offends=f"{measure} between 1 and 4",
            shown=measure,
            fault="counts of 1 to 4 are visible, which the source withholds.",
            mend="A blank must stay NULL with reason suppressed_source: look where the cell got its value.",
        ),
        _stock_cells(
            measure,
            name=f"blank_{measure}_stays_blank",
            offends=f"""
                {measure}_reason = 'suppressed_source'
                and {SOURCE_CELL}
                and (
                    {measure} is not null
                    or {measure}_est is not null
                    or {measure}_lo is distinct from 1
                    or {measure}_hi is distinct from 4
                )
            """,
            shown=f"concat_ws(' to ', {measure}_lo, {measure}_hi)",
            fault="blank cells of the source carry a value, an estimate, or bounds other than 1 and 4.",
            mend="Bounds of a blank are never tightened and its fill never leaves the build (rule 2.4.1).",
        ),
        _stock_cells(
            measure,
            name=f"{measure}_estimate_covers_three_blanks",
            offends=f"""
                {measure}_est is not null
                and {measure}_est is distinct from {measure}
                and (
                    coalesce(({measure}_hi - {measure}_lo) / 3 < {fewest}, true)
                    or {measure}_kind not in ('estimated', 'modelled')
                )
            """,
            shown=f"{measure}_est",
            fault="an estimate stands on fewer than three blank cells, or on a cell of kind interval_only.",
            mend="Publish it as interval_only, without an estimate (rule 2.4.2).",
        ),
        _stock_cells(
            measure,
            name=f"{measure}_kind_tells_the_truth",
            offends=f"""
                ({measure}_kind = 'exact')
                    is distinct from coalesce({measure}_lo = {measure} and {measure}_hi = {measure}, false)
                and ({measure}_kind = 'exact' or {measure} is not null)
            """,
            shown=f"{measure}_kind",
            fault="a value is called exact and is not, or is exact and is not called so.",
            mend="A visible count has lo = value = hi and kind exact; anything else has no value.",
        ),
    ]


def _stock_cells(measure: str, *, name: str, offends: str, shown: str, fault: str, mend: str) -> Check:
    """A check that counts offending cells of `measure` by level, and names the first with what it shows."""
    return Check(
        gate="G2",
        name=name,
        scope=STOCK,
        metric=f"cells of {measure}, by area level and occupation level",
        threshold="0 cells",
        measure=f"""
            select
                concat_ws(
                    ', ',
                    area_level,
                    occupation_level,
                    arg_min(concat(area_code, ' ', occupation_code, ' shows ', {shown}), (period, area_code))
                        filter (offends)
                ) as place,
                min(period) filter (offends) as period,
                count(*) filter (offends) as observed
            from (select *, coalesce({offends}, false) as offends from mart.{STOCK})
            group by area_level, occupation_level
            order by period nulls last, place
        """,
        **between(0, 0),
        fault=fault,
        mend=mend,
    )


def _derived() -> list[Check]:
    both, tightness = ("unemployed", "vacancies"), ("theta_raw", "seekers_per_vacancy", "log_tightness_rank")
    return [
        _from_blanks(
            table="fct_tightness",
            needs=dict.fromkeys(tightness, both),
            occupation="occupation_code",
        ),
        _from_blanks(
            table="fct_rate",
            needs={
                "unemployment_rate": ("unemployed",),
                "unemployment_rate_published": ("unemployed",),
                "vacancy_rate_lf": both,
            },
            occupation="'SSS'",
        ),
        Check(
            gate="G2",
            name="theta_bounds_are_public",
            scope="fct_tightness",
            metric="largest relative distance of theta bounds from V_lo/U_hi and V_hi/U_lo, by area level",
            threshold=f"at most {threshold('identity'):g}",
            measure="""
                select
                    area_level as place,
                    arg_max(period, off) as period,
                    max(off) as observed
                from (
                    select
                        tightness.area_level,
                        period,
                        greatest(
                            coalesce(abs(theta_lo * unemployed_hi - vacancies_lo) / greatest(vacancies_lo, 1), 0),
                            coalesce(abs(theta_hi * unemployed_lo - vacancies_hi) / greatest(vacancies_hi, 1), 0)
                        ) as off
                    from mart.fct_tightness as tightness
                    join mart.fct_market_stock using (period, area_code, occupation_code)
                )
                group by area_level
                order by place
            """,
            **between(None, threshold("identity")),
            fault="bounds of tightness say more than the public interval of their counts.",
            mend="Compute them from the published bounds, 1 and 4 for a blank (rule 2.4.5).",
        ),
    ]


def _from_blanks(*, table: str, needs: dict[str, tuple[str, ...]], occupation: str) -> Check:
    """A check that no column of `needs` has a value where one of the counts it is made of is blank."""
    offends = {
        column: f"{column} is not null and ({' or '.join(f'coalesce({c}, {c}_est) is null' for c in counts)})"
        for column, counts in needs.items()
    }
    found = ", ".join(
        f"""{{
            'place': concat_ws(
                ', ',
                '{column}',
                area_level,
                arg_min(concat(area_code, ' ', occupation), (period, area_code)) filter ({condition})
            ),
            'period': min(period) filter ({condition}),
            'observed': count(*) filter ({condition})
        }}"""
        for column, condition in offends.items()
    )
    return Check(
        gate="G2",
        name=f"{table}_needs_visible_counts",
        scope=table,
        metric="values whose count is blank, by column and area level",
        threshold="0",
        measure=f"""
            with derived as (
                select area_level, area_code, period, {occupation} as occupation, {", ".join(needs)}
                from mart.{table}
            ),
            stock as (
                select
                    area_code,
                    period,
                    occupation_code as occupation,
                    unemployed,
                    unemployed_est,
                    vacancies,
                    vacancies_est
                from mart.{STOCK}
            ),
            levels as (
                select unnest([{found}]) as found
                from derived
                left join stock using (area_code, period, occupation)
                group by area_level
            )
            select found.place, found.period, found.observed
            from levels
            order by found.period nulls last, found.place
        """,
        **between(0, 0),
        fault="a value is shown where one of its counts is blank, so the blank can be solved from it.",
        mend="Publish at most bounds there, such as theta_lo and theta_hi (rules 2.4.3 and 2.4.5).",
    )
