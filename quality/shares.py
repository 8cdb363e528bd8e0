"""Gate G1: the shares of an index are shares of its own cells.

Belongs here: denominators, completeness and independent recomputation of the mismatch index. Does not belong
here: inequalities between published columns (`identities`). Contract: gate G1, I07, I08.

An index whose denominators came from a total row instead of its cells looks plausible and is wrong (shares that
add to 0.95 once gave M = 0.0465 instead of 0.0282), so the totals are compared with the cells in
`fct_market_stock`, and the index is computed again by another route where every cell is visible.
"""

from __future__ import annotations

from math import exp, fsum, log
from typing import TYPE_CHECKING

import duckdb

from quality.expect import Check, between
from quality.thresholds import index_alphas, index_partitions, threshold

if TYPE_CHECKING:
    import pandas as pd

_CELLS = """
    select
        stock.area_level as partition,
        period,
        vintage_id,
        area_code,
        unemployed,
        vacancies,
        unemployed_lo,
        unemployed_hi,
        vacancies_lo,
        vacancies_hi
    from mart.fct_market_stock as stock
    join mart.dim_area as area using (area_code)
    where stock.occupation_code = 'SSS'
        and not area.is_residual
"""
"""The cells of the area partitions: located areas, all occupations."""


def share_checks() -> list[Check]:
    """The checks of gate G1."""
    return [
        _complete(),
        _cell_count(),
        *(_against_regions(measure) for measure in ("unemployed", "vacancies")),
        *(_within_cells(measure) for measure in ("unemployed", "vacancies")),
        _recomputed(
            name="index_recomputed_region",
            partitions=("region",),
            when_empty=None,
        ),
        _recomputed(
            name="index_recomputed_fine",
            partitions=("subregion", "municipality"),
            when_empty="no month in which every cell is visible, so nothing could be recomputed.",
        ),
    ]


def _complete() -> Check:
    alphas, partitions = index_alphas(), index_partitions()
    rows = ", ".join(f"('{partition}', {alpha})" for partition in partitions for alpha in alphas)
    return Check(
        gate="G1",
        name="index_complete",
        scope="fct_mismatch_index",
        metric="index rows per partition, alpha and month of the stock",
        threshold="1",
        measure=f"""
            select
                concat(wanted.partition, ', alpha ', wanted.alpha) as place,
                months.period,
                count(found.area_code) as observed
            from (select distinct period from mart.fct_market_stock) as months
            cross join (values {rows}) as wanted(partition, alpha)
            left join mart.fct_mismatch_index as found
                on found.period = months.period
                and found.partition = wanted.partition
                and abs(found.alpha - wanted.alpha) < 1e-9
                and found.frequency = 'month'
                and found.area_code = 'SSS'
            group by all
            order by months.period, place
        """,
        **between(1, 1),
        fault="the index is missing (or doubled) for a month that the stock holds.",
        mend="Look at the join that feeds fct_mismatch_index.",
    )


def _cell_count() -> Check:
    return Check(
        gate="G1",
        name="index_of_all_cells",
        scope="fct_mismatch_index",
        metric="cells of an index less the areas of its partition that its vintage lists, per month",
        threshold="0",
        measure=f"""
            with cells as (
                select
                    partition,
                    vintage_id,
                    count(distinct area_code) as areas
                from ({_CELLS})
                group by partition, vintage_id
            )
            select
                concat(partition, ', alpha ', alpha) as place,
                period,
                cells - areas as observed
            from mart.fct_mismatch_index
            left join cells using (partition, vintage_id)
            where data_source = 'register'
            order by period, place
        """,
        **between(0, 0),
        fault="an index was made of fewer or more cells than its partition has.",
        mend="A join before fct_mismatch_index loses or doubles an area, or the seed area lacks a merger.",
    )


def _against_regions(measure: str) -> Check:
    return Check(
        gate="G1",
        name=f"shares_of_{measure}_add_to_one",
        scope="fct_mismatch_index",
        metric="deviations of the sum of shares from 1, per partition and month",
        threshold=f"at most {threshold('share_sum'):g}",
        measure=f"""
            with regions as (
                select
                    period,
                    sum({measure}) as cells_total
                from ({_CELLS})
                where partition = 'region'
                group by period
                having count(*) = count({measure})
            )
            select
                concat(partition, ', alpha ', alpha) as place,
                period,
                abs(cells_total / {measure}_total - 1) as observed
            from mart.fct_mismatch_index
            join regions using (period)
            where data_source = 'register'
                and mismatch is not null
            order by period, place
        """,
        **between(None, threshold("share_sum")),
        fault=f"{measure}_total is not the sum over the regions, so the shares do not add to one.",
        mend="Divide by the sum of the partition's own cells, never by a total row of the source.",
    )


def _within_cells(measure: str) -> Check:
    return Check(
        gate="G1",
        name=f"{measure}_total_is_sum_of_cells",
        scope="fct_mismatch_index",
        metric="relative distances of the total from the sum of its cells (blanks: 1 to 4), per month",
        threshold=f"at most {threshold('share_sum'):g}",
        measure=f"""
            with cells as (
                select
                    partition,
                    period,
                    sum({measure}_lo) as lowest,
                    sum({measure}_hi) as highest
                from ({_CELLS})
                group by partition, period
            )
            select
                concat(partition, ', alpha ', alpha) as place,
                period,
                greatest(lowest - {measure}_total, {measure}_total - highest, 0) / {measure}_total as observed
            from mart.fct_mismatch_index
            join cells using (partition, period)
            where data_source = 'register'
                and mismatch is not null
            order by period, place
        """,
        **between(None, threshold("share_sum")),
        fault=f"{measure}_total can't be the sum of the partition's cells, whatever the blanks hold.",
        mend="Look which cells the index sums: residual areas and total rows do not belong to a partition.",
    )


def _recomputed(*, name: str, partitions: tuple[str, ...], when_empty: str | None) -> Check:
    return Check(
        gate="G1",
        name=name,
        scope=f"fct_mismatch_index, {', '.join(partitions)}",
        metric="differences of M and JR from a second computation, per alpha and month",
        threshold=f"at most {threshold('recomputed_index'):g}",
        measure=lambda connection: _differences(connection, partitions),
        **between(None, threshold("recomputed_index")),
        fault="M or JR is not what the cells in fct_market_stock give.",
        mend="Look at the index SQL: shares, powers, and the cells that it sums over.",
        when_empty=when_empty,
    )


def _differences(connection: duckdb.DuckDBPyConnection, partitions: tuple[str, ...]) -> pd.DataFrame:
    """The larger difference of M and JR for each alpha and month in which all cells are visible."""
    import pandas as pd

    wanted = ", ".join(f"'{partition}'" for partition in partitions)
    months = connection.execute(f"""
        select
            partition,
            period,
            list(unemployed order by area_code),
            list(vacancies order by area_code)
        from ({_CELLS})
        where partition in ({wanted})
        group by partition, period
        having count(*) = count(unemployed) and count(*) = count(vacancies)
    """).fetchall()
    cells = {(partition, period): (unemployed, vacancies) for partition, period, unemployed, vacancies in months}
    published = connection.execute(f"""
        select partition, alpha, period, mismatch, jackman_roper
        from mart.fct_mismatch_index
        where partition in ({wanted})
            and data_source = 'register'
            and mismatch is not null
        order by period, partition, alpha
    """).fetchall()
    rows = []
    for partition, alpha, period, mismatch, jackman_roper in published:
        if (partition, period) not in cells:
            continue
        again, dissimilarity = _index(*cells[partition, period], alpha)
        off = max(abs(mismatch - again), abs(jackman_roper - dissimilarity))
        rows.append((f"{partition}, alpha {alpha:g}", period, off))
    frame = pd.DataFrame(rows, columns=["place", "period", "observed"])
    return frame.astype({"period": "datetime64[us]", "observed": "float64"})


def _index(unemployed: list[int], vacancies: list[int], alpha: float) -> tuple[float, float]:
    """M and JR of one month, by logarithms and exact summation (the mart uses powers and plain sums)."""
    total_u, total_v = fsum(unemployed), fsum(vacancies)
    cells = [(u / total_u, v / total_v) for u, v in zip(unemployed, vacancies, strict=True)]
    matched = fsum(exp(alpha * log(v) + (1 - alpha) * log(u)) for u, v in cells if u > 0 and v > 0)
    return 1 - matched, fsum(abs(u - v) for u, v in cells) / 2
