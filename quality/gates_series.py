"""Gates G4 and G6: what they withhold, and that the mart withholds it; and what such gates have in common.

Belongs here: the gates that blank series instead of holding a release. Does not belong here: what G7 and G9 have of
their own (`gates_coverage`), the gates that block, and the blanking itself, which is dbt's (int_judge_gates decides,
the macro withhold_failed blanks). Contract: section 4.

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
    """The checks of the gates G4 and G6."""
    return [
        judged("G4", expected=_X_SHARES),
        _obeyed("G4", rows=_OCCUPATIONAL),
        found("G4", state="withheld"),
        judged("G6", expected=_UNLOCATED),
        _obeyed("G6", rows=_TIGHTNESS_OF_AREAS),
        found("G6", state="withheld"),
        found("G6", state="warned"),
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


def judged(gate: str, *, expected: str) -> Check:
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


def found(gate: str, *, state: str) -> Check:
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
