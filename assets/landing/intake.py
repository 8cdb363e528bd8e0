"""Taking in one table: pull, land, judge, admit, and say how the table stands. The same for every source.

Belongs here: what a failure means for the run, which landed files there are. Does not belong here: how a source is
called, read or judged (a `Feed` brings that), how it looks in Dagster (`asset`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.folder import DataFolder
from assets.landing.state import Note, Notes, State, in_stable_words, is_gone
from quality.result import CheckResult
from sources.archive import fsync_directory, written_atomically
from sources.http import SourceError, SourceUnavailableError
from sources.vintage import Vintage

NO_VINTAGE = "none"  # the folder of a table without any vintage: its typed columns, no row
PATIENCE = 2  # tables in a row that a service may fail to answer before the others are not asked any more


@dataclass(slots=True)
class Breaker:
    """Counts the tables in a row that one service did not answer; after `PATIENCE` of them it is left alone."""

    failures: int = 0

    def guard(self, source: str, table: str) -> None:
        """Raises SourceUnavailableError without a call when the service is to be left alone for this run."""
        if self.failures >= PATIENCE:
            raise SourceUnavailableError(
                f"{source} {table}: not asked, because {source} did not answer for {self.failures} tables before it. "
                "Run again later; if it lasts, look at the service's own notices."
            )

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Around a call to the service: any answer, also a refusal, closes the breaker again."""
        try:
            yield
        except SourceUnavailableError:
            self.failures += 1
            raise
        except SourceError:
            self.failures = 0
            raise
        self.failures = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One table of one source, and what can be done with it.

    `pull(again)` gives the newest vintage and whether it is new; `land` writes one vintage as Parquet and gives its
    rows; `judge` looks at a landed file and answers for `gates`. `off` says why the source is switched off.
    `is_required`: the mart cannot be made without it. `keeps_history`: superseded vintages stay landed.
    `after(vintage)` follows each landing with the vintage in use, admitted or known.
    """

    source: str
    table: str
    is_required: bool
    gates: Mapping[str, str]
    pull: Callable[[bool], tuple[Vintage, bool]]
    land: Callable[[Vintage, Path], int]
    is_landed: Callable[[Path], bool]
    schema: Callable[[], pa.Schema]
    judge: Callable[[Path], list[CheckResult]]
    off: str | None = None
    keeps_history: bool = True
    after: Callable[[Vintage | None], None] = lambda _: None
    breaker: Breaker = field(default_factory=Breaker)

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"{self.source} {self.table}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """How it went. `vintage`: the one in use, None when there is none; `judged`: the file that `results` are about;
    `is_refused`: a new vintage was not let in; `failure`: what the source's failure said, in full."""

    state: State
    reason: str | None
    vintage: Vintage | None
    is_new: bool
    is_refused: bool
    judged: Path | None
    results: list[CheckResult]
    failure: str | None


def take_in(folder: DataFolder, feed: Feed, *, again: bool, report: Callable[[str], None]) -> Intake:
    """Bring the table up to date as far as its source allows, and note how it stands.

    A source that stays down, or that no longer offers what we ask for, leaves the last vintage in use. Raises
    SourceError when the table is required and either has no vintage or the source has changed: then a person must act.
    """
    _clear_arrivals(folder, feed)
    if feed.off is not None:
        return _noted(folder, feed, _switched_off(folder, feed))
    pulled, is_new, failure = _pull(folder, feed, again=again, report=report)
    land_known(folder, feed, report=report)
    known = _newest(folder, feed)
    state, reason = State.CURRENT, None
    if failure is not None:
        state, reason = _standing(failure, known)
        report(str(failure))
        report(f"{feed.name}: {state}; {known.vintage_id if known else 'no vintage'} in use")
    arrival = folder.arrival_file(pulled.vintage_id) if pulled is not None and is_new else None
    judged = arrival or (_landed(folder, known) if known else None)
    results = feed.judge(judged) if judged else []
    is_refused = arrival is not None and any(result.blocks for result in results)
    if is_refused:
        state = State.STALE if known else State.NEVER_PULLED
        reason = f"Its newest vintage was not let in: {_first_fault(results)}"
        report(f"{feed.name}: {reason}")
    elif arrival is not None and pulled is not None:
        admit(folder, pulled, keeps_history=feed.keeps_history)
        known = pulled
    feed.after(known)
    return _noted(
        folder,
        feed,
        Intake(
            state=state,
            reason=reason,
            vintage=known,
            is_new=is_new,
            is_refused=is_refused,
            judged=_landed(folder, known) if known and not is_refused else judged,
            results=results,
            failure=str(failure) if failure else None,
        ),
    )


def land_known(folder: DataFolder, feed: Feed, *, report: Callable[[str], None]) -> None:
    """Make the landed files of the table those of its vintages, no fewer and no more.

    work/ may have been deleted, a content may have been added to source.yml, a process may have died in between. A
    table without any vintage has one file without rows, so that whoever reads finds its columns.
    """
    vintages = folder.vintages.all(feed.source, feed.table)
    if not feed.keeps_history:
        vintages = vintages[-1:]
    if feed.off is not None:
        vintages = []
    known = {vintage.vintage_id: vintage for vintage in vintages}
    for vintage_id, vintage in known.items():
        target = _landed(folder, vintage)
        if not feed.is_landed(target):
            rows = feed.land(vintage, target)
            report(f"{feed.name}: {rows:,} rows landed as {vintage_id}")
    if not known:
        write_no_rows(folder.landed_file(feed.source, feed.table, NO_VINTAGE), feed.schema())
    for stray in (folder.landed_dir / feed.source / feed.table).glob("*"):
        if stray.name not in (known or {NO_VINTAGE}):
            shutil.rmtree(stray)


def admit(folder: DataFolder, vintage: Vintage, *, keeps_history: bool = True) -> None:
    """Let an arrived vintage in: from now on it is the newest, and the warehouse reads it.

    One that its gate refused is not let in: its raw answers are kept, and the next run pulls it again.
    """
    folder.vintages.add(vintage)
    landed = _landed(folder, vintage)
    landed.parent.mkdir(parents=True, exist_ok=True)
    folder.arrival_file(vintage.vintage_id).replace(landed)
    fsync_directory(landed.parent)
    for other in landed.parent.parent.glob("*"):
        if other.name == NO_VINTAGE or not (keeps_history or other == landed.parent):
            shutil.rmtree(other)


def write_no_rows(target: Path, schema: pa.Schema) -> None:
    """The typed columns and no row, at `target`."""
    with written_atomically(target) as temporary:
        pq.write_table(schema.empty_table(), temporary, compression="zstd", store_schema=False)


def _clear_arrivals(folder: DataFolder, feed: Feed) -> None:
    """Delete what earlier runs landed of the table and did not let in: it was refused, or its process died."""
    for left in folder.arrival_file("any").parent.glob(f"*{feed.source}-{feed.table}-*"):
        left.unlink()


def _pull(
    folder: DataFolder, feed: Feed, *, again: bool, report: Callable[[str], None]
) -> tuple[Vintage | None, bool, SourceError | None]:
    """The newest vintage, landed as an arrival if it is new; or what the source raised, where the run can go on."""
    try:
        feed.breaker.guard(feed.source, feed.table)
        with feed.breaker.watching():
            vintage, is_new = feed.pull(again)
        if is_new:
            rows = feed.land(vintage, folder.arrival_file(vintage.vintage_id))
            report(f"{feed.name}: {rows:,} rows arrived as {vintage.vintage_id}")
    except SourceError as error:
        has_vintage = _newest(folder, feed) is not None
        if feed.is_required and not (has_vintage and isinstance(error, SourceUnavailableError)):
            raise
        return None, False, error
    return vintage, is_new, None


def _standing(error: SourceError, known: Vintage | None) -> tuple[State, str]:
    reason = in_stable_words(error)
    if known is not None:
        return State.STALE, reason
    return (State.NOT_IN_SOURCE if is_gone(error) else State.NEVER_PULLED), reason


def _switched_off(folder: DataFolder, feed: Feed) -> Intake:
    """Nothing is asked, and nothing of it is in the mart; what was pulled earlier stays in raw/."""
    land_known(folder, feed, report=lambda _: None)
    feed.after(_newest(folder, feed))
    return Intake(
        state=State.OFF,
        reason=feed.off,
        vintage=None,
        is_new=False,
        is_refused=False,
        judged=None,
        results=[],
        failure=None,
    )


def _noted(folder: DataFolder, feed: Feed, intake: Intake) -> Intake:
    note = Note(state=intake.state, reason=intake.reason, checked_at=datetime.now(UTC).replace(microsecond=0))
    Notes(folder.archive.root).write(feed.source, feed.table, note)
    return intake


def _newest(folder: DataFolder, feed: Feed) -> Vintage | None:
    return folder.vintages.newest(feed.source, feed.table)


def _landed(folder: DataFolder, vintage: Vintage) -> Path:
    return folder.landed_file(vintage.source, vintage.table, vintage.vintage_id)


def _first_fault(results: list[CheckResult]) -> str:
    return next(f"{result.check_name}: {result.message}" for result in results if result.blocks)
