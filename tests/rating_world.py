"""A small invented market with what the tables of ratings read, built by dbt: for their tests.

Belongs here: the tables that stand in for the rest of the warehouse. Does not belong here: an assertion.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from posting_world import dbt

MODELS = (
    "keha_cutoff",
    "ref_keha_cutoff",
    "fct_keha_rating",
    "fct_keha_rating_published",
    "int_collect_shortage_components",
    "int_measure_geographic_mismatch",
    "int_measure_skill_links",
    "int_collect_causes",
    "int_freeze_score_cutoffs",
    "ref_score_cutoff",
    "int_rate_shortage_components",
    "int_vary_shortage_scores",
    "fct_shortage_score",
    "fct_cause_indicator",
    "fct_rating_comparison",
    "fct_concentration",
)
REGIONS = ("MK01", "MK02", "MK04", "MK21")
OCCUPATIONS = tuple(f"{number}" for number in range(2111, 2136))
MONTHS = tuple(date(year, month, 1) for year in (2019, 2020, 2021) for month in range(1, 13))
BASE = (date(2019, 1, 1), date(2019, 12, 1))
"""The months of the invented market that lie in the base period."""
CLASSES = ("very_loose", "loose", "average", "tight", "very_tight")


@dataclass(frozen=True, slots=True)
class RatedWorld:
    """The true counts behind a warehouse, and the warehouse; counts of 1 to 4 are withheld in it."""

    cells: pl.DataFrame
    warehouse: Path

    def frame(self, query: str) -> pl.DataFrame:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(query).pl()


def build_world(folder: Path) -> RatedWorld:
    """Build every table of ratings over invented cells of 4 regions, 25 unit groups and 36 months."""
    cells = invented_cells()
    with duckdb.connect(str(folder / "work.duckdb")) as connection:
        for schema in ("intermediate", "mart", "staging", "ref"):
            connection.execute(f"create schema {schema}")
        connection.register("cells", cells.to_arrow())
        for name, query in _tables().items():
            connection.execute(f"create table {name} as {query}")
    outcome = dbt(folder, "build", "--exclude-resource-type", "unit_test", "--select", *MODELS)
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    return RatedWorld(cells, folder / "work.duckdb")


def invented_cells() -> pl.DataFrame:
    """period, area_code, occupation_code; u, v, e: true counts; shown_u, shown_v: NULL where withheld; theta_eb, days,
    class; yoy_u, yoy_v: NULL without 20 shown a year before."""
    random = np.random.default_rng(11)
    keys = [(month, region, occupation) for month in MONTHS for region in REGIONS for occupation in OCCUPATIONS]
    size = random.lognormal(3.5, 1.2, len(REGIONS) * len(OCCUPATIONS))
    u = random.poisson(np.tile(size, len(MONTHS)))
    v = random.poisson(np.tile(size * random.lognormal(-1, 1, len(size)), len(MONTHS)))
    e = np.tile(np.round(size * random.lognormal(2.5, 0.8, len(size))), len(MONTHS))
    frame = pl.DataFrame(
        {
            **dict(zip(("period", "area_code", "occupation_code"), zip(*keys, strict=True), strict=True)),
            "u": u,
            "v": v,
            "e": e,
            "theta_eb": np.round((v + 1.0) / (u + 2.0), 9),
            "days": random.integers(5, 60, len(u)).astype(float),
            "class": random.choice(CLASSES, len(u)),
        }
    )
    hidden = [pl.when(pl.col(side).is_between(1, 4)).then(None).otherwise(pl.col(side)) for side in ("u", "v")]
    frame = frame.with_columns(hidden[0].alias("shown_u"), hidden[1].alias("shown_v"))
    year_ago = frame.select(
        pl.col("period").dt.offset_by("1y"),
        "area_code",
        "occupation_code",
        *(pl.when(pl.col(f"shown_{side}") >= 20).then(f"shown_{side}").alias(f"base_{side}") for side in ("u", "v")),
    )
    return (
        frame.join(year_ago, on=["period", "area_code", "occupation_code"], how="left")
        .with_columns(
            (pl.col(f"shown_{side}") / pl.col(f"base_{side}") - 1).round(9).alias(f"yoy_{side}") for side in ("u", "v")
        )
        .drop("base_u", "base_v")
    )


def _tables() -> dict[str, str]:
    """Name of a table that the ratings read -> its rows, from `cells`."""
    facts = (
        "'12ti-1' as vintage_id, timestamp '2022-01-25' as known_from, null::timestamp as known_to, "
        "2022 as division_year, '1.0' as method_version, 'passed' as gate_state"
    )
    sides = ", ".join(
        f"""
            shown_{short}::bigint as {name},
            coalesce(shown_{short}, 1)::bigint as {name}_lo,
            coalesce(shown_{short}, 4)::bigint as {name}_hi,
            null::double as {name}_est,
            if(shown_{short} is null, 'suppressed_source', 'ok') as {name}_reason,
            if(shown_{short} is null, 0, 1)::double as {name}_coverage
        """
        for short, name in (("u", "unemployed"), ("v", "vacancies"))
    )
    keys = "period, area_code, occupation_code"
    both = "shown_u is not null and shown_v is not null"
    return {
        "intermediate.int_nest_areas": "select unnest(['MK01', 'MK02', 'MK04', 'MK21']) as area_code, "
        "false as is_residual, area_code = 'MK21' as is_aland",
        "intermediate.int_judge_gates": "select 'G4' as gate, null::date as period, 'passed' as state limit 0",
        "intermediate.int_list_posting_periods": "select distinct 'month' as frequency, period, true as is_complete "
        "from cells where period >= date '2020-06-01'",
        "intermediate.int_collect_filled_cells": f"select {keys}, 'region' as area_level, 'occ4' as occupation_level, "
        "v::double as vacancies, coalesce(shown_u, 2.5)::double as unemployed_releasable, "
        "coalesce(shown_v, 2.5)::double as vacancies_releasable from cells",
        "intermediate.int_fill_area_totals": "select period, area_code, null::double as vacancies_filled "
        "from cells limit 0",
        "staging.stg_statfin__occupation_education_jobseekers": "select period, 'SSS' as area_code, occupation_code, "
        "unnest(['SSS', '3', '7', 'X']) as education_level_code, unnest([42, 30, 10, 2]) as jobseekers_in_month, "
        "'ok' as jobseekers_in_month_reason from cells where area_code = 'MK01' and period = date '2021-12-01'",
        "mart.fct_market_stock": f"""
            select {keys}, 'region' as area_level, 'occ4' as occupation_level, {sides},
                e as employed, 'ok' as employed_reason, 2018 as employed_year, 'modelled' as employed_kind,
                timestamp '2020-11-01' as employed_known_from,
                least(unemployed_coverage, vacancies_coverage) as coverage, {facts}
            from cells
        """,
        "mart.fct_tightness": f"select {keys}, if({both}, theta_eb, null) as theta_eb, "
        f"if({both}, 'ok', 'suppressed_source') as theta_eb_reason, {facts} from cells",
        "mart.fct_rate": f"""
            select {keys}, shown_u / (shown_u + e) as unemployment_rate_occ,
                case when shown_u is null then 'suppressed_source'
                    when shown_u + e = 0 then 'no_denominator' else 'ok' end as unemployment_rate_occ_reason,
                shown_v / (shown_v + e) as vacancy_rate_occ,
                case when shown_v is null then 'suppressed_source'
                    when shown_v + e = 0 then 'no_denominator' else 'ok' end as vacancy_rate_occ_reason, {facts}
            from cells
        """,
        "mart.fct_dynamics": " union all ".join(
            f"""
                select {keys}, 'region' as area_level, 'occ4' as occupation_level, '{name}' as measure,
                    yoy_{short} as yoy, if(yoy_{short} is null, 'insufficient_history', 'ok') as yoy_reason
                from cells
            """
            for short, name in (("u", "unemployed"), ("v", "vacancies"))
        ),
        "mart.fct_posting_flow": f"""
            select {keys}, 'region' as area_level, 'occ4' as occupation_level, 'month' as frequency,
                true as is_complete, days as days_online_median, 'ok' as days_online_median_reason,
                1.0::double as positions_new, 0.75::double as permanent_full_time_share,
                'ok' as permanent_full_time_share_reason
            from cells where period >= date '2020-06-01'
        """,
        "mart.fct_tension_class": f"select {keys}, class, 'ok' as class_reason, {facts} from cells",
        "mart.fct_barometer": f"""
            select {keys}, e::bigint as employed, 'ok' as employed_reason,
                shown_u::bigint as unemployed, if(shown_u is null, 'suppressed_source', 'ok') as unemployed_reason,
                v::bigint as vacancies, 'ok' as vacancies_reason,
                null::double as slope, 'suppressed_source' as slope_reason,
                null::double as scale, 'suppressed_source' as scale_reason,
                'balanced' as state, 'ok' as state_reason, 1 as degree, 'ok' as degree_reason,
                1.0::double as coverage, {facts}
            from cells where period = date '2021-12-01'
        """,
        "mart.dim_month": "select distinct period from cells",
        "mart.dim_area": "select distinct area_code from cells union all select 'SSS'",
        "mart.dim_occupation": "select distinct occupation_code from cells union all select 'SSS'",
        "mart.dim_vintage": "select '12ti-1' as vintage_id",
    }
