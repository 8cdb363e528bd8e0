"""Gate G1: the shares of an index are shares of its own cells.

Belongs here: denominators and completeness of the mismatch index. Does not belong here: its second computation
(`recomputation`), inequalities between published columns (`index_identities`), what single cells add
(`contributions`). Contract: gate G1, I07, I08.

An index whose denominators came from a total row instead of its cells looks plausible and is wrong (shares that
add to 0.95 once gave M = 0.0465 instead of 0.0282), so the totals are compared with the cells in
`fct_market_stock`.
"""

from __future__ import annotations

from quality.expect import Check, between
from quality.index_cells import OCCUPATION_LEVELS, PARTITION_SUMS
from quality.recomputation import recomputation_checks
from quality.thresholds import index_alphas, index_partitions, threshold

MEASURES = ("unemployed", "vacancies")


def share_checks() -> list[Check]:
    """The checks of gate G1 on `fct_mismatch_index`."""
    return [
        _complete(),
        _complete_within_regions(),
        _cell_count(),
        *(_same_totals(measure) for measure in MEASURES),
        *(_within_cells(measure) for measure in MEASURES),
        *(_without_x_codes(measure) for measure in MEASURES),
        *recomputation_checks(),
    ]


def _complete() -> Check:
    rows = ", ".join(f"('{partition}', {alpha})" for partition in index_partitions() for alpha in index_alphas())
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


def _complete_within_regions() -> Check:
    rows = ", ".join(f"('{level}', {alpha})" for level in OCCUPATION_LEVELS for alpha in index_alphas())
    return Check(
        gate="G1",
        name="index_complete_within_regions",
        scope="fct_mismatch_index",
        metric="regions without their index over occupations, or with two, per level, alpha and month",
        threshold="0",
        measure=f"""
            with months as (
                select distinct stock.period, stock.area_code
                from mart.fct_market_stock as stock
                join mart.dim_area as area using (area_code)
                where stock.area_level = 'region'
                    and stock.occupation_level = 'occ4'
                    and not area.is_residual
            ),
            found as (
                select months.period, months.area_code, partition, round(alpha, 2) as alpha, count(*) as index_rows
                from mart.fct_mismatch_index
                join months using (period, area_code)
                where frequency = 'month'
                group by all
            )
            select
                concat(wanted.partition, ', alpha ', wanted.alpha) as place,
                months.period,
                sum(abs(coalesce(found.index_rows, 0) - 1)) as observed
            from months
            cross join (values {rows}) as wanted(partition, alpha)
            left join found
                on found.period = months.period
                and found.area_code = months.area_code
                and found.partition = wanted.partition
                and found.alpha = wanted.alpha
            group by wanted.partition, wanted.alpha, months.period
            order by months.period, place
        """,
        **between(0, 0),
        fault="a region lacks its index over occupations (or has two) in a month for which the stock has its cells.",
        mend="Look at the join that feeds fct_mismatch_index.",
    )


def _cell_count() -> Check:
    return Check(
        gate="G1",
        name="index_of_all_cells",
        scope="fct_mismatch_index",
        metric="cells of an index less the cells of its partition that its vintage lists, per partition and month",
        threshold="0",
        measure=f"""
            with cells as ({PARTITION_SUMS}),
            compared as (
                select
                    published.partition,
                    published.alpha,
                    published.period,
                    published.area_code,
                    coalesce((published.cells - cells.cells)::double, 'infinity') as observed
                from mart.fct_mismatch_index as published
                left join cells using (area_code, partition, period, vintage_id)
                where published.data_source = 'register'
            )
            {_farthest("compared")}
        """,
        **between(0, 0),
        fault="an index was made of fewer or more cells than its partition has.",
        mend="A join before fct_mismatch_index loses or doubles a cell, or the seed area lacks a merger.",
    )


def _same_totals(measure: str) -> Check:
    return Check(
        gate="G1",
        name=f"shares_of_{measure}_add_to_one",
        scope="fct_mismatch_index",
        metric="deviations of the sum of shares from 1, per partition and month",
        threshold=f"at most {threshold('share_sum'):g}",
        measure=f"""
            with index_rows as (
                select partition, alpha, period, area_code, {measure}_total
                from mart.fct_mismatch_index
                where data_source = 'register'
                    and {measure}_total is not null
            ),
            regions as (
                select
                    stock.period,
                    sum({measure}) as cells_total
                from mart.fct_market_stock as stock
                join mart.dim_area as area using (area_code)
                where stock.area_level = 'region'
                    and stock.occupation_code = 'SSS'
                    and not area.is_residual
                group by stock.period
                having count(*) = count({measure})
            ),
            occupied as (
                select
                    index_rows.period,
                    index_rows.alpha,
                    index_rows.partition as level,
                    area.area_level,
                    sum(index_rows.{measure}_total) as cells_total
                from index_rows
                join mart.dim_area as area using (area_code)
                where index_rows.area_code <> 'SSS'
                group by index_rows.period, area.area_level, index_rows.partition, index_rows.alpha
            ),
            expected as (
                select partition, alpha, index_rows.period, {measure}_total, cells_total
                from index_rows
                join regions using (period)
                where area_code = 'SSS'
                    and partition in ('region', 'subregion', 'municipality')
                union all
                select partition, index_rows.alpha, index_rows.period, {measure}_total, cells_total
                from index_rows
                join occupied
                    on occupied.period = index_rows.period
                    and occupied.alpha = index_rows.alpha
                    and (
                        index_rows.partition = concat(occupied.area_level, '_x_', occupied.level)
                        or (occupied.area_level = 'region' and index_rows.partition = occupied.level)
                    )
                where area_code = 'SSS'
            )
            select
                concat(partition, ', alpha ', alpha) as place,
                period,
                max(abs(cells_total / nullif({measure}_total, 0) - 1)) as observed
            from expected
            where {measure}_total > 0
                or cells_total > 0
            group by partition, alpha, period
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
        metric="relative distances of the total from the sum of its cells (blanks: 1 to 4), per partition and month",
        threshold=f"at most {threshold('share_sum'):g}",
        measure=f"""
            with cells as ({PARTITION_SUMS}),
            bounds as (
                select
                    area_code,
                    partition,
                    period,
                    sum({measure}_lo) as lowest,
                    sum({measure}_hi) as highest
                from cells
                group by area_code, partition, period
            ),
            compared as (
                select
                    partition,
                    alpha,
                    period,
                    area_code,
                    greatest(lowest - {measure}_total, {measure}_total - highest, 0)
                        / greatest({measure}_total, 1) as observed
                from mart.fct_mismatch_index
                join bounds using (area_code, partition, period)
                where data_source = 'register'
                    and {measure}_total is not null
            )
            {_farthest("compared")}
        """,
        **between(None, threshold("share_sum")),
        fault=f"{measure}_total can't be the sum of the partition's cells, whatever the blanks hold.",
        mend="Look which cells the index sums: residual areas and total rows do not belong to a partition.",
    )


def _without_x_codes(measure: str) -> Check:
    return Check(
        gate="G1",
        name=f"{measure}_total_leaves_x_codes_out",
        scope="fct_mismatch_index, partitions by occupation of regions",
        metric="relative distances of the total from the area's total less its X codes (blanks: 1 to 4)",
        threshold=f"at most {threshold('share_sum'):g}",
        measure=f"""
            with bounds as (
                select
                    area_code,
                    period,
                    sum(if(occupation_code = 'SSS', {measure}_lo, -{measure}_hi)) as lowest,
                    sum(if(occupation_code = 'SSS', {measure}_hi, -{measure}_lo)) as highest
                from mart.fct_market_stock
                where area_level = 'region'
                    and (occupation_code = 'SSS' or occupation_level = 'special')
                group by area_code, period
            ),
            compared as (
                select
                    partition,
                    alpha,
                    period,
                    area_code,
                    greatest(lowest - {measure}_total, {measure}_total - highest, 0)
                        / greatest({measure}_total, 1) as observed
                from mart.fct_mismatch_index
                join bounds using (area_code, period)
                where data_source = 'register'
                    and {measure}_total is not null
            )
            {_farthest("compared")}
        """,
        **between(None, threshold("share_sum")),
        fault=f"{measure}_total is not what the region holds beside its X codes.",
        mend="X codes stay out of every partition by occupation, on both sides; the fill keeps the area's margin.",
    )


def _farthest(table: str) -> str:
    """The last part of a measure: the largest `observed` per partition and month, with its area and alpha."""
    return f"""
        select
            concat_ws(', ', partition, arg_max(concat(area_code, ', alpha ', alpha), abs(observed))) as place,
            period,
            max(abs(observed)) as observed
        from {table}
        group by partition, period
        order by period, place
    """
