"""What the allowed values may look like, and the pseudonym: the last thing before a posting is written.

A field on the allow-list could still carry a name if nobody looked at its form. So each value must have the form of its
kind (a code, a date's worth of digits, an address of a vocabulary); what has not is refused by the name of its field,
never by its content. A word or an address that has the form and could still name somebody is written as OTHER: the
posting counts, as one with an unknown code.
"""

from __future__ import annotations

import hmac
import re
from datetime import MAXYEAR, datetime, timedelta

from sources.tyomarkkinatori.records import Record
from sources.tyomarkkinatori.schema import NotConfiguredError, load_source

SECRET_BYTES = 32
REMEMBERED = 20_000  # distinct values of one field whose form is not looked at again
OTHER = "other"
CODE = r"[0-9A-Za-z_]{1,20}"
SHORT_CODE = r"[0-9]{1,4}|[A-Z]{1,3}"
ADDRESS = r"https?://[\w.-]+/[\w./#%-]{1,230}"
VOCABULARY = r"https?://data\.(europa\.eu|tyomarkkinatori\.fi)/[A-Za-z0-9_./#%-]{1,230}"
FIRST_YEAR = 1990  # an earlier time is a slip, or a way to say "none"


class UnreadableValueError(Exception):
    """The value of the named field has not the form of its kind."""


class MissingIdError(Exception):
    """The posting has no id."""


class Pseudonym:
    """The keyed hash of the source's id: HMAC-SHA256, 64 hex digits. The id itself leads back to the ad's page.

    Raises NotConfiguredError for a secret shorter than 32 bytes.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES:
            raise NotConfiguredError(
                f"tyomarkkinatori: the secret for the pseudonyms has {len(secret)} bytes, at least {SECRET_BYTES} are "
                "needed. Set one, for instance the output of `openssl rand -hex 32`, and keep it: with another secret "
                "no posting is recognised again."
            )
        self._keyed = hmac.new(secret, digestmod="sha256")

    def of(self, external_id: str) -> str:
        """The pseudonym of one id. Copying the keyed state is a third faster than keying anew."""
        keyed = self._keyed.copy()
        keyed.update(external_id.encode())
        return keyed.hexdigest()


class Form(dict[str, str]):
    """The accepted values of one field in their normal form; looking one up is accepting it.

    Raises UnreadableValueError for a value without the form. Codes get the leading zeros that make `digits` of them;
    a value that does not match `kept` too becomes OTHER.
    """

    def __init__(self, field: str, pattern: str, *, kept: str | None = None, digits: int = 0) -> None:
        super().__init__()
        self._field = field
        self._pattern = re.compile(pattern)
        self._kept = re.compile(kept or pattern)
        self._digits = digits

    def __missing__(self, value: str) -> str:
        if not self._pattern.fullmatch(value):
            raise UnreadableValueError(self._field)
        normal = value.zfill(self._digits) if self._kept.fullmatch(value) else OTHER
        if len(self) < REMEMBERED:
            self[value] = normal
        return normal


class ListForm(dict[tuple[str, ...], tuple[str, ...]]):
    """The same for a field that holds several values: one look-up for a combination that was accepted before."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, values: tuple[str, ...]) -> tuple[str, ...]:
        normal = tuple(self._form[value] for value in values)
        if len(self) < REMEMBERED:
            self[values] = normal
        return normal


class Screen:
    """Looks at every value of a record and replaces its id by the pseudonym; which codes are known does not matter."""

    def __init__(self, pseudonym: Pseudonym) -> None:
        employers = "|".join([SHORT_CODE, *map(re.escape, load_source().codes.employer_type)])
        self._pseudonym = pseudonym.of
        self._uri = Form("occupations", ADDRESS, kept=VOCABULARY)
        self._uris = ListForm(self._uri)
        self._relationships = Form("employmentRelationship", CODE, kept=SHORT_CODE)
        self._continuities = ListForm(Form("continuityOfWork", CODE, kept=SHORT_CODE))
        self._work_times = Form("workTime", CODE, kept=SHORT_CODE)
        self._employers = Form("employerType", CODE, kept=employers)
        self._industries = Form("industryCode", r"[0-9A-Z.]{1,10}", kept=r"[A-Z]?[0-9.]{0,6}")
        self._countries = ListForm(Form("countries", r"[A-Z]{2}"))
        self._regions = ListForm(Form("regions", r"[0-9]{1,2}", digits=2))
        self._municipalities = ListForm(Form("municipalities", r"[0-9]{1,3}", digits=3))
        self._languages = ListForm(Form("languages", r"[a-z]{2}"))

    def admit(self, record: Record) -> None:
        """Make the record one that may be written. Raises MissingIdError, UnreadableValueError."""
        if not record.posting_id or record.posting_id.isspace():
            raise MissingIdError
        _refuse_odd_times(record)
        if record.main_occupation is not None:
            record.main_occupation = self._uri[record.main_occupation]
        if record.occupations:
            record.occupations = self._uris[record.occupations]
        if record.employment_relationship is not None:
            record.employment_relationship = self._relationships[record.employment_relationship]
        if record.continuity_of_work:
            record.continuity_of_work = self._continuities[record.continuity_of_work]
        if record.work_time is not None:
            record.work_time = self._work_times[record.work_time]
        if record.employer_type is not None:
            record.employer_type = self._employers[record.employer_type]
        if record.industry_code is not None:
            record.industry_code = self._industries[record.industry_code]
        if record.countries:
            record.countries = self._countries[record.countries]
        if record.regions:
            record.regions = self._regions[record.regions]
        if record.municipalities:
            record.municipalities = self._municipalities[record.municipalities]
        if record.languages:
            record.languages = self._languages[record.languages]
        record.posting_id = self._pseudonym(record.posting_id)


def _refuse_odd_times(record: Record) -> None:
    """Raises UnreadableValueError for a time that cannot be meant, or that is none in UTC: nobody could reckon on."""
    for field, moment in (
        ("created", record.created),
        ("lastModified", record.last_modified),
        ("archived", record.archived),
        ("published", record.published),
        ("expires", record.expires),
    ):
        if moment is not None and not FIRST_YEAR <= moment.year < MAXYEAR and _is_odd(moment):
            raise UnreadableValueError(field)


def _is_odd(moment: datetime) -> bool:
    """The last year is often meant for "never"; west of Greenwich it does not end in it."""
    return moment.year < FIRST_YEAR or (moment.utcoffset() or timedelta()) < timedelta()
