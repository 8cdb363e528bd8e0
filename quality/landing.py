"""At the door: does a landed table hold what Statistics Finland promised?

Belongs here: the rules of the source for each landed Parquet file. Does not belong here: rules about
indicators. The promises are those of the source contract (`statfin`), sections 7 to 9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import duckdb

from quality.expect import Check, between, exactly_set, in_set, judge
from quality.result import CheckResult, Severity
from quality.thresholds import threshold

GATE = "landing"
TOTAL = "SSS"
SYMBOLS = ("...", "..", ".")
NOT_OFFERED = "not_offered"
_CONSTANTS = {
    "vintage_id": "VARCHAR",
    "retrieved_at": "TIMESTAMP",
    "source_updated_at": "TIMESTAMP",
    "division": "VARCHAR",
}


class ContentKind(StrEnum):
    """The unit of a content: whole counts, thousands of persons, per cent."""

    COUNT = "count"
    THOUSANDS = "thousands"
    PERCENT = "percent"

    @property
    def data_type(self) -> str:
        """The DuckDB type of its value column."""
        return "BIGINT" if self is ContentKind.COUNT else "DOUBLE"


class Frequency(StrEnum):
    """The length of a period; its value is DuckDB's name of it."""

    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Content:
    """One content of a table: a value column with its `<column>_symbol`.

    `is_suppressed`: the source withholds 1-4. `is_optional`: a table without it is fine (symbol 'not_offered'
    throughout).
    """

    column: str
    kind: ContentKind
    is_suppressed: bool = False
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class LandedExpectation:
    """What one StatFin table promises, as `sources/statfin/source.yml` declares it.

    `keys` are the key columns besides `period`, e.g. ('area_code', 'occupation_code'). `known_codes` gives,
    for a key column, all codes that may occur; a key column without an entry is not judged.
    """

    table: str
    keys: tuple[str, ...]
    contents: tuple[Content, ...]
    frequency: Frequency = Frequency.MONTH
    known_codes: Mapping[str, frozenset[str]] = field(default_factory=dict)


def judge_landing(parquet: Path, expectation: LandedExpectation) -> list[CheckResult]:
    """Judge one landed Parquet file against what its table promises.

    When columns or types are not the agreed ones, only that is reported: nothing else could be read. The two
    checks `rows` and `share_suppressed` carry the numbers an analyst asks for first.
    """
    with duckdb.connect() as connection:
        connection.execute(f"create view landed as select * from read_parquet({_text(str(parquet))})")
        shape = judge(connection, [_columns(expectation)])
        if not shape[0].is_passed:
            return shape
        return shape + judge(connection, [*_keys(expectation), *_contents(expectation), *_time(expectation)])


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
                    metric="differing months per area",
                    threshold="0",
                    measure=f"""
                        select
                            concat(
                                occupations.area_code,
                                ' (12ti ', coalesce(arg_min(occupations.{column}, period)
                                    filter (occupations.{column} is distinct from areas.{column})::varchar,
                                    'blank'), ', 12r5 ', coalesce(arg_min(areas.{column}, period) filter
                                    (occupations.{column} is distinct from areas.{column})::varchar, 'blank'),
                                    ')' ) as place, min(period) filter (occupations.{column} is distinct from
                                    areas.{column}) as period, count(*) filter (occupations.{column} is
                                    distinct from areas.{column}) as observed from occupations join areas
                                    using (area_code, period) where occupations.occupation_code = '{TOTAL}'
                                    group by occupations.area_code order by occupations.area_code
                    """,
                    **between(0, 0),
                    fault=f"the occupation total of '{column}' differs from the area table.",
                    mend="The two tables are of different releases, or one was parsed wrongly: pull both
                    again.", ) for column in ("tyottomatlopussa", "avpaikatlopussa") ], )


def _columns(expected: LandedExpectation) -> Check:
    columns = dict.fromkeys(expected.keys, "VARCHAR") | {"period": "DATE"} | _CONSTANTS
    for content in expected.contents:
        columns |= {content.column: content.kind.data_type, f"{content.column}_symbol": "VARCHAR"}
    return Check(
        gate=GATE,
        name="columns",
        scope=_scope(expected),
        metric="columns with their types",
        threshold="the agreed ones",
        measure="""
            select column_name as place, null::date as period, concat(column_name, ' ', column_type) as
            observed from (describe landed)
        """,
        **exactly_set([f"{name} {data_type}" for name, data_type in columns.items()]),
        fault="the file has not the agreed columns.",
        mend="Compare sources/statfin/parse.py with sources/statfin/source.yml; no other check was run.",
    )


def _keys(expected: LandedExpectation) -> list[Check]:
    scope, keys = _scope(expected), (*expected.keys, "period")
    listed = ", ".join(keys)
    filled = [*keys, "vintage_id", "retrieved_at", "source_updated_at"]
    dense = " * ".join(f"(select count(distinct {key}) from landed)" for key in expected.keys)
    checks = [
        Check(
            gate=GATE,
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
            gate=GATE,
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
            gate=GATE,
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
            gate=GATE,
            name="key_unique",
            scope=scope,
            metric="repeated keys per period",
            threshold="0",
            measure=f"""
                select
                    coalesce(arg_max(concat_ws(', ', {", ".join(expected.keys)}), copies), '') as place,
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
        Check(
            gate=GATE,
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
            fault="the cube has holes: a period lacks areas or occupations that others have.",
            mend="A chunk is missing or was cut short: pull the table again.",
        ),
    ]
    for key, codes in sorted(expected.known_codes.items()):
        checks.append(
            Check(
                gate=GATE,
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
                **in_set(sorted(codes)),
                fault="the source sent codes that nobody has described.",
                mend="Add them to the reference tables and to sources/statfin/source.yml, or wait for a
                correction.", ) ) return checks


def _contents(expected: LandedExpectation) -> list[Check]:
    contents = expected.contents
    small = [content for content in contents if content.is_suppressed]
    required = [content for content in contents if not content.is_optional]
    checks = [
        _offending_cells(
            expected,
            contents,
            name="not_negative",
            offends="{value} < 0",
            fault="negative values.",
            mend="No content of this table can be negative: compare the answer in raw/ with the parser.",
        ),
        _offending_cells(
            expected,
            contents,
            name="symbol_iff_null",
            offends="({value} is null) <> ({symbol} is not null)",
            fault="a blank without its symbol, or a value with one.",
            mend="A blank must never be read as 0: look at `status` in the answer and at
            sources/statfin/parse.py.", ), Check( gate=GATE, name="known_symbols", scope=_scope(expected),
            metric="symbols per content", threshold=f"{' '.join(SYMBOLS)}, or {NOT_OFFERED} in an optional
            content", measure=" union all ".join( f"""
                    select distinct on ({content.column}_symbol)
                        '{content.column}' as place,
                        period,
                        {_symbol_observed(content)} as observed
                    from landed
                    where {content.column}_symbol is not null
                """
                for content in contents
            ),
            **in_set([*SYMBOLS, NOT_OFFERED]),
            fault="a symbol that the source contract does not know.",
            mend="Read the table's notes for its meaning, then add it to the parser; it is never 0.",
            when_empty="no blank in the whole file, hence no symbol to judge.",
        ),
        Check(
            gate=GATE,
            name="contents_present",
            scope=_scope(expected),
            metric="values per required content",
            threshold="at least 1",
            measure=" union all ".join(
                f"select '{c.column}' as place, null::date as period, count({c.column}) as observed from landed"
                for c in required
            ),
            **between(1, None),
            fault="a content without a single value.",
            mend="The source may have renamed it: compare `contentscode` of the metadata with source.yml.",
        ),
        Check(
            gate=GATE,
            name="whole_country",
            scope=_scope(expected),
            metric="whole-country values",
            threshold="a number above 0 in every period",
            measure=" union all ".join(
                f"""
                    select
                        '{content.column}, {TOTAL}' as place,
                        period,
                        max({content.column}) filter ({_total_of(expected)}) as observed
                    from landed
                    group by period
                """
                for content in required
            )
            + " order by period, place",
            **between(threshold("smallest_country_value"), None),
            fault=f"the whole country ({TOTAL}) is missing, blank or 0.",
            mend="Totals are never blank at the source: pull the table again, then ask the publisher.",
        ),
    ]
    if small:
        checks += [
            _offending_cells(
                expected,
                small,
                name="no_visible_small_counts",
                offends="{value} between 1 and 4",
                fault="counts of 1 to 4 are visible, which the source withholds.",
                mend="Do not publish: the source changed its disclosure rule or made an error; ask the
                publisher.", ), Check( gate=GATE, name="share_suppressed", scope=_scope(expected),
                metric="shares of blank cells per content", threshold=f"at most
                {threshold('share_suppressed'):g}", measure=" union all ".join( f"""
                        select
                            '{c.column}' as place,
                            null::date as period,
                            count(*) filter ({c.column}_symbol = '...') / count(*) as observed
                        from landed
                    """
                    for c in small
                ),
                **between(0, threshold("share_suppressed")),
                severity=Severity.WARN,
                fault="far more cells are blank than ever before.",
                mend="Look whether the source withholds more than counts of 1 to 4 now.",
            ),
        ]
    return checks


def _time(expected: LandedExpectation) -> list[Check]:
    scope, unit = _scope(expected), expected.frequency
    oldest = threshold(f"oldest_news_{unit}_table")
    return [
        Check(
            gate=GATE,
            name="period_begins",
            scope=scope,
            metric="periods",
            threshold=f"the first day of a {unit}",
            measure=f"""
                select distinct 'days too late' as place, period, period - date_trunc('{unit}', period)::date
                as observed from landed order by period
            """,
            **between(0, 0),
            fault="a period is not written as its first day.",
            mend="Compare the codes of the time dimension with sources/statfin/parse.py.",
        ),
        Check(
            gate=GATE,
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
            gate=GATE,
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
            gate=GATE,
            name="newest_period",
            scope=scope,
            metric="months from the newest period to the source's update",
            threshold=f"at most {oldest:g}",
            measure=f"select {_age('month')}",
            **between(None, oldest),
            severity=Severity.WARN,
            fault="the newest period is old for the day on which the source published.",
            mend="Look at the source's release calendar; a recorded extract that was cut short shows this
            too.", ), ]


def _age(unit: str) -> str:
    return f"""
        'newest' as place,
        max(period) as period,
        datediff('{unit}', max(period), max(source_updated_at)::date) as observed
    from landed
    """


def _offending_cells(
    expected: LandedExpectation, contents: Sequence[Content], *, name: str, offends: str, fault: str, mend:
    str ) -> Check:
    """A check that counts offending cells by content and first key, and names the first cell with its
    value."""
    first = expected.keys[0]
    others = "".join(f", ', ', arg_min({key}, period) filter (offends)" for key in expected.keys[1:])
    selects = []
    for content in contents:
        condition = offends.format(value=content.column, symbol=f"{content.column}_symbol")
        selects.append(f"""
            select
                concat(
                    '{content.column}, ', {first}{others}, ', value ',
                    coalesce(arg_min({content.column}, period) filter (offends)::varchar, 'blank')
                ) as place,
                min(period) filter (offends) as period,
                count(*) filter (offends) as observed
            from (select *, coalesce({condition}, false) as offends from landed)
            group by {first}
        """)
    return Check(
        gate=GATE,
        name=name,
        scope=_scope(expected),
        metric="groups of cells (content by area)",
        threshold="0 cells",
        measure=f"select * from ({' union all '.join(selects)}) order by period nulls last, place",
        **between(0, 0),
        fault=fault,
        mend=mend,
    )


def _symbol_observed(content: Content) -> str:
    symbol = f"{content.column}_symbol"
    if content.is_optional:
        return symbol
    return f"case when {symbol} = '{NOT_OFFERED}' then '{NOT_OFFERED} in a required content' else {symbol}
    end"


def _total_of(expected: LandedExpectation) -> str:
    return " and ".join(f"{key} = '{TOTAL}'" for key in expected.keys)


def _scope(expected: LandedExpectation) -> str:
    return f"statfin {expected.table}"


def _text(value: str) -> str:
    """`value` as an SQL string."""
    quoted = value.replace("'", "''")
    return f"'{quoted}'"
