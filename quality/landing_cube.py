"""At the door, the cube: are its keys whole, its cells all there, its periods in a row and from one release?

Belongs here: checks of key columns and periods. Does not belong here: checks of values.
"""

from __future__ import annotations

from quality.expect import Check, between, in_set
from quality.promise import TOTALS, LandedExpectation
from quality.result import Severity
from quality.thresholds import threshold


def cube_checks(expected: LandedExpectation) -> list[Check]:
    """The checks of keys and periods of one landed table (view `landed`)."""
    return [*_keys(expected), *_periods(expected)]


def _keys(expected: LandedExpectation) -> list[Check]:
    """Without a key besides the period a cube has one cell a period, and there is no hole to look for."""
    scope, keys = expected.scope, (*expected.keys, "period")
    listed = ", ".join(keys)
    filled = [*keys, "vintage_id", "retrieved_at", "source_updated_at"]
    dense = " * ".join(f"(select count(distinct {key}) from landed)" for key in expected.keys)
    cell = f"concat_ws(', ', {', '.join(expected.keys)})" if expected.keys else "'row'"
    checks = [
        Check(
            gate="landing",
            name="rows",
            scope=scope,
            metric="row counts",
            threshold="at least 1",
            measure="select 'file' as place, null::date as period, count(*) as observed from landed",
            **between(1, None),
            fault="the file is empty.",
            mend="Pull the table again.",
        ),
        Check(
            gate="landing",
            name="keys_filled",
            scope=scope,
            metric="key columns",
            threshold="no NULL",
            measure=" union all ".join(
                f"select '{key}' as place, null::date as period, count(*) - count({key}) as observed from landed"
                for key in filled
            ),
            **between(0, 0),
            fault="rows without a key.",
            mend="The parser lost a dimension: compare the answer in raw/ with sources/statfin/parse.py.",
        ),
        Check(
            gate="landing",
            name="one_vintage",
            scope=scope,
            metric="distinct values",
            threshold="1 in the file",
            measure=" union all ".join(
                f"select '{name}' as place, null::date as period, count(distinct {name}) as observed from landed"
                for name in ("vintage_id", "retrieved_at", "source_updated_at")
            ),
            **between(1, 1),
            fault="chunks of different releases stand in one file.",
            mend="The source published during the pull: pull the table again from the first chunk.",
        ),
        Check(
            gate="landing",
            name="key_unique",
            scope=scope,
            metric="repeated keys per period",
            threshold="0",
            measure=f"""
                select
                    coalesce(arg_max({cell}, copies), '') as place,
                    period,
                    sum(copies - 1) as observed
                from (select {listed}, count(*) as copies from landed group by {listed})
                group by period
                order by period
            """,
            **between(0, 0),
            fault=f"({listed}) is not unique.",
            mend="Chunks overlap: look at the plan of the pull in the vintage's json.",
        ),
    ]
    if expected.keys:
        checks.append(
            Check(
                gate="landing",
                name="cube_dense",
                scope=scope,
                metric="cells missing per period",
                threshold="0",
                measure=f"""
                select
                    'cells' as place,
                    period,
                    {dense} - count(distinct ({", ".join(expected.keys)})) as observed
                from landed
                group by period
                order by period
            """,
                **between(0, 0),
                fault="the cube has holes: a period lacks codes that others have.",
                mend="A chunk is missing or was cut short: pull the table again.",
            )
        )
    for key, codes in sorted(expected.known_codes.items()):
        checks.append(
            Check(
                gate="landing",
                name=f"known_{key}",
                scope=scope,
                metric=f"values of {key}",
                threshold=f"the {len(codes)} known codes",
                measure=f"""
                    select {key} as place, min(period) as period, {key} as observed
                    from landed
                    group by {key}
                    order by {key}
                """,
                **in_set([*sorted(codes), *TOTALS]),
                severity=Severity.WARN if expected.is_open else Severity.BLOCK,
                fault="the source sent codes that nobody has described.",
                mend="Describe them in the reference tables and source.yml, or wait for a correction.",
            )
        )
    return checks


def _periods(expected: LandedExpectation) -> list[Check]:
    scope, unit = expected.scope, expected.frequency
    oldest = threshold(f"oldest_news_{unit}_table")
    return [
        Check(
            gate="landing",
            name="period_begins",
            scope=scope,
            metric="periods",
            threshold=f"the first day of a {unit}",
            measure=f"""
                select distinct
                    'days too late' as place,
                    period,
                    period - date_trunc('{unit}', period)::date as observed
                from landed
                order by period
            """,
            **between(0, 0),
            fault="a period is not written as its first day.",
            mend="Compare the codes of the time dimension with sources/statfin/parse.py.",
        ),
        Check(
            gate="landing",
            name="periods_contiguous",
            scope=scope,
            metric=f"steps from {unit} to {unit}",
            threshold="1",
            measure=f"""
                select 'step' as place, period, datediff('{unit}', earlier, period) as observed
                from (
                    select period, lag(period) over (order by period) as earlier
                    from (select distinct period from landed)
                )
                where earlier is not null
                order by period
            """,
            **between(1, 1),
            fault=f"a {unit} is missing before the one named.",
            mend="A chunk is missing: pull the table again.",
            when_empty="one single period, hence no step to judge.",
        ),
        Check(
            gate="landing",
            name="no_future_period",
            scope=scope,
            metric="days from the newest period to the source's update",
            threshold="0 or more",
            measure=f"select {_age('day')}",
            **between(0, None),
            fault="a period begins after the day on which the source published.",
            mend="The time dimension was read wrongly: compare its codes with sources/statfin/parse.py.",
        ),
        Check(
            gate="landing",
            name="newest_period",
            scope=scope,
            metric="months from the newest period to the source's update",
            threshold=f"at most {oldest:g}",
            measure=f"select {_age('month')}",
            **between(None, oldest),
            severity=Severity.WARN,
            fault="the newest period is old for the day on which the source published.",
            mend="Look at the source's release calendar; an extract that was cut short shows this too.",
        ),
    ]


def _age(unit: str) -> str:
    return f"""
        'newest' as place,
        max(period) as period,
        datediff('{unit}', max(period), max(source_updated_at)::date) as observed
    from landed
    """
