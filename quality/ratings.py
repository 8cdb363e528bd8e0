"""Gates G8, G3 and G2, of ratings: the inferred formula gives what is published, and withheld counts stay unrated.

Belongs here: relations within the tables of ratings, scores and concentration. Does not belong here: the same agreement
at the door (`landing_ratings`), whose limit is shared. Contract: I05, I19, gates G2, G3 and G8.
"""

from __future__ import annotations

from quality.expect import Check, between
from quality.landing_ratings import AGREEMENT
from quality.result import Severity
from quality.thresholds import threshold

PUBLISHED = "fct_keha_rating_published"
OWN = "fct_keha_rating"
SCORES = "fct_shortage_score"
COMPARISON = "fct_rating_comparison"
CAUSES = "fct_cause_indicator"
CONCENTRATION = "fct_concentration"

COMPONENTS = (
    "theta_eb",
    "unemployment_rate_occ",
    "vacancy_rate_occ",
    "vacancies_yoy",
    "unemployed_yoy",
    "days_online",
)
ROUNDING = 1e-9
"""What nine decimals leave of a mean."""

WITHHELD_SIDES = {
    OWN: ("s_own is not null", "unemployed_reason, vacancies_reason"),
    SCORES: ("shortage_score is not null or components_rated > 0", "unemployed_reason, vacancies_reason"),
    COMPARISON: ("ratings > 0", "unemployed_reason, vacancies_reason"),
    CAUSES: ("labour_scarcity is not null", "unemployed_reason"),
}
"""Table: when a cell of it is rated, and the counts of which none may then be withheld."""


def rating_checks() -> list[Check]:
    """The checks of gates G8, G3 and G2 about ratings."""
    return [
        _agreement(),
        _offending(
            OWN,
            "balanced_is_degree_one",
            offends="(state_own = 'balanced') != (degree_own = 1)",
            rule="state_own is balanced if and only if degree_own is 1",
        ),
        _as_published(),
        _offending(
            SCORES,
            "score_is_mean_of_components",
            offends=f"""
                abs(shortage_score - ({_points()}) / components_rated) > {ROUNDING:g}
                or components_rated != {_rated()}
            """,
            rule="shortage_score is the mean of the rated components, and components_rated their number",
        ),
        _offending(
            SCORES,
            "rank_within_its_range",
            offends="not shortage_rank between rank_lo and rank_hi or rank_lo < 1",
            rule="1 <= rank_lo <= shortage_rank <= rank_hi",
        ),
        _offending(
            CONCENTRATION,
            "concentration_within_range",
            offends=f"""
                vacancies_concentration < 1 / cells - {threshold("identity"):g} or vacancies_concentration > 1
                or not largest_municipalities_share between 0 and 1
            """,
            rule="1/n <= vacancies_concentration <= 1",
        ),
        *(_unrated(table, rated, reasons) for table, (rated, reasons) in WITHHELD_SIDES.items()),
    ]


def _agreement() -> Check:
    return Check(
        gate="G8",
        name="rating_recomputed",
        scope=PUBLISHED,
        metric="share of uncensored rows whose state, or degree, is recomputed as published, by month",
        threshold=f"at least {AGREEMENT:g}",
        measure=" union all ".join(
            f"""
                select '{what}' as place, period, avg(({what} = {what}_pub)::integer) as observed
                from mart.{PUBLISHED}
                where {what} is not null and {what}_pub is not null
                group by period
            """
            for what in ("state", "degree")
        )
        + " order by place, period",
        **between(AGREEMENT, None),
        severity=Severity.WARN,
        fault="published ratings leave the inferred formula.",
        mend="The producer may have moved its cut-offs: look at the rows that disagree, and at ref_keha_cutoff.",
        when_empty="the barometer is not in this data, or every row is censored.",
    )


def _as_published() -> Check:
    pairs = {"state_pub": "state", "degree_pub": "degree", "s_pub": "scale", "k_pub": "slope"}
    differs = " or ".join(f"here.{ours} is distinct from feed.{theirs}" for ours, theirs in pairs.items())
    return Check(
        gate="G3",
        name="published_ratings_untouched",
        scope=PUBLISHED,
        metric="rows whose published rating is not the feed's own",
        threshold="0",
        measure=f"""
            select 'rows' as place, min(period) filter ({differs}) as period, count(*) filter ({differs}) as observed
            from mart.{PUBLISHED} as here
            full join mart.fct_barometer as feed using (period, area_code, occupation_code)
        """,
        **between(0, 0),
        fault="a published rating was changed or lost on the way.",
        mend="Recomputed values have columns of their own; the published ones are never overwritten.",
    )


def _points() -> str:
    return " + ".join(f"coalesce({component}_score, 0)" for component in COMPONENTS)


def _rated() -> str:
    return "(" + " + ".join(f"({component}_score is not null)::integer" for component in COMPONENTS) + ")"


def _unrated(table: str, rated: str, reasons: str) -> Check:
    return Check(
        gate="G2",
        name=f"withheld_unrated_{table.removeprefix('fct_')}",
        scope=table,
        metric="cells with a withheld count that are rated all the same",
        threshold="0",
        measure=f"""
            select 'cells' as place, min(period) as period, count(*) as observed
            from mart.{table}
            join (
                select period, area_code, occupation_code
                from mart.fct_market_stock
                where occupation_level = 'occ4' and 'suppressed_source' in ({reasons})
            ) using (period, area_code, occupation_code)
            where {rated}
        """,
        **between(0, 0),
        fault="a rating gives away something about a count that the source withholds.",
        mend="Rate no cell whose own count is withheld (methods 2.4).",
    )


def _offending(table: str, name: str, *, offends: str, rule: str) -> Check:
    return Check(
        gate="G3",
        name=name,
        scope=table,
        metric=f"rows that break {rule}",
        threshold="0",
        measure=f"""
            select
                coalesce(arg_min(cell, period) filter (is_broken), 'rows') as place,
                min(period) filter (is_broken) as period,
                count(*) filter (is_broken) as observed
            from (
                select concat_ws(', ', area_code, occupation_code) as cell, period, ({offends}) as is_broken
                from mart.{table}
            )
        """,
        **between(0, 0),
        fault=f"{rule}: this must hold whatever the numbers are.",
        mend="Look at the SQL of the table and at dbt_project/macros/ratings.sql.",
    )
