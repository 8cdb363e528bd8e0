"""The allow-list: what of a posting is decoded at all, for both interfaces, and the one record that both become.

The types below hold the allowed fields and no other, so that nothing else of a line is ever more than bytes in memory
(contract job_postings, sections 2.2, 4.2 and 7). Skills are allowed too, but nothing needs them. Absent and null are
alike. What the values may look like is `screen`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from sources.tyomarkkinatori.schema import Interface

Positions = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Record(msgspec.Struct, gc=False, omit_defaults=True):
    """One posting as it is kept. `posting_id` is the source's own id until `screen` puts the keyed hash in its place.

    None: the source does not say. Times are UTC; one without an offset is UTC too.
    """

    posting_id: str | None = None
    created: datetime | None = None
    last_modified: datetime | None = None
    archived: datetime | None = None
    published: datetime | None = None
    expires: datetime | None = None
    open_positions: int | None = None
    main_occupation: str | None = None
    occupations: tuple[str, ...] | None = None
    employment_relationship: str | None = None
    continuity_of_work: tuple[str, ...] | None = None
    work_time: str | None = None
    employer_type: str | None = None
    industry_code: str | None = None
    countries: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    municipalities: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None


COLUMNS = {
    "posting_id": "VARCHAR",
    "created": "TIMESTAMPTZ",
    "last_modified": "TIMESTAMPTZ",
    "archived": "TIMESTAMPTZ",
    "published": "TIMESTAMPTZ",
    "expires": "TIMESTAMPTZ",
    "open_positions": "INTEGER",
    "main_occupation": "VARCHAR",
    "occupations": "VARCHAR[]",
    "employment_relationship": "VARCHAR",
    "continuity_of_work": "VARCHAR[]",
    "work_time": "VARCHAR",
    "employer_type": "VARCHAR",
    "industry_code": "VARCHAR",
    "countries": "VARCHAR[]",
    "regions": "VARCHAR[]",
    "municipalities": "VARCHAR[]",
    "languages": "VARCHAR[]",
}
"""The members of Record as DuckDB reads them."""


class Metadata(msgspec.Struct, gc=False):
    """P67 `metadata`."""

    external_id: str | None = msgspec.field(name="externalId", default=None)
    created: datetime | None = None
    last_modified: datetime | None = msgspec.field(name="lastModified", default=None)
    archived: datetime | None = None


class Owner(msgspec.Struct, gc=False, rename="camel"):
    """P67 `owner`, without everything that names the employer."""

    employer_type: str | None = None
    industry_code: str | None = None


class Position(msgspec.Struct, gc=False, rename="camel"):
    """P67 `position`, without texts."""

    main_occupation: str | None = None
    occupations: tuple[str, ...] | None = None
    employment_relationship: str | None = None
    continuity_of_work: tuple[str, ...] | None = None
    work_time: str | None = None


class Location(msgspec.Struct, gc=False):
    """P67 `location`, without the workplace."""

    countries: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    municipalities: tuple[str, ...] | None = None


class Application(msgspec.Struct, gc=False, rename="camel"):
    """P67 `application`, without texts and addresses."""

    published: datetime | None = None
    expires: datetime | None = None
    open_positions: Positions | None = None


_NO_METADATA, _NO_OWNER, _NO_POSITION = Metadata(), Owner(), Position()
_NO_LOCATION, _NO_APPLICATION = Location(), Application()


class JobPosting(msgspec.Struct, gc=False):
    """P67 v2: one line."""

    metadata: Metadata | None = None
    owner: Owner | None = None
    position: Position | None = None
    location: Location | None = None
    application: Application | None = None
    languages: tuple[str, ...] | None = None

    def record(self) -> Record:
        """The posting as a record."""
        metadata = self.metadata or _NO_METADATA
        owner = self.owner or _NO_OWNER
        position = self.position or _NO_POSITION
        location = self.location or _NO_LOCATION
        application = self.application or _NO_APPLICATION
        return Record(
            metadata.external_id,
            metadata.created,
            metadata.last_modified,
            metadata.archived,
            application.published,
            application.expires,
            application.open_positions,
            position.main_occupation,
            position.occupations,
            position.employment_relationship,
            position.continuity_of_work,
            position.work_time,
            owner.employer_type,
            owner.industry_code,
            location.countries,
            location.regions,
            location.municipalities,
            self.languages,
        )


class Relationship(msgspec.Struct, gc=False):
    """V1 `palvelussuhde`."""

    tyyppi: str | None = None


class BasicData(msgspec.Struct, gc=False, rename="camel"):
    """V1 `perustiedot`. `tyonJatkuvuus` is one code on the wire and may be several."""

    paikkojen_maara: Positions | None = None
    palvelussuhde: Relationship | None = None
    tyon_jatkuvuus: str | tuple[str, ...] | None = None
    tyo_aika: str | None = None


class Classified(msgspec.Struct, gc=False, rename="camel"):
    """V1: a value of a named classification."""

    luokittelun_nimi: str | None = None
    luokiteltu_arvo: str | None = None


class Skills(msgspec.Struct, gc=False):
    """V1 `osaamisvaatimukset`."""

    ammatit: list[Classified] | None = None


class Place(msgspec.Struct, gc=False):
    """V1 `sijainti`, without the workplace."""

    maa: tuple[str, ...] | None = None
    maakunta: tuple[str, ...] | None = None
    kunta: tuple[str, ...] | None = None


class Applying(msgspec.Struct, gc=False, rename="camel"):
    """V1 `hakeminen`, without texts, addresses and contacts."""

    hakuaika_paattyy: datetime | None = None


class JobPostingV1(msgspec.Struct, gc=False):
    """V1: one member of `ilmoitukset`."""

    ilmoituksen_id: str | None = msgspec.field(name="ilmoituksenID", default=None)
    tyollistaja: str | None = None
    luontipvm: datetime | None = None
    muokattupvm: datetime | None = None
    julkaisupvm: datetime | None = None
    ilmoituksen_kielet: tuple[str, ...] | None = msgspec.field(name="ilmoituksenKielet", default=None)
    perustiedot: BasicData | None = None
    osaamisvaatimukset: Skills | None = None
    sijainti: Place | None = None
    hakeminen: Applying | None = None

    def record(self) -> Record:
        """The posting as a record; V1 has no main occupation, no industry and no time of archiving."""
        basic = self.perustiedot or BasicData()
        skills = self.osaamisvaatimukset or Skills()
        place = self.sijainti or Place()
        continuity = basic.tyon_jatkuvuus
        return Record(
            self.ilmoituksen_id,
            self.luontipvm,
            self.muokattupvm,
            None,
            self.julkaisupvm,
            (self.hakeminen or Applying()).hakuaika_paattyy,
            basic.paikkojen_maara,
            None,
            tuple(
                a.luokiteltu_arvo for a in skills.ammatit or () if a.luokittelun_nimi == "ESCO" and a.luokiteltu_arvo
            ),
            (basic.palvelussuhde or Relationship()).tyyppi,
            (continuity,) if isinstance(continuity, str) else continuity,
            basic.tyo_aika,
            self.tyollistaja,
            None,
            place.maa,
            place.maakunta,
            place.kunta,
            self.ilmoituksen_kielet,
        )


@dataclass(frozen=True, slots=True)
class Wire:
    """How postings of one interface are decoded. `structures`: the members that are objects."""

    decode: Callable[[bytes], JobPosting | JobPostingV1]
    decode_lines: Callable[[bytes], Sequence[JobPosting | JobPostingV1]]
    structures: frozenset[str]


_P67, _V1 = msgspec.json.Decoder(JobPosting), msgspec.json.Decoder(JobPostingV1)
WIRE = {
    Interface.P67: Wire(
        _P67.decode, _P67.decode_lines, frozenset({"metadata", "owner", "position", "location", "application"})
    ),
    Interface.V1: Wire(
        _V1.decode, _V1.decode_lines, frozenset({"perustiedot", "osaamisvaatimukset", "sijainti", "hakeminen"})
    ),
}
