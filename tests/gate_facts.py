"""Facts of the tiny mart of gate_mart that stand on its counts: plans of placement, accessibility, ratings and scores.

One occupation that is visible everywhere; the numbers hold what the gates ask of them, and are not the best plan nor a
real rating. What each gate makes of wrong ones is tested beside it (test_quality_placement, test_ratings).
"""

from __future__ import annotations

import duckdb

_DDL = """
create table mart.fct_transport_summary as
with sides as (
    select period, sum(unemployed) as u, sum(vacancies) as v, min(unemployed) / sum(unemployed) as u_share,
        arg_min(vacancies, unemployed) / sum(vacancies) as v_share
    from mart.fct_market_stock
    where occupation_code = '5120' and area_level = 'region'
    group by period
)
select
    period, 'SSS' as area_code, 'region' as partition, '5120' as occupation_code, 'located' as variant,
    u::double as unemployed_total, v::double as vacancies_total, 0::double as flexible_vacancies,
    100 * abs(u_share - v_share) as w1_km, abs(u_share - v_share) as jackman_roper,
    abs(u_share - v_share) * u as movers, 100::double as km_per_mover, least(u, v)::double as placeable,
    least(u, v)::double - 6 as own_region, 6::double as cross_region, 0::double as flexible_placed,
    600::double as person_km, 100::double as km_per_placement, 'ok' as placement_reason, 'exact' as value_kind,
    'ok' as reason, 1::double as coverage, 'passed' as gate_state
from sides;
create table mart.fct_cross_region_placement as
select
    period, 'region' as area_level, '5120' as occupation_code, 'located' as variant, 'MK01' as from_area_code,
    'MK02' as to_area_code, 6::double as persons, 600::double as person_km, 100::double as distance_km,
    'exact' as value_kind, 'ok' as reason, 1::double as coverage, 'passed' as gate_state
from mart.fct_transport_summary;
create table mart.fct_accessibility as
select
    stock.period, stock.area_level, stock.area_code, stock.occupation_code, 50::double as half_distance_km,
    false as is_remainder, vacancies_total / unemployed_total as accessibility, 'ok' as accessibility_reason,
    unemployed * vacancies_total / unemployed_total as vacancies_reached, 0::double as vacancies_unreached,
    'exact' as value_kind, 'ok' as reason, 1::double as coverage, 'passed' as gate_state
from mart.fct_market_stock as stock
join mart.fct_transport_summary using (period, occupation_code)
where stock.area_level = 'region';
create table mart.fct_barometer as
select period, area_code, occupation_code, 'shortage' as state, 3 as degree, 6::double as scale, 1.2::double as slope,
    'ok' as reason, 'exact' as value_kind
from mart.fct_market_stock
where occupation_code = '5120' and area_level = 'region';
create table mart.fct_keha_rating_published as
select period, area_code, occupation_code, state, degree, state as state_pub, degree as degree_pub, scale as s_pub,
    slope as k_pub, 'ok' as reason, 'exact' as value_kind, 'passed' as gate_state
from mart.fct_barometer;
create table mart.fct_keha_rating as
select period, area_code, occupation_code, 'shortage' as state_own, 3 as degree_own, 6::double as s_own,
    'ok' as reason, 'modelled' as value_kind, 'passed' as gate_state
from mart.fct_barometer;
create table mart.fct_shortage_score as
select
    period, area_code, occupation_code, 2::double as shortage_score, 4 as components_rated, 2 as theta_eb_score,
    2 as unemployment_rate_occ_score, 2 as vacancy_rate_occ_score, 2 as days_online_score,
    null::integer as vacancies_yoy_score, null::integer as unemployed_yoy_score, 1::bigint as shortage_rank,
    1::bigint as rank_lo, 2::bigint as rank_hi, 'ok' as reason, 'modelled' as value_kind, 'passed' as gate_state
from mart.fct_barometer;
create table mart.fct_rating_comparison as
select period, area_code, occupation_code, 2 as ratings, 1::double as agreement_share, 'ok' as reason,
    'modelled' as value_kind, 'passed' as gate_state
from mart.fct_barometer;
create table mart.fct_cause_indicator as
select period, area_code, occupation_code, -0.1::double as labour_scarcity, 'ok' as reason, 'modelled' as value_kind,
    'passed' as gate_state
from mart.fct_barometer;
create table mart.fct_concentration as
select period, 'SSS' as area_code, occupation_code, 'region' as partition, 2 as cells,
    0.6::double as vacancies_concentration, null::double as largest_municipalities_share, 'ok' as reason,
    'exact' as value_kind, 'passed' as gate_state
from mart.fct_transport_summary;
"""


def add_facts(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the facts to the mart behind `connection`, which has fct_market_stock."""
    connection.execute(_DDL)
