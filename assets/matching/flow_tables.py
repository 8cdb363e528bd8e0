"""The tables `unemployment_flows`, `elasticity_estimates` and, behind gate G9, `unemployment_without_mismatch`.

Belongs here: what goes into the formulas. Does not belong here: the formulas (flows.py, elasticity.py,
mismatch_unemployment.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.matching.cells import COUNTRY
from assets.matching.table import Frames, MatchingTable

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

    from assets.matching.flows import Numbers

_MONTHS = "select * from intermediate.int_pair_unemployment_months"


def flows_of_all(frames: Frames) -> pl.DataFrame:
    """Probabilities and hazards of every month that has its stocks; NULL = undefined there. Sorted by area and month.

    `*_without_laid_off`: the laid off left out of both stocks. How many of them came in the month is not in the
    source: they are taken to be new in the same proportion as all unemployed, within what the stocks allow, and `_lo`
    and `_hi` are the probability at the most and the fewest that they allow.
    """
    import polars as pl

    months = frames["months"].sort("area_code", "period")
    before, after, short, labour_force = (
        _numbers(months, name) for name in ("unemployed_before", "unemployed", "short_term_unemployed", "labour_force")
    )
    laid_off_before, laid_off = (_numbers(months, name) for name in ("laid_off_before", "laid_off"))
    fewest, likely, most = _newly_laid_off(after, short, laid_off_before, laid_off)
    stocks = {"": (before, after, short)} | {
        f"_without_laid_off{suffix}": (before - laid_off_before, after - laid_off, short - new)
        for suffix, new in (("", likely), ("_lo", most), ("_hi", fewest))
    }
    columns: dict[str, Numbers] = {}
    for suffix, (start, end, new) in stocks.items():
        columns |= _measured(start, end, new, labour_force, suffix)
    return (
        months.select("period", "area_code")
        .with_columns(*(pl.Series(name, values, nan_to_null=True) for name, values in columns.items()))
        .select(*FLOW_COLUMNS)
    )


def _measured(
    before: Numbers, after: Numbers, short: Numbers, labour_force: Numbers, suffix: str
) -> dict[str, Numbers]:
    from assets.matching.flows import measure_flows, steady_state_rate

    flows = measure_flows(before, after, short, labour_force)
    probability = {f"outflow_probability{suffix}": flows.outflow_probability}
    if suffix.endswith(("_lo", "_hi")):
        return probability
    return probability | {
        f"outflow_hazard{suffix}": flows.outflow_hazard,
        f"inflow_hazard{suffix}": flows.inflow_hazard,
        f"steady_state_rate{suffix}": steady_state_rate(flows.outflow_hazard, flows.inflow_hazard),
    }


def _newly_laid_off(
    unemployed: Numbers, short: Numbers, laid_off_before: Numbers, laid_off: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Fewest, likely and most laid off among the newly unemployed."""
    import numpy as np

    most = np.minimum(laid_off, short)
    fewest = np.minimum(np.maximum(laid_off - laid_off_before, 0), most)
    with np.errstate(divide="ignore", invalid="ignore"):
        return fewest, np.clip(short * laid_off / unemployed, fewest, most), most


def draw_flows(_frames: Frames, table: pl.DataFrame) -> Figure | None:
    """Monthly hazards of leaving and entering unemployment in the whole country, with and without the laid off."""
    import polars as pl

    from assets.matching.pictures import new_figure

    country = table.filter(pl.col("area_code") == COUNTRY).sort("period")
    if country.is_empty():
        return None
    figure = new_figure()
    upper, lower = figure.subplots(2, sharex=True)
    for axes, hazard, name in ((upper, "outflow_hazard", "leaving"), (lower, "inflow_hazard", "entering")):
        axes.plot(country["period"].to_list(), country[hazard].to_list(), linewidth=1.2, label="all")
        without = country[f"{hazard}_without_laid_off"].to_list()
        axes.plot(country["period"].to_list(), without, linewidth=1, linestyle="--", label="without the laid off")
        axes.set(ylabel=f"{name}, a month", ylim=(0, None))
    upper.set(title="Flows of unemployment, whole country")
    upper.legend(loc="upper right", fontsize="small")
    return figure


FLOW_COLUMNS = {
    "period": "date",
    "area_code": "varchar",
    "outflow_probability": "double",
    "outflow_hazard": "double",
    "inflow_hazard": "double",
    "steady_state_rate": "double",
    "outflow_probability_without_laid_off": "double",
    "outflow_probability_without_laid_off_lo": "double",
    "outflow_probability_without_laid_off_hi": "double",
    "outflow_hazard_without_laid_off": "double",
    "inflow_hazard_without_laid_off": "double",
    "steady_state_rate_without_laid_off": "double",
}

UNEMPLOYMENT_FLOWS = MatchingTable(
    name="unemployment_flows",
    description=(
        "How fast the unemployed of the country and of each region leave, and others become unemployed, in each month "
        "(Shimer 2012), with and without the laid off. Empty where the source has no durations of unemployment."
    ),
    columns=FLOW_COLUMNS,
    key=("period", "area_code"),
    reads={"months": f"{_MONTHS} where outflow_reason = 'ok' order by area_code, period"},
    deps=("int_pair_unemployment_months",),
    compute=flows_of_all,
    draw=draw_flows,
)


def draw_estimates(_frames: Frames, table: pl.DataFrame) -> Figure | None:
    """The elasticities with their 95 % intervals, and the band from 0 to 1 that gate G9 asks for."""
    from assets.matching.pictures import new_figure

    figure = new_figure(height=2.6)
    axes = figure.add_subplot()
    names: list[str] = []
    for row in table.iter_rows(named=True):
        for measure, label in (("alpha", "vacancies"), ("beta", "unemployed")):
            if row[f"{measure}_hat"] is not None:
                axes.plot([row[f"{measure}_lo"], row[f"{measure}_hi"]], [len(names)] * 2, color="C0")
                axes.plot(row[f"{measure}_hat"], len(names), "o", color="C0")
                names.append(f"{row['scope']}, {label}")
    if not names:
        return None
    axes.axvspan(0, 1, alpha=0.15)
    axes.set(title="Estimated elasticities of hires (gate G9)", yticks=range(len(names)), yticklabels=names)
    return figure


def estimate_all(frames: Frames) -> pl.DataFrame:
    """Elasticities for the country alone and for the regions together, with what gate G9 looks at.

    Hires are the unemployed who left unemployment in the month: filled vacancies are in no source. NULL estimates: too
    few months.
    """
    import numpy as np
    import polars as pl

    from assets.matching.elasticity import estimate_elasticity, passes, spread

    rows = []
    for scope in ("country", "region"):
        months = frames["hires"].filter(pl.col("area_level") == scope)
        hires, vacancies, unemployed = (_numbers(months, name) for name in ("hires", "vacancies", "unemployed"))
        areas = months["area_code"].rank("dense").to_numpy().astype(np.int64)
        found = estimate_elasticity(hires, vacancies, unemployed, areas, months["month"].to_numpy().astype(np.int64))
        by_month = months.group_by("period").agg(pl.col("hires", "vacancies_new").sum()).sort("period")
        reporting = spread(_numbers(by_month, "hires"), _numbers(by_month, "vacancies_new"))
        rows.append(
            {
                "scope": scope,
                "observations": found.observations if found else 0,
                "alpha_hat": found.alpha.estimate if found else None,
                "alpha_lo": found.alpha.lo if found else None,
                "alpha_hi": found.alpha.hi if found else None,
                "beta_hat": found.beta.estimate if found else None,
                "beta_lo": found.beta.lo if found else None,
                "beta_hi": found.beta.hi if found else None,
                "hires_per_vacancy_spread": None if np.isnan(reporting) else reporting,
                "is_passed": passes(found, reporting),
            }
        )
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(_ESTIMATES, pl.Float64)).select(*ELASTICITY_COLUMNS)


_ESTIMATES = (
    "alpha_hat",
    "alpha_lo",
    "alpha_hi",
    "beta_hat",
    "beta_lo",
    "beta_hi",
    "hires_per_vacancy_spread",
)

ELASTICITY_COLUMNS = {
    "scope": "varchar",
    "observations": "bigint",
    **dict.fromkeys(_ESTIMATES, "double"),
    "is_passed": "boolean",
}

ELASTICITY_ESTIMATES = MatchingTable(
    name="elasticity_estimates",
    description=(
        "Estimated elasticities of matching, for gate G9 alone: they are published only where their 95 % intervals lie "
        "in (0, 1) and hires per new vacancy stay within 20 % of their mean."
    ),
    columns=ELASTICITY_COLUMNS,
    key=("scope",),
    reads={
        "hires": """
            select months.area_level, months.area_code, months.period,
              year(months.period) * 12 + month(months.period) - 1 as month,
              flows.outflow_probability * months.unemployed_before as hires,
              months.unemployed_before as unemployed, before.vacancies, details.vacancies_new
            from intermediate.int_pair_unemployment_months as months
            inner join matching.unemployment_flows as flows using (period, area_code)
            inner join staging.stg_statfin__area_stocks as before
              on months.area_code = before.area_code and before.period = (months.period - interval 1 month)::date
            inner join intermediate.int_sum_area_details as details
              on months.area_code = details.area_code and months.period = details.period
            order by months.area_level, months.area_code, months.period
        """,
    },
    deps=(
        "int_pair_unemployment_months",
        "int_sum_area_details",
        "stg_statfin__area_stocks",
        "unemployment_flows",
    ),
    compute=estimate_all,
    draw=draw_estimates,
)


def without_mismatch(frames: Frames) -> pl.DataFrame:
    """Country, region x four digits, alpha 0.3 and 0.5: the unemployment rate and what it were without mismatch.

    The values are NULL with gate_failed unless G9 passes: without it nobody knows the elasticity they rest on. Each
    unbroken run of months starts anew with both rates equal.
    """
    import numpy as np
    import polars as pl

    from assets.matching.mismatch_unemployment import rate_without_mismatch
    from assets.matching.seasonal import stretches

    months = frames["months"]
    is_passed = bool(frames["gate"]["is_passed"].all()) and frames["gate"].height > 0
    parts = []
    for alpha in ALPHAS:
        index = f"mismatch_{round(100 * alpha)}"
        without = np.full(months.height, np.nan)
        if is_passed:
            rate, finding, mismatch = (_numbers(months, name) for name in ("rate", "finding", index))
            run = (months["month"].to_numpy() - np.arange(months.height)).astype(np.int64)
            for stretch in stretches(run):
                without[stretch] = rate_without_mismatch(
                    rate[stretch], finding[stretch][1:], mismatch[stretch][1:], alpha
                )
        parts.append(
            months.select("period", unemployment_rate="rate", mismatch=index).with_columns(
                alpha=pl.lit(alpha), rate_without_mismatch=pl.Series(without, nan_to_null=True)
            )
        )
    return (
        pl.concat(parts)
        .with_columns(
            mismatch_unemployment=pl.col("unemployment_rate") - pl.col("rate_without_mismatch"),
            reason=pl.lit("ok" if is_passed else "gate_failed"),
        )
        .select(*EXPERIMENT_COLUMNS)
        .sort("period", "alpha")
    )


ALPHAS = (0.3, 0.5)

EXPERIMENT_COLUMNS = {
    "period": "date",
    "alpha": "double",
    "unemployment_rate": "double",
    "mismatch": "double",
    "rate_without_mismatch": "double",
    "mismatch_unemployment": "double",
    "reason": "varchar",
}

UNEMPLOYMENT_WITHOUT_MISMATCH = MatchingTable(
    name="unemployment_without_mismatch",
    description=(
        "Unemployment that mismatch explains (Sahin et al. 2014), whole country. Experimental, never published: "
        "withheld until gate G9 passes."
    ),
    columns=EXPERIMENT_COLUMNS,
    key=("period", "alpha"),
    reads={
        "gate": "select scope, is_passed from matching.elasticity_estimates order by scope",
        "months": f"""
            with cells as (
              select period, unemployed as u, vacancies as v, area_code || occupation_code as cell,
                sum(unemployed) over (partition by period) as u_total,
                sum(vacancies) over (partition by period) as v_total
              from matching.filled_region_cells
              where area_level = 'region' and occupation_level = 'occ4'
            ),
            scores as (
              select period, {
            ", ".join(
                f"1 - fsum(pow(v / v_total, {alpha}) * pow(u / u_total, 1 - {alpha}) order by cell)"
                f" as mismatch_{round(100 * alpha)}"
                for alpha in ALPHAS
            )
        }
              from cells where u_total > 0 and v_total > 0 group by period
            )
            select months.period, year(months.period) * 12 + month(months.period) - 1 as month,
              months.unemployed / months.labour_force as rate, flows.outflow_probability as finding,
              scores.* exclude (period)
            from intermediate.int_pair_unemployment_months as months
            inner join matching.unemployment_flows as flows using (period, area_code)
            inner join scores using (period)
            where months.area_level = 'country' and months.labour_force > 0 and flows.outflow_probability is not null
            order by months.period
        """,
    },
    deps=(
        "int_pair_unemployment_months",
        "unemployment_flows",
        "elasticity_estimates",
        "filled_region_cells",
    ),
    compute=without_mismatch,
)


def _numbers(frame: pl.DataFrame, column: str) -> Numbers:
    """A column as floating-point numbers, NaN for NULL."""
    import polars as pl

    numbers: Numbers = frame[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return numbers
