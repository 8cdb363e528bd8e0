"""Job postings: one landing of cohorts; no posting, no id and no text ever reaches it.

Thin on purpose: pulling, pseudonyms and retention are sources/tyomarkkinatori/, judging is quality/landing_postings.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import dagster as dg
from pydantic import SecretStr

from assets.classification import region_of_municipality
from assets.folder import DataFolder
from assets.landing.asset import landing_asset
from assets.landing.intake import Breaker, Feed
from assets.source_tables import source_table
from assets.tables import cohorts_summary
from quality.landing_postings import GATES
from quality.result import CheckResult
from sources.tyomarkkinatori.feeds import Feed as Interface
from sources.tyomarkkinatori.schema import TABLE, load_source
from sources.tyomarkkinatori.store import PostingStore
from sources.vintage import Vintage

Report = Callable[[str], None]


@dataclass(frozen=True)
class PostingsService:
    """How the interface of job postings is reached. `interface(report)` opens it (None: switched off); `secret` keys
    the hashes of posting ids; `off`: why it is not asked."""

    interface: Callable[[Report], Interface] | None
    secret: SecretStr
    off: str | None = None
    breaker: Breaker = field(default_factory=Breaker)


def postings_assets() -> list[dg.AssetsDefinition]:
    """The asset `raw_tyomarkkinatori__posting_cohorts`."""
    table = source_table(load_source().source, TABLE)
    return [
        landing_asset(
            table,
            resource="postings",
            open_feed=postings_feed,
            gates=GATES,
            summary=cohorts_summary,
            about=(
                f"{table.table_title}: counts only. Pulled every day; ids become keyed hashes in the stream, and all "
                "else that could name anybody is dropped there. A posting that was removed is counted, then forgotten. "
                "A posting in n places counts 1/n in each."
            ),
        )
    ]


def postings_feed(service: PostingsService, folder: DataFolder, report: Report) -> Feed:
    """The feed of the cohorts from `service`."""
    from sources.tyomarkkinatori.parse import is_landed, land, landed_schema

    source = load_source()
    store = PostingStore(folder.archive.root / source.source)
    return Feed(
        source=source.source,
        table=TABLE,
        is_required=source.tables[TABLE].required,
        gates=GATES,
        pull=partial(_pull, service, folder, store, report),
        land=lambda vintage, target: land(vintage, store, target),
        is_landed=is_landed,
        schema=landed_schema,
        judge=_judge,
        off=service.off,
        keeps_history=False,
        after=lambda vintage: _forget(store, vintage, report),
        breaker=service.breaker,
    )


def _pull(
    service: PostingsService, folder: DataFolder, store: PostingStore, report: Report, again: bool
) -> tuple[Vintage, bool]:
    from sources.tyomarkkinatori.client import PostingsClient

    if service.interface is None:
        raise ValueError("postings: a service without an interface must say why it is off.")
    client = PostingsClient(
        load_source(),
        feed=service.interface(report),
        store=store,
        vintages=folder.vintages,
        secret=service.secret.get_secret_value().encode(),
        quarantine=folder.quarantine_file(load_source().source, TABLE),
        report=report,
    )
    return client.pull(again=again)


def _forget(store: PostingStore, vintage: Vintage | None, report: Report) -> None:
    """Delete the records of every pull but that of the vintage in use: the terms allow no more."""
    if deleted := store.sweep(vintage):
        report(f"tyomarkkinatori: {deleted} files of earlier or refused pulls deleted")


def _judge(landed: Path) -> list[CheckResult]:
    from quality.landing_postings import judge_postings

    return judge_postings(landed, region_of=region_of_municipality())
