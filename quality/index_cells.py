"""The cells behind every published index, as the stocks in the mart show them.

Belongs here: which cells of `fct_market_stock` make which partition. Does not belong here: a rule (`shares`). Contract:
section 1 (levels), I07.

A partition cuts up an area: the country by areas, by areas and occupations, or by occupations (the sums over regions);
a region or an employment area by occupations. X codes and areas without place are no cells.
"""

OCCUPATION_LEVELS = ("occ1", "occ2", "occ3", "occ4")
"""Levels of occupations that make partitions, coarse to fine."""

AREA_LEVELS = ("region", "employment_area")
"""Area levels that are cut up by occupations."""

_LEVELS = ", ".join(f"'{level}'" for level in OCCUPATION_LEVELS)
_AREAS = ", ".join(f"'{level}'" for level in AREA_LEVELS)

PARTITION_SUMS = f"""
    with stock as (
        select
            stock.period,
            stock.vintage_id,
            stock.area_level,
            stock.area_code,
            stock.occupation_level,
            hash(stock.area_code, stock.occupation_code) as cell,
            hash(stock.occupation_code) as occupation,
            stock.unemployed_lo,
            stock.unemployed_hi,
            stock.vacancies_lo,
            stock.vacancies_hi
        from mart.fct_market_stock as stock
        join mart.dim_area as area using (area_code)
        where not area.is_residual
            and (
                (stock.occupation_code = 'SSS' and stock.area_level <> 'country')
                or (stock.occupation_level in ({_LEVELS}) and stock.area_level in ({_AREAS}))
            )
    ),
    listed as (
        select
            vintage_id,
            area_level,
            area_code,
            occupation_level,
            count(distinct cell) as cells
        from stock
        group by vintage_id, area_level, area_code, occupation_level
    ),
    occupations as (
        select
            vintage_id,
            occupation_level,
            count(distinct occupation) as cells
        from stock
        where area_level = 'region' and occupation_level <> 'total'
        group by vintage_id, occupation_level
    ),
    sums as (
        select
            period,
            vintage_id,
            area_level,
            area_code,
            occupation_level,
            sum(unemployed_lo) as unemployed_lo,
            sum(unemployed_hi) as unemployed_hi,
            sum(vacancies_lo) as vacancies_lo,
            sum(vacancies_hi) as vacancies_hi
        from stock
        group by period, vintage_id, area_level, area_code, occupation_level
    ),
    partitions as (
        select
            'SSS' as area_code,
            case occupation_level
                when 'total' then area_level
                else concat(area_level, '_x_', occupation_level)
            end as partition,
            period,
            vintage_id,
            unemployed_lo,
            unemployed_hi,
            vacancies_lo,
            vacancies_hi
        from sums
        union all
        select
            area_code,
            occupation_level as partition,
            period,
            vintage_id,
            unemployed_lo,
            unemployed_hi,
            vacancies_lo,
            vacancies_hi
        from sums
        where occupation_level <> 'total'
        union all
        select
            'SSS' as area_code,
            occupation_level as partition,
            period,
            vintage_id,
            unemployed_lo,
            unemployed_hi,
            vacancies_lo,
            vacancies_hi
        from sums
        where occupation_level <> 'total'
            and area_level = 'region'
    ),
    sizes as (
        select
            'SSS' as area_code,
            case occupation_level
                when 'total' then area_level
                else concat(area_level, '_x_', occupation_level)
            end as partition,
            vintage_id,
            sum(cells) as cells
        from listed
        group by all
        union all
        select area_code, occupation_level as partition, vintage_id, cells
        from listed
        where occupation_level <> 'total'
        union all
        select 'SSS' as area_code, occupation_level as partition, vintage_id, cells
        from occupations
    )
    select
        area_code,
        partition,
        period,
        vintage_id,
        any_value(sizes.cells)::bigint as cells,
        sum(unemployed_lo) as unemployed_lo,
        sum(unemployed_hi) as unemployed_hi,
        sum(vacancies_lo) as vacancies_lo,
        sum(vacancies_hi) as vacancies_hi
    from partitions
    left join sizes using (area_code, partition, vintage_id)
    group by area_code, partition, period, vintage_id
"""
"""One row per area, partition, month and vintage: how many cells the vintage lists, and what they hold within bounds.

Columns: area_code, partition, period, vintage_id, cells, unemployed_lo, unemployed_hi, vacancies_lo, vacancies_hi.
"""
