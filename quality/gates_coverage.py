"""Gates G7 and G9: the factor of coverage, and estimated elasticities.

Belongs here: what these gates look at, and that nothing they withhold is shown. Does not belong here: G4 and G6, and
how a gate that withholds is judged (`gates_series`). Contract: section 4, I20, 6.1.
"""

from __future__ import annotations

from quality.expect import Check, between
from quality.gates_series import RESULTS, found, judged
from quality.thresholds import threshold


def coverage_checks() -> list[Check]:
    """The checks of the gates G7 and G9."""
    return [
        judged("G7", expected=_FACTORS),
        _factor_obeyed(),
        _raked_sums(),
        found("G7", state="withheld"),
        _elasticities_judged(),
        found("G9", state="withheld"),
        _no_elasticity_published(),
    ]


_FACTORS = f"""
    with factors as (
        select period, area_code, vacancies_register_sum / vacancies_survey_sum as factor
        from mart.fct_vacancy_coverage
        where frequency = 'quarter' and vacancies_survey_sum > 0
    )
    select
        factors.period,
        factors.area_code,
        if(
            factors.factor not between {threshold("coverage_factor_lo")} and {threshold("coverage_factor_hi")}
                or coalesce(abs(factors.factor - before.factor) >= {threshold("coverage_factor_step")}, false),
            'withheld',
            'passed'
        ) as state
    from factors
    left join factors as before
        on before.area_code = factors.area_code and before.period = factors.period - interval 3 month
"""


def _factor_obeyed() -> Check:
    return Check(
        gate="G7",
        name="G7_withholds",
        scope="fct_vacancy_coverage",
        metric="raked numbers and factors shown though G7 withholds the factor",
        threshold="0",
        measure=f"""
            with failed as (
                select distinct period, area_code from mart.{RESULTS} where gate = 'G7' and state = 'withheld'
            )
            select
                coalesce(arg_min(coverage.area_code, coverage.period) filter (shows), 'all') as place,
                min(coverage.period) filter (shows) as period,
                count(*) filter (shows) as observed
            from (
                select
                    *,
                    coverage_factor is not null
                        or vacancies_raked is not null
                        or vacancies_raked_lo is not null
                        or gate_state != 'withheld' as shows
                from mart.fct_vacancy_coverage
            ) as coverage
            left join mart.dim_area as area using (area_code)
            join failed
                on failed.period = coverage.factor_period
                and failed.area_code
                = if(coverage.area_level = 'region', area.parent_area_code, coverage.area_code)
        """,
        **between(0, 0),
        fault="a raked number is published whose factor gate G7 withholds.",
        mend="Look at int_coverage_factor, the one place where the gate is applied.",
    )


def _raked_sums() -> Check:
    return Check(
        gate="G7",
        name="raked_quarters_are_the_survey",
        scope="fct_vacancy_coverage",
        metric="largest relative difference of four raked quarters from the survey's four, by area",
        threshold=f"at most {threshold('raked_sum'):g}",
        measure="""
            with quarters as (
                select
                    period,
                    area_code,
                    coverage_factor,
                    factor_kind,
                    sum(vacancies_register) over year as register,
                    sum(vacancies_survey) over year as survey,
                    count(vacancies_survey) over year as quarters
                from mart.fct_vacancy_coverage
                where frequency = 'quarter' and occupation_code = 'SSS' and area_level in ('country', 'major_region')
                window year as (
                    partition by area_code
                    order by period
                    range between interval 9 months preceding and current row
                )
            )
            select
                area_code as place,
                arg_max(period, abs(register / coverage_factor / survey - 1)) as period,
                max(abs(register / coverage_factor / survey - 1)) as observed
            from quarters
            where factor_kind = 'final' and quarters = 4 and coverage_factor is not null
            group by area_code
            order by area_code
        """,
        **between(None, threshold("raked_sum")),
        fault="the factor does not rake the register to the survey.",
        mend="Look at int_measure_coverage: which months of the register stand against which quarter.",
        when_empty="no quarter has a factor.",
    )


def _elasticities_judged() -> Check:
    return Check(
        gate="G9",
        name="G9_judged",
        scope=RESULTS,
        metric="rules on elasticities without a result, of two for the country",
        threshold="0",
        measure=f"""
            select 'country' as place, max(period) as period, 2 - count(distinct metric) as observed
            from mart.{RESULTS}
            where gate = 'G9' and starts_with(metric, 'country_')
        """,
        **between(0, 0),
        fault="nobody looked whether estimated elasticities can be published.",
        mend="Compute matching.elasticity_estimates and build gate_result after it.",
    )


def _no_elasticity_published() -> Check:
    return Check(
        gate="G9",
        name="G9_withholds",
        scope="all tables",
        metric="published columns that hold an estimated elasticity or stand on one",
        threshold="0 while G9 withholds",
        measure=f"""
            select
                coalesce(string_agg(concat(table_name, '.', column_name), ', ' order by table_name), 'none') as place,
                null::date as period,
                if(
                    (select bool_or(state = 'withheld') from mart.{RESULTS} where gate = 'G9'),
                    count(table_name),
                    0
                ) as observed
            from duckdb_columns()
            where schema_name = 'mart'
                and (
                    regexp_matches(column_name, '(^|_)(alpha|beta)_(hat|lo|hi)$')
                    or starts_with(table_name, 'mismatch_unemployment')
                )
        """,
        **between(0, 0),
        fault="an elasticity that can't be estimated from these data is published.",
        mend="Keep it in schema experimental: contract 6.1.",
    )
