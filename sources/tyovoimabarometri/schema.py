"""What the barometer is asked for and what its bodies look like, as types.

Belongs here: `source.yml` as Source, the service's JSON (contract barometer, section 1.3) as structs. Further members
of an object are ignored (policy evolve). Does not belong here: what must hold between the members (`rules`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from sources.description import DescribedSource, DescribedTable

SOURCE_FILE = Path(__file__).with_name("source.yml")
TABLE = "ratings"


class Drift(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy for each kind of drift; a policy that the client cannot carry out is refused here."""

    unknown_member: Literal["evolve"]
    missing_member: Literal["freeze"]
    catalogue: Literal["freeze"]
    region_set: Literal["freeze"]
    period: Literal["freeze"]
    rating: Literal["freeze"]
    unknown_occupation: Literal["evolve"]


class Table(DescribedTable, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the catalogue of sources says of a table. `lag_days`: from the end of a period to its release."""

    cadence: Literal["day", "month", "quarter", "year"]


class Source(DescribedSource, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`source.yml` as a whole. `workers`: requests at a time; `pause_ms`: of a worker after each request."""

    enabled_live: bool
    workers: int
    pause_ms: int
    backfill_months: int
    forecasts: bool
    regions: int
    drift: Drift
    tables: dict[str, Table]


@cache
def load_source(path: Path = SOURCE_FILE) -> Source:
    """`source.yml`, checked. Raises msgspec.ValidationError that names the faulty member."""
    return msgspec.yaml.decode(path.read_bytes(), type=Source)


class Occupation(msgspec.Struct, frozen=True):
    """One entry of the catalogue. The member `kaytossa` (in use) is false on every entry and means nothing to us."""

    id: str
    code: str = msgspec.field(name="koodi")
    name: str = msgspec.field(name="nimi")


class Region(msgspec.Struct, frozen=True):
    """One region; `id` is opaque and may change between pulls."""

    id: str
    code: str = msgspec.field(name="koodi")
    name: str = msgspec.field(name="nimi")


class Period(msgspec.Struct, frozen=True):
    """A month 'yyyy-mm', observed or forecast."""

    value: str
    is_forecast: bool = msgspec.field(name="ennuste")


class Row(msgspec.Struct, frozen=True):
    """The rating of one occupation in one region and month; every member must be there, null where the type allows.

    Rates are fractions of one. `slope` is vacancy rate by unemployment rate, `scale` their distance from the origin.
    `state`: 0 balanced, 1 surplus, 2 mismatch, 3 shortage, 99 the producer's calculation failed. `degree`: 1 to 5.
    """

    region_id: str = msgspec.field(name="groupingId")
    scale: float | None = msgspec.field(name="asteikko")
    slope: float | None = msgspec.field(name="kulmakerroin")
    unemployment_rate: float | None = msgspec.field(name="tyottomyysaste")
    vacancy_rate: float | None = msgspec.field(name="vakanssiaste")
    state: int = msgspec.field(name="kohtaantotila")
    degree: int | None = msgspec.field(name="kohtaantoaste")
    unemployed: int | None = msgspec.field(name="tyottomat")
    unemployed_is_censored: bool = msgspec.field(name="tyottomatSensuroitu")
    employed: int | None = msgspec.field(name="toissa")
    employed_is_censored: bool = msgspec.field(name="toissaSensuroitu")
    vacancies: int | None = msgspec.field(name="tyopaikat")
    period: str = msgspec.field(name="kohtaantoTime")

    @property
    def is_censored(self) -> bool:
        """A count of the row is withheld, and with it the four rates, which would give it away."""
        return self.unemployed_is_censored or self.employed_is_censored


class Entry(msgspec.Struct, frozen=True):
    """One answer of a pull: whose rows it holds, and the region list (SHA-256) that it was checked against.

    `period` None: the forecast rows, whatever their months.
    """

    occupation_id: str
    occupation_code: str
    period: str | None
    answer: str
    regions: str


class Plan(msgspec.Struct, frozen=True):
    """What a vintage consists of, written by the client; `newest` and `occupations` are those of the pull."""

    newest: str
    occupations: str
    regions: str
    entries: tuple[Entry, ...]
