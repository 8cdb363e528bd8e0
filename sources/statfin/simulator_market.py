"""A made-up Finnish labour market of a few years: unemployed and vacancies by municipality, region and occupation.

Belongs here: the model, numbers in, numbers out. Does not belong here: codes of areas and occupations beyond a
handful of sizes, files. Magnitudes follow the real tables (contract statfin, sections 8 and 9): about 300,000
unemployed, 30,000 to 60,000 vacancies of which a quarter is in no region, a fifth of the unemployed under X codes,
heavy tails over occupations. Nothing else is real.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]

# Labour force in thousands, rounded; of the large municipalities, and of regions as a whole.
REGION_SIZE: Mapping[str, float] = {
    "MK01": 939, "MK02": 241, "MK04": 97, "MK05": 79, "MK06": 270, "MK07": 93, "MK08": 71, "MK09": 56,
    "MK10": 56, "MK11": 114, "MK12": 72, "MK13": 128, "MK14": 86, "MK15": 86, "MK16": 31, "MK17": 197,
    "MK18": 30, "MK19": 82, "MK21": 15,
}  # fmt: skip
CITY_SIZE: Mapping[str, float] = {
    "KU091": 371, "KU049": 169, "KU837": 136, "KU092": 135, "KU564": 109, "KU853": 105, "KU179": 74,
    "KU297": 62, "KU398": 57, "KU609": 39, "KU167": 37, "KU286": 35, "KU905": 35, "KU405": 34, "KU743": 33,
    "KU698": 33, "KU109": 32, "KU491": 24, "KU285": 23, "KU205": 16, "KU272": 22, "KU478": 6,
}  # fmt: skip
# Share of all unemployed, and of all vacancies, under the X codes; the others have none.
X_UNEMPLOYED: Mapping[str, float] = {
    "X011": 0.0035, "X111": 0.0008, "X121": 0.002, "X131": 0.0018, "X211": 0.12, "X212": 0.05,
    "X311": 0.0125, "X411": 0.0015, "X611": 0.003, "X621": 0.00004, "X999": 0.0008,
}  # fmt: skip
X_VACANCIES: Mapping[str, float] = {"X011": 0.004, "X211": 0.0001, "X212": 0.002}

# January to December against the mean of the year.
SEASON_UNEMPLOYED = np.array([1.06, 1.04, 1.00, 0.98, 0.95, 1.05, 1.09, 0.97, 0.94, 0.94, 0.945, 1.045])
SEASON_VACANCIES = np.array([1.28, 1.42, 1.26, 1.08, 0.94, 0.80, 0.82, 0.90, 0.90, 0.85, 0.79, 0.83])

UNKNOWN, FLEXIBLE, ABROAD = 0, 1, 2  # places outside the regions; the last is in no row of any table
OUTSIDE_UNEMPLOYED = (0.0006, 0.0, 0.0003)  # shares of the country
OUTSIDE_VACANCIES = (0.01, 0.25, 0.008)


@dataclass(frozen=True, slots=True)
class Market:
    """True counts, before any suppression. The last axis is (unemployed, vacancies), the one before it the month.

    `municipal`: municipality x month x 2. `outside`: UNKNOWN, FLEXIBLE, ABROAD x month x 2. `occupational`: regions,
    then the three outside x occupation x month x 2. `labour_force`: municipality x month, constant within a calendar
    year.
    """

    municipal: Counts
    outside: Counts
    occupational: Counts
    labour_force: Counts


def simulate(
    rng: np.random.Generator,
    *,
    municipalities: Sequence[str],
    regions: Sequence[str],
    region_of: Counts,
    occupations: Sequence[str],
    months: Sequence[str],
) -> Market:
    """A market for these codes; `region_of`: each municipality's position in `regions`; `months` as in '2026M07'."""
    calendar = np.array([int(month[5:]) - 1 for month in months])
    elapsed = np.linspace(0.0, 1.0, len(months))
    force = _labour_force(rng, municipalities, regions, region_of, months)
    unemployment = (0.101 + 0.027 * elapsed + 0.004 * np.sin(4 * elapsed)) * SEASON_UNEMPLOYED[calendar]
    openings = (0.0168 - 0.0055 * elapsed + 0.002 * np.cos(5 * elapsed)) * SEASON_VACANCIES[calendar]
    municipal = np.stack(
        [
            _municipal(rng, force, region_of, unemployment, spread=0.18),
            _municipal(rng, force, region_of, openings * (1 - sum(OUTSIDE_VACANCIES)), spread=0.35),
        ],
        axis=-1,
    )
    shares = np.array([OUTSIDE_UNEMPLOYED, OUTSIDE_VACANCIES]).T
    country = municipal.sum(axis=0) / (1 - shares.sum(axis=0))
    outside = rng.poisson(shares[:, None, :] * country * rng.lognormal(0.0, 0.05, (3, len(months), 2)))
    by_region = np.zeros((len(regions), len(months), 2), dtype=np.int64)
    np.add.at(by_region, region_of, municipal)
    return Market(municipal, outside, _occupational(rng, np.concatenate([by_region, outside]), occupations), force)


def _labour_force(
    rng: np.random.Generator,
    municipalities: Sequence[str],
    regions: Sequence[str],
    region_of: Counts,
    months: Sequence[str],
) -> Counts:
    """Cities have about their real size, the other municipalities share what is left of their region unevenly."""
    size = np.array([CITY_SIZE.get(code, 0.0) for code in municipalities]) * 1000
    small = size == 0
    draw = rng.lognormal(0.0, 0.9, len(municipalities)) * small
    for number, region in enumerate(regions):
        here = region_of == number
        rest = max(REGION_SIZE[region] * 1000 - size[here].sum(), 300 * (here & small).sum())
        size[here & small] = rest * draw[here & small] / draw[here].sum() if (here & small).any() else 0
    years = sorted({month[:4] for month in months})
    yearly = np.rint(
        size[:, None] * (1 + 0.002 * np.arange(len(years))) * rng.normal(1.0, 0.003, (len(size), len(years)))
    )
    force: Counts = np.maximum(yearly, 60).astype(np.int64)
    return force[:, [years.index(month[:4]) for month in months]]


def _municipal(rng: np.random.Generator, force: Counts, region_of: Counts, rate: Numbers, *, spread: float) -> Counts:
    """Poisson counts about labour force x rate; each region and municipality has a level of its own, slowly moving."""
    shape = force.shape
    level = rng.normal(0.0, spread / 2, region_of.max() + 1)[region_of] + rng.normal(0.0, spread / 2, shape[0])
    drift = rng.normal(0.0, 0.02, shape).cumsum(axis=1)
    factor = np.exp(level[:, None] + drift)
    factor *= force.sum(axis=0) / (force * factor).sum(axis=0)
    counts: Counts = rng.poisson(force * rate * factor)
    return counts


def _occupational(rng: np.random.Generator, totals: Counts, occupations: Sequence[str]) -> Counts:
    """Split each place's total over the occupations, which differ between places and drift over time."""
    ordinary = np.array([not code.startswith("X") for code in occupations])
    jobseekers = np.exp(rng.normal(0.0, 1.85, len(occupations))) * ordinary
    jobs = np.where(ordinary, jobseekers**0.55 * np.exp(rng.normal(0.0, 1.95, len(occupations))), 0.0)
    split = []
    for measure, (weights, special, local) in enumerate(((jobseekers, X_UNEMPLOYED, 0.9), (jobs, X_VACANCIES, 1.3))):
        total, months = totals[..., measure], totals.shape[1]
        taste = np.exp(rng.normal(0.0, local, (len(totals), 1, len(weights))))
        drift = np.exp(rng.normal(0.0, 0.25, (1, 1, len(weights))) * np.linspace(-1.0, 1.0, months)[None, :, None])
        chance = weights * taste * drift
        share = np.array([special.get(code, 0.0) for code in occupations])
        chance = chance / chance.sum(axis=-1, keepdims=True) * (1 - share.sum()) + share
        split.append(np.swapaxes(rng.multinomial(total, chance / chance.sum(axis=-1, keepdims=True)), 1, 2))
    return np.stack(split, axis=-1)
