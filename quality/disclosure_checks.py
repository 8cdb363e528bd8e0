"""Gate G2, all tables together: nothing that is published narrows what a withheld count can be.

Belongs here: the checks that run the attacker and watch over its catalogue. Does not belong here: the attack itself
(`attack`), rules about one table (`suppression`). Contract: section 2.4.
"""

from __future__ import annotations

from functools import partial

from quality.attack import attack
from quality.disclosure import NUMERIC, exempt_columns, exempt_tables, listed_columns
from quality.expect import Check, between
from quality.thresholds import threshold

PROBABILITIES = ("p_very_loose", "p_loose", "p_average", "p_tight", "p_very_tight")


def disclosure_checks() -> list[Check]:
    """The checks of gate G2 that look at all published tables at once."""
    return [_catalogue(), _attack(), _posteriors()]


def _catalogue() -> Check:
    tables = ", ".join(f"'{name}'" for name in exempt_tables())
    columns = ", ".join(f"'{name}'" for name in exempt_columns())
    listed = ", ".join(f"('{table}', '{column}')" for table, column in sorted(listed_columns()))
    return Check(
        gate="G2",
        name="every_number_is_in_the_catalogue",
        scope="all tables",
        metric="published numeric columns of which disclosure.yml says nothing, by table",
        threshold="0",
        measure=f"""
            with listed (table_name, column_name) as (values {listed}),
            published as (
                select columns.table_name, columns.column_name, listed.column_name is null as is_forgotten
                from duckdb_columns() as columns
                left join listed using (table_name, column_name)
                where columns.schema_name = 'mart'
                    and columns.table_oid in (select table_oid from duckdb_tables())
                    and columns.data_type in {NUMERIC}
                    and columns.table_name not in ({tables})
                    and columns.column_name not in ({columns})
            )
            select
                concat_ws('.', table_name, min(column_name) filter (is_forgotten)) as place,
                null::date as period,
                count(*) filter (is_forgotten) as observed
            from published
            group by table_name
            order by table_name
        """,
        **between(0, 0),
        fault="the attacker does not know what a published number says about withheld counts.",
        mend="Say it in quality/disclosure.yml: an equation, a bound, or harmless and why.",
    )


def _attack() -> Check:
    months = int(threshold("attacked_months"))
    return Check(
        gate="G2",
        name="no_withheld_count_is_narrowed",
        scope="all tables",
        metric=f"by how much the release shortens the interval of a withheld count, worst of each of {months} months",
        threshold="0",
        measure=partial(attack, newest=months),
        **between(0, threshold("narrowed_interval")),
        fault="from all tables together a withheld count can be solved, or bounded more narrowly than by the source.",
        mend="Blank the number that is named, or put the count into a sum of three blanks or more (rules 2.4.2-2.4.5).",
    )


def _posteriors() -> Check:
    differs = " or ".join(f"max({name}) - min({name}) > {threshold('recomputed_index'):g}" for name in PROBABILITIES)
    return Check(
        gate="G2",
        name="class_probabilities_of_blanks_are_public",
        scope="fct_tightness",
        metric="groups of blank cells of the same occupation and visible counts with different probabilities, by month",
        threshold="0 of the newest months",
        measure=f"""
            with cells as (
                select tightness.*, stock.unemployed, stock.vacancies
                from mart.fct_tightness as tightness
                join mart.fct_market_stock as stock using (period, area_code, occupation_code)
                where tightness.area_level = 'region'
                    and tightness.occupation_level = 'occ4'
                    and (stock.unemployed_reason = 'suppressed_source' or stock.vacancies_reason = 'suppressed_source')
                    and tightness.p_average is not null
                    and tightness.period in (
                        select distinct period from mart.fct_tightness order by period desc
                        limit {int(threshold("attacked_months"))}
                    )
            ),
            compared as (
                select period, occupation_code, any_value(area_code) as area_code, {differs} as differs
                from cells
                group by period, occupation_code, unemployed, vacancies
            )
            select
                concat_ws(
                    ' ',
                    arg_min(area_code, occupation_code) filter (differs),
                    min(occupation_code) filter (differs)
                ) as place,
                period,
                count(*) filter (differs) as observed
            from compared
            group by period
            order by period
        """,
        **between(0, 0),
        fault="the probabilities of a blank cell depend on more than its public interval.",
        mend="Average them with equal weight over all that the blank may be, 1 to 4 (rule 2.4.5).",
        when_empty="no blank cell has class probabilities.",
    )
