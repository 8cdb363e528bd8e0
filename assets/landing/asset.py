"""How a landing looks in Dagster: the asset `raw_<source>__<table>`, its numbers, its gates, and whether its source is
there.

Belongs here: names, checks, metadata. Does not belong here: what is done (`intake`).
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from assets.folder import DataFolder
from assets.landing.intake import Feed, Intake, take_in
from assets.landing.state import State
from assets.quality_checks import check_results, check_specs
from assets.source_tables import Cadence, SourceTable
from assets.tables import markdown

AVAILABLE = "source_is_available"
LANDED_WITHIN = {
    Cadence.DAY: timedelta(days=2),
    Cadence.MONTH: timedelta(days=35),
    Cadence.QUARTER: timedelta(days=100),
    Cadence.YEAR: timedelta(days=380),
}
"""How long a landing may be ago before the UI calls it overdue: a period of the source and a few days."""

Open = Callable[[Any, DataFolder, Callable[[str], None]], Feed]
"""Makes the feed: the source's service (a resource), the data folder, where progress is reported."""


def landing_asset(
    table: SourceTable,
    *,
    resource: str,
    open_feed: Open,
    gates: Mapping[str, str],
    summary: Callable[[Path], Mapping[str, Any]],
    about: str,
    address: str | None = None,
) -> dg.AssetsDefinition:
    """The asset that lands `table`: `resource` names its service, `summary` gives the numbers of a landed file, `about`
    is what an analyst reads of it."""
    name = f"raw_{table.source_code}__{table.table_id}"

    @dg.asset(
        name=name,
        group_name="landing",
        kinds={"python", "parquet"},
        description=about,
        metadata={
            "publisher": table.publisher,
            "licence": table.licence,
            "coverage": table.coverage,
            "source": dg.MetadataValue.url(address or table.homepage),
        },
        check_specs=[
            *check_specs(gates, asset=name),
            dg.AssetCheckSpec(
                name=AVAILABLE,
                asset=name,
                description=(
                    "The source answered and has what we ask for. When it fails, the run goes on with the last "
                    "vintage, or without this table; the mart says so in source_freshness."
                ),
            ),
        ],
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=LANDED_WITHIN[table.cadence]),
        required_resource_keys={resource, "data_folder", "pull_again"},
    )
    def landed(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads it
        folder: DataFolder = context.resources.data_folder
        feed = open_feed(getattr(context.resources, resource), folder, context.log.info)
        intake = take_in(folder, feed, again=context.resources.pull_again, report=context.log.info)
        return dg.MaterializeResult(
            metadata=_metadata(intake, table, folder) | (dict(summary(intake.judged)) if intake.judged else {}),
            check_results=[*gate_results(intake, feed, asset=name), _availability(intake, asset=name)],
        )

    return landed


def _metadata(intake: Intake, table: SourceTable, folder: DataFolder) -> dict[str, Any]:
    found: dict[str, Any] = {"state": intake.state.value, "data": folder.data_kind, "new": intake.is_new}
    if intake.reason is not None:
        found["why"] = intake.reason
    vintage = intake.vintage
    if vintage is None:
        return found | {"vintage": "none"}
    return found | {
        "vintage": vintage.vintage_id,
        "released by the source": dg.MetadataValue.timestamp(vintage.source_updated_at),
        "retrieved": dg.MetadataValue.timestamp(vintage.retrieved_at),
        "division": vintage.division or "none",
        "attribution": vintage.attribution or table.publisher,
        "file": dg.MetadataValue.path(folder.landed_file(vintage.source, vintage.table, vintage.vintage_id)),
        **_quarantined(folder.quarantine_file(vintage.source, vintage.table)),
    }


def _quarantined(listed: Path) -> dict[str, Any]:
    """What the last pull left out, counted by reason; nothing for a source that leaves nothing out."""
    if not listed.exists():
        return {}
    reasons = Counter(json.loads(line)["reason"] for line in listed.read_bytes().splitlines())
    found: dict[str, Any] = {"quarantined": reasons.total()}
    if reasons:
        found["quarantined because"] = markdown(("reason", "lines"), sorted(reasons.items()))
    return found | {"quarantine": dg.MetadataValue.path(listed)}


def gate_results(intake: Intake, feed: Feed, *, asset: str) -> Sequence[dg.AssetCheckResult]:
    """The gates' results. A refused vintage of a table that the mart can do without warns: it was not let in, so
    nothing of it is used."""
    if intake.judged is None:
        return [
            dg.AssetCheckResult(
                asset_key=dg.AssetKey(asset),
                check_name=gate,
                passed=True,
                description=f"There is nothing to judge: {intake.reason}",
            )
            for gate in feed.gates
        ]
    results = check_results(intake.results, feed.gates, asset=asset)
    if not intake.is_refused or feed.is_required:
        return results
    return [
        result._replace(
            severity=dg.AssetCheckSeverity.WARN,
            description=f"The new vintage was not let in, nothing of it is used. {result.description}",
        )
        if not result.passed
        else result
        for result in results
    ]


def _availability(intake: Intake, *, asset: str) -> dg.AssetCheckResult:
    vintage = intake.vintage
    in_use = f"In use: {vintage.vintage_id}." if vintage else "There is no vintage; what depends on it says so."
    words = f"{intake.state}: {intake.reason or 'as the source last said.'} {in_use}"
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(asset),
        check_name=AVAILABLE,
        passed=intake.state in (State.CURRENT, State.OFF),
        severity=dg.AssetCheckSeverity.WARN,
        description=words,
        metadata={"in full": intake.failure} if intake.failure else {},
    )
