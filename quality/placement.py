"""Gate G3, of distances: what transport plans and accessibility share out is what there is.

Belongs here: sums that must agree between columns and tables of I17 and I18. Does not belong here: whether a plan is
the cheapest, which the solver proves (assets/matching/transport_solver.py). Contract: I17, I18.
"""

from __future__ import annotations

from quality.expect import Check, between
from quality.thresholds import threshold

SUMMARY = "fct_transport_summary"
ROWS = "fct_cross_region_placement"
REACH = "fct_accessibility"

_EVERY_PLAN = "concat(partition, ', ', variant, ', ', occupation_code)"


def placement_checks() -> list[Check]:
    """The checks of gate G3 about placement and accessibility."""
    return [
        _summary(
            "own_and_cross_region_are_placeable",
            excess="""abs(own_region + cross_region + flexible_placed
                - least(unemployed_total, vacancies_total + flexible_vacancies))
                / greatest(unemployed_total, vacancies_total + flexible_vacancies, 1)""",
            rule="own_region + cross_region + flexible_placed = min(U, V)",
            where="own_region is not null",
        ),
        _summary(
            "own_region_within_both_sides",
            excess="""greatest(-own_region, -cross_region, own_region - least(unemployed_total, vacancies_total))
                / greatest(unemployed_total, vacancies_total, 1)""",
            rule="0 <= own_region <= min(U, V), 0 <= cross_region",
            where="own_region is not null",
        ),
        _summary(
            "re_sorting_travels_only_where_somebody_moves",
            excess="""greatest(-jackman_roper, jackman_roper - 1, -w1_km,
                if((jackman_roper = 0) = (w1_km = 0), 0, greatest(jackman_roper, w1_km)))""",
            rule="0 <= JR <= 1, and w1_km = 0 if and only if JR = 0",
            where="w1_km is not null",
        ),
        _summary(
            "re_sorted_are_jackman_roper_times_unemployed",
            excess="abs(movers - jackman_roper * unemployed_total) / greatest(unemployed_total, 1)",
            rule="movers = JR U",
            where="movers is not null",
        ),
        _rows_add_up("persons", "cross_region + flexible_placed", "cross_region"),
        _rows_add_up("person_km", "person_km", "person_km"),
        _named_rows_are_large(),
        _reached_are_all(),
        _same_vacancies(),
    ]


def _check(scope: str, name: str, measure: str, *, metric: str, rule: str) -> Check:
    return Check(
        gate="G3",
        name=name,
        scope=scope,
        metric=metric,
        threshold=f"at most {threshold('placement'):g}",
        measure=measure,
        **between(None, threshold("placement")),
        fault=f"'{rule}' does not hold.",
        mend="The counts of two columns are not of one set of cells: look at assets/matching/ and at the fact's SQL.",
    )


def _summary(name: str, *, excess: str, rule: str, where: str) -> Check:
    return _check(
        SUMMARY,
        name,
        f"""
            select arg_max(place, observed) as place, period, max(observed) as observed
            from (
                select {_EVERY_PLAN} as place, period, {excess} as observed
                from mart.{SUMMARY}
                where {where}
            )
            group by period
            order by period
        """,
        metric=f"largest excess over '{rule}', relative, per month",
        rule=rule,
    )


def _rows_add_up(column: str, total: str, name: str) -> Check:
    return _check(
        ROWS,
        f"{column}_of_rows_add_up_to_the_summary",
        f"""
            with added as (
                select period, area_level as partition, variant, occupation_code, sum({column}) as found
                from mart.{ROWS}
                group by all
            ),
            compared as (
                select {_EVERY_PLAN} as place, period,
                    abs(coalesce(found, 0) - ({total})) / greatest({total}, 1) as observed
                from mart.{SUMMARY}
                left join added using (period, partition, variant, occupation_code)
                where own_region is not null
            )
            select arg_max(place, observed) as place, period, max(observed) as observed
            from compared
            group by period
            order by period
        """,
        metric=f"largest difference of {column} to {name} of {SUMMARY}, relative, per month",
        rule=f"the rows of a market, other and FLEX included, add up to its {name}",
    )


def _named_rows_are_large() -> Check:
    fewest = threshold("fewest_persons_placed")
    return Check(
        gate="G2",
        name="named_placement_has_five_persons_and_public_ends",
        scope=ROWS,
        metric="smallest number of persons in a row that names both areas, 0 where one of their counts is withheld",
        threshold=f"at least {fewest:g}",
        measure=f"""
            with named as (
                select period, occupation_code, from_area_code, to_area_code, persons
                from mart.{ROWS}
                where from_area_code != 'other' and to_area_code != 'other' and persons is not null
            ),
            ends as (
                select *, from_area_code as area_code from named
                union all
                select *, to_area_code as area_code from named
            )
            select
                arg_min(concat(from_area_code, ' to ', to_area_code, ', ', occupation_code), shown) as place,
                period,
                min(shown) as observed
            from (
                select
                    ends.*,
                    if(
                        coalesce(stocks.unemployed, stocks.unemployed_est) is null
                            or coalesce(stocks.vacancies, stocks.vacancies_est) is null,
                        0,
                        ends.persons
                    ) as shown
                from ends
                left join mart.fct_market_stock as stocks using (period, area_code, occupation_code)
            )
            group by period
            order by period
        """,
        **between(fewest - threshold("placement"), None),
        fault="A row of the placement plan names areas though few persons go, or a count of theirs is withheld.",
        mend="Look at shown_moves in assets/matching/placement_release.py.",
        when_empty="no placement names two areas",
    )


def _reached_are_all() -> Check:
    return _check(
        REACH,
        "vacancies_reached_are_all_vacancies",
        f"""
            with shared as (
                select period, area_level as partition, occupation_code, half_distance_km,
                    sum(vacancies_reached) + any_value(vacancies_unreached) as found
                from mart.{REACH}
                group by all
            ),
            compared as (
                select concat(partition, ', ', occupation_code, ', ', half_distance_km, ' km') as place, period,
                    abs(found - vacancies_total) / greatest(vacancies_total, 1) as observed
                from shared
                inner join mart.{SUMMARY} using (period, partition, occupation_code)
                where variant = 'located' and found is not null and vacancies_total is not null
            )
            select arg_max(place, observed) as place, period, max(observed) as observed
            from compared
            group by period
            order by period
        """,
        metric=f"largest difference of the vacancies shared out to vacancies_total of {SUMMARY}, relative, per month",
        rule="Σ U A = Σ V over what is reached",
    )


def _same_vacancies() -> Check:
    return _check(
        REACH,
        "accessibility_times_jobseekers_is_reached",
        f"""
            select arg_max(place, observed) as place, period, max(observed) as observed
            from (
                select
                    concat(reach.area_code, ', ', reach.occupation_code) as place,
                    reach.period,
                    abs(reach.accessibility * stocks.unemployed - reach.vacancies_reached)
                        / greatest(reach.vacancies_reached, 1) as observed
                from mart.{REACH} as reach
                inner join mart.fct_market_stock as stocks using (period, area_code, occupation_code)
                where reach.accessibility is not null and stocks.unemployed is not null
            )
            group by period
            order by period
        """,
        metric="largest difference of U A to vacancies_reached where U is public, relative, per month",
        rule="vacancies_reached = U A",
    )
