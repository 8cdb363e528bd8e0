"""Invented personal data, planted in every field that a client must drop, so that a search can prove it did.

Belongs here: the planted texts and where they go, in both interfaces and in broken lines. All texts are ASCII, so that
no escape hides them from a search; no person, mail box or number of this kind exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAME = "Ensi Merkkinen"
FIRST_NAME, LAST_NAME = NAME.split(" ")
MAIL = "ensi.merkkinen@postilaatikko.example.invalid"
PHONE = "+358400000777"
BUSINESS_ID = "0000777-7"
ADDRESS = "Merkkikuja 77"
PLANTED = (NAME, FIRST_NAME, LAST_NAME, MAIL, PHONE, BUSINESS_ID, ADDRESS)  # what may be found nowhere afterwards

TEXT = f"{NAME}, {MAIL}, {PHONE}, {BUSINESS_ID}, {ADDRESS}"
CONTACT = {"firstName": FIRST_NAME, "lastName": LAST_NAME, "email": MAIL, "telephone": PHONE}
V1_CONTACT = {"etunimi": FIRST_NAME, "sukunimi": LAST_NAME, "sposti": MAIL, "puhelinNro": PHONE}

# Contract 7, with the fields that contract 2.2 marks "drop"; ML stands for a text in all languages.
ML = "ML"
DROPPED: Mapping[str, Mapping[str, Any]] = {
    "metadata": {"createdSource": TEXT, "lastModifiedSource": TEXT, "etag": TEXT},
    "owner": {
        "businessId": BUSINESS_ID,
        "company": ML,
        "officeName": TEXT,
        "reference": TEXT,
        "householdEmployer": TEXT,
    },
    "client": {"businessId": BUSINESS_ID, "company": TEXT, "officeName": TEXT, "industryCode": TEXT},
    "position": {
        "title": ML,
        "jobDescription": ML,
        "marketingDescription": ML,
        "partTimeInfo": ML,
        "permitCardsDescription": ML,
        "wagePrincipalInfo": ML,
        "wagePrincipleInfo": ML,
        "wagePrincipal": TEXT,
        "wageRange": TEXT,
        "workLanguages": [TEXT],
        "drivingLicenses": [TEXT],
        "permitCards": [TEXT],
    },
    "location": {
        "workplaceAddress": ADDRESS,
        "workplacePostalCode": TEXT,
        "workplacePostOffice": TEXT,
        "workplaceName": ML,
    },
    "application": {"helpText": ML, "url": ML, "extraVisibility": [TEXT]},
}
NOT_AN_OBJECT = [NAME, MAIL, PHONE]


def plant(posting: dict[str, Any]) -> dict[str, Any]:
    """The posting with personal data in every droppable field, in a field nobody knows, and as contacts."""
    for part, fields in DROPPED.items():
        inside = posting.setdefault(part, {})
        if isinstance(inside, dict):
            inside |= {name: _in_all_languages() if value == ML else value for name, value in fields.items()}
            inside["unforeseen"] = {"recruiter": CONTACT}
    posting["externalLinks"] = [{"url": f"https://koti.example.invalid/?mail={MAIL}", "description": TEXT}]
    posting["contacts"] = [CONTACT, CONTACT]
    posting["descriptionsContentType"] = TEXT
    posting["recruiter"] = {**CONTACT, "note": TEXT}
    return posting


def plant_v1(posting: dict[str, Any]) -> dict[str, Any]:
    """The same for a posting of the V1 interface."""
    localised = [{"kieliKoodi": language, "arvo": TEXT} for language in ("fi", "sv", "en")]
    posting |= {"ilmoittajanYTunnus": BUSINESS_ID, "ilmoittajanNimi": localised, "kotitaloudenNimi": TEXT}
    posting |= {"markkinointikuvaus": localised, "kotisivut": TEXT, "rekrytoija": {**V1_CONTACT}}
    if isinstance(posting.get("perustiedot"), dict):
        posting["perustiedot"] |= dict.fromkeys(
            ("tyonOtsikko", "tyonTiivistelma", "tyonKuvaus", "palkanLisatieto", "tyoAlkaaLisatieto"), localised
        )
        relationship = posting["perustiedot"].setdefault("palvelussuhde", {})
        relationship["tyosuhde"] = {"vuokratyoToimeksiantaja": TEXT, "rekrytointiToimeksiantaja": TEXT}
    posting["sijainti"]["toimipaikka"] = {
        "toimipaikanNimi": localised,
        "postiosoite": ADDRESS,
        "postinumero": TEXT,
        "postitoimipaikka": TEXT,
    }
    posting["hakeminen"] |= {"hakemuksenUrl": TEXT, "hakuohjeet": localised, "ilmoittajanYhteystiedot": [V1_CONTACT]}
    return posting


def _in_all_languages() -> dict[str, str]:
    return dict.fromkeys(("fi", "sv", "en"), TEXT)
