"""The words of the replay server's catalogue: what a table, a variable and a content are made of, and the common ones.

Belongs here: record types, languages, databases, subjects, units, notes, the variables that several tables have. Does
not belong here: tables (`replay_catalogue`, `replay_catalogue_more`), data.
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


def text(fi: str, sv: str, en: str) -> Text:
    """One text in the three languages."""
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
    """A table. `data`: pattern of its file; `release_lag`: months from the end of a period to its release.

    `contents_first`: the contents are the first variable, not the last. `recorded`: pattern of an answer recorded in
    the format `json`, preferred to the data file. `is_guess`: nobody has seen the table's dimensions since June 2026;
    its notes say so too.
    """

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
    recorded: str = ""
    contents_first: bool = False
    is_guess: bool = False


SUBJECTS: Mapping[str, Text] = {
    "atp": text("Avoimet työpaikat", "Lediga arbetsplatser", "Job vacancy survey"),
    "tyokay": text("Työssäkäynti", "Sysselsättning", "Employment"),
    "tyonv": text("Työnvälitystilasto", "Sysselsättningstjänststatistik", "Employment service statistics"),
    "tyti": text("Työvoimatutkimus", "Arbetskraftsundersökning", "Labour force survey"),
    "vaerak": text("Väestörakenne", "Befolkningsstruktur", "Population structure"),
}
CONTENTS_TEXT = text("Tiedot", "Uppgifter", "Information")

NUMBER = text("lukumäärä", "antal", "number")
PERCENT = text("prosentti", "procent", "per cent")
DAYS = text("päivää", "dagar", "days")
THOUSANDS = text("1000 henkilöä", "1000 personer", "1000 persons")

KEHA = text(
    "KEHA-keskus, Työnvälitystilasto",
    "KEHA-centret, Sysselsättningstjänststatistik",
    "KEHA Centre, Employment Service Statistics",
)
TYONV_NOTES = {
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


def homepage(subject: str, before: str = "") -> Text:
    """The contact text of a subject: a link to its home page."""
    return text(
        f"{before}<A HREF='https://stat.fi/tilasto/{subject}' TARGET=_blank>Tilaston kotisivu</A>",
        f"{before}<A HREF='https://stat.fi/sv/statistik/{subject}' TARGET=_blank>Statistikens webbsida</A>",
        f"{before}<A HREF='https://stat.fi/en/statistics/{subject}' TARGET=_blank>Statistics' homepage</A>",
    )


def documentation(subject: str) -> Mapping[str, tuple[str, ...]]:
    """The notes of a subject whose tables have no other: a link to its documentation."""
    pages = {
        "fi": ("https://stat.fi/tilasto/dokumentaatio", "Tilaston dokumentaatio"),
        "sv": ("https://stat.fi/sv/statistik/dokumentation", "Dokumentation av statistiken"),
        "en": ("https://stat.fi/en/statistics/documentation", "Documentation of statistics"),
    }
    return {lang: (f"<A HREF='{page}/{subject}' TARGET=_blank>{said}</A>",) for lang, (page, said) in pages.items()}


AREA = DimensionSpec(
    column="Alue",
    code="Alue",
    text=text("Alue", "Område", "Region"),
    total="SSS",
    map="Alue 2026",
    labels="tyonv_alue_*_in_api_order.csv",
)
OCCUPATION = DimensionSpec(
    column="Ammattiryhma",
    code="Ammattiryhmä",
    text=text("Ammattiryhmä", "Yrkesgrupp", "Occupation"),
    total="SSS",
    labels="tyonv_ammattiryhma_*_in_api_order.csv",
)
MONTH = DimensionSpec(column="Kuukausi", code="timeperiod_m", text=text("Kuukausi", "Månad", "Month"), is_time=True)
QUARTER = DimensionSpec(
    column="Vuosineljannes",
    code="timeperiod_q",
    text=text("Vuosineljännes", "Kvartal", "Quarter"),
    is_time=True,
)
YEAR = DimensionSpec(column="Vuosi", code="timeperiod_y", text=text("Vuosi", "År", "Year"), is_time=True)
MAJOR_REGION = DimensionSpec(
    column="Suuralue",
    code="alue_16_20180101",
    text=text("Suuralue", "Storområde", "Major region"),
    total="SSS",
    map="Alue 2018",
    value_texts={
        "SSS": text("KOKO MAA", "HELA LANDET", "WHOLE COUNTRY"),
        "SA1": text("SA1 Helsinki-Uusimaa", "SA1 Helsingfors-Nyland", "SA1 Helsinki-Uusimaa"),
        "SA2": text("SA2 Etelä-Suomi", "SA2 Södra Finland", "SA2 Southern Finland"),
        "SA3": text("SA3 Länsi-Suomi", "SA3 Västra Finland", "SA3 Western Finland"),
        "SA4": text("SA4 Pohjois- ja Itä-Suomi", "SA4 Norra och Östra Finland", "SA4 Northern and Eastern Finland"),
        "SA5": text("SA5 Ahvenanmaa", "SA5 Åland", "SA5 Åland"),
    },
)
SEX = DimensionSpec(
    column="Sukupuoli",
    code="sukupuoli_9_20180101",
    text=text("Sukupuoli", "Kön", "Sex"),
    total="SSS",
    value_texts={
        "SSS": text("Yhteensä", "Totalt", "Total"),
        "1": text("Miehet", "Män", "Males"),
        "2": text("Naiset", "Kvinnor", "Females"),
    },
)
