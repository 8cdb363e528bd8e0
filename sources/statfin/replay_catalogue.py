"""What StatFin calls the tables that the replay server offers: ids, codes and texts in three languages.

Belongs here: the names of the scheme after 8 June 2026 (contract statfin, sections 1 and 8) and where a folder keeps
the data of a table. Does not belong here: data, and codes or texts of areas and occupations, which come with the
folder.

Guesses, where no recorded answer exists: of `137i` the code of its area variable, the order of its variables, its
title, `map` and texts; every Swedish wording; the Finnish wording of `11n1`; the English comments of `tyonv`
contents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Text = Mapping[str, str]  # by language

LANGUAGES = ("fi", "sv", "en")
DATABASES = (
    "Check",
    "Hyvinvointialueet",
    "Kokeelliset_tilastot",
    "Kuntien_avainluvut",
    "Kuntien_talous_ja_toiminta",
    "Maahanmuuttajat_ja_kotoutuminen",
    "NOVI-fi",
    "Postinumeroalueittainen_avoin_tieto",
    "SDG",
    "StatFin",
    "StatFin_Passiivi",
)
DATABASE = "StatFin"
CONTENTS_CODE = "contentscode"


def _text(fi: str, sv: str, en: str) -> Text:
    return {"fi": fi, "sv": sv, "en": en}


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionSpec:
    """A variable. `column`: its name in the data files; `labels`: pattern of its file of texts in labels/."""

    column: str
    code: str
    text: Text
    total: str | None = None
    is_time: bool = False
    map: str | None = None
    labels: str | None = None
    value_texts: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSpec:
    """A content. `column`: what the data files call it; `code`: what StatFin calls it since June 2026."""

    column: str
    code: str
    text: Text
    unit: Text
    decimals: int = 0
    comment: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """A table. `data`: pattern of its file; `release_lag`: months from the end of a period to its release."""

    id: str
    subject: str
    name: Text
    legacy: str = ""
    source: Text
    notes: Mapping[str, tuple[str, ...]]
    contact: Text
    data: str
    dimensions: tuple[DimensionSpec, ...]
    contents: tuple[ContentSpec, ...]
    release_lag: int = 1


SUBJECTS: Mapping[str, Text] = {
    "atp": _text("Avoimet työpaikat", "Lediga arbetsplatser", "Job vacancy survey"),
    "tyonv": _text("Työnvälitystilasto", "Sysselsättningstjänststatistik", "Employment service statistics"),
    "tyti": _text("Työvoimatutkimus", "Arbetskraftsundersökning", "Labour force survey"),
}
CONTENTS_TEXT = _text("Tiedot", "Uppgifter", "Information")

NUMBER = _text("lukumäärä", "antal", "number")
PERCENT = _text("prosentti", "procent", "per cent")
THOUSANDS = _text("1000 henkilöä", "1000 personer", "1000 persons")

_KEHA = _text(
    "KEHA-keskus, Työnvälitystilasto",
    "KEHA-centret, Sysselsättningstjänststatistik",
    "KEHA Centre, Employment Service Statistics",
)
_TYONV_NOTES = {
    "fi": (
        "\r\n<A HREF='https://stat.fi/tilasto/dokumentaatio/tyonv' TARGET=_blank>Tilaston kuvaus</A>",
        "... = Tieto on salassapitosäännön alainen",
    ),
    "sv": (
        "\r\n<A HREF='https://stat.fi/sv/statistik/dokumentation/tyonv' TARGET=_blank>Beskrivning av statistiken</A>",
        "... = Uppgiften är sekretessbelagd",
    ),
    "en": (
        "\r\n<A HREF='https://stat.fi/en/statistics/documentation/tyonv' TARGET=_blank>Description of statistic</A>",
        "... = Data is subject to secrecy",
    ),
}


def _homepage(subject: str, before: str = "") -> Text:
    return _text(
        f"{before}<A HREF='https://stat.fi/tilasto/{subject}' TARGET=_blank>Tilaston kotisivu</A>",
        f"{before}<A HREF='https://stat.fi/sv/statistik/{subject}' TARGET=_blank>Statistikens webbsida</A>",
        f"{before}<A HREF='https://stat.fi/en/statistics/{subject}' TARGET=_blank>Statistics' homepage</A>",
    )


def _documentation(subject: str) -> Mapping[str, tuple[str, ...]]:
    pages = {
        "fi": ("https://stat.fi/tilasto/dokumentaatio", "Tilaston dokumentaatio"),
        "sv": ("https://stat.fi/sv/statistik/dokumentation", "Dokumentation av statistiken"),
        "en": ("https://stat.fi/en/statistics/documentation", "Documentation of statistics"),
    }
    return {lang: (f"<A HREF='{page}/{subject}' TARGET=_blank>{said}</A>",) for lang, (page, said) in pages.items()}


AREA = DimensionSpec(
    column="Alue",
    code="Alue",
    text=_text("Alue", "Område", "Region"),
    total="SSS",
    map="Alue 2026",
    labels="tyonv_alue_*_in_api_order.csv",
)
OCCUPATION = DimensionSpec(
    column="Ammattiryhma",
    code="Ammattiryhmä",
    text=_text("Ammattiryhmä", "Yrkesgrupp", "Occupation"),
    total="SSS",
    labels="tyonv_ammattiryhma_*_in_api_order.csv",
)
MONTH = DimensionSpec(column="Kuukausi", code="timeperiod_m", text=_text("Kuukausi", "Månad", "Month"), is_time=True)
QUARTER = DimensionSpec(
    column="Vuosineljannes",
    code="timeperiod_q",
    text=_text("Vuosineljännes", "Kvartal", "Quarter"),
    is_time=True,
)
MAJOR_REGION = DimensionSpec(
    column="Suuralue",
    code="alue_16_20180101",
    text=_text("Suuralue", "Storområde", "Major region"),
    total="SSS",
    map="Alue 2018",
    value_texts={
        "SSS": _text("KOKO MAA", "HELA LANDET", "WHOLE COUNTRY"),
        "SA1": _text("SA1 Helsinki-Uusimaa", "SA1 Helsingfors-Nyland", "SA1 Helsinki-Uusimaa"),
        "SA2": _text("SA2 Etelä-Suomi", "SA2 Södra Finland", "SA2 Southern Finland"),
        "SA3": _text("SA3 Länsi-Suomi", "SA3 Västra Finland", "SA3 Western Finland"),
        "SA4": _text("SA4 Pohjois- ja Itä-Suomi", "SA4 Norra och Östra Finland", "SA4 Northern and Eastern Finland"),
        "SA5": _text("SA5 Ahvenanmaa", "SA5 Åland", "SA5 Åland"),
    },
)
SEX = DimensionSpec(
    column="Sukupuoli",
    code="sukupuoli_9_20180101",
    text=_text("Sukupuoli", "Kön", "Sex"),
    total="SSS",
    value_texts={
        "SSS": _text("Yhteensä", "Totalt", "Total"),
        "1": _text("Miehet", "Män", "Males"),
        "2": _text("Naiset", "Kvinnor", "Females"),
    },
)

_UNEMPLOYED = ContentSpec(
    column="TYOTTOMATLOPUSSA",
    code="TYOTTOMATLOPUSSA",
    text=_text(
        "Työttömät työnhakijat laskentapäivänä (lkm.)",
        "Arbetslösa arbetssökande på beräkningsdagen (antal)",
        "Unemployed jobseekers on calculation date (number)",
    ),
    unit=NUMBER,
    comment=_text(
        "Työttömiä työnhakijoita kuukauden laskentapäivänä\r\n",
        "Arbetslösa arbetssökande på månadens beräkningsdag\r\n",
        "Unemployed jobseekers on the calculation date of the month\r\n",
    ),
)
_VACANCIES = ContentSpec(
    column="AVPAIKATLOPUSSA",
    code="AVPAIKATLOPUSSA",
    text=_text(
        "Avoimet työpaikat kuukauden laskentapäivänä (lkm.)",
        "Lediga arbetsplatser på månadens beräkningsdag (antal)",
        "Vacancies on end-of-month calculation date (number)",
    ),
    unit=NUMBER,
    comment=_text(
        "TE-toimistoihin ilmoitetut avoimet työpaikat kuukauden laskentapäivänä\r\n",
        "Lediga arbetsplatser anmälda till arbets- och näringsbyråerna på månadens beräkningsdag\r\n",
        "Vacancies notified to the employment offices on the calculation date of the month\r\n",
    ),
)

TABLES: tuple[TableSpec, ...] = (
    TableSpec(
        id="12ti",
        subject="tyonv",
        name=_text(
            "Työttömät työnhakijat ja avoimet työpaikat ammattiryhmän mukaan kk:n lopussa",
            "Arbetslösa arbetssökande och lediga arbetsplatser efter yrkesgrupp i slutet av månaden",
            "Unemployed jobseekers and vacancies by occupation at the end of the month",
        ),
        legacy="1270",
        source=_KEHA,
        notes=_TYONV_NOTES,
        contact=_homepage("tyonv", "#"),
        data="*_12ti_*.parquet",
        dimensions=(AREA, OCCUPATION, MONTH),
        contents=(_UNEMPLOYED, _VACANCIES),
    ),
    TableSpec(
        id="12r5",
        subject="tyonv",
        name=_text(
            "Työttömät työnhakijat eri ryhmissä, palveluissa olevat ja avoimet työpaikat kuukauden lopussa",
            "Arbetslösa arbetssökande i olika grupper, personer i service och lediga arbetsplatser i slutet av månaden",
            "Unemployed jobseekers, persons in services and vacant jobs at the end of the month",
        ),
        legacy="1001",
        source=_KEHA,
        notes=_TYONV_NOTES,
        contact=_homepage("tyonv", "#"),
        data="*_12r5_*.parquet",
        dimensions=(AREA, MONTH),
        contents=(
            _UNEMPLOYED,
            ContentSpec(
                column="TYOVOIMATK",
                code="TYOVOIMATK",
                text=_text(
                    "TK:n Työssäkäyntitilaston työvoima (lkm.)",
                    "Arbetskraften enligt Statistikcentralens sysselsättningsstatistik (antal)",
                    "Workforce in Statistic Finland\u0092s RES (number)",
                ),
                unit=NUMBER,
            ),
            ContentSpec(
                column="TYOTOSUUS",
                code="TYOTOSUUS",
                text=_text(
                    "Työttömien työnhakijoiden %-osuus työvoimasta (%)",
                    "Arbetslösa arbetssökandes andel av arbetskraften (%)",
                    "Proportion of unemployed jobseekers as a percentage of total workforce (%)",
                ),
                unit=PERCENT,
                decimals=1,
            ),
            _VACANCIES,
        ),
    ),
    TableSpec(
        id="11n1",
        subject="atp",
        name=_text(
            "Avoimet työpaikat toimipaikan sijainnin mukaan",
            "Lediga arbetsplatser efter arbetsställets läge",
            "Job vacancies by location of the establishment",
        ),
        source=_text(
            "Tilastokeskus, avoimet työpaikat",
            "Statistikcentralen, lediga arbetsplatser",
            "Statistics Finland, job vacancy survey",
        ),
        notes=_documentation("atp"),
        contact=_homepage("atp"),
        data="*_11n1_*.csv",
        dimensions=(MAJOR_REGION, QUARTER),
        contents=(
            ContentSpec(
                column="atp_lkm",
                code="atp_lkm",
                text=_text("Avoimet työpaikat", "Lediga arbetsplatser", "Job vacancies"),
                unit=NUMBER,
            ),
        ),
        release_lag=2,
    ),
    TableSpec(
        id="137i",
        subject="tyti",
        name=_text(
            "Väestö työmarkkina-aseman, sukupuolen ja suuralueen mukaan, neljännesvuositiedot",
            "Befolkning efter arbetsmarknadsställning, kön och storområde, kvartalsuppgifter",
            "Population by labour force status, sex and major region, quarterly data",
        ),
        source=_text(
            "Tilastokeskus, työvoimatutkimus",
            "Statistikcentralen, arbetskraftsundersökning",
            "Statistics Finland, labour force survey",
        ),
        notes=_documentation("tyti"),
        contact=_homepage("tyti"),
        data="*_137i_*.csv",
        dimensions=(QUARTER, SEX, MAJOR_REGION),
        contents=(
            ContentSpec(
                column="Tyottomat",
                code="tyti-Tyottomat",
                text=_text("Työttömät, 1000 henkilöä", "Arbetslösa, 1000 personer", "Unemployed, 1000 persons"),
                unit=THOUSANDS,
            ),
        ),
    ),
)
