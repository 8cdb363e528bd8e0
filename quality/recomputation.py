"""Gate G1, second half: the mismatch index comes out again by another route.

Belongs here: M and JR of area partitions in months in which every cell is visible, computed without the chain. Does not
belong here: denominators (`shares`), partitions by occupation, which are recomputed cell by cell (`contributions`).
Contract: gate G1, I07, I08.
"""

from __future__ import annotations

from math import exp, fsum, log
from typing import TYPE_CHECKING

import duckdb

from quality.expect import Check, between
from quality.thresholds import threshold

if TYPE_CHECKING:
    import pandas as pd


def recomputation_checks() -> list[Check]:
    """The checks that compute the index again from the stocks."""
    return [
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
            stock.area_level,
            period,
            list(unemployed order by area_code),
            list(vacancies order by area_code)
        from mart.fct_market_stock as stock
        join mart.dim_area as area using (area_code)
        where stock.area_level in ({wanted})
            and stock.occupation_code = 'SSS'
            and not area.is_residual
        group by stock.area_level, period
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
    """M and JR of one month, by logarithms and exact summation (the mart uses powers and sums in fixed point)."""
    total_u, total_v = fsum(unemployed), fsum(vacancies)
    cells = [(u / total_u, v / total_v) for u, v in zip(unemployed, vacancies, strict=True)]
    matched = fsum(exp(alpha * log(v) + (1 - alpha) * log(u)) for u, v in cells if u > 0 and v > 0)
    return 1 - matched, fsum(abs(u - v) for u, v in cells) / 2
