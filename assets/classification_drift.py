"""Are areas and occupations still those of our tables? Asked of Statistics Finland's classification service.

Thin on purpose: asking and comparing is sources/classifications/. The asset changes nothing: a difference is taken in
by a reviewed change of dbt_project/seeds/.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from assets.classification import SEEDS
from assets.folder import DataFolder
from assets.tables import markdown
from sources.classifications.client import ClassificationsClient
from sources.classifications.compare import Difference, compare, render
from sources.classifications.schema import load_source
from sources.classifications.snapshot import Snapshot
from sources.http import PoliteSession

DRIFT = "classification_drift"
NO_DIFFERENCE = "no_difference"


@dataclass(frozen=True)
class ClassificationService:
    """Where the classification service is, and the session that calls it."""

    base_url: str
    session: PoliteSession


def classification_drift_asset() -> dg.AssetsDefinition:
    """The asset `classification_drift`, in a job of its own."""

    @dg.asset(
        name=DRIFT,
        group_name="reference",
        kinds={"python"},
        description=(
            "Differences between Statistics Finland's classifications (municipalities and what they belong to, "
            "occupations) and the tables that this project ships. Changes nothing; see `kohtaanto classifications`."
        ),
        check_specs=[
            dg.AssetCheckSpec(
                name=NO_DIFFERENCE,
                asset=DRIFT,
                description="Codes, names and membership are those of our tables; if not, a reviewed change is needed.",
            )
        ],
    )
    def classification_drift(
        context: dg.AssetExecutionContext,
        data_folder: dg.ResourceParam[DataFolder],
        classifications: dg.ResourceParam[ClassificationService],
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads it
        differences, text = compare_classifications(classifications, data_folder, report=context.log.info)
        kinds = Counter((one.level, one.kind.value) for one in differences)
        return dg.MaterializeResult(
            metadata={
                "differences": len(differences),
                "by kind": markdown(("level", "kind", "differences"), [[*key, n] for key, n in sorted(kinds.items())]),
                "in full": dg.MetadataValue.md(f"```\n{text}\n```"),
            },
            check_results=[
                dg.AssetCheckResult(
                    asset_key=dg.AssetKey(DRIFT),
                    check_name=NO_DIFFERENCE,
                    passed=not differences,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=text.splitlines()[0] + (f" {len(differences)} differences." if differences else ""),
                )
            ],
        )

    return classification_drift


def read_snapshot(service: ClassificationService, folder: DataFolder, *, report: Callable[[str], None]) -> Snapshot:
    """Every classification as the service has it now. Raises SourceError."""
    client = ClassificationsClient(
        load_source(), session=service.session, archive=folder.archive, base_url=service.base_url, report=report
    )
    return client.snapshot()


def compare_classifications(
    service: ClassificationService, folder: DataFolder, *, report: Callable[[str], None]
) -> tuple[list[Difference], str]:
    """The differences to our seeds, and the same in words. Raises SourceError."""
    snapshot = read_snapshot(service, folder, report=report)
    differences = compare(snapshot, seeds=SEEDS)
    return differences, render(differences, snapshot)
