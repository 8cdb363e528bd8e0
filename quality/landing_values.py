"""At the door, the values: are blanks marked, small counts withheld, totals there, nothing negative?

Belongs here: checks of contents and symbols. Does not belong here: checks of keys and periods.
"""

from __future__ import annotations

from collections.abc import Sequence

from quality.expect import Check, between, in_set
from quality.promise import NOT_OFFERED, SYMBOLS, TOTAL, TOTALS, Content, LandedExpectation
from quality.result import Severity
from quality.thresholds import threshold

ALWAYS_WITH_TOTAL = ("area_code", "occupation_code")


def value_checks(expected: LandedExpectation) -> list[Check]:
    """The checks of contents and symbols of one landed table (view `landed`)."""
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
            mend="A blank must never be read as 0: look at `status` in the answer and at parse.py.",
        ),
        Check(
            gate="landing",
            name="known_symbols",
            scope=expected.scope,
            metric="symbols per content",
            threshold=f"{' '.join(SYMBOLS)}, or {NOT_OFFERED} in an optional content",
            measure=" union all ".join(
                f"""
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
            gate="landing",
            name="contents_present",
            scope=expected.scope,
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
            gate="landing",
            name="whole_country",
            scope=expected.scope,
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
                mend="Do not publish: the source changed its disclosure rule or erred; ask the publisher.",
            ),
            Check(
                gate="landing",
                name="share_suppressed",
                scope=expected.scope,
                metric="shares of blank cells per content",
                threshold=f"at most {threshold('share_suppressed'):g}",
                measure=" union all ".join(
                    f"""
                        select
                            '{c.column}' as place,
                            null::date as period,
                            count(*) filter ({c.column}_symbol = '...') / count(*) as observed
                        from landed
                    """
                    for c in small
                ),
                **between(None, threshold("share_suppressed")),
                severity=Severity.WARN,
                fault="far more cells are blank than ever before.",
                mend="Look whether the source withholds more than counts of 1 to 4 now.",
            ),
        ]
    return checks


def _offending_cells(
    expected: LandedExpectation,
    contents: Sequence[Content],
    *,
    name: str,
    offends: str,
    fault: str,
    mend: str,
) -> Check:
    """A check that counts offending cells by content and first key, and names the first with its value."""
    first = f", {expected.keys[0]}" if expected.keys else ""
    others = "".join(f", ', ', arg_min({key}, period) filter (offends)" for key in expected.keys[1:])
    by_first = f"group by {expected.keys[0]}" if expected.keys else ""
    separator = ", " if expected.keys else ""
    selects = []
    for content in contents:
        condition = offends.format(value=content.column, symbol=f"{content.column}_symbol")
        selects.append(f"""
            select
                concat(
                    '{content.column}, '{first}{others}, '{separator}value ',
                    coalesce(arg_min({content.column}, period) filter (offends)::varchar, 'blank')
                ) as place,
                min(period) filter (offends) as period,
                count(*) filter (offends) as observed
            from (select *, coalesce({condition}, false) as offends from landed)
            {by_first}
        """)
    return Check(
        gate="landing",
        name=name,
        scope=expected.scope,
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
    refused = f"'{NOT_OFFERED} in a required content'"
    return f"case when {symbol} = '{NOT_OFFERED}' then {refused} else {symbol} end"


def _total_of(expected: LandedExpectation) -> str:
    """Condition for a cell of the whole country; where a breakdown has no total, any of its codes does."""
    totals = ", ".join(f"'{total}'" for total in TOTALS)
    conditions = [
        f"({key} in ({totals}) or not (select bool_or({key} in ({totals})) from landed))"
        if key not in ALWAYS_WITH_TOTAL
        else f"{key} in ({totals})"
        for key in expected.keys
    ]
    return " and ".join(conditions) or "true"
