"""At the door: does a landed table hold what Statistics Finland promised?

Belongs here: judging one landed Parquet file, and two against each other. Does not belong here: rules about
indicators. The promises are those of the source contract (`statfin`), sections 7 to 9.
"""

from __future__ import annotations

from pathlib import Path

from quality.expect import Check, between, judge
from quality.landed import VINTAGE_COLUMNS, columns_check, judge_shape_first, landed_views
from quality.landing_cube import cube_checks
from quality.landing_values import value_checks
from quality.promise import TOTAL, Content, ContentKind, Frequency, LandedExpectation
from quality.result import CheckResult, Severity

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


def judge_landing(parquet: Path, expectation: LandedExpectation) -> list[CheckResult]:
    """Judge one landed Parquet file against what its table promises.

    When columns or types are not the agreed ones, only that is reported: nothing else could be read. The two
    checks `rows` and `share_suppressed` carry the numbers an analyst asks for first.
    """
    with landed_views(landed=parquet) as connection:
        return judge_shape_first(connection, _checks(expectation))


def landing_rules(expectation: LandedExpectation) -> dict[str, str]:
    """The rules that `judge_landing` applies to this table: name -> what is demanded, in words."""
    return {check.name: f"{check.metric}: {check.threshold}" for check in _checks(expectation)}


def judge_landed_pair(
    parquet_12ti: Path, parquet_12r5: Path, *, table: str = "12ti", severity: Severity = Severity.BLOCK
) -> list[CheckResult]:
    """Gate G2 across two tables: the occupation total of 12ti equals 12r5 in every area and month.

    `table`: what results call the first, which may hold a part of 12ti's areas. Judged where both tables hold the area
    and month. A blank in one of them must be a blank in the other.
    """
    with landed_views(occupations=parquet_12ti, areas=parquet_12r5) as connection:
        return judge(
            connection,
            [
                Check(
                    gate="G2",
                    name=f"occupation_total_equals_area_{column}",
                    scope=f"statfin {table}, 12r5",
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
                    severity=severity,
                    fault=f"the occupation total of '{column}' differs from the area table.",
                    mend="The tables are of different releases, or one was read wrongly: pull both again.",
                )
                for column in ("tyottomatlopussa", "avpaikatlopussa")
            ],
        )


def _checks(expected: LandedExpectation) -> list[Check]:
    return [_columns(expected), *cube_checks(expected), *value_checks(expected)]


def _columns(expected: LandedExpectation) -> Check:
    columns = dict.fromkeys(expected.keys, "VARCHAR") | {"period": "DATE"} | VINTAGE_COLUMNS
    for content in expected.contents:
        columns |= {content.column: content.kind.data_type, f"{content.column}_symbol": "VARCHAR"}
    return columns_check(
        columns,
        scope=expected.scope,
        mend="Compare sources/statfin/parse.py with sources/statfin/source.yml.",
    )
