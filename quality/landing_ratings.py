"""At the door: does a landed file of barometer ratings hold what the barometer is known to send?

Belongs here: judging one landed file of `tyovoimabarometri/ratings`. Does not belong here: the rules that the client
applies to each answer before it is kept; StatFin's tables (`landing`). The promises are those of contract barometer,
sections 1.3, 1.4 and 1.6; the formula is that of contract indicators, I05.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from quality.expect import Check, between, in_set
from quality.landed import VINTAGE_COLUMNS, columns_check, judge_shape_first, landed_views
from quality.result import CheckResult, Severity

GATES = {"landing": "The ratings are those of 19 regions per occupation and month, with known codes, states and rates."}
"""The gates that `judge_ratings` answers for: name -> what each demands."""

SCOPE = "tyovoimabarometri ratings"
REGIONS = 19
AGREEMENT = 0.97  # of uncensored rows, with the inferred formula (contract barometer, 1.6 rule 8)
_PARSER = "Compare the answer in raw/ with sources/tyovoimabarometri/parse.py."
_ASK = "Look at the barometer's page; the source may have changed its rules."
_COLUMNS = {
    **VINTAGE_COLUMNS,
    "occupation_code": "VARCHAR",
    "region_code": "VARCHAR",
    "period": "DATE",
    "is_forecast": "BOOLEAN",
    "employed": "BIGINT",
    "employed_is_censored": "BOOLEAN",
    "unemployed": "BIGINT",
    "unemployed_is_censored": "BOOLEAN",
    "vacancies": "BIGINT",
    "unemployment_rate": "DOUBLE",
    "vacancy_rate": "DOUBLE",
    "slope": "DOUBLE",
    "scale": "DOUBLE",
    "state": "INTEGER",
    "state_is_error": "BOOLEAN",
    "degree": "INTEGER",
}


def judge_ratings(parquet: Path, *, occupations: frozenset[str], regions: frozenset[str]) -> list[CheckResult]:
    """Judge one landed file; `occupations` and `regions` are the known bare codes (four and two digits).

    When columns or types are not the agreed ones, only that is reported. Agreement with the inferred formula, unknown
    occupations and visible counts of 1 to 4 only warn.
    """
    with landed_views(landed=parquet) as connection:
        return judge_shape_first(connection, _checks(occupations, regions))


def rating_rules() -> dict[str, str]:
    """The rules that `judge_ratings` applies: name -> what is demanded, in words."""
    return {check.name: f"{check.metric}: {check.threshold}" for check in _checks(frozenset(), frozenset())}


def _checks(occupations: frozenset[str], regions: frozenset[str]) -> list[Check]:
    return [
        columns_check(_COLUMNS, scope=SCOPE, mend=_PARSER),
        _rows(),
        *_keys(),
        _codes("occupation_code", occupations, severity=Severity.WARN),
        _codes("region_code", regions, severity=Severity.BLOCK),
        *_ratings(),
        *_counts(),
        _agreement(),
    ]


def _rows() -> Check:
    return Check(
        gate="landing",
        name="rows",
        scope=SCOPE,
        metric="row counts",
        threshold="at least 1",
        measure="select 'file' as place, null::date as period, count(*) as observed from landed",
        **between(1, None),
        fault="the file is empty.",
        mend="Pull the table again.",
    )


def _keys() -> list[Check]:
    key = "occupation_code, region_code, period, is_forecast"
    filled = [*key.split(", "), "vintage_id", "retrieved_at", "source_updated_at", "state_is_error"]
    return [
        Check(
            gate="landing",
            name="keys_filled",
            scope=SCOPE,
            metric="columns without NULL",
            threshold="no NULL",
            measure=" union all ".join(
                f"select '{column}' as place, null::date as period, count(*) - count({column}) as observed from landed"
                for column in filled
            ),
            **between(0, 0),
            fault="rows without a key.",
            mend=_PARSER,
        ),
        Check(
            gate="landing",
            name="key_unique",
            scope=SCOPE,
            metric="repeated keys per occupation",
            threshold="0",
            measure=f"""
                select occupation_code as place, min(period) as period, sum(copies - 1) as observed
                from (select {key}, count(*) as copies from landed group by {key})
                group by occupation_code
                order by occupation_code
            """,
            **between(0, 0),
            fault=f"({key}) is not unique.",
            mend=_PARSER,
        ),
        Check(
            gate="landing",
            name="regions_whole",
            scope=SCOPE,
            metric="regions per occupation and month",
            threshold=str(REGIONS),
            measure="""
                select occupation_code as place, period, count(distinct region_code) as observed
                from landed
                group by occupation_code, period, is_forecast
                order by occupation_code, period
            """,
            **between(REGIONS, REGIONS),
            fault="an occupation does not have every region.",
            mend="Pull the table again; if it lasts, the division of regions has changed.",
        ),
        Check(
            gate="landing",
            name="period_begins",
            scope=SCOPE,
            metric="periods",
            threshold="the first day of a month",
            measure="""
                select distinct
                    'days too late' as place,
                    period,
                    period - date_trunc('month', period)::date as observed
                from landed
                order by period
            """,
            **between(0, 0),
            fault="a period is not written as its first day.",
            mend=_PARSER,
        ),
        Check(
            gate="landing",
            name="no_future_period",
            scope=SCOPE,
            metric="days from the newest observed month to the time of asking",
            threshold="0 or more",
            measure="""
                select
                    'newest' as place,
                    max(period) as period,
                    datediff('day', max(period), max(source_updated_at)::date) as observed
                from landed
                where not is_forecast
                having count(*) > 0
            """,
            **between(0, None),
            fault="an observed month begins after the day on which it was asked for.",
            mend=_ASK,
            when_empty="forecasts only, hence no observed month to judge.",
        ),
    ]


def _codes(column: str, known: frozenset[str], *, severity: Severity) -> Check:
    return Check(
        gate="landing",
        name=f"known_{column}",
        scope=SCOPE,
        metric=f"values of {column}",
        threshold="codes of the project's classifications",
        measure=f"""
            select {column} as place, min(period) as period, {column} as observed
            from landed
            group by {column}
            order by {column}
        """,
        **in_set(sorted(known)),
        severity=severity,
        fault="codes that the project's classifications do not have.",
        mend="Describe them in dbt_project/seeds, or wait for a correction; unknown occupations join nothing.",
    )


def _offending(name: str, offends: str, *, fault: str, mend: str, severity: Severity = Severity.BLOCK) -> Check:
    """A check that counts offending rows by occupation and names the first region."""
    return Check(
        gate="landing",
        name=name,
        scope=SCOPE,
        metric="occupations with offending rows",
        threshold="0 rows",
        measure=f"""
            select
                concat(occupation_code, ', region ', arg_min(region_code, period) filter (offends)) as place,
                min(period) filter (offends) as period,
                count(*) filter (offends) as observed
            from (select *, coalesce({offends}, false) as offends from landed)
            group by occupation_code
            order by occupation_code
        """,
        **between(0, 0),
        severity=severity,
        fault=fault,
        mend=mend,
    )


def _ratings() -> list[Check]:
    return [
        _offending(
            "known_state",
            "case when state_is_error then state is not null else state is null or state not in (0, 1, 2, 3) end",
            fault="a state outside 0 to 3, or one beside the producer's error flag.",
            mend=_PARSER,
        ),
        _offending("known_degree", "degree not between 1 and 5", fault="a degree outside 1 to 5.", mend=_PARSER),
        _offending(
            "balanced_iff_degree_1",
            "not state_is_error and coalesce(state = 0, false) <> coalesce(degree = 1, false)",
            fault="state and degree contradict each other: balanced is degree 1, and nothing else is.",
            mend=_ASK,
        ),
        _offending(
            "rates_in_range",
            "unemployment_rate not between 0 and 1 or vacancy_rate not between 0 and 1 or slope < 0 "
            "or scale not between 0 and 100",
            fault="rates outside 0 to 1, a negative slope, or a scale outside 0 to 100.",
            mend=_PARSER,
        ),
    ]


def _counts() -> list[Check]:
    return [
        _offending(
            "not_negative",
            "least(employed, unemployed, vacancies) < 0",
            fault="negative counts.",
            mend=_PARSER,
        ),
        _offending(
            "censored_is_null",
            "(employed_is_censored and employed is not null) or (unemployed_is_censored and unemployed is not null) "
            "or ((employed_is_censored or unemployed_is_censored) "
            "and coalesce(unemployment_rate, vacancy_rate, slope, scale) is not null)",
            fault="a withheld count, or a rate that would give it away, is visible.",
            mend=f"Do not publish. {_PARSER}",
        ),
        _offending(
            "no_visible_small_counts",
            "employed between 1 and 4 or unemployed between 1 and 4",
            severity=Severity.WARN,
            fault="counts of 1 to 4 employed or unemployed are visible, which the source withholds.",
            mend=_ASK,
        ),
    ]


def recomputed(source: str) -> str:
    """SQL: the rows of `source` with `degree_again` and `state_again` by the formula, where no count is missing."""
    return f"""
        select
            *,
            1 + (s >= 3)::integer + (s >= 4.33)::integer + (s >= 8)::integer + (s >= 30)::integer as degree_again,
            case when s < 3 then 0 when v < 0.30 * u then 1 when v < u then 2 else 3 end as state_again
        from (
            select *, 100 * sqrt((u * u + v * v) / 2) as s
            from (
                select
                    *,
                    coalesce(unemployed / nullif(unemployed + employed, 0), 0) as u,
                    coalesce(vacancies / nullif(vacancies + employed, 0), 0) as v
                from {source}
                where
                    employed is not null
                    and unemployed is not null
                    and vacancies is not null
                    and state is not null
                    and degree is not null
            )
        )
    """


def _agreement() -> Check:
    parts: Mapping[str, str] = {"degree": "degree = degree_again", "state": "state = state_again"}
    return Check(
        gate="landing",
        name="formula_agrees",
        scope=SCOPE,
        metric="shares of uncensored rows whose published rating is the recomputed one",
        threshold=f"at least {AGREEMENT:g}",
        measure=" union all ".join(
            f"""
                select '{place}' as place, null::date as period, avg(({agrees})::integer) as observed
                from ({recomputed("landed")})
                having count(*) > 0
            """
            for place, agrees in parts.items()
        ),
        **between(AGREEMENT, None),
        severity=Severity.WARN,
        fault="published ratings leave the inferred formula.",
        mend="The source may have moved its cut-offs (contract indicators, I05); the published ratings are kept.",
        when_empty="every row is censored, hence no rating to recompute.",
    )


__all__ = ["AGREEMENT", "GATES", "judge_ratings", "rating_rules", "recomputed"]
