"""The Labour Force Barometer: one landing, off in the live world until its publisher agrees.

Thin on purpose: pulling is sources/tyovoimabarometri/client.py, reading its parse.py, judging
quality/landing_ratings.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from assets.classification import bare_codes
from assets.folder import DataFolder
from assets.landing.asset import landing_asset
from assets.landing.intake import Breaker, Feed
from assets.source_tables import source_table
from assets.tables import ratings_summary
from quality.landing_ratings import GATES
from quality.result import CheckResult
from sources.http import PoliteSession
from sources.tyovoimabarometri.schema import TABLE, load_source


@dataclass(frozen=True)
class BarometerService:
    """Where the barometer is, and how a session with it begins (one per worker). `agreed`: its publisher has agreed to
    the use; `off`: why it is not asked."""

    base_url: str
    sessions: Callable[[], PoliteSession]
    agreed: bool = False
    off: str | None = None
    breaker: Breaker = field(default_factory=Breaker)


def barometer_assets() -> list[dg.AssetsDefinition]:
    """The asset `raw_tyovoimabarometri__ratings`."""
    table = source_table(load_source().source, TABLE)
    return [
        landing_asset(
            table,
            resource="barometer",
            open_feed=barometer_feed,
            gates=GATES,
            summary=_summary,
            about=(
                f"{table.table_title}: the ratings as their producer publishes them, {table.coverage}. Pulled when a "
                "newer month is there; older months are kept for good. Off in the live world until the publisher "
                "agrees: no licence was found."
            ),
        )
    ]


def barometer_feed(service: BarometerService, folder: DataFolder, report: Callable[[str], None]) -> Feed:
    """The feed of the ratings from `service`."""
    from sources.tyovoimabarometri.client import BarometerClient
    from sources.tyovoimabarometri.parse import is_landed, land, landed_schema

    source = load_source()
    client = BarometerClient(
        source,
        sessions=service.sessions,
        archive=folder.archive,
        base_url=service.base_url,
        agreed=service.agreed,
        report=report,
    )
    return Feed(
        source=source.source,
        table=TABLE,
        is_required=source.tables[TABLE].required,
        gates=GATES,
        pull=lambda again: client.pull(again=again),
        land=lambda vintage, target: land(vintage, folder.archive, target),
        is_landed=is_landed,
        schema=landed_schema,
        judge=_judge,
        off=service.off,
        breaker=service.breaker,
    )


def _judge(landed: Path) -> list[CheckResult]:
    from quality.landing_ratings import judge_ratings

    return judge_ratings(landed, occupations=bare_codes("occ4"), regions=bare_codes("region"))


def _summary(landed: Path) -> Mapping[str, Any]:
    return ratings_summary(landed)
