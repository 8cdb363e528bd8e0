"""Made-up rows of the barometer: invented counts, averaged, rated by the inferred formula, censored as observed.

Belongs here: the numbers of one occupation over regions and months, in the service's row shape. Does not belong here:
files. Nothing is real but the codes; whoever shows the rows must say so (`MARK`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sources.statfin.simulator_market import REGION_SIZE
from sources.tyovoimabarometri.rating import rate

MARK = "(GENERATED, not recorded)"
AVERAGED = 12  # months behind a published count: the observed rows are not whole month-end counts
CENSORED = range(1, 5)  # rounded counts that the source withholds
CLASSES = (  # unemployment rate, vacancy rate and share of occupations: a mix like the observed one, mostly surplus
    (0.090, 0.010, 0.55),
    (0.015, 0.008, 0.30),
    (0.080, 0.045, 0.10),
    (0.025, 0.060, 0.05),
)


ROW_ORDER: Sequence[str] = (
    "02", "19", "12", "15", "04", "16", "17", "08", "09", "05", "14", "13", "01", "07", "18", "11", "06", "10", "21",
)  # fmt: skip
"""Region codes in the order in which the service has answered every occupation seen."""


def rows_of(
    code: str, *, regions: Sequence[tuple[str, str]], months: Sequence[str], seed: int = 2026
) -> dict[str, list[dict[str, Any]]]:
    """Month -> one row per region (`regions`: code, id), in the order given. The same arguments give the same rows.

    Neighbouring months share their averages' window, so they move little. Counts of 1 to 4 employed or unemployed are
    null and flagged, the four rates of such a row null; vacancies are never withheld.
    """
    random = np.random.default_rng([seed, int(code)])
    u_rate, v_rate, _ = CLASSES[random.choice(len(CLASSES), p=[share for *_, share in CLASSES])]
    size = float(np.exp(random.normal(np.log(0.004), 0.9)))
    found: dict[str, list[dict[str, Any]]] = {month: [] for month in months}
    for region, id_ in regions:
        labour_force = 1000 * REGION_SIZE[f"MK{region}"]
        employed = labour_force * size * float(np.exp(random.normal(0, 0.5)))
        unemployed = employed * u_rate * float(np.exp(random.normal(0, 0.3)))
        vacancies = employed * v_rate * float(np.exp(random.normal(0, 0.3)))
        stocks = random.poisson([unemployed, vacancies], size=(AVERAGED + len(months), 2))
        for place, month in enumerate(months, start=1):
            u, v = stocks[place : place + AVERAGED].mean(axis=0)
            found[month].append(_row(id_, month, employed, float(u), float(v)))
    return found


def _row(region_id: str, month: str, employed: float, unemployed: float, vacancies: float) -> dict[str, Any]:
    rating = rate(employed, unemployed, vacancies)
    shown_e, shown_u = round(employed), round(unemployed)
    hidden_e, hidden_u = shown_e in CENSORED, shown_u in CENSORED
    shows = not (hidden_e or hidden_u)
    return {
        "groupingId": region_id,
        "asteikko": round(rating.scale, 3) if shows else None,
        "kulmakerroin": round(rating.slope, 5) if shows and rating.slope is not None else None,
        "tyottomyysaste": round(rating.unemployment_rate, 3) if shows else None,
        "vakanssiaste": round(rating.vacancy_rate, 3) if shows else None,
        "kohtaantotila": rating.state,
        "kohtaantoaste": rating.degree,
        "tyottomat": None if hidden_u else shown_u,
        "tyottomatSensuroitu": hidden_u,
        "toissa": None if hidden_e else shown_e,
        "toissaSensuroitu": hidden_e,
        "tyopaikat": round(vacancies),
        "kohtaantoTime": month,
    }
