"""The sample's yearly tables: employment by occupation (115s by region, 115q in detail) and population by area (11ra).

Belongs here: the made-up employment and population, and writing them. Level 3 of 115s adds up over regions to 115q; the
population of an area is the sum of its municipalities. Does not belong here: the market of jobs and jobseekers, whose
labour force and unemployed these numbers follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sources.statfin.simulator_codes import Codes, rows_of
from sources.statfin.simulator_details import split, with_totals
from sources.statfin.simulator_files import long_frame
from sources.statfin.simulator_market import Counts, Market

YEARS, CENSUS_LAG, POPULATION_LAG = 3, 2, 1  # how many; years before the last month's of the newest
WOMEN, ENTREPRENEURS, OCCUPATION_UNKNOWN = 0.49, 0.12, 0.03
DETAILED = ("2221", "3221", "5153")  # unit groups that the national classification divides further
PER_LABOUR_FORCE, OVER_64 = 2.05, 0.235
UNIT_GROUP = 4  # digits
POPULATION_LEVELS = ("subregion", "region", "major_region", "employment_area", "development_centre", "wellbeing_county")
NOT_OURS = ("VP01", "PL01", "FI1B")  # area codes of 11ra that the project does not describe


def write_yearly_tables(
    root: Path, codes: Codes, market: Market, periods: Sequence[str], rng: np.random.Generator, seeds: Path
) -> None:
    """Write the three tables into `root`, one file each."""
    last = int(periods[-1][:4])
    employed = _employed(rng, codes, market)
    groups = [o.code for o in codes.occupations if len(o.code) == UNIT_GROUP and o.code.isdigit()]
    census = [str(year) for year in range(last - CENSUS_LAG - YEARS + 1, last - CENSUS_LAG + 1)]
    _write_115s(root, codes, employed, groups, census)
    _write_115q(root, employed.sum(axis=0), groups, census, rng)
    _write_11ra(root, codes, market, [str(last - POPULATION_LAG - 1), str(last - POPULATION_LAG)], rng, seeds)


def _employed(rng: np.random.Generator, codes: Codes, market: Market) -> Counts:
    """Region x occupation (unit groups, unknown last) x sex x year; the labour force without its unemployed."""
    regions = len(codes.regions)
    working = market.labour_force[:, 0] - market.municipal[:, 0, 0]
    by_region = np.zeros(regions)
    np.add.at(by_region, codes.region_of, working)
    ordinary = [n for n, o in enumerate(codes.occupations[1:]) if not o.code.startswith("X")]
    unemployed = market.occupational[:regions, ordinary, 0, 0]
    weight = (unemployed + 4.0) ** 0.8 * rng.lognormal(0.0, 0.4, unemployed.shape)
    share = weight / weight.sum(axis=1, keepdims=True) * (1 - OCCUPATION_UNKNOWN)
    share = np.concatenate([share, np.full((regions, 1), OCCUPATION_UNKNOWN)], axis=1)
    growth = 1 + 0.006 * np.arange(YEARS)
    counts = rng.poisson(by_region[:, None, None] * share[..., None] * growth)
    women = rng.binomial(counts, WOMEN)
    return np.stack([counts - women, women], axis=2)


def _write_115s(root: Path, codes: Codes, employed: Counts, groups: Sequence[str], years: Sequence[str]) -> None:
    """Levels 1 to 3; employed persons of unknown occupation are in the total alone."""
    listed = sorted({group[:digits] for group in groups for digits in (1, 2, 3)})
    cells = with_totals(_roll_up(employed, groups, listed), 0, 2).astype(float)
    axes = {"Alue": ("SSS", *codes.regions), "Ammatti": ("SSSSS", *listed), "Sukupuoli": ("SSS", "1", "2")}
    axes |= {"Vuosi": tuple(years), "Tiedot": ("tyolliset2",)}
    long_frame(axes, cells[..., None]).write_parquet(root / "tyokay_115s_SYNTHETIC.parquet")


def _write_115q(
    root: Path, employed: Counts, groups: Sequence[str], years: Sequence[str], rng: np.random.Generator
) -> None:
    """Levels 1 to 5 with dotted fillers where level 5 has nothing of its own, and the unknown at each level."""
    listed = sorted({group[:digits] for group in groups for digits in (1, 2, 3, 4)})
    cells = _roll_up(employed[None], groups, listed)[0]
    detailed = [group for group in DETAILED if group in groups]
    halves = split(rng, employed[[groups.index(group) for group in detailed]], (0.7, 0.3))
    five = {f"{group}{n + 1}": halves[place, ..., n] for place, group in enumerate(detailed) for n in (0, 1)}
    five |= {f"{group}.": cells[1 + listed.index(group)] for group in groups if group not in detailed}
    five |= {"X" * digits: employed[-1] for digits in range(1, 6)}
    names = [*listed, *five]
    order = sorted(range(len(names)), key=lambda n: names[n])
    cells = np.concatenate([cells, np.stack(list(five.values()))])[[0, *(n + 1 for n in order)]]
    by_status = np.moveaxis(with_totals(split(rng, cells, (1 - ENTREPRENEURS, ENTREPRENEURS)), -1), -1, 2)
    people = with_totals(by_status, 1).astype(float)
    share = np.round(100 * people / people[:1], 1)
    axes = {"Ammatti": ("SSSSS", *(names[n] for n in order)), "Sukupuoli": ("SSS", "1", "2")}
    axes |= {"Ammattiasema": ("SS", "1", "2"), "Vuosi": tuple(years), "Tiedot": ("tyolliset2", "osuus")}
    long_frame(axes, np.stack([people, share], axis=-1)).write_parquet(root / "tyokay_115q_SYNTHETIC.parquet")


def _roll_up(employed: Counts, groups: Sequence[str], listed: Sequence[str]) -> Counts:
    """Area x (total, `listed`) x ... : the sums of the unit groups below each code."""
    members = [[n for n, group in enumerate(groups) if group.startswith(code)] for code in listed]
    parts = [employed[:, rows].sum(axis=1) for rows in members]
    return np.stack([employed.sum(axis=1), *parts], axis=1)


def _write_11ra(
    root: Path, codes: Codes, market: Market, years: Sequence[str], rng: np.random.Generator, seeds: Path
) -> None:
    growth = 1 + 0.003 * np.arange(len(years))
    people = np.rint(PER_LABOUR_FORCE * market.labour_force[:, :1] * growth).astype(np.int64)
    old = rng.binomial(people, OVER_64)
    of = dict(zip(codes.municipalities, range(len(people)), strict=True))
    rows: dict[str, list[int]] = {"SSS": list(of.values())} | {code: [row] for code, row in of.items()}
    for level in POPULATION_LEVELS:
        for member in rows_of(seeds / "area_municipality.csv"):
            if member["area_level"] == level and member["municipality_area_code"] in of:
                rows.setdefault(member["area_code"], []).append(of[member["municipality_area_code"]])
    rows |= {code: [place] for place, code in enumerate(NOT_OURS)}
    whole, over = (np.stack([part[members].sum(axis=0) for members in rows.values()]) for part in (people, old))
    axes = {"Alue": tuple(rows), "Vuosi": tuple(years), "Tiedot": ("vaesto", "vaesto_yli64_p")}
    values = np.stack([whole.astype(float), np.round(100 * over / whole, 1)], axis=-1)
    long_frame(axes, values).write_parquet(root / "vaerak_11ra_SYNTHETIC.parquet")
