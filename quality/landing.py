"""At the door: does a landed table hold what Statistics Finland promised?

Belongs here: judging one landed Parquet file, and two against each other. Does not belong here: rules about
indicators. The promises are those of the source contract (`statfin`), sections 7 to 9.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from quality.expect import Check, between, in_set, judge
from quality.landing_cube import cube_checks
from quality.landing_values import value_checks
from quality.promise import TOTAL, Content, ContentKind, Frequency, LandedExpectation
from quality.result import CheckResult

__all__ = [
    "GATES",
    "Content",
    "ContentKind",
    "Frequency",
    "LandedExpectation",
    "judge_landed_pair",
    "judge_landing",
    "landing_rules",
]

GATES = {"landing": "The table holds what Statistics Finland promised: columns, whole cube, codes, values, blanks."}
"""The gates that `judge_landing` answers for: name -> what each demands."""

_CONSTANTS = {
    "vintage_id": "VARCHAR",
    "retrieved_at": "TIMESTAMP",
    "source_updated_at": "TIMESTAMP",
    "division": "VARCHAR",
}


def judge_landing(parquet: Path, expectation: LandedExpectation) -> list[CheckResult]:
    """Judge one landed Parquet file against what its table promises.

    When columns or types are not the agreed ones, only that is reported: nothing else could be read. The two
    checks `rows` and `share_suppressed` carry the numbers an analyst asks for first.
    """
    with duckdb.connect() as connection:
        connection.execute(f"create view landed as select * from read_parquet({_text(str(parquet))})")
        columns, *others = _checks(expectation)
        shape = judge(connection, [columns])
        if not shape[0].is_passed:
            return shape
        return shape + judge(connection, others)


def landing_rules(expectation: LandedExpectation) -> dict[str, str]:
    """The rules that `judge_landing` applies to this table: name -> what is demanded, in words."""
    return {check.name: f"{check.metric}: {check.threshold}" for check in _checks(expectation)}


def judge_landed_pair(parquet_12ti: Path, parquet_12r5: Path) -> list[CheckResult]:
    """Gate G2 across two tables: the occupation total of 12ti equals 12r5 in every area and month.

    Judged where both tables hold the area and month. A blank in one of them must be a blank in the other.
    """
    with duckdb.connect() as connection:
        for name, path in (("occupations", parquet_12ti), ("areas", parquet_12r5)):
            connection.execute(f"create view {name} as select * from read_parquet({_text(str(path))})")
        return judge(
            connection,
            [
                Check(
                    gate="G2",
                    name=f"occupation_total_equals_area_{column}",
                    scope="statfin 12ti, 12r5",
                    metric="areas with differing months",
                    threshold="0 months",
                    measure=f"""
                        select
                            concat(
                                area_code,
                                ' (12ti ', coalesce(arg_min(in_12ti, period) filter (differs), 'blank'),
                                ', 12r5 ', coalesce(arg_min(in_12r5, period) filter (differs), 'blank'),
                                ')'
                            ) as place,
                            min(period) filter (differs) as period,
                            count(*) filter (differs) as observed
                        from (
                            select
                                area_code,
                                period,
                                occupations.{column}::varchar as in_12ti,
                                areas.{column}::varchar as in_12r5,
                                occupations.{column} is distinct from areas.{column} as differs
                            from occupations
                            join areas using (area_code, period)
                            where occupations.occupation_code = '{TOTAL}'
                        )
                        group by area_code
                        order by area_code
                    """,
                    **between(0, 0),
                    fault=f"the occupation total of '{column}' differs from the area table.",
                    mend="The tables are of different releases, or one was read wrongly: pull both again.",
                )
                for column in ("tyottomatlopussa", "avpaikatlopussa")
            ],
        )


def _checks(expected: LandedExpectation) -> list[Check]:
    return [_columns(expected), *cube_checks(expected), *value_checks(expected)]


def _columns(expected: LandedExpectation) -> Check:
    columns = dict.fromkeys(expected.keys, "VARCHAR") | {"period": "DATE"} | _CONSTANTS
    for content in expected.contents:
        columns |= {content.column: content.kind.data_type, f"{content.column}_symbol": "VARCHAR"}
    agreed = ", ".join(f"('{name}', '{data_type}')" for name, data_type in columns.items())
    return Check(
        gate="landing",
        name="columns",
        scope=expected.scope,
        metric="columns",
        threshold="name and type as agreed",
        measure=f"""
            select
                coalesce(agreed.name, found.column_name) as place,
                null::date as period,
                case
                    when found.column_name is null then 'missing'
                    when agreed.name is null then 'not agreed'
                    when found.column_type = agreed.type then 'as agreed'
                    else concat(found.column_type, ' instead of ', agreed.type)
                end as observed
            from (values {agreed}) as agreed(name, type)
            full outer join (describe landed) as found
                on found.column_name = agreed.name
            order by place
        """,
        **in_set(["as agreed"]),
        fault="the file has not the agreed columns.",
        mend="Compare sources/statfin/parse.py with sources/statfin/source.yml; no other check was run.",
    )


def _text(value: str) -> str:
    """`value` as an SQL string."""
    quoted = value.replace("'", "''")
    return f"'{quoted}'"
