"""What single cells add to the mismatch index: it is recomputed from them, adds up to it, and shows no blank.

Belongs here: the checks of `fct_mismatch_contribution` for the gates G1, G2 and G3. Does not belong here: the index
itself (`shares`, `index_identities`). Contract: I09, rules 2.4.2 and 2.4.3.
"""

from __future__ import annotations

from quality.expect import Check, between
from quality.thresholds import threshold

TABLE = "fct_mismatch_contribution"


def contribution_checks() -> list[Check]:
    """The checks of gates G1, G2 and G3 on the contributions."""
    return [_recomputed(), _of_visible_cells(), _add_up(), _at_least_zero()]


def _recomputed() -> Check:
    return Check(
        gate="G1",
        name="contributions_recomputed",
        scope=f"{TABLE}, cells that are visible",
        metric="largest difference from a second computation with the counts of the stock, per partition and month",
        threshold=f"at most {threshold('recomputed_index'):g}",
        measure=f"""
            with shares as (
                select
                    cells.partition,
                    cells.period,
                    concat_ws(' ', cells.cell_area_code, cells.cell_occupation_code) as cell,
                    cells.contribution,
                    stock.unemployed / index_rows.unemployed_total as u,
                    stock.vacancies / index_rows.vacancies_total as v
                from mart.{TABLE} as cells
                join mart.fct_mismatch_index as index_rows using (period, area_code, partition, alpha)
                join mart.fct_market_stock as stock
                    on stock.period = cells.period
                    and stock.area_code = cells.cell_area_code
                    and stock.occupation_code = cells.cell_occupation_code
                where cells.partition in ('region', 'region_x_occ4')
                    and not cells.is_remainder
            ),
            compared as (
                select
                    partition,
                    period,
                    cell,
                    abs(contribution - ((u + v) / 2 - if(u > 0 and v > 0, exp((ln(u) + ln(v)) / 2), 0))) as off
                from shares
                where u is not null and v is not null
            )
            select concat(partition, ', ', arg_max(cell, off)) as place, period, max(off) as observed
            from compared
            group by partition, period
            order by period, place
        """,
        **between(None, threshold("recomputed_index")),
        fault="a contribution is not what the cell's counts and the index's totals give.",
        mend="c = (u + v) / 2 - sqrt(u v) at alpha 0.5: look at the shares, which are of the index's own totals.",
    )


def _of_visible_cells() -> Check:
    fewest = threshold("blanks_under_an_estimate")
    return Check(
        gate="G2",
        name="contributions_need_visible_counts",
        scope=TABLE,
        metric="rows of a cell with a blank, or of a remainder of too few cells, by partition",
        threshold="0",
        measure=f"""
            with blanks as (
                select
                    period,
                    occupation_code,
                    count(*) filter (unemployed is null) as unemployed_blanks,
                    count(*) filter (vacancies is null) as vacancies_blanks
                from mart.fct_market_stock as stock
                join mart.dim_area as area using (area_code)
                where stock.area_level = 'region'
                    and stock.occupation_level = 'occ4'
                    and not area.is_residual
                group by period, occupation_code
            ),
            judged as (
                select
                    cells.partition,
                    cells.period,
                    concat_ws(' ', cells.cell_area_code, cells.cell_occupation_code) as cell,
                    cells.contribution is not null
                    and case
                        when cells.is_remainder then cells.cells < {fewest}
                        when cells.partition = 'occ4' then
                            cells.value_kind <> 'modelled'
                            and (
                                unemployed_blanks between 1 and {fewest} - 1
                                or vacancies_blanks between 1 and {fewest} - 1
                            )
                        else stock.unemployed is null or stock.vacancies is null
                    end as offends
                from mart.{TABLE} as cells
                left join mart.fct_market_stock as stock
                    on stock.period = cells.period
                    and stock.area_code = cells.cell_area_code
                    and stock.occupation_code = cells.cell_occupation_code
                left join blanks
                    on blanks.period = cells.period
                    and blanks.occupation_code = cells.cell_occupation_code
            )
            select
                concat_ws(', ', partition, arg_min(cell, (period, cell)) filter (offends)) as place,
                min(period) filter (offends) as period,
                count(*) filter (offends) as observed
            from judged
            group by partition
            order by place
        """,
        **between(0, 0),
        fault="a contribution is shown of a cell that the source withholds, so the blank can be solved from it.",
        mend="Put the cell into the remainder of its area (rules 2.4.2 and 2.4.3).",
    )


def _add_up() -> Check:
    return Check(
        gate="G3",
        name="contributions_add_up_to_the_index",
        scope=TABLE,
        metric="distance of the sum of contributions, remainders included, from M, per partition and month",
        threshold=f"at most {threshold('identity'):g}",
        measure=f"""
            with sums as (
                select
                    partition,
                    period,
                    area_code,
                    alpha,
                    sum(contribution order by cell_area_code, cell_occupation_code) as contribution,
                    count(*) - count(contribution) as withheld
                from mart.{TABLE}
                group by partition, period, area_code, alpha
            )
            select
                index_rows.partition as place,
                index_rows.period,
                case
                    when sums.withheld > 0 then 0
                    when index_rows.mismatch = 0 then coalesce(sums.contribution, 0)
                    else abs(sums.contribution - index_rows.mismatch)
                end as observed
            from mart.fct_mismatch_index as index_rows
            left join sums using (partition, period, area_code, alpha)
            where index_rows.partition in ('region', 'occ4', 'region_x_occ4')
                and index_rows.area_code = 'SSS'
                and abs(index_rows.alpha - 0.5) < 1e-9
                and index_rows.data_source = 'register'
                and index_rows.mismatch is not null
            order by index_rows.period, place
        """,
        **between(None, threshold("identity")),
        fault="the contributions are not the whole index.",
        mend="A cell is missing, or doubled, or left out of its remainder.",
    )


def _at_least_zero() -> Check:
    return Check(
        gate="G3",
        name="contributions_are_positive",
        scope=TABLE,
        metric="largest excess over '0 <= c, and c = share of index times M', per partition and month",
        threshold=f"at most {threshold('identity'):g}",
        measure=f"""
            with compared as (
                select
                    cells.partition,
                    cells.period,
                    concat_ws(' ', cells.cell_area_code, cells.cell_occupation_code) as cell,
                    greatest(
                        -cells.contribution,
                        coalesce(abs(cells.contribution - cells.share_of_index * index_rows.mismatch), 0)
                    ) as excess
                from mart.{TABLE} as cells
                join mart.fct_mismatch_index as index_rows using (period, area_code, partition, alpha)
                where cells.contribution is not null
            )
            select concat(partition, ', ', arg_max(cell, excess)) as place, period, max(excess) as observed
            from compared
            group by partition, period
            order by period, place
        """,
        **between(None, threshold("identity")),
        fault="a cell takes away from the mismatch, or its share of the index is not its part of it.",
        mend="c is half a squared distance of roots: at least 0.",
        when_empty="no contributions in this data.",
    )
