"""What the gates that withhold look at, added to the tiny mart of gate_mart: all passes, even G9, which never does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb

QUARTERS = (date(2021, 7, 1), date(2021, 10, 1), date(2022, 1, 1), date(2022, 4, 1), date(2022, 7, 1))
# area, its level: register and survey vacancies of the five quarters
COVERED = {
    ("SSS", "country"): ((150, 160, 170, 160, 150), (120, 130, 140, 130, 120)),
    ("SA1", "major_region"): ((150, 160, 170, 160, 150), (120, 130, 140, 130, 120)),
}

_DDL = """
alter table mart.fct_market_stock add column if not exists x_share_unemployed double default 0.2;
alter table mart.fct_market_stock add column if not exists x_share_vacancies double default 0.01;
alter table mart.fct_market_stock add column if not exists employed bigint;
alter table mart.fct_rate add column if not exists occupation_code varchar default 'SSS';
alter table mart.fct_rate add column if not exists occupation_level varchar default 'total';
alter table mart.fct_rate add column if not exists unemployment_rate_occ double;
alter table mart.fct_tightness add column if not exists p_very_loose double default 0.2;
alter table mart.fct_tightness add column if not exists p_loose double default 0.2;
alter table mart.fct_tightness add column if not exists p_average double default 0.2;
alter table mart.fct_tightness add column if not exists p_tight double default 0.2;
alter table mart.fct_tightness add column if not exists p_very_tight double default 0.2;
create table mart.gate_result (
    gate varchar, metric varchar, period date, area_code varchar, scope varchar, observed double, state varchar,
    message varchar);
create table mart.fct_vacancy_coverage (
    period date, frequency varchar, area_code varchar, occupation_code varchar, area_level varchar,
    occupation_level varchar, register_month date, vacancies_register double, vacancies_survey bigint,
    vacancies_register_sum bigint, vacancies_survey_sum bigint, coverage_factor double, coverage_factor_reason varchar,
    factor_kind varchar, factor_period date, vacancies_raked double, vacancies_raked_lo double,
    vacancies_raked_hi double, vacancies_raked_reason varchar, value_kind varchar, reason varchar, coverage double,
    gate_state varchar);
"""


def add_series(connection: duckdb.DuckDBPyConnection) -> None:
    """Add gate_result, fct_vacancy_coverage and the columns that the gates read to the mart behind `connection`."""
    connection.execute(_DDL)
    connection.executemany(f"insert into mart.fct_vacancy_coverage values ({', '.join('?' * 23)})", list(_coverage()))
    connection.executemany(f"insert into mart.gate_result values ({', '.join('?' * 8)})", list(_of_the_factor()))
    for gate, metrics in (
        ("G4", ("x_share_unemployed", "x_share_vacancies")),
        ("G6", ("unlocated_share", "flexible_share_step")),
    ):
        for metric in metrics:
            connection.execute(
                """
                insert into mart.gate_result
                select distinct ?, ?, period, 'SSS', 'country', 0.01, 'passed', 'as it should be.'
                from mart.fct_market_stock
                """,
                [gate, metric],
            )
    for metric in ("country_elasticity_intervals_within_unit", "country_hires_per_vacancy_spread"):
        connection.execute(
            """
            insert into mart.gate_result
            select 'G9', ?, max(period), 'SSS', 'elasticities', null, 'passed', 'met.' from mart.fct_market_stock
            """,
            [metric],
        )


def _sums(quarter: int, register: tuple[int, ...], survey: tuple[int, ...]) -> tuple[int, int] | None:
    year = slice(quarter - 3, quarter + 1)
    return (sum(register[year]), sum(survey[year])) if quarter >= 3 else None


def _coverage() -> Iterator[tuple[Any, ...]]:
    for (area, level), (register, survey) in COVERED.items():
        for quarter, period in enumerate(QUARTERS):
            sums = _sums(quarter, register, survey)
            factor = sums[0] / sums[1] if sums else None
            raked = register[quarter] / factor if factor else None
            reason = "ok" if factor else "insufficient_history"
            yield (
                *(period, "quarter", area, "SSS", level, "total", period.replace(month=period.month + 1)),
                *(register[quarter], survey[quarter], *(sums or (None, None)), factor, reason),
                *(("final", period) if factor else ("not_applicable", None)),
                *(raked, raked, raked, reason, "modelled" if factor else "interval_only", reason, 1.0, "passed"),
            )


def _of_the_factor() -> Iterator[tuple[Any, ...]]:
    for area, _ in COVERED:
        for quarter, period in enumerate(QUARTERS):
            if _sums(quarter, *COVERED[area, _]):
                yield ("G7", "coverage_factor", period, area, "raked vacancies", 1.2, "passed", "as it should be.")
