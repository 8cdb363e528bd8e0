"""What StatFin calls the tables that the replay server offers: ids, codes and texts in three languages.

Belongs here: the names of the scheme after 8 June 2026 (contract statfin, sections 1 and 8) and where a folder keeps
the data of a table; here the tables that the mart cannot do without, the others in `replay_catalogue_more`. Does not
belong here: data, and codes or texts of areas and occupations, which come with the folder.

Guesses, where no recorded answer exists: of `137i` the code of its area variable, the order of its variables, its
title, `map` and texts; every Swedish wording; the Finnish wording of `11n1`; the English comments of `tyonv`
contents; texts of `UUDETAVP`, `PITKAAIKAISTYOTTOMAT` and `LOMAUTETTU`.
"""

from __future__ import annotations

from sources.statfin.replay_catalogue_more import MORE_TABLES
from sources.statfin.replay_vocabulary import (
    AREA,
    CONTENTS_CODE,
    CONTENTS_TEXT,
    DATABASE,
    DATABASES,
    KEHA,
    LANGUAGES,
    MAJOR_REGION,
    MONTH,
    NUMBER,
    OCCUPATION,
    PERCENT,
    QUARTER,
    SEX,
    SUBJECTS,
    THOUSANDS,
    TYONV_NOTES,
    ContentSpec,
    DimensionSpec,
    TableSpec,
    Text,
    documentation,
    homepage,
    text,
)

__all__ = [
    "CONTENTS_CODE",
    "CONTENTS_TEXT",
    "DATABASE",
    "DATABASES",
    "LANGUAGES",
    "NUMBER",
    "SUBJECTS",
    "TABLES",
    "ContentSpec",
    "DimensionSpec",
    "TableSpec",
    "Text",
]

_UNEMPLOYED = ContentSpec(
    column="TYOTTOMATLOPUSSA",
    code="TYOTTOMATLOPUSSA",
    text=text(
        "Työttömät työnhakijat laskentapäivänä (lkm.)",
        "Arbetslösa arbetssökande på beräkningsdagen (antal)",
        "Unemployed jobseekers on calculation date (number)",
    ),
    unit=NUMBER,
    comment=text(
        "Työttömiä työnhakijoita kuukauden laskentapäivänä\r\n",
        "Arbetslösa arbetssökande på månadens beräkningsdag\r\n",
        "Unemployed jobseekers on the calculation date of the month\r\n",
    ),
)
_VACANCIES = ContentSpec(
    column="AVPAIKATLOPUSSA",
    code="AVPAIKATLOPUSSA",
    text=text(
        "Avoimet työpaikat kuukauden laskentapäivänä (lkm.)",
        "Lediga arbetsplatser på månadens beräkningsdag (antal)",
        "Vacancies on end-of-month calculation date (number)",
    ),
    unit=NUMBER,
    comment=text(
        "TE-toimistoihin ilmoitetut avoimet työpaikat kuukauden laskentapäivänä\r\n",
        "Lediga arbetsplatser anmälda till arbets- och näringsbyråerna på månadens beräkningsdag\r\n",
        "Vacancies notified to the employment offices on the calculation date of the month\r\n",
    ),
)

TABLES: tuple[TableSpec, ...] = (
    TableSpec(
        id="12ti",
        subject="tyonv",
        name=text(
            "Työttömät työnhakijat ja avoimet työpaikat ammattiryhmän mukaan kk:n lopussa",
            "Arbetslösa arbetssökande och lediga arbetsplatser efter yrkesgrupp i slutet av månaden",
            "Unemployed jobseekers and vacancies by occupation at the end of the month",
        ),
        legacy="1270",
        source=KEHA,
        notes=TYONV_NOTES,
        contact=homepage("tyonv", "#"),
        data="*_12ti_*.parquet",
        dimensions=(AREA, OCCUPATION, MONTH),
        contents=(_UNEMPLOYED, _VACANCIES),
    ),
    TableSpec(
        id="12r5",
        subject="tyonv",
        name=text(
            "Työttömät työnhakijat eri ryhmissä, palveluissa olevat ja avoimet työpaikat kuukauden lopussa",
            "Arbetslösa arbetssökande i olika grupper, personer i service och lediga arbetsplatser i slutet av månaden",
            "Unemployed jobseekers, persons in services and vacant jobs at the end of the month",
        ),
        legacy="1001",
        source=KEHA,
        notes=TYONV_NOTES,
        contact=homepage("tyonv", "#"),
        data="*_12r5_*.parquet",
        dimensions=(AREA, MONTH),
        contents=(
            _UNEMPLOYED,
            ContentSpec(
                column="TYOVOIMATK",
                code="TYOVOIMATK",
                text=text(
                    "TK:n Työssäkäyntitilaston työvoima (lkm.)",
                    "Arbetskraften enligt Statistikcentralens sysselsättningsstatistik (antal)",
                    "Workforce in Statistic Finland\u0092s RES (number)",
                ),
                unit=NUMBER,
            ),
            ContentSpec(
                column="TYOTOSUUS",
                code="TYOTOSUUS",
                text=text(
                    "Työttömien työnhakijoiden %-osuus työvoimasta (%)",
                    "Arbetslösa arbetssökandes andel av arbetskraften (%)",
                    "Proportion of unemployed jobseekers as a percentage of total workforce (%)",
                ),
                unit=PERCENT,
                decimals=1,
            ),
            ContentSpec(
                column="PITKAAIKAISTYOTTOMAT",
                code="PITKAAIKAISTYOTTOMAT",
                text=text(
                    "Pitkäaikaistyöttömät (vähintään vuoden) (lkm.)",
                    "Långtidsarbetslösa (minst ett år) (antal)",
                    "Long-term unemployed (at least one year) (number)",
                ),
                unit=NUMBER,
            ),
            ContentSpec(
                column="LOMAUTETTU",
                code="LOMAUTETTU",
                text=text("Kokonaan lomautetut (lkm.)", "Helt permitterade (antal)", "Fully laid off (number)"),
                unit=NUMBER,
            ),
            _VACANCIES,
            ContentSpec(
                column="UUDETAVP",
                code="UUDETAVP",
                text=text(
                    "Uudet avoimet työpaikat kuukauden aikana (lkm.)",
                    "Nya lediga arbetsplatser under månaden (antal)",
                    "New vacancies during the month (number)",
                ),
                unit=NUMBER,
            ),
        ),
    ),
    TableSpec(
        id="11n1",
        subject="atp",
        name=text(
            "Avoimet työpaikat toimipaikan sijainnin mukaan",
            "Lediga arbetsplatser efter arbetsställets läge",
            "Job vacancies by location of the establishment",
        ),
        source=text(
            "Tilastokeskus, avoimet työpaikat",
            "Statistikcentralen, lediga arbetsplatser",
            "Statistics Finland, job vacancy survey",
        ),
        notes=documentation("atp"),
        contact=homepage("atp"),
        data="*_11n1_*.csv",
        dimensions=(MAJOR_REGION, QUARTER),
        contents=(
            ContentSpec(
                column="atp_lkm",
                code="atp_lkm",
                text=text("Avoimet työpaikat", "Lediga arbetsplatser", "Job vacancies"),
                unit=NUMBER,
            ),
        ),
        release_lag=2,
    ),
    TableSpec(
        id="137i",
        subject="tyti",
        name=text(
            "Väestö työmarkkina-aseman, sukupuolen ja suuralueen mukaan, neljännesvuositiedot",
            "Befolkning efter arbetsmarknadsställning, kön och storområde, kvartalsuppgifter",
            "Population by labour force status, sex and major region, quarterly data",
        ),
        source=text(
            "Tilastokeskus, työvoimatutkimus",
            "Statistikcentralen, arbetskraftsundersökning",
            "Statistics Finland, labour force survey",
        ),
        notes=documentation("tyti"),
        contact=homepage("tyti"),
        data="*_137i_*.csv",
        dimensions=(QUARTER, SEX, MAJOR_REGION),
        contents=(
            ContentSpec(
                column="Tyottomat",
                code="tyti-Tyottomat",
                text=text("Työttömät, 1000 henkilöä", "Arbetslösa, 1000 personer", "Unemployed, 1000 persons"),
                unit=THOUSANDS,
            ),
        ),
    ),
    *MORE_TABLES,
)
