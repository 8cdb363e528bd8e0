"""The sample's breakdowns of the employment services' register: 12ta, 12te, 12tk, 12tn, 12tu, 12tv, 12tw.

Belongs here: cutting the market into the cells of these tables so that they add up to 12r5 and 12ti, and writing them.
Does not belong here: the market. The wide tables cover the newest months only and some a few areas or codes only: the
sample shows their shape, not their size. Which shapes are guesses is said in `replay_catalogue_more`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sources.statfin.replay_dimensions import AGE, DURATION, EDUCATION, JOB_DURATION, REASON, SECTOR, STATUS
from sources.statfin.replay_vocabulary import SEX, DimensionSpec
from sources.statfin.simulator_codes import Codes
from sources.statfin.simulator_details import Details, split, with_totals
from sources.statfin.simulator_files import long_frame, suppressed
from sources.statfin.simulator_market import ABROAD, FLEXIBLE, UNKNOWN, Counts, Market, Numbers

BY_OCCUPATION_MONTHS, WIDE_MONTHS = 3, 2
SHOWN_PLACES = ("SSS", "MK01")  # in 12tk and 12tv
UNEMPLOYED = "2"  # a labour market status
PER_UNEMPLOYED = {"1": 0.55, "3": 0.35, "4": 0.03, "X": 0.01}  # jobseekers of the other statuses
DURING_THE_MONTH = 0.12, 0.5  # jobseekers and vacancies of the month that are gone at its end, per one who is there
EDUCATION_SHARES = (0.27, 0.48, 0.05, 0.09, 0.06, 0.01, 0.04)
ENDED_SHARES = (0.4, 0.18, 0.1, 0.14, 0.1, 0.05, 0.03)  # by duration
REASON_SHARES = (0.35, 0.2, 0.12, 0.33)
SEX_SHARES, AGE_SHARES = (0.54, 0.46), (0.17, 0.58, 0.25)
SECTOR_SHARES = (0.04, 0.12, 0.06, 0.62, 0.01, 0.02, 0.11, 0.02)
JOB_DURATION_SHARES = (0.04, 0.05, 0.04, 0.1, 0.12, 0.15, 0.48, 0.02)
INDUSTRIES = (
    "A01", "A02", "B08", "C10", "C25", "D35", "E38", "F41", "F43", "G46", "G47", "H49", "I56", "J62", "K64", "L68",
    "M71", "N78", "N81", "O84", "P85", "Q86", "Q88", "R93", "S96", "T97", "U99", "X", "NO", "Other",
)  # fmt: skip
WIDE_SECTORS = ("01", "02", "04", "07", "X")
WIDE_DURATIONS = ("00", "01", "05", "06")
MEAN_DURATION, SPREAD = 38.0, 0.5  # days


def write_register_tables(
    root: Path, codes: Codes, market: Market, details: Details, periods: Sequence[str], rng: np.random.Generator
) -> None:
    """Write the seven tables into `root`, one file each."""
    places = ("SSS", *codes.regions, "MKJO", "MK90", "X")
    _write_durations(root, places, details, periods, rng)
    _write_education(root, places, details, periods, rng)
    jobseekers = _write_12tu(root, codes, market, places, periods[-BY_OCCUPATION_MONTHS:], rng)
    _write_12tk(root, codes, jobseekers, places, periods[-1:], rng)
    vacancies = market.occupational[:, :, -WIDE_MONTHS:, 1]
    _write_12tv(root, codes, vacancies, places, periods[-WIDE_MONTHS:], rng)
    _write_12tw(root, vacancies.sum(axis=1), places, periods[-WIDE_MONTHS:], rng)


def _write_durations(
    root: Path, places: Sequence[str], details: Details, periods: Sequence[str], rng: np.random.Generator
) -> None:
    axes = {"Alue": places, DURATION.column: _codes(DURATION), "Kuukausi": periods}
    _write(root, "12ta", axes, {"TYOTTOMATLOPUSSA": suppressed(with_totals(_located(details.spells), 1))})
    kinds = np.outer(REASON_SHARES, ENDED_SHARES)
    ended = _located(np.moveaxis(_split_by(rng, details.ended, kinds), 1, -1))
    axes = {"Alue": places, REASON.column: _codes(REASON), DURATION.column: _codes(DURATION), "Kuukausi": periods}
    _write(root, "12tn", axes, {"PAATTYNEETTYOTTJAKSOT": suppressed(with_totals(ended, 1, 2))})


def _write_education(
    root: Path, places: Sequence[str], details: Details, periods: Sequence[str], rng: np.random.Generator
) -> None:
    by_status = _by_status(rng, details.spells.sum(axis=1))
    by_education = _located(_split_by(rng, by_status, np.array(EDUCATION_SHARES)).transpose(0, 3, 1, 2))
    axes = {"Alue": places, EDUCATION.column: _codes(EDUCATION), STATUS.column: _codes(STATUS), "Kuukausi": periods}
    _write(root, "12te", axes, {"HAKIJALOPUSSA": suppressed(with_totals(by_education, 1, 2))})


def _write_12tu(
    root: Path, codes: Codes, market: Market, places: Sequence[str], periods: Sequence[str], rng: np.random.Generator
) -> Counts:
    """Write 12tu and return the jobseekers of its last month: place (regions first) x occupation."""
    stock = market.occupational[:, :, -len(periods) :]
    gone = rng.poisson(stock * DURING_THE_MONTH)
    unemployed, vacancies = np.moveaxis(stock + gone, -1, 0)
    jobseekers = _by_status(rng, unemployed)
    people = with_totals(_located(jobseekers).transpose(0, 2, 1, 3), 1, 2)
    posts = np.full(people.shape, np.nan)
    posts[:, :, 0] = suppressed(with_totals(_located(vacancies), 1))
    axes = {"Alue": places, "Ammattiryhma": _occupations(codes), STATUS.column: _codes(STATUS), "Kuukausi": periods}
    _write(root, "12tu", axes, {"HAKIJAYHT": suppressed(people), "AVPAIKATYHT": posts})
    last: Counts = jobseekers[..., -1].sum(axis=1)
    return last


def _write_12tk(
    root: Path,
    codes: Codes,
    jobseekers: Counts,
    places: Sequence[str],
    periods: Sequence[str],
    rng: np.random.Generator,
) -> None:
    kinds = np.einsum("s,a,e->sae", SEX_SHARES, AGE_SHARES, EDUCATION_SHARES)
    by_person = _shown(_located(_split_by(rng, jobseekers, kinds)), places).transpose(0, 2, 3, 1, 4)[..., None]
    axes = {"Alue": SHOWN_PLACES, SEX.column: _codes(SEX), AGE.column: _codes(AGE)}
    axes |= {"Ammattiryhma": _occupations(codes), EDUCATION.column: _codes(EDUCATION), "Kuukausi": tuple(periods)}
    _write(root, "12tk", axes, {"HAKIJAYHT": suppressed(with_totals(by_person, 1, 2, 3, 4))})


def _write_12tv(
    root: Path, codes: Codes, vacancies: Counts, places: Sequence[str], periods: Sequence[str], rng: np.random.Generator
) -> None:
    kinds = np.outer(SECTOR_SHARES, JOB_DURATION_SHARES)
    by_kind = _shown(_located(_split_by(rng, vacancies, kinds)), places).transpose(0, 1, 3, 4, 2)
    axes = {"Alue": SHOWN_PLACES, "Ammattiryhma": _occupations(codes), SECTOR.column: _codes(SECTOR)}
    axes |= {JOB_DURATION.column: _codes(JOB_DURATION), "Kuukausi": tuple(periods)}
    _write(root, "12tv", axes, {"AVPAIKATLOPUSSA": suppressed(with_totals(by_kind, 1, 2, 3))})


def _write_12tw(
    root: Path, vacancies: Counts, places: Sequence[str], periods: Sequence[str], rng: np.random.Generator
) -> None:
    """Industries are two-digit divisions below their letter; what has none stands beside the letters."""
    shares = rng.lognormal(0.0, 0.8, (len(INDUSTRIES), len(WIDE_SECTORS), len(WIDE_DURATIONS)))
    by_kind = with_totals(_located(_split_by(rng, vacancies, shares)).transpose(0, 2, 3, 4, 1), 2, 3)
    listed, rows = ["SSS"], [by_kind.sum(axis=1)]
    for number, industry in enumerate(INDUSTRIES):
        letter = industry[0]
        if industry[1:].isdigit() and letter not in listed:
            listed.append(letter)
            of_letter = [n for n, i in enumerate(INDUSTRIES) if i[0] == letter and i[1:].isdigit()]
            rows.append(by_kind[:, of_letter].sum(axis=1))
        listed.append(industry)
        rows.append(by_kind[:, number])
    posts = suppressed(np.stack(rows, axis=1))
    days = np.round(MEAN_DURATION * rng.lognormal(0.0, SPREAD, posts.shape), 1)
    days[np.isnan(posts) | (posts == 0)] = np.nan
    axes = {"Alue": places, "Toimiala": listed, SECTOR.column: ("SSS", *WIDE_SECTORS)}
    axes |= {JOB_DURATION.column: ("SSS", *WIDE_DURATIONS), "Kuukausi": periods}
    _write(root, "12tw", axes, {"AVPAIKATLOPUSSA": posts, "ATPAVGJATKESTOT": days})


def _write(root: Path, table: str, axes: Mapping[str, Sequence[str]], contents: Mapping[str, Numbers]) -> None:
    frame = long_frame({**axes, "Tiedot": tuple(contents)}, np.stack(list(contents.values()), axis=-1))
    frame.write_parquet(root / f"tyonv_{table}_SYNTHETIC.parquet")


def _located(counts: Counts) -> Counts:
    """The country before the regions, and the three places outside them in the order of these tables."""
    regions = len(counts) - 3
    order = [0, *range(1, regions + 1), *(1 + regions + place for place in (FLEXIBLE, ABROAD, UNKNOWN))]
    return with_totals(counts, 0)[order]


def _shown(counts: Counts, places: Sequence[str]) -> Counts:
    return counts[[places.index(place) for place in SHOWN_PLACES]]


def _split_by(rng: np.random.Generator, counts: Counts, shares: Numbers) -> Counts:
    """`counts` drawn into parts: the axes of `shares` at the end."""
    return split(rng, counts, shares.ravel()).reshape(*counts.shape, *shares.shape)


def _by_status(rng: np.random.Generator, unemployed: Counts) -> Counts:
    """Jobseekers by status (at the second axis): the unemployed themselves, and about as many others as there are."""
    statuses = [
        unemployed if status == UNEMPLOYED else rng.poisson(PER_UNEMPLOYED[status] * unemployed)
        for status in _codes(STATUS)[1:]
    ]
    return np.stack(statuses, axis=1)


def _codes(dimension: DimensionSpec) -> tuple[str, ...]:
    return tuple(dimension.value_texts)


def _occupations(codes: Codes) -> tuple[str, ...]:
    return tuple(occupation.code for occupation in codes.occupations)
