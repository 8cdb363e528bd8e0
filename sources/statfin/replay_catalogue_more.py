"""What StatFin calls the further tables of the replay server: details of the register, survey, census.

Belongs here: the names of tables that the mart can do without, in the manner of `replay_catalogue`.

Seen in recorded metadata or answers: 12tu, 11l1, 11ra (its `map` is a guess). Seen in lists of codes, with the order of
variables and all texts a guess: 12tw, 115q. Guesses altogether, marked `is_guess`: 12tv, 12ta, 12te, 12tk, 12tn, and of
115s the code of its occupation variable and its total. Value codes of education, duration, reason and age are guesses
wherever they occur; so is every wording that is not English, and that vacancies of 12tu stand beside the total of
labour market statuses only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sources.statfin.replay_dimensions import (
    AGE,
    CENSUS_OCCUPATION,
    CENSUS_REGION,
    DURATION,
    EDUCATION,
    EMPLOYMENT_STATUS,
    EVERY_AREA,
    INDUSTRY,
    JOB_DURATION,
    PROVINCE,
    REASON,
    SECTOR,
    STATUS,
)
from sources.statfin.replay_vocabulary import (
    DAYS,
    KEHA,
    MONTH,
    NUMBER,
    OCCUPATION,
    PERCENT,
    QUARTER,
    SEX,
    TYONV_NOTES,
    YEAR,
    ContentSpec,
    DimensionSpec,
    TableSpec,
    Text,
    documentation,
    homepage,
    text,
)

GUESSED: Mapping[str, str] = {
    "fi": "Taulukon muoto on arvattu: palvelun nykyisiä luokituksia ei ole nähty.",
    "sv": "Tabellens form är en gissning: tjänstens nuvarande klassificeringar har inte setts.",
    "en": "The shape of this table is guessed: the service's present dimensions have not been seen.",
}


def _content(code: str, english: str, *, unit: Text = NUMBER, decimals: int = 0, column: str = "") -> ContentSpec:
    return ContentSpec(
        column=column or code, code=code, text=text(english, english, english), unit=unit, decimals=decimals
    )


def _register(
    table: str,
    legacy: str,
    name: str,
    dimensions: Sequence[DimensionSpec],
    contents: Sequence[ContentSpec],
    *,
    is_guess: bool,
) -> TableSpec:
    """A monthly table of the employment services' register."""
    notes = {lang: (*said, GUESSED[lang]) if is_guess else said for lang, said in TYONV_NOTES.items()}
    return TableSpec(
        id=table,
        subject="tyonv",
        name=text(name, name, name),
        legacy=legacy,
        source=KEHA,
        notes=notes,
        contact=homepage("tyonv", "#"),
        data=f"*_{table}_*.parquet",
        dimensions=(*dimensions, MONTH),
        contents=tuple(contents),
        is_guess=is_guess,
    )


_JOBSEEKERS_DURING = _content("HAKIJAYHT", "Jobseekers during the period (number)")
_VACANCIES_AT_END = _content("AVPAIKATLOPUSSA", "Vacancies on end-of-month calculation date (number)")
_EMPLOYED = _content("tyokay-tyolliset2", "Employed", column="tyolliset2")
_CENSUS = text(
    "Tilastokeskus, työssäkäynti", "Statistikcentralen, sysselsättning", "Statistics Finland, employment statistics"
)
_POPULATION = text(
    "Tilastokeskus, väestörakenne",
    "Statistikcentralen, befolkningsstruktur",
    "Statistics Finland, population structure",
)

MORE_TABLES: tuple[TableSpec, ...] = (
    _register(
        "12tu",
        "1371",
        "Jobseekers and vacancies by occupation in each province during the month",
        (PROVINCE, OCCUPATION, STATUS),
        (_JOBSEEKERS_DURING, _content("AVPAIKATYHT", "Vacancies during the month (number)")),
        is_guess=False,
    ),
    _register(
        "12tv",
        "",
        "Vacancies at the end of the month by occupation, region, employer sector and duration of the job",
        (PROVINCE, OCCUPATION, SECTOR, JOB_DURATION),
        (_VACANCIES_AT_END,),
        is_guess=True,
    ),
    _register(
        "12tw",
        "",
        "Vacancies by sector in each province at the end of the month",
        (PROVINCE, INDUSTRY, SECTOR, JOB_DURATION),
        (
            _VACANCIES_AT_END,
            _content("ATPAVGJATKESTOT", "Average vacancy duration on the calculation day", unit=DAYS, decimals=1),
        ),
        is_guess=False,
    ),
    _register(
        "12ta",
        "1207",
        "Unemployed jobseekers by duration of unemployment at the end of the month",
        (PROVINCE, DURATION),
        (_content("TYOTTOMATLOPUSSA", "Unemployed jobseekers on calculation date (number)"),),
        is_guess=True,
    ),
    _register(
        "12te",
        "1221",
        "Jobseekers by level of education and labour market status at the end of the month",
        (PROVINCE, EDUCATION, STATUS),
        (_content("HAKIJALOPUSSA", "Jobseekers on calculation date (number)"),),
        is_guess=True,
    ),
    _register(
        "12tk",
        "1310",
        "Jobseekers by occupation and level of education in each province during the month",
        (PROVINCE, replace(SEX, code="Sukupuoli"), AGE, OCCUPATION, EDUCATION),
        (_JOBSEEKERS_DURING,),
        is_guess=True,
    ),
    _register(
        "12tn",
        "1315",
        "Ended unemployment periods by reason and duration",
        (PROVINCE, REASON, DURATION),
        (_content("PAATTYNEETTYOTTJAKSOT", "Ended unemployment periods (number)"),),
        is_guess=True,
    ),
    TableSpec(
        id="11l1",
        subject="atp",
        name=text("Avoimet työpaikat", "Lediga arbetsplatser", "Job vacancies"),
        source=text(
            "Tilastokeskus, avoimet työpaikat",
            "Statistikcentralen, lediga arbetsplatser",
            "Statistics Finland, job vacancy survey",
        ),
        notes=documentation("atp"),
        contact=homepage("atp"),
        data="*_11l1_*.csv",
        contents_first=True,
        dimensions=(QUARTER,),
        contents=(
            _content("atp_lkm", "Job vacancies"),
            _content("atp_eihoit", "Unoccupied job vacancies"),
            _content("atp_osa", "Part-time vacancies"),
            _content("atp_maar", "Fixed term vacancies"),
            _content("atp_vaik", "Hard-to-fill vacancies"),
        ),
        release_lag=2,
    ),
    TableSpec(
        id="115s",
        subject="tyokay",
        name=text("Työlliset", "Sysselsatta", "Employed labour force by occupational group and region"),
        source=_CENSUS,
        notes=documentation("tyokay"),
        contact=homepage("tyokay"),
        data="*_115s_*.parquet",
        dimensions=(CENSUS_REGION, replace(CENSUS_OCCUPATION, code="ammatti_103_20161021"), SEX, YEAR),
        contents=(_EMPLOYED,),
        release_lag=17,
    ),
    TableSpec(
        id="115q",
        subject="tyokay",
        name=text("Työlliset", "Sysselsatta", "Employed"),
        source=_CENSUS,
        notes=documentation("tyokay"),
        contact=homepage("tyokay"),
        data="*_115q_*.parquet",
        dimensions=(CENSUS_OCCUPATION, SEX, EMPLOYMENT_STATUS, YEAR),
        contents=(
            _EMPLOYED,
            _content("tyokay-osuus", "Share of all employed, %", unit=PERCENT, decimals=1, column="osuus"),
        ),
        release_lag=17,
    ),
    TableSpec(
        id="11ra",
        subject="vaerak",
        name=text("Tunnuslukuja väestöstä", "Nyckeltal för befolkningen", "Key figures on population"),
        source=_POPULATION,
        notes=documentation("vaerak"),
        contact=homepage("vaerak"),
        data="*_11ra_*.parquet",
        dimensions=(EVERY_AREA, YEAR),
        contents=(
            _content("vaerak-vaesto", "Population 31 Dec", column="vaesto"),
            _content("vaesto_yli64_p", "Share of persons aged 65 or over, %", unit=PERCENT, decimals=1),
        ),
        release_lag=5,
        recorded="recorded/*_11ra.json",
    ),
)
