"""The bundled sample: a folder of generated tables in the layout of recordings, with real codes and invented numbers.

Belongs here: reading codes from the project's seeds, aggregating and suppressing as the source does, writing the
folder. The invented numbers come from `simulator_market`. The folder says of itself that it is SYNTHETIC, and so does
every answer made from it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from sources.statfin.replay_tables import release_time
from sources.statfin.simulator_market import FLEXIBLE, UNKNOWN, Counts, Market, Numbers, simulate

TITLE = (
    "SYNTHETIC sample: real codes, invented numbers. Not statistics; made by the project's simulator for trying it out."
)
LEVELS = ("municipality", "region", "subregion", "ely")  # in the order of the API
UNKNOWN_CODES = ("KU199", "MK91", "SK902", "ELY80")  # of the same four levels
FLEXIBLE_CODES = ("KUJOU", "MKJO", "SKJOU", "ELYJO")
RESIDUAL_TEXTS = {"Unknown": ("Tuntematon", "Okänd"), "Flexible": ("Joustava", "Flexibel")}
# The ISCO-08 unit groups that table 12ti does not have.
ABSENT_OCCUPATIONS = frozenset(
    (
        "1113",
        "2222",
        "2230",
        "2240",
        "2264",
        "2267",
        "3252",
        "3253",
        "4414",
        "5162",
        "6223",
        "6310",
        "6320",
        "6330",
        "6340",
        "9121",
        "9331",
        "9624",
    )
)
SURVEY_VACANCIES, SURVEY_UNEMPLOYED = 0.85, 0.78  # how the surveys' levels compare with the register's
SUPPRESSED_UNDER = 5


@dataclass(frozen=True, slots=True)
class Named:
    """A code with its texts (fi, sv, en)."""

    code: str
    fi: str
    sv: str
    en: str


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of the sample, in the order of the API, and which municipality belongs where.

    `areas`: SSS, then by level; `parent`: level -> the area code of each municipality, parallel to `municipalities`.
    """

    areas: tuple[Named, ...]
    occupations: tuple[Named, ...]
    municipalities: tuple[str, ...]
    parent: Mapping[str, tuple[str, ...]]


def write_sample(folder: Path, *, seeds: Path, seed: int = 2026, months: int = 36, last_month: str = "2026-07") -> None:
    """Write the sample into `folder`/statfin: 12ti (22 areas), 12r5 (421), 11n1, 137i, labels and dataset.json.

    `seeds`: the folder with area.csv, area_municipality.csv and occupation.csv. The same arguments give the same
    numbers. `dataset.json` is written last: where it stands, the sample is whole. Raises ValueError when `months`
    does not cover a whole quarter, and OSError.
    """
    codes = read_codes(seeds)
    periods = _periods(months, last_month)
    quarters = [quarter for quarter in sorted({_quarter(p) for p in periods}) if _months_of(quarter) <= set(periods)]
    if not quarters:
        raise ValueError(
            f"sample: {months} months up to {last_month} hold no whole quarter. Ask for at least 5 months."
        )
    regions = tuple(area.code for area in codes.areas if area.code in set(codes.parent["region"]))
    market = simulate(
        np.random.default_rng(seed),
        municipalities=codes.municipalities,
        regions=regions,
        region_of=np.array([regions.index(code) for code in codes.parent["region"]]),
        occupations=[o.code for o in codes.occupations[1:]],
        months=periods,
    )
    root = folder / "statfin"
    (root / "labels").mkdir(parents=True, exist_ok=True)
    _write_12ti(root, codes, market, regions, periods)
    _write_12r5(root, codes, market, periods)
    _write_surveys(root, codes, market, periods, quarters)
    _write_labels(root / "labels" / "tyonv_alue_2026_codes_in_api_order.csv", codes.areas)
    _write_labels(root / "labels" / "tyonv_ammattiryhma_2026_codes_in_api_order.csv", codes.occupations)
    updated = {"12ti": periods[-1], "12r5": periods[-1], "137i": quarters[-1]}
    about = {
        "kind": "synthetic",
        "title": TITLE,
        "map": "Alue 2026",
        "seed": seed,
        "updated": {table: _iso(release_time(period).isoformat()) for table, period in updated.items()}
        | {"11n1": _iso(release_time(quarters[-1], lag=2).isoformat())},
    }
    (root / "dataset.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_codes(seeds: Path) -> Codes:
    """The codes of tables 12r5 and 12ti as of 2026, from the project's seeds."""
    rows = {row["area_code"]: row for row in _rows(seeds / "area.csv")}
    membership = _rows(seeds / "area_municipality.csv")
    in_force: dict[str, list[dict[str, str]]] = {level: [] for level in LEVELS}
    for code, row in rows.items():
        if row["area_level"] in in_force and not row["successor_area_code"] and code not in ("MK90", "X"):
            in_force[row["area_level"]].append(row)
    country = Named("SSS", rows["SSS"]["area_name_fi"], rows["SSS"]["area_name_sv"], rows["SSS"]["area_name_en"])
    areas = [country]
    for level in LEVELS:
        named = [_named(row) for row in in_force[level]]
        by_name = level in ("municipality", "subregion")
        areas += sorted(named, key=_alphabetical if by_name else _code)
    residual = {*UNKNOWN_CODES, *FLEXIBLE_CODES}
    municipalities = [area.code for area in areas if area.code.startswith("KU") and area.code not in residual]
    parent = {
        level: {row["municipality_area_code"]: row["area_code"] for row in membership if row["area_level"] == level}
        for level in (*LEVELS[1:], "major_region")
    }
    return Codes(
        areas=tuple(areas),
        occupations=_occupations(seeds),
        municipalities=tuple(municipalities),
        parent={level: tuple(of[code] for code in municipalities) for level, of in parent.items()},
    )


def _register(codes: Codes, market: Market) -> tuple[Counts, Counts]:
    """Counts (area x month x 2) and labour force (area x month) of every area, each the true sum of its parts.

    The country alone includes what is in no row; the residual areas have no labour force.
    """
    place = {area.code: row for row, area in enumerate(codes.areas)}
    counts = np.zeros((len(place), *market.municipal.shape[1:]), dtype=np.int64)
    force = np.zeros(counts.shape[:2], dtype=np.int64)
    for parents in (codes.municipalities, *(codes.parent[level] for level in LEVELS[1:])):
        rows = [place[code] for code in parents]
        np.add.at(counts, rows, market.municipal)
        np.add.at(force, rows, market.labour_force)
    counts[[place[code] for code in UNKNOWN_CODES]] = market.outside[UNKNOWN]
    counts[[place[code] for code in FLEXIBLE_CODES]] = market.outside[FLEXIBLE]
    counts[place["SSS"]] = market.municipal.sum(axis=0) + market.outside.sum(axis=0)
    force[place["SSS"]] = market.labour_force.sum(axis=0)
    return counts, force


def _suppressed(counts: Counts) -> Numbers:
    """Counts 1-4 become NaN, everywhere; 0 and 5 or more are shown."""
    return np.where((counts > 0) & (counts < SUPPRESSED_UNDER), np.nan, counts)


def _write_12r5(root: Path, codes: Codes, market: Market, periods: Sequence[str]) -> None:
    counts, force = _register(codes, market)
    shown = _suppressed(counts)
    unemployed, vacancies = shown[..., 0], shown[..., 1]
    share = np.full(unemployed.shape, np.nan)
    np.divide(100 * unemployed, force, out=share, where=force > 0)
    values = np.stack([unemployed, force.astype(float), np.round(share, 1), vacancies], axis=-1)
    contents = ("TYOTTOMATLOPUSSA", "TYOVOIMATK", "TYOTOSUUS", "AVPAIKATLOPUSSA")
    axes = {"Alue": [a.code for a in codes.areas], "Kuukausi": periods, "Tiedot": contents}
    _long(axes, values).write_parquet(root / "tyonv_12r5_all_areas_SYNTHETIC.parquet")


def _write_12ti(root: Path, codes: Codes, market: Market, regions: Sequence[str], periods: Sequence[str]) -> None:
    """The country, the regions, MK91 and MKJO by occupation; the total of each is the true sum of its occupations."""
    everywhere = market.occupational.sum(axis=0, keepdims=True)
    rows = {"SSS": everywhere[0], UNKNOWN_CODES[1]: market.occupational[len(regions) + UNKNOWN]}
    rows |= {FLEXIBLE_CODES[1]: market.occupational[len(regions) + FLEXIBLE]}
    rows |= dict(zip(regions, market.occupational, strict=False))
    areas = [area.code for area in codes.areas if area.code in rows]
    by_occupation = np.stack([rows[code] for code in areas])
    counts = np.concatenate([by_occupation.sum(axis=1, keepdims=True), by_occupation], axis=1)
    axes = {
        "Alue": areas,
        "Ammattiryhma": [occupation.code for occupation in codes.occupations],
        "Kuukausi": periods,
        "Tiedot": ("TYOTTOMATLOPUSSA", "AVPAIKATLOPUSSA"),
    }
    _long(axes, _suppressed(counts)).write_parquet(root / "tyonv_12ti_maakunta_SYNTHETIC.parquet")


def _write_surveys(root: Path, codes: Codes, market: Market, periods: Sequence[str], quarters: Sequence[str]) -> None:
    """Vacancies of each quarter's last month in hundreds (11n1), mean unemployed of the quarter in thousands (137i)."""
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
        frame = _long(axes, np.concatenate([total[None], values])[..., None])
        frame.with_columns(pl.col("value").cast(pl.Int64)).write_csv(root / name)


def _long(axes: Mapping[str, Sequence[str]], values: Numbers) -> pl.DataFrame:
    """One row a cell in row-major order: a column for each axis, and `value` with NULL for NaN."""
    index = np.indices(values.shape, dtype=np.uint16).reshape(values.ndim, -1)
    columns = {
        name: pl.Series(codes, dtype=pl.String).gather(pl.Series(place))
        for (name, codes), place in zip(axes.items(), index, strict=True)
    }
    return pl.DataFrame(columns | {"value": pl.Series(values.reshape(-1)).fill_nan(None)})


def _write_labels(path: Path, named: Iterable[Named]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("code", "text_fi", "text_sv", "text_en"))
        writer.writerows((n.code, n.fi, n.sv, n.en) for n in named)


def _named(row: Mapping[str, str]) -> Named:
    code, en = row["area_code"], row["area_name_en"]
    fi, sv = (row["area_name_fi"], row["area_name_sv"]) if row["is_residual"] == "false" else RESIDUAL_TEXTS[en]
    prefix = "" if row["area_level"] == "municipality" else f"{code} "
    return Named(code, prefix + fi, prefix + (sv or fi), prefix + en)


def _occupations(seeds: Path) -> tuple[Named, ...]:
    """SSS, the unit groups (armed forces last), the X codes."""
    wanted = [
        row
        for row in _rows(seeds / "occupation.csv")
        if row["occupation_level"] in ("total", "occ4", "special") and row["occupation_code"] not in ABSENT_OCCUPATIONS
    ]
    levels = {"total": 0, "occ4": 1, "special": 2}
    wanted.sort(key=lambda r: (levels[r["occupation_level"]], r["occupation_code"][0] == "0", r["occupation_code"]))
    return tuple(
        Named(
            code,
            *(f"{code} {row[f'occupation_name_{lang}'] or row['occupation_name_fi']}" for lang in ("fi", "sv", "en")),
        )
        for row in wanted
        for code in (row["occupation_code"],)
    )


def _code(named: Named) -> str:
    return named.code


def _alphabetical(named: Named) -> str:
    """Sorts by Finnish name; å, ä, ö come after z."""
    return named.fi.removeprefix(named.code).translate(str.maketrans("ÅÄÖåäö", "{|}{|}")).lower()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


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
