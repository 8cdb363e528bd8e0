"""The bundled sample: a folder of generated tables in the layout of recordings, with real codes and invented numbers.

Belongs here: the folder as a whole, and the tables that the mart cannot do without, aggregated and suppressed as the
source does. The other tables are written by `simulator_register` and `simulator_yearly`; the invented numbers come from
`simulator_market` and `simulator_details`. The folder says of itself that it is SYNTHETIC, and so does every answer
made from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from sources.statfin.replay_tables import release_time
from sources.statfin.simulator_codes import (
    FLEXIBLE_CODES,
    LEVELS,
    UNKNOWN_CODES,
    Codes,
    every_area,
    every_occupation,
    read_codes,
)
from sources.statfin.simulator_details import Details, simulate_details
from sources.statfin.simulator_files import long_frame, suppressed, write_labels
from sources.statfin.simulator_market import FLEXIBLE, UNKNOWN, Counts, Market, simulate
from sources.statfin.simulator_municipal import simulate_municipal_occupations
from sources.statfin.simulator_register import write_register_tables
from sources.statfin.simulator_yearly import write_yearly_tables

__all__ = ["read_codes", "write_sample"]

TITLE = (
    "SYNTHETIC sample: real codes, invented numbers. Not statistics; made by the project's simulator for trying it out."
)
DETAILS, CENSUS, MUNICIPAL = 1, 2, 3  # streams of random numbers beside the market's own
SURVEY_SHARES = {"atp_lkm": 1.0, "atp_eihoit": 0.35, "atp_osa": 0.22, "atp_maar": 0.28, "atp_vaik": 0.45}
SURVEY_VACANCIES, SURVEY_UNEMPLOYED = 0.85, 0.78  # how the surveys' levels compare with the register's


def write_sample(
    folder: Path,
    *,
    seeds: Path,
    seed: int = 2026,
    months: int = 36,
    last_month: str = "2026-07",
    municipal_months: int = 2,
) -> None:
    """Write the sample into `folder`/statfin: every table of source.yml, labels and dataset.json.

    `seeds`: the folder with area.csv, area_municipality.csv and occupation.csv. `municipal_months`: in so many of the
    last months 12ti has municipalities; 0 leaves them out of the table. The same arguments give the same numbers.
    `dataset.json` is written last: where it stands, the sample is whole. Raises ValueError when `months` does not cover
    a whole quarter, and OSError.
    """
    codes = read_codes(seeds)
    periods = _periods(months, last_month)
    quarters = [quarter for quarter in sorted({_quarter(p) for p in periods}) if _months_of(quarter) <= set(periods)]
    if not quarters:
        raise ValueError(
            f"sample: {months} months up to {last_month} hold no whole quarter. Ask for at least 5 months."
        )
    regions = codes.regions
    market = simulate(
        np.random.default_rng(seed),
        municipalities=codes.municipalities,
        regions=regions,
        region_of=codes.region_of,
        occupations=[o.code for o in codes.occupations[1:]],
        months=periods,
    )
    root = folder / "statfin"
    (root / "labels").mkdir(parents=True, exist_ok=True)
    municipal = simulate_municipal_occupations(
        np.random.default_rng((seed, MUNICIPAL)), market, codes.region_of, municipal_months
    )
    _write_12ti(root, codes, market, municipal, periods)
    details = simulate_details(np.random.default_rng((seed, DETAILS)), market, codes.region_of)
    _write_12r5(root, codes, market, details, periods)
    _write_surveys(root, codes, market, periods, quarters)
    write_register_tables(root, codes, market, details, periods, np.random.default_rng((seed, DETAILS, DETAILS)))
    write_yearly_tables(root, codes, market, periods, np.random.default_rng((seed, CENSUS)), seeds)
    write_labels(root / "labels" / "tyonv_alue_2026_codes_in_api_order.csv", codes.areas)
    write_labels(root / "labels" / "tyonv_ammattiryhma_2026_codes_in_api_order.csv", codes.occupations)
    write_labels(root / "labels" / "alue_23_2026_texts.csv", every_area(seeds))
    write_labels(root / "labels" / "ammatti_2010_texts.csv", every_occupation(seeds))
    updated = {"12ti": periods[-1], "12r5": periods[-1], "137i": quarters[-1]}
    about = {
        "kind": "synthetic",
        "title": TITLE,
        "map": "Alue 2026",
        "seed": seed,
        "windows": {"12ti_municipalities": municipal_months},
        "updated": {table: _iso(release_time(period).isoformat()) for table, period in updated.items()}
        | {"11n1": _iso(release_time(quarters[-1], lag=2).isoformat())},
    }
    (root / "dataset.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _register(codes: Codes, municipal: Counts, outside: Counts) -> Counts:
    """Counts (area x month x measure) of every area, each the true sum of its parts.

    `municipal`: municipality x month x measure; `outside`: UNKNOWN, FLEXIBLE, ABROAD x month x measure. The country
    alone includes what is in no row.
    """
    place = {area.code: row for row, area in enumerate(codes.areas)}
    counts = np.zeros((len(place), *municipal.shape[1:]), dtype=np.int64)
    for parents in (codes.municipalities, *(codes.parent[level] for level in LEVELS[1:])):
        np.add.at(counts, [place[code] for code in parents], municipal)
    counts[[place[code] for code in UNKNOWN_CODES]] = outside[UNKNOWN]
    counts[[place[code] for code in FLEXIBLE_CODES]] = outside[FLEXIBLE]
    counts[place["SSS"]] = municipal.sum(axis=0) + outside.sum(axis=0)
    return counts


def _write_12r5(root: Path, codes: Codes, market: Market, details: Details, periods: Sequence[str]) -> None:
    """Every area; the residual ones have no labour force."""
    municipal = np.concatenate([market.municipal, details.municipal], axis=-1)
    outside = np.concatenate([market.outside, details.outside], axis=-1)
    unemployed, vacancies, long_term, laid_off, new = np.moveaxis(
        suppressed(_register(codes, municipal, outside)), -1, 0
    )
    force = _register(codes, market.labour_force[..., None], np.zeros((3, len(periods), 1), dtype=np.int64))[..., 0]
    share = np.full(unemployed.shape, np.nan)
    np.divide(100 * unemployed, force, out=share, where=force > 0)
    contents = {
        "TYOTTOMATLOPUSSA": unemployed,
        "TYOVOIMATK": force.astype(float),
        "TYOTOSUUS": np.round(share, 1),
        "PITKAAIKAISTYOTTOMAT": long_term,
        "LOMAUTETTU": laid_off,
        "AVPAIKATLOPUSSA": vacancies,
        "UUDETAVP": new,
    }
    axes = {"Alue": [a.code for a in codes.areas], "Kuukausi": periods, "Tiedot": tuple(contents)}
    values = np.stack(list(contents.values()), axis=-1)
    long_frame(axes, values).write_parquet(root / "tyonv_12r5_all_areas_SYNTHETIC.parquet")


def _write_12ti(root: Path, codes: Codes, market: Market, municipal: Counts, periods: Sequence[str]) -> None:
    """The country, the regions, MK91 and MKJO by occupation, and the municipalities in the months of `municipal`; the
    total of each is the true sum of its occupations."""
    regions, months = len(codes.regions), municipal.shape[2]
    unknown, flexible = market.occupational[regions + UNKNOWN], market.occupational[regions + FLEXIBLE]
    country = {"SSS": market.occupational.sum(axis=0)}
    by_region = dict(zip(codes.regions, market.occupational, strict=False))
    by_region |= {UNKNOWN_CODES[1]: unknown, FLEXIBLE_CODES[1]: flexible}
    frames = [_by_occupation(codes, country, periods), _by_occupation(codes, by_region, periods)]
    if months:
        by_municipality = dict(zip(codes.municipalities, municipal, strict=True))
        by_municipality |= {UNKNOWN_CODES[0]: unknown[:, -months:], FLEXIBLE_CODES[0]: flexible[:, -months:]}
        frames.insert(1, _by_occupation(codes, by_municipality, periods[-months:]))
    pl.concat(frames).write_parquet(root / "tyonv_12ti_areas_SYNTHETIC.parquet")


def _by_occupation(codes: Codes, rows: Mapping[str, Counts], periods: Sequence[str]) -> pl.DataFrame:
    """The cells of 12ti of the areas of `rows` (area -> occupation x month x measure), in the order of the API."""
    areas = [area.code for area in codes.areas if area.code in rows]
    by_occupation = np.stack([rows[code] for code in areas])
    counts = np.concatenate([by_occupation.sum(axis=1, keepdims=True), by_occupation], axis=1)
    axes = {
        "Alue": areas,
        "Ammattiryhma": [occupation.code for occupation in codes.occupations],
        "Kuukausi": periods,
        "Tiedot": ("TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA"),
    }
    return long_frame(axes, suppressed(counts))


def _write_surveys(root: Path, codes: Codes, market: Market, periods: Sequence[str], quarters: Sequence[str]) -> None:
    """Vacancies of each quarter's last month in hundreds (11n1), mean unemployed of the quarter in thousands (137i).

    11l1 is the country row of 11n1 by kind of vacancy.
    """
    major = sorted(set(codes.parent["major_region"]))
    by_major = np.zeros((len(major), *market.municipal.shape[1:]))
    np.add.at(by_major, [major.index(code) for code in codes.parent["major_region"]], market.municipal)
    columns = [[periods.index(month) for month in sorted(_months_of(quarter))] for quarter in quarters]
    vacancies = by_major[:, [months[-1] for months in columns], 1] * SURVEY_VACANCIES
    unemployed = np.stack([by_major[:, months, 0].mean(axis=1) for months in columns], axis=1) * SURVEY_UNEMPLOYED
    shown = [code for code in major if code != "SA5"]  # the surveys do not show Åland by itself
    rows = [major.index(code) for code in shown]
    hundreds = 100 * np.rint(vacancies[rows] / 100)
    for name, content, values, total in (
        ("atp_11n1_SYNTHETIC.csv", "atp_lkm", hundreds, hundreds.sum(axis=0)),
        (
            "tyti_137i_SYNTHETIC.csv",
            "Tyottomat",
            np.rint(unemployed[rows] / 1e3),
            np.rint(unemployed.sum(axis=0) / 1e3),
        ),
    ):
        axes = {"Suuralue": ["SSS", *shown], "Vuosineljannes": quarters, "Tiedot": (content,)}
        frame = long_frame(axes, np.concatenate([total[None], values])[..., None])
        frame.with_columns(pl.col("value").cast(pl.Int64)).write_csv(root / name)
    by_kind = np.stack([100 * np.rint(hundreds.sum(axis=0) * part / 100) for part in SURVEY_SHARES.values()], axis=-1)
    frame = long_frame({"Vuosineljannes": quarters, "Tiedot": tuple(SURVEY_SHARES)}, by_kind)
    frame.with_columns(pl.col("value").cast(pl.Int64)).write_csv(root / "atp_11l1_SYNTHETIC.csv")


def _periods(months: int, last_month: str) -> list[str]:
    year, month = map(int, last_month.split("-"))
    last = 12 * year + month - 1
    return [f"{m // 12}M{m % 12 + 1:02d}" for m in range(last - months + 1, last + 1)]


def _quarter(month: str) -> str:
    return f"{month[:4]}Q{(int(month[5:]) + 2) // 3}"


def _months_of(quarter: str) -> set[str]:
    return {f"{quarter[:4]}M{3 * int(quarter[5:]) - back:02d}" for back in range(3)}


def _iso(text: str) -> str:
    return text.replace("+00:00", "Z")
