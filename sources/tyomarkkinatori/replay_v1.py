"""The V1 interface over the same store: pages of open postings in Finnish words (contract 4.2).

Belongs here: the query, the pages, the mapping from a P67 posting. Tokens are `replay_tokens`, faults `replay_faults`.
V1 shows published postings only, knows no dates to filter by, and forgets a posting once it is archived.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec

from sources.loopback import Answer
from sources.tyomarkkinatori.replay_faults import Fault, Faults
from sources.tyomarkkinatori.replay_filters import Filters, select
from sources.tyomarkkinatori.replay_personal import TEXT, plant, plant_v1
from sources.tyomarkkinatori.replay_store import Moment, to_text

PATH = "/jobpostingprovider/v1/tyopaikat"
SMALLEST_PAGE, LARGEST_PAGE = 100, 500
JSON_TYPE = "application/json"
FILTERS: Mapping[str, str] = {  # V1 word -> the P67 filter with the same meaning
    "ammattiryhma": "occupationIscoIn",
    "tyollistaja": "employerTypeIn",
    "tyonjatkuvuus": "continuityOfWorkIn",
    "tyoaika": "workTimeIn",
    "kieli": "postingLanguageIn",
    "maa": "countryIn",
    "maakunta": "regionIn",
    "kunta": "municipalityIn",
}
ENUMS: Mapping[str, tuple[str, ...]] = {
    "tyollistaja": ("01", "02"),
    "tyonjatkuvuus": ("01", "02", "0201", "0202"),
    "tyoaika": ("01", "02"),
    "kieli": ("fi", "sv", "en"),
}
EMPLOYERS: Mapping[str, tuple[str, ...]] = {"01": ("Organization", "International"), "02": ("Household",)}


class BadQueryError(ValueError):
    """A parameter that V1 does not take: answered 400; args are the parameter's name, its value, what is wrong."""


def page(query: str, moment: Moment, faults: Faults) -> Answer:
    """One page of the postings open at `moment`.

    The recorded posting of the folder, if there is one, comes last. Faults of lines that make sense here strike:
    vanished, personal-data, new-field, schema-drift, duplicate-id, short-answer (of the page).
    """
    try:
        number, size, filters = _parameters(parse_qs(query, keep_blank_values=True))
    except BadQueryError as error:
        return _refusal(moment, *error.args)
    rows = select(filters, moment)[faults.count(Fault.VANISHED) :]
    recorded = moment.store.v1_record if not filters.wanted else None
    shown = rows[number * size : (number + 1) * size]
    personal = faults.amount(Fault.PERSONAL_DATA) is not None
    postings = []
    for row in shown:
        posting = msgspec.json.decode(moment.line(int(row)))
        posting = to_v1(plant(posting) if personal else posting)
        postings.append(plant_v1(posting) if personal else posting)
    if recorded is not None and number * size <= len(rows) < (number + 1) * size:
        postings.append(json.loads(json.dumps(recorded)))
    for posting in postings[: faults.count(Fault.SCHEMA_DRIFT)]:
        posting["sijainti"] = TEXT if personal else "no longer an object"
    if faults.amount(Fault.NEW_FIELD) is not None:
        postings = [posting | {"palkkaAvoimuus": {"alku": 2500}} for posting in postings]
    if faults.strikes(Fault.SHORT_ANSWER):
        postings = postings[: len(postings) // 2]
    postings[:0] = postings[: faults.count(Fault.DUPLICATE_ID)]
    said = {
        "sivutus": {"sivu": number, "maara": size},
        "ilmoituksienMaara": len(postings),
        "ilmoitukset": postings,
    }
    return Answer(body=msgspec.json.encode(said), content_type=JSON_TYPE)


def to_v1(posting: Mapping[str, Any]) -> dict[str, Any]:
    """A P67 posting in the words of V1."""
    metadata, owner = posting["metadata"], posting.get("owner") or {}
    position, location = posting.get("position") or {}, posting.get("location") or {}
    application = posting.get("application") or {}
    household = owner.get("employerType") == "Household"
    occupations = position.get("occupations") or []
    main = position.get("mainOccupation")
    if main and main not in occupations:
        occupations = [main, *occupations]
    said: dict[str, Any] = {
        "ilmoituksenID": metadata["externalId"],
        "tyollistaja": "02" if household else "01",
        "luontipvm": metadata.get("created"),
        "muokattupvm": metadata.get("lastModified"),
        "julkaisupvm": application.get("published") or metadata.get("created"),
        "ilmoituksenKielet": posting.get("languages") or [],
        "perustiedot": {
            "tyonOtsikko": _localised(position.get("title")),
            "tyonKuvaus": _localised(position.get("jobDescription")),
            "paikkojenMaara": application.get("openPositions") or 1,
            "palvelussuhde": {"tyyppi": position.get("employmentRelationship")},
            "tyonJatkuvuus": (position.get("continuityOfWork") or [None])[-1],
            "tyoAika": position.get("workTime"),
            "tyoAlkaa": "01",
        },
        "osaamisvaatimukset": {
            "ammatit": _classified(occupations),
            "osaamiset": _classified(position.get("skills") or []),
            "kielitaidot": [],
        },
        "sijainti": {
            "sijaintiJoustava": False,
            "maa": location.get("countries") or [],
            "maakunta": location.get("regions") or [],
            "kunta": location.get("municipalities") or [],
            "toimipaikka": {
                "toimipaikanNimi": _localised(location.get("workplaceName")),
                "postiosoite": location.get("workplaceAddress") or "",
                "postinumero": location.get("workplacePostalCode") or "",
                "postitoimipaikka": location.get("workplacePostOffice") or "",
            },
        },
        "hakeminen": {
            "hakuaikaPaattyy": application.get("expires"),
            "ilmoittajanYhteystiedot": [
                {
                    "etunimi": contact.get("firstName"),
                    "sukunimi": contact.get("lastName"),
                    "sposti": contact.get("email"),
                    "puhelinNro": contact.get("telephone"),
                }
                for contact in posting.get("contacts") or []
            ],
            "hakuohjeet": _localised(application.get("helpText")),
        },
        "markkinointikuvaus": _localised(position.get("marketingDescription")),
    }
    if household:
        said["kotitaloudenNimi"] = owner.get("householdEmployer")
    else:
        said |= {"ilmoittajanYTunnus": owner.get("businessId"), "ilmoittajanNimi": _localised(owner.get("company"))}
    return said


def _parameters(query: Mapping[str, list[str]]) -> tuple[int, int, Filters]:
    number = _number(query, "sivu", least=0)
    size = _number(query, "maara", least=SMALLEST_PAGE, most=LARGEST_PAGE)
    wanted: dict[str, frozenset[str]] = {}
    for word, name in FILTERS.items():
        values = query.get(word, [])
        for value in values:
            if value not in ENUMS.get(word, (value,)):
                raise BadQueryError(word, value, f"must be one of {', '.join(ENUMS[word])}")
        if word == "tyollistaja":
            values = [employer for value in values for employer in EMPLOYERS[value]]
        if values:
            wanted[name] = frozenset(values)
    return number, size, Filters(status="PUBLISHED", wanted=wanted)


def _number(query: Mapping[str, list[str]], name: str, *, least: int, most: int | None = None) -> int:
    text = query.get(name, [""])[0]
    if not text:
        raise BadQueryError(name, None, "is required")
    if not text.isascii() or not text.isdigit() or int(text) < least or (most is not None and int(text) > most):
        raise BadQueryError(name, text, f"must be a number from {least}{'' if most is None else f' to {most}'}")
    return int(text)


def _refusal(moment: Moment, name: str, value: str | None, wrong: str) -> Answer:
    said = {
        "aikaleima": to_text(moment.now),
        "status": 400,
        "virheviesti": "Virheellinen pyyntö",
        "virheviestit": [{"kenttä": name, "arvo": value, "virhe": wrong}],
    }
    return Answer(status=400, body=msgspec.json.encode(said), content_type=JSON_TYPE)


def _localised(text: Any) -> list[dict[str, str]]:
    if not isinstance(text, dict):
        return []
    return [{"kieliKoodi": language, "arvo": value} for language, value in text.items()]


def _classified(uris: list[str]) -> list[dict[str, str]]:
    return [{"luokittelunNimi": "ESCO", "luokiteltuArvo": uri} for uri in uris]
