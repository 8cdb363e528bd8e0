"""Gates G4, G6, G7 and G9: what they withhold, and that the mart withholds it.

Belongs here: the gates that blank series instead of holding a release. Does not belong here: the blanking itself, which
is dbt's (int_judge_gates decides, the macro withhold_failed blanks), and the gates that block. Contract: section 4.

dbt withholds by its own copy of the limits; here the same numbers are judged by thresholds.yml, so that a limit that
was changed in one place alone holds the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from quality.blank_mass import STOCK
from quality.expect import Check, between
from quality.result import Severity
from quality.thresholds import threshold

if TYPE_CHECKING:
    import pandas as pd

RESULTS = "gate_result"
_WHAT = {
    "G4": "the share of X codes",
    "G6": "vacancies outside all regions",
    "G7": "the coverage factor",
    "G9": "estimated elasticities",
}
_MEND = {
    "G4": "Nothing to mend here: ask the source how occupations are coded now, and look at gate_result.",
    "G6": "Nothing to mend here: ask the source where vacancies are placed now, and look at gate_result.",
    "G7": "Nothing to mend here: compare 11n1 with 12r5 by major region in fct_vacancy_coverage.",
    "G9": "Nothing to mend here: contract 6.1 says why; use the indices at fixed elasticities and their band.",
}

NO_OCCUPATIONS = (
    "fct_market_stock",
    "fct_vacancy_coverage",
    "fct_posting_flow",
    "fct_vacancy_outcome",
    "fct_barometer",
    "fct_keha_rating_published",
)
"""Facts by occupation that no share of X codes makes wrong: counts are what they are, other sources code their own."""
NO_STATE = ("fct_revision",)
"""A fact that compares vintages; what a gate withholds is withheld in the facts that it compares."""


def series_checks() -> list[Check]:
    """The checks of the gates G4, G6, G7 and G9."""
    return [
        _judged("G4", expected=_X_SHARES),
        _obeyed("G4", rows=_OCCUPATIONAL),
        _found("G4", state="withheld"),
        _judged("G6", expected=_UNLOCATED),
        _obeyed("G6", rows=_TIGHTNESS_OF_AREAS),
        _found("G6", state="withheld"),
        _found("G6", state="warned"),
        _judged("G7", expected=_FACTORS),
        _factor_obeyed(),
        _raked_sums(),
        _found("G7", state="withheld"),
        _elasticities_judged(),
        _found("G9", state="withheld"),
        _no_elasticity_published(),
    ]


_X_SHARES = f"""
    select
        period,
        area_code,
        case
            when x_share_unemployed is null or x_share_vacancies is null then 'warned'
            when x_share_unemployed >= {threshold("x_share_unemployed")}
                or x_share_vacancies >= {threshold("x_share_vacancies")}
                or abs(x_share_unemployed - lag(x_share_unemployed) over months) >= {threshold("x_share_step")}
                or abs(x_share_vacancies - lag(x_share_vacancies) over months) >= {threshold("x_share_step")}
                then 'withheld'
            else 'passed'
        end as state
    from mart.{STOCK}
    where area_level = 'country' and occupation_code = 'SSS'
        and period in (select period from mart.{STOCK} where area_level = 'country' and occupation_level = 'occ4')
    window months as (order by period)
"""

_UNLOCATED = f"""
    with located as (
        select
            stock.period,
            sum(stock.vacancies) filter (stock.area_level = 'country') as total,
            sum(stock.vacancies) filter (stock.area_level = 'region' and not area.is_residual) as placed,
            coalesce(sum(stock.vacancies) filter (stock.area_code = 'MKJO'), 0) as flexible
        from mart.{STOCK} as stock
        join mart.dim_area as area using (area_code)
        where stock.occupation_code = 'SSS'
        group by stock.period
    ),
    shares as (
        select
            period,
            (total - placed - flexible) / nullif(total, 0) as unlocated,
            flexible / nullif(total, 0) as flexible
        from located
    )
    select
        period,
        'SSS' as area_code,
        case
            when unlocated > {threshold("unlocated_share_withheld")} then 'withheld'
            when unlocated is null
                or unlocated > {threshold("unlocated_share_warned")}
                or abs(flexible - lag(flexible) over (order by period)) > {threshold("flexible_share_step")}
                then 'warned'
            else 'passed'
        end as state
    from shares
"""

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

_OCCUPATIONAL = """
    select table_name, case
        when table_name = 'fct_dynamics' then 'partition like ''%occ%'''
        when list_contains(columns, 'occupation_code') and list_contains(columns, 'partition')
            then 'occupation_code != ''SSS'' or partition like ''%occ%'''
        when list_contains(columns, 'partition') then 'partition like ''%occ%'''
        else 'occupation_code != ''SSS'''
    end as condition
    from facts
    where (list_contains(columns, 'occupation_code') or list_contains(columns, 'partition'))
"""
_TIGHTNESS_OF_AREAS = """
    select table_name, 'area_code != ''SSS''' as condition
    from facts
    where table_name in ('fct_tightness', 'fct_tension_class', 'fct_accessibility')
"""


def _judged(gate: str, *, expected: str) -> Check:
    """A check that gate_result says of every period and area what thresholds.yml says of the published numbers."""
    return Check(
        gate=gate,
        name=f"{gate}_judged_everywhere",
        scope=RESULTS,
        metric=f"periods and areas in which gate_result does not say what the mart's own numbers say of {_WHAT[gate]}",
        threshold="0",
        measure=f"""
            with expected as ({expected}),
            found as (
                select
                    period,
                    area_code,
                    list_extract(
                        ['passed', 'warned', 'withheld'],
                        max(list_position(['passed', 'warned', 'withheld'], state))::integer
                    ) as state
                from mart.{RESULTS}
                where gate = '{gate}'
                group by period, area_code
            ),
            compared as (
                select
                    coalesce(expected.period, found.period) as period,
                    coalesce(expected.area_code, found.area_code) as area_code,
                    expected.state as expected,
                    found.state as found,
                    expected.state is distinct from found.state as differs
                from expected
                full join found on found.period = expected.period and found.area_code = expected.area_code
            )
            select
                coalesce(
                    arg_min(
                        concat_ws(' ', area_code, coalesce(found, 'not judged'), 'not', coalesce(expected, 'known')),
                        period
                    ) filter (differs),
                    'all'
                ) as place,
                min(period) filter (differs) as period,
                count(*) filter (differs) as observed
            from compared
            having count(*) > 0
        """,
        **between(0, 0),
        fault=f"what was decided about {_WHAT[gate]} is not what the limits say.",
        mend="Compare the limits in quality/thresholds.yml with the vars of dbt_project.yml, and int_judge_gates.",
        when_empty="no period to judge." if gate == "G7" else None,
    )


def _found(gate: str, *, state: str) -> Check:
    """A check that names what the gate withholds, or warns of, in words; it never holds a release."""
    return Check(
        gate=gate,
        name=f"{gate}_{state}",
        scope=RESULTS,
        metric=f"numbers {state} by the rule on {_WHAT[gate]}, by rule",
        threshold="0",
        measure=f"""
            select
                concat_ws(
                    ' ',
                    metric,
                    arg_max(concat(area_code, ' ', message), period) filter (state = '{state}')
                ) as place,
                max(period) filter (state = '{state}') as period,
                count(*) filter (state = '{state}') as observed
            from mart.{RESULTS}
            where gate = '{gate}'
            group by metric
            order by metric
        """,
        **between(0, 0),
        severity=Severity.WITHHOLD if state == "withheld" else Severity.WARN,
        fault=f"{_WHAT[gate]} went beyond a limit"
        + ("; the numbers concerned are blank." if state == "withheld" else "; the numbers are published with a flag."),
        mend=_MEND[gate],
        when_empty="no period to judge." if gate == "G7" else None,
    )


def _obeyed(gate: str, *, rows: str) -> Check:
    """A check that no row that the gate speaks of has a number in a month that it withholds.

    `rows`: the tables and the condition of their rows, from `facts` (table_name, columns). A new fact is in it by its
    columns, so none can be forgotten.
    """

    def measure(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
        left_out = ", ".join(f"'{table}'" for table in (*NO_OCCUPATIONS, *NO_STATE))
        tables = connection.execute(f"""
            with facts as (
                select table_name, list(column_name) as columns
                from duckdb_columns()
                where schema_name = 'mart' and starts_with(table_name, 'fct_') and table_name not in ({left_out})
                group by table_name
                having list_contains(list(column_name), 'gate_state') and list_contains(list(column_name), 'reason')
            )
            {rows} order by table_name
        """).fetchall()
        selects = [
            f"""
            select
                '{table}' as place,
                min(published.period) filter (shows) as period,
                count(*) filter (shows) as observed
            from (
                select
                    period,
                    gate_state != 'withheld'
                        or reason not in ('gate_failed', 'not_in_source', 'not_applicable') as shows
                from mart.{table}
                where period in (select period from mart.{RESULTS} where gate = '{gate}' and state = 'withheld')
                    and ({condition})
            ) as published
            """
            for table, condition in tables
        ]
        return connection.execute(" union all ".join(selects) + " order by place").df()

    return Check(
        gate=gate,
        name=f"{gate}_withholds",
        scope="all facts",
        metric=f"rows that show a number though the rule on {_WHAT[gate]} withholds it, by table",
        threshold="0",
        measure=measure,
        **between(0, 0),
        fault="a number is published that a gate withholds.",
        mend="Add the table to the macro withheld_rows (dbt_project/macros/gates.sql).",
    )


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
