"""At the door: do the landed job postings keep what the source and our own counting promise?

Belongs here: judging one landed file of posting cohorts. Does not belong here: rules about indicators, and single
postings, of which none ever comes this far. The promises are those of the source contract (`job_postings`), section 3,
and of `reference`, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quality.expect import Check, between, in_set
from quality.landed import VINTAGE_COLUMNS, columns_check, judge_shape_first, landed_views
from quality.result import CheckResult, Severity

GATES = {
    "landing": "The postings hold what was agreed: columns, unique cohorts, dates in order, shares, known regions."
}
"""The gates that `judge_postings` answers for: name -> what each demands."""

SCOPE = "tyomarkkinatori posting_cohorts"
MEASURES = {"postings": "DOUBLE", "positions": "DOUBLE"}
KEY = {
    "municipality_code": "VARCHAR",
    "region_code": "VARCHAR",
    "place_kind": "VARCHAR",
    "occupation_uri": "VARCHAR",
    "opened_date": "DATE",
    "closed_date": "DATE",
    "closed_kind": "VARCHAR",
    "is_permanent": "BOOLEAN",
    "is_full_time": "BOOLEAN",
}
COLUMNS = {
    **VINTAGE_COLUMNS,
    **KEY,
    **MEASURES,
    "covered_from": "DATE",
    "as_of_date": "DATE",
}
REGIONS = [f"{number:02d}" for number in range(1, 22) if number not in (3, 20)]
"""Statistics Finland's regions; 03 and 20 do not exist any more."""

CAPITAL = "01"  # Uusimaa; in the numbering of ISO 3166-2 this is Åland, the smallest
ENOUGH = 200  # postings in known regions from which on the order of regions says something
STRAY_SHARE = 0.01  # of postings whose region nobody knows


def judge_postings(parquet: Path, *, region_of: Mapping[str, str] | None = None) -> list[CheckResult]:
    """Judge one landed file of posting cohorts.

    `region_of`: municipality code (3 digits) -> region code (2 digits), for the check that most postings are in
    Uusimaa; without it only postings placed by region are looked at. When columns or types are not the agreed ones,
    only that is reported: nothing else could be read.
    """
    with landed_views(landed=parquet) as connection:
        connection.execute("create table membership (municipality_code varchar, region_code varchar)")
        if region_of:
            connection.executemany("insert into membership values (?, ?)", list(region_of.items()))
        return judge_shape_first(connection, _checks())


def _checks() -> list[Check]:
    key = ", ".join(KEY)
    return [
        columns_check(
            COLUMNS,
            scope=SCOPE,
            mend="Compare sources/tyomarkkinatori/parse.py with quality/landing_postings.py.",
        ),
        _count(
            "open_postings",
            metric="open postings",
            threshold="more than 0",
            observed="coalesce(sum(postings) filter (closed_date is null), 0)",
            rule=between(1e-9, None),
            fault="no posting is open.",
            mend="Look at the pull report: what was read, and what the source's clock said.",
        ),
        _count(
            "cohorts_unique",
            metric="cohorts that occur more than once",
            threshold="0",
            observed="count(*) - count(distinct row(" + key + "))",
            rule=between(0, 0),
            fault="a cohort has several rows.",
            mend="Look at `summed` in sources/tyomarkkinatori/cohorts.py.",
        ),
        _count(
            "shares_positive",
            metric="rows without postings or positions",
            threshold="0",
            observed="count(*) filter (not coalesce(postings > 0 and positions > 0, false))",
            rule=between(0, 0),
            fault="a cohort counts nothing.",
            mend="Look at `cohorts` in sources/tyomarkkinatori/cohorts.py.",
        ),
        _count(
            "closed_after_opened",
            metric="rows closed before they opened",
            threshold="0",
            observed="count(*) filter (closed_date < opened_date)",
            rule=between(0, 0),
            fault="a posting closed before it opened.",
            mend="Look at `placed` in sources/tyomarkkinatori/cohorts.py.",
        ),
        _count(
            "no_date_in_future",
            metric="rows opened or closed after the day of the data",
            threshold="0",
            observed="count(*) filter (opened_date is null or greatest(opened_date, closed_date) > as_of_date)",
            rule=between(0, 0),
            fault="a date lies after the day of which the data are.",
            mend="Look at what the source's clock said and at `placed` in sources/tyomarkkinatori/cohorts.py.",
        ),
        _count(
            "closed_with_kind",
            metric="rows with a closing day but no known kind of closing, or the other way round",
            threshold="0",
            observed="""count(*) filter (
                (closed_date is null) != (closed_kind is null)
                or closed_kind not in ('archived', 'expired', 'vanished')
            )""",
            rule=between(0, 0),
            fault="how a posting closed is not known.",
            mend="Look at `placed` in sources/tyomarkkinatori/cohorts.py.",
        ),
        _count(
            "place_as_told",
            metric="rows whose place does not fit its kind",
            threshold="0",
            observed="""count(*) filter (not coalesce(
                case place_kind
                    when 'municipality' then region_code is null and regexp_full_match(municipality_code, '\\d{3}')
                    when 'region' then municipality_code is null and regexp_full_match(region_code, '\\d{2}')
                    when 'country' then municipality_code is null and region_code is null
                end,
                false
            ))""",
            rule=between(0, 0),
            fault="a place is not what its kind says.",
            mend="Look at `cohorts` in sources/tyomarkkinatori/cohorts.py.",
        ),
        _count(
            "regions_known",
            metric="share of postings with a region that is none of the 19",
            threshold=f"at most {STRAY_SHARE:.0%}",
            observed=f"""
                coalesce(sum(postings) filter (region_code not in ({", ".join(f"'{code}'" for code in REGIONS)})), 0)
                / nullif(sum(postings), 0)
            """,
            rule=between(0, STRAY_SHARE),
            fault="regions that Statistics Finland does not know.",
            mend="Look at the pull report; a new division of regions needs new seeds.",
        ),
        Check(
            gate="landing",
            name="most_in_uusimaa",
            scope=SCOPE,
            metric="region with the most postings",
            threshold=f"{CAPITAL} (Uusimaa), judged from {ENOUGH} postings on",
            measure=f"""
                with placed as (
                    select
                        coalesce(landed.region_code, membership.region_code) as region_code,
                        sum(postings) as postings
                    from landed
                    left join membership using (municipality_code)
                    where landed.region_code is not null or membership.region_code is not null
                    group by all
                )
                select
                    'all postings' as place,
                    null::date as period,
                    arg_max(region_code, postings) as observed
                from placed
                having sum(postings) >= {ENOUGH}
            """,
            **in_set([CAPITAL]),
            fault="another region has more postings than Uusimaa.",
            mend="The codes may be of another numbering (ISO 3166-2 counts otherwise): look at some before using them.",
            when_empty=f"fewer than {ENOUGH} postings are in regions that are known here, too few to tell.",
        ),
    ]


def _count(
    name: str, *, metric: str, threshold: str, observed: str, rule: Mapping[str, Any], fault: str, mend: str
) -> Check:
    return Check(
        gate="landing",
        name=name,
        scope=SCOPE,
        metric=metric,
        threshold=threshold,
        measure=f"select 'all cohorts' as place, null::date as period, {observed} as observed from landed",
        **rule,
        fault=fault,
        mend=mend,
        severity=Severity.BLOCK,
    )
