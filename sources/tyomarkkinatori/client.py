"""The postings client: pulls what changed as a vintage of pseudonymous records, and forgets what was removed.

Which reads a pull needs, what makes a read unbelievable, and what becomes the next vintage (contract job_postings,
sections 3 and 7). How the interfaces are called is `feeds`, what a line must be `intake`, the merging `ledger`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from sources.archive import sha256_of, write_atomically
from sources.http import SourceError
from sources.tyomarkkinatori.feeds import Feed
from sources.tyomarkkinatori.intake import Intake
from sources.tyomarkkinatori.ledger import Merge, Staged, stage
from sources.tyomarkkinatori.report import Kind, PullReport, Query, ReadReport, Status
from sources.tyomarkkinatori.schema import TABLE, Source
from sources.tyomarkkinatori.screen import Pseudonym, Screen
from sources.tyomarkkinatori.store import PostingStore
from sources.vintage import Vintage, VintageStore, vintage_id

_LOG = logging.getLogger(__name__)
HELSINKI = ZoneInfo("Europe/Helsinki")
CLOCK_SLACK = timedelta(hours=1)  # that the source's servers may disagree by
TICK = timedelta(microseconds=1)


class UnbelievableReadError(SourceError):
    """A read came to its end and cannot be all of it."""


class PostingsClient:
    """Pulls job postings through one feed into a store; `report` receives progress lines.

    `secret`: the key of the pseudonyms, at least 32 bytes; always the same one. `quarantine`: the file that lists the
    lines of the last pull that were left out (reason, place, length and hash). Raises NotConfiguredError for a secret
    that is too short, before any call.
    """

    def __init__(
        self,
        source: Source,
        *,
        feed: Feed,
        store: PostingStore,
        vintages: VintageStore,
        secret: bytes,
        quarantine: Path,
        report: Callable[[str], None] = _LOG.info,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self._feed = feed
        self._store = store
        self._vintages = vintages
        self._pseudonym = Pseudonym(secret)
        self._quarantine = quarantine
        self._report = report
        self._now = now

    def pull(self, *, again: bool = False) -> tuple[Vintage, bool]:
        """The newest vintage, and whether it is new; a new one is the caller's to judge and to add.

        Postings have no releases, so every pull reads what changed; `again` reads all that is published. It is new when
        a record changed or another day has begun in Finland. Raises SourceError.
        """
        previous = self._vintages.newest(self._source.source, TABLE)
        with self._store.staging() as folder:
            return _Pull(self, previous, folder).run(again=again)

    def news(self) -> str | None:
        """Why a pull would bring something new, in words, or None when it would not. One call, no posting is kept."""
        previous = self._vintages.newest(self._source.source, TABLE)
        if previous is None:
            return "never pulled"
        past = self._store.files(previous)[2]
        has_changes, clock = self._feed.peek((past.modified_watermark or past.as_of) + TICK)
        if has_changes:
            return f"postings changed since {past.modified_watermark or past.as_of:%Y-%m-%d %H:%M} UTC"
        today = _finnish_day(clock or self._now())
        return None if today <= _finnish_day(past.as_of) else f"another day, {today}"


class _Pull:
    """One pull: its reads, its merge, its vintage."""

    def __init__(self, client: PostingsClient, previous: Vintage | None, folder: Path) -> None:
        self._client = client
        self._source = client._source
        self._settings = client._source.pull
        self._feed = client._feed
        self._previous = previous
        self._files = client._store.files(previous) if previous else None
        self._past = self._files[2] if self._files else None
        self._folder = folder
        self._intakes: list[Intake] = []
        self._reads: list[ReadReport] = []
        self._staged: list[Staged] = []
        self._key_check = client._pseudonym.of("kohtaanto key check")[:16]
        if self._past and self._past.key_check != self._key_check:
            raise SourceError(
                "tyomarkkinatori: the secret of the pseudonyms is another one than at the last pull, so no posting "
                "would be recognised. Set the old secret again; if it is lost, delete raw/tyomarkkinatori and "
                "raw/vintages/tyomarkkinatori and begin anew: older flows are lost then."
            )

    def run(self, *, again: bool) -> tuple[Vintage, bool]:
        try:
            return self._run(is_full=again or self._past is None or not self._feed.has_archive)
        finally:
            listed = [record for intake in self._intakes for record in intake.quarantined]
            write_atomically(self._client._quarantine, msgspec.json.Encoder().encode_lines(listed))

    def _run(self, *, is_full: bool) -> tuple[Vintage, bool]:
        past = self._past
        as_of = self._believed_clock(self._read(self._published(is_full=is_full)))
        retention = timedelta(days=self._settings.retention_days)
        covered_from = past.covered_from if past else self._begin_of_coverage(as_of)
        seen_from = _midnight(covered_from)
        if past:
            seen_from = max(seen_from, past.purged_until + TICK)
        if past and not is_full:
            self._read(Query(status=Status.PUBLISHED, kind=Kind.RECENT, since=past.as_of - self._overlap))
        if self._feed.has_archive:
            since = seen_from
            if past and past.archived_watermark:
                since = max(since, past.archived_watermark - self._overlap)
            self._read(Query(status=Status.ARCHIVED, kind=Kind.INTERVAL, since=since, until=as_of))
        merge = Merge(
            self._folder,
            previous=self._files[:2] if self._files else None,
            as_of=as_of,
            seen_from=seen_from,
            meaning=self._source.meaning,
        )
        merge.take(self._staged, is_full=is_full)
        if past and not is_full and (reason := self._why_full(past, as_of, merge, retention)):
            self._client._report(f"tyomarkkinatori: {reason}, reading all published postings")
            is_full = True
            self._read(self._published(is_full=True))
            merge.take(self._staged, is_full=True)
        if is_full and self._feed.has_archive:
            self._refuse_holes(merge.missed_share())
        ledger, aggregate, totals = merge.split(retention)
        fulls = [read for read in self._reads if read.query.kind is Kind.FULL]
        changes = [staged.newest_change for staged in self._staged if not staged.is_archived]
        archivings = [staged.newest_archiving for staged in self._staged if staged.is_archived]
        report = PullReport(
            interface=self._feed.interface,
            as_of=as_of,
            covered_from=covered_from,
            reads=tuple(self._reads),
            modified_watermark=_newest([past.modified_watermark if past else None, *changes], as_of),
            archived_watermark=_newest([past.archived_watermark if past else None, *archivings], as_of),
            last_full_at=as_of if fulls or past is None else past.last_full_at,
            last_full_usable=fulls[-1].usable if fulls or past is None else past.last_full_usable,
            purged_until=as_of - retention,
            key_check=self._key_check,
            follows=self._previous.vintage_id if self._previous else None,
            totals=totals,
        )
        return self._vintage(ledger, aggregate, report)

    def _read(self, query: Query) -> datetime:
        """Read, stage and count one query; what the source's clock said."""
        records = self._folder / f"{len(self._reads)}.ndjson"
        screen = Screen(self._client._pseudonym)

        def begin() -> Intake:
            self._intakes = [
                *self._intakes[: len(self._reads)],
                intake := Intake(
                    self._feed.interface, name=query.name, source=self._source, screen=screen, target=records
                ),
            ]
            return intake

        intake, clock = self._feed.read(query, begin)
        self._refuse_unbelievable(query, intake)
        staged = stage(records, is_archived=query.status is Status.ARCHIVED, codes=self._source.codes)
        self._refuse_news(query, intake, staged)
        self._staged.append(staged)
        self._reads.append(_read_report(query, intake, staged))
        left_out = f", {sum(intake.reasons.values())} left out" if intake.reasons else ""
        self._client._report(f"tyomarkkinatori: {query.name}: {intake.usable:,} postings{left_out}")
        return (clock or self._client._now()).astimezone(UTC).replace(microsecond=0)

    def _published(self, *, is_full: bool) -> Query:
        if is_full or self._past is None:
            return Query(status=Status.PUBLISHED, kind=Kind.FULL)
        since = (self._past.modified_watermark or self._past.as_of) - self._overlap
        return Query(status=Status.PUBLISHED, kind=Kind.DELTA, since=since)

    def _refuse_unbelievable(self, query: Query, intake: Intake) -> None:
        what = f"tyomarkkinatori {query.name}"
        nothing = "Nothing of this pull is used."
        if intake.lines > intake.blank and not intake.usable:
            reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(intake.reasons.items()))
            raise UnbelievableReadError(
                f"{what}: {intake.lines:,} lines, none usable: {reasons}. {nothing} Compare KEHA's documentation with "
                "sources/tyomarkkinatori/records.py."
            )
        if query.kind is not Kind.FULL:
            return
        least = self._settings.least_share_of_previous * (self._past.last_full_usable if self._past else 0)
        if not intake.usable or intake.usable < least:
            before = f", {self._past.last_full_usable:,} at the last full one" if self._past else ""
            raise UnbelievableReadError(
                f"{what}: {intake.usable:,} postings{before}. {nothing} If the source really has so few, lower "
                "least_share_of_previous in sources/tyomarkkinatori/source.yml for one run; otherwise run again."
            )

    def _refuse_news(self, query: Query, intake: Intake, staged: Staged) -> None:
        drift = self._source.drift
        new = [*intake.unknown_fields] if drift.unknown_field == "freeze" else []
        new += [*staged.unknown_codes] if drift.unknown_code == "freeze" else []
        if new:
            raise UnbelievableReadError(
                f"tyomarkkinatori {query.name}: unknown to us: {', '.join(sorted(new))} (policy freeze). Nothing of "
                "this pull is used. Add what is new to sources/tyomarkkinatori/source.yml."
            )

    def _refuse_holes(self, share: float) -> None:
        if share > self._settings.most_vanished_share:
            raise UnbelievableReadError(
                f"tyomarkkinatori published full: {share:.0%} of the open postings are missing, neither archived nor "
                "expired. Nothing of this pull is used. If they are really gone, raise most_vanished_share in "
                "sources/tyomarkkinatori/source.yml for one run; otherwise run again."
            )

    def _believed_clock(self, clock: datetime) -> datetime:
        if self._past is None or clock >= self._past.as_of:
            return clock
        if self._past.as_of - clock > CLOCK_SLACK:
            raise SourceError(
                f"tyomarkkinatori: the source's clock says {clock:%Y-%m-%d %H:%M} UTC, the last pull was of "
                f"{self._past.as_of:%Y-%m-%d %H:%M} UTC. Nothing of this pull is used. Look which service is called; a "
                "replay server with an earlier clock needs a data folder of its own."
            )
        return self._past.as_of

    def _begin_of_coverage(self, as_of: datetime) -> date:
        backfill = self._settings.backfill_days if self._feed.has_archive else 0
        return _finnish_day(as_of) - timedelta(days=backfill)

    def _why_full(self, past: PullReport, as_of: datetime, merge: Merge, retention: timedelta) -> str | None:
        if as_of - past.last_full_at >= timedelta(days=self._settings.full_every_days):
            return f"the last full read was on {past.last_full_at:%Y-%m-%d}"
        if past.totals.vanished:  # before they are purged: one that comes back later would count twice
            return f"{past.totals.vanished:,} postings had vanished, which another read has to confirm"
        if merge.has_overdue(retention, last_full_at=past.last_full_at):
            return "postings expired and their removal was not reported"
        return None

    def _vintage(self, ledger: Path, aggregate: Path, report: PullReport) -> tuple[Vintage, bool]:
        store, source = self._client._store, self._source
        content = (store.put(ledger), store.put(aggregate))
        previous, past = self._previous, self._past
        if (
            previous
            and past
            and previous.answers[:2] == content
            and _finnish_day(past.as_of) == _finnish_day(report.as_of)
        ):
            self._client._report(f"tyomarkkinatori: unchanged since {past.as_of:%Y-%m-%d %H:%M} UTC")
            return previous, False
        file = self._folder / "report.json"
        file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
        noted = store.put(file)
        selection = sha256_of(f"{report.interface}".encode())[:16]
        vintage = Vintage(
            vintage_id=vintage_id(source.source, TABLE, report.as_of, (selection, *content, noted)),
            source=source.source,
            table=TABLE,
            title=source.tables[TABLE].title,
            source_updated_at=report.as_of,
            retrieved_at=self._client._now(),
            division=None,
            attribution=source.tables[TABLE].citation,
            selection=selection,
            metadata=noted,
            answers=(*content, noted),
        )
        return vintage, True

    @property
    def _overlap(self) -> timedelta:
        return timedelta(hours=self._settings.overlap_hours)


def _finnish_day(moment: datetime) -> date:
    return moment.astimezone(HELSINKI).date()


def _midnight(day: date) -> datetime:
    """The begin of the day in Finland."""
    return datetime.combine(day, time.min, HELSINKI).astimezone(UTC)


def _newest(times: Iterable[datetime | None], as_of: datetime) -> datetime | None:
    """The newest of them, no later than the source's clock: a slip into the future must not hide later changes."""
    return max((min(moment, as_of) for moment in times if moment), default=None)


def _read_report(query: Query, intake: Intake, staged: Staged) -> ReadReport:
    """The counts of one read."""
    return ReadReport(
        query=query,
        lines=intake.lines,
        blank=intake.blank,
        usable=intake.usable,
        quarantined=dict(sorted(intake.reasons.items())),
        duplicates=staged.duplicates,
        looked_at=intake.looked_at,
        unknown_fields=dict(sorted(intake.unknown_fields.items())),
        unknown_codes=staged.unknown_codes,
    )
