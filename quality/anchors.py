"""Gate G10: known answers come out again, as far as the recorded months reach.

Belongs here: comparing the index with the keys in `anchors.yml`. Does not belong here: the keys. Contract:
gate G10, section 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb

from quality.expect import Check, between
from quality.result import Severity
from quality.thresholds import ThresholdError, anchor_document, threshold

if TYPE_CHECKING:
    import pandas as pd


def anchor_keys(data_kind: str) -> dict[str, Any]:
    """The keys for data of this kind, as `anchors.yml` has them. Raises ThresholdError for an unknown kind."""
    try:
        keys: dict[str, Any] = anchor_document()[data_kind]
    except KeyError:
        raise ThresholdError(f"quality/anchors.yml: no section for data kind '{data_kind}'. Add one.") from None
    return keys


def anchor_checks(keys: Mapping[str, Any], *, division_year: int | None) -> list[Check]:
    """The checks of gate G10: single months, and yearly means for each partition.

    `division_year` is that of the mart's register rows, None when the source names none. Keys of another
    division are not judged; those of a later one than they were checked with only warn.
    """
    judged = division_year is None or division_year >= keys["division_from"]
    severity = Severity.WARN if (division_year or 0) > keys["division_to"] else Severity.BLOCK
    partitions = sorted(keys["tolerance"])
    months = [(key["partition"], key["period"], 1, key["mismatch"]) for key in keys["months"]]
    years = [
        (partition, f"{key['year']}-01-01", key["months"], key[partition])
        for key in keys["years"]
        for partition in partitions
        if partition in key
    ]
    return [
        _anchors(
            name=f"{name}_{partition}",
            keys=[key for key in rows if judged and key[0] == partition],
            alpha=keys["alpha"],
            tolerance=keys["tolerance"][partition],
            scope=f"fct_mismatch_index, {partition}",
            severity=severity,
        )
        for name, rows in (("monthly_key", months), ("yearly_mean", years))
        for partition in partitions
    ]


def _anchors(
    *,
    name: str,
    keys: list[tuple[Any, ...]],
    alpha: float,
    tolerance: float,
    scope: str,
    severity: Severity,
) -> Check:
    return Check(
        gate="G10",
        name=name,
        scope=scope,
        metric="distances from the known value of M",
        threshold=f"at most {tolerance:g}",
        measure=partial(_distances, keys=keys, alpha=alpha),
        **between(None, tolerance + threshold("identity")),
        severity=severity,
        fault="a known answer does not come out.",
        mend=(
            "The chain from the source to the index has changed: find the step, by the months that differ, "
            "before anything else is believed."
        ),
        when_empty="not applicable: no key lies within the months (or the regional division) of this mart.",
    )


def _distances(connection: duckdb.DuckDBPyConnection, *, keys: Iterable[tuple[Any, ...]], alpha: float) -> pd.DataFrame:
    """|mean of M over the key's months - key|; a key is left out unless the stock holds all its months.

    A month that the stock holds and the index lacks gives NULL, which fails.
    """
    rows = ", ".join(f"('{p}', date '{start}', {months}, {value}::double)" for p, start, months, value in keys)
    source = f"(values {rows})" if rows else "(select '', date '1900-01-01', 1, 0::double where false)"
    return connection.execute(f"""
        with keys(partition, starts, months, expected) as (select * from {source}),
        held as (select distinct period from mart.fct_market_stock),
        wanted as (
            select keys.*, held.period
            from keys
            join held
                on held.period >= starts
                and held.period < starts + to_months(months::integer)
        )
        select
            concat('key ', expected) as place,
            starts as period,
            case when count(mismatch) = months then abs(avg(mismatch) - expected) end as observed
        from wanted
        left join mart.fct_mismatch_index as found
            on found.period = wanted.period
            and found.partition = wanted.partition
            and found.frequency = 'month'
            and found.area_code = 'SSS'
            and abs(found.alpha - {alpha}) < 1e-9
        group by wanted.partition, starts, months, expected
        having count(distinct wanted.period) = months
        order by starts
    """).df()
