"""Gates `values` and `freshness`: every number is in its range, every missing one has its reason, and it is of today.

Belongs here: rules that hold for all fact tables alike. Does not belong here: keys and relationships (dbt and
the published DDL hold them). Contract: section 1 (reason codes, units), section 4.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from quality.expect import Check, between, in_set
from quality.result import Severity
from quality.thresholds import known_reasons, threshold

if TYPE_CHECKING:
    import pandas as pd

_ROW_VALUE = {
    "fct_market_stock": "unemployed is not null and vacancies is not null",
    "fct_tightness": "theta_raw is not null",
    "fct_tension_class": "class is not null",
    "fct_rate": "if(occupation_level = 'total', unemployment_rate, unemployment_rate_occ) is not null",
    "fct_mismatch_index": "mismatch is not null",
    "fct_mismatch_decomposition": "log_index is not null",
    "fct_mismatch_contribution": "contribution is not null",
    "fct_accessibility": "accessibility is not null",
    "fct_transport_summary": "own_region is not null",
    "fct_cross_region_placement": "persons is not null",
    "fct_beveridge": "theta is not null",
    "fct_unemployment_flow": "outflow_probability is not null",
    "fct_vacancy_coverage": "vacancies_raked is not null",
    "fct_vacancy_outcome": "hard_to_fill_share is not null or days_online_median is not null",
    "fct_dynamics": "x is not null",
    "fct_concentration": "vacancies_concentration is not null",
    "fct_keha_rating": "s_own is not null",
    "fct_keha_rating_published": "state is not null",
    "fct_shortage_score": "shortage_score is not null",
    "fct_cause_indicator": "labour_scarcity is not null",
    "fct_rating_comparison": "agreement_share is not null",
    "fct_posting_flow": "postings_new is not null and postings_open is not null",
    "fct_barometer": "state is not null",
}
"""What the column `reason` of a fact speaks about."""

_SPOKEN_OF = {
    ("fct_tightness", "posterior_reason"): "theta_prior is not null and shrink_k is not null and p_average is not null",
    ("fct_vacancy_coverage", "sums_reason"): "vacancies_register_sum is not null and vacancies_survey_sum is not null",
    ("fct_transport_summary", "placement_reason"): "placeable is not null and person_km is not null",
    ("fct_posting_flow", "counts_reason"): "positions_new is not null and positions_open is not null",
    ("fct_posting_flow", "closed_reason"): "postings_closed is not null and positions_closed is not null",
}
"""What a reason speaks about that has not the name of one column."""

_SHARE = re.compile(
    r"(^|_)((?<!inflow_)share|rate|coverage(?!_factor)|mismatch(?!_net$)|jackman_roper)(_|$)"
    r"|^(band|outer)_(lo|hi)$|^p_"
)
"""Names of columns that are shares or probabilities, between 0 and 1. Not so: an index less its noise floor, which may
be below 0; new vacancies over those open; the factor of coverage."""

_AREA = {"fct_cross_region_placement": "from_area_code"}
"""What names the place of a row, where it is not area_code."""


def value_checks() -> list[Check]:
    """The checks of the gates `values` and, for the month of the data, `freshness`."""
    return [
        Check(
            gate="values",
            name="stock_dense",
            scope="fct_market_stock",
            metric="rows missing in a month of a vintage, by area level and occupation level",
            threshold="0",
            measure="""
                with counted as (
                    select area_level, occupation_level, vintage_id, period, count(*) as rows_of_month
                    from mart.fct_market_stock
                    -- Unit groups of employment areas are shown in the newest month alone.
                    where not (area_level = 'employment_area' and occupation_level = 'occ4')
                    group by all
                ),
                expected as (
                    select area_level, occupation_level, period, most
                    from (
                        select area_level, occupation_level, vintage_id, max(rows_of_month) as most
                        from counted
                        group by all
                    )
                    join (select distinct vintage_id, period from counted) using (vintage_id)
                    union all
                    select area_level, occupation_level, period, 1
                    from (select distinct area_level, occupation_level from counted where area_level = 'country')
                    cross join (select distinct period from counted)
                )
                select
                    concat_ws(', ', area_level, occupation_level) as place,
                    period,
                    max(most) - coalesce(any_value(rows_of_month), 0) as observed
                from expected
                left join counted using (area_level, occupation_level, period)
                group by area_level, occupation_level, period
                order by period, place
            """,
            **between(0, 0),
            fault="a month has fewer areas or occupations than another month of its vintage, or none of a table.",
            mend="Months of a vintage hold the same cells: look which join of the stock drops rows.",
        ),
        Check(
            gate="values",
            name="reason_ok_iff_value",
            scope="fact tables",
            metric="pairs of a value and its reason",
            threshold="0 rows that contradict",
            measure=_contradicting_reasons,
            **between(0, 0),
            fault="a missing value without a reason, or a reason beside a value.",
            mend="Reason is 'ok' if and only if the value is there: look at the SQL of the pair.",
        ),
        Check(
            gate="values",
            name="present_value_is_no_interval",
            scope="fact tables",
            metric="kinds of rows whose value is there",
            threshold="0 rows of kind interval_only",
            measure=_intervals_with_a_value,
            **between(0, 0),
            fault="a row has its value, and its value_kind says that only an interval is known.",
            mend="value_kind is of the counts that `reason` speaks about, not of others in the row.",
        ),
        Check(
            gate="values",
            name="reasons_known",
            scope="fact tables",
            metric="reasons in use",
            threshold="the reason codes of the methods",
            measure=_reasons,
            **in_set(known_reasons()),
            fault="a reason that the methods do not define.",
            mend="Use a code of the methods' section 1, or define the new one there first.",
        ),
        Check(
            gate="values",
            name="shares_between_0_and_1",
            scope="fact tables",
            metric="columns that hold shares",
            threshold="0 rows outside 0 to 1",
            measure=_outside_unit_interval,
            **between(0, 0),
            fault="a share or rate below 0 or above 1.",
            mend="Shares are 0 to 1, never per cent: look at numerator and denominator.",
        ),
        Check(
            gate="values",
            name="numbers_finite",
            scope="fact tables",
            metric="columns of floating point numbers",
            threshold="0 rows with infinity or NaN",
            measure=_not_finite,
            **between(0, 0),
            fault="infinity or NaN in place of a number.",
            mend="A formula without a value gives NULL and a reason: look at its denominator.",
        ),
        Check(
            gate="values",
            name="published_unemployment_rate",
            scope="fct_rate",
            metric="largest difference to the source's own rate in percentage points, by area level",
            threshold=f"at most {threshold('published_rate_points'):.2g}",
            measure="""
                select
                    concat(area_level, ', ', arg_max(area_code, off)) as place,
                    arg_max(period, off) as period,
                    max(off) as observed
                from (
                    select
                        *,
                        100 * abs(unemployment_rate - unemployment_rate_published) as off
                    from mart.fct_rate
                    where unemployment_rate_published is not null
                        and unemployment_rate is not null
                )
                group by area_level
                order by place
            """,
            **between(None, threshold("published_rate_points")),
            fault="our unemployment rate does not round to the one that Statistics Finland prints.",
            mend="Compare unemployed and labour force of that area with 12r5.",
            when_empty="the source's own rate is not in this data.",
        ),
    ]


def freshness_checks(data_kind: str) -> list[Check]:
    """The check of the gate `freshness`; it blocks live data only, for other data are old by their nature."""
    oldest = threshold("newest_month_age_months")
    return [
        Check(
            gate="freshness",
            name="newest_month",
            scope="fct_market_stock",
            metric="months from the newest month to the source's update",
            threshold=f"0 to {oldest:g}",
            measure="""
                select
                    'newest month' as place,
                    max(period) as period,
                    datediff('month', max(period), max(known_from)::date) as observed
                from mart.fct_market_stock
            """,
            **between(0, oldest),
            severity=Severity.BLOCK if data_kind == "live" else Severity.WARN,
            fault="the newest month is not of the time at which the source published.",
            mend="If the source is late, wait; if it is not, the pull lacks its last months. Recorded data may be old.",
        )
    ]


def _columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """(table, column, type) of all fact tables in the schema `mart`."""
    return connection.execute("""
        select table_name, column_name, data_type
        from duckdb_columns()
        where schema_name = 'mart'
            and database_name = current_database()
            and table_name like 'fct\\_%' escape '\\'
        order by table_name, column_index
    """).fetchall()


def _contradicting_reasons(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    columns = _columns(connection)
    names = {(table, column) for table, column, _ in columns}
    conditions = []
    for table, column, _ in columns:
        if column == "reason":
            conditions.append((table, column, _row_value(table)))
        elif (table, column) in _SPOKEN_OF:
            conditions.append((table, column, _SPOKEN_OF[table, column]))
        elif column.endswith("_reason"):
            value = column.removesuffix("_reason")
            value = value if (table, value) in names else f"{value}_raw"
            conditions.append((table, column, f"{value} is not null"))
    return _offending_rows(
        connection,
        [(table, column, f"({column} = 'ok') is distinct from ({is_there})") for table, column, is_there in conditions],
    )


def _row_value(table: str) -> str:
    try:
        return _ROW_VALUE[table]
    except KeyError:
        raise ValueError(f"what `reason` of {table} speaks about is not known; add it to quality/values.py") from None


def _intervals_with_a_value(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return _offending_rows(
        connection,
        [
            (table, column, f"({_row_value(table)}) and value_kind = 'interval_only'")
            for table, column, _ in _columns(connection)
            if column == "value_kind"
        ],
    )


def _reasons(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    selects = [
        f"select '{table}.{column}' as place, min(period) as period, {column} as observed "
        f"from mart.{table} group by {column}"
        for table, column, _ in _columns(connection)
        if column == "reason" or column.endswith("_reason")
    ]
    return connection.execute(f"{' union all '.join(selects)} order by place, observed").df()


def _outside_unit_interval(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return _offending_rows(
        connection,
        [
            (table, column, f"{column} not between 0 and 1")
            for table, column, data_type in _columns(connection)
            if data_type == "DOUBLE" and _SHARE.search(column)
        ],
    )


def _not_finite(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return _offending_rows(
        connection,
        [
            (table, column, f"not isfinite({column})")
            for table, column, data_type in _columns(connection)
            if data_type == "DOUBLE"
        ],
    )


def _offending_rows(connection: duckdb.DuckDBPyConnection, conditions: list[tuple[str, str, str]]) -> pd.DataFrame:
    """For each (table, column, condition) the number of rows that meet the condition, and the first of them.

    One scan per table: a condition that is NULL is not met.
    """
    selects = []
    for table in dict.fromkeys(table for table, _, _ in conditions):
        mine = [(column, condition) for owner, column, condition in conditions if owner == table]
        area = _AREA.get(table, "area_code")
        sums = ", ".join(
            f"{{'place': '{table}.{column}, ' || coalesce(arg_min({area}, period) filter ({condition}), ''), "
            f"'period': min(period) filter ({condition}), 'observed': count(*) filter ({condition})}}"
            for column, condition in mine
        )
        selects.append(f"select unnest([{sums}]) as found from mart.{table}")
    return connection.execute(f"""
        select found.place, found.period, found.observed
        from ({" union all ".join(selects)})
        order by found.period nulls last, found.place
    """).df()
