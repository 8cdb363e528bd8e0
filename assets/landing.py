"""Landing: one asset per StatFin table, from the source to typed Parquet, judged at the door.

Thin on purpose: pulling is sources/statfin/client.py, reading is sources/statfin/parse.py, judging is
quality/landing.py.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from assets.classification import known_codes
from assets.folder import DataFolder
from assets.quality_checks import check_results, check_specs, one_check_result
from assets.tables import landed_summary
from quality.landing import GATES, Content, ContentKind, Frequency, LandedExpectation
from sources.archive import fsync_directory
from sources.http import PoliteSession
from sources.statfin.schema import Source, TableRequest, load_source
from sources.vintage import Vintage


@dataclass(frozen=True)
class StatFinService:
    """Where StatFin is and the session that calls it."""

    base_url: str
    session: PoliteSession


def landing_assets() -> list[dg.AssetsDefinition]:
    """The asset `raw_statfin__<table>` of every table in sources/statfin/source.yml."""
    source = load_source()
    return [_landing_asset(source, table, request) for table, request in source.tables.items()]


def expectation_of(table: str, request: TableRequest) -> LandedExpectation:
    """What quality/ must know of a table, taken from source.yml and the seeds."""
    codes = known_codes()
    keys = tuple(column for column in request.key_columns if column != "period")
    return LandedExpectation(
        table=table,
        keys=keys,
        contents=tuple(
            Content(
                code.lower(), ContentKind(content.kind), is_suppressed=content.suppressed, is_optional=content.optional
            )
            for code, content in request.contents.items()
        ),
        frequency=Frequency(request.frequency),
        known_codes={key: codes[role] for key in keys if (role := key.removesuffix("_code")) in codes},
    )


def _landing_asset(source: Source, table: str, request: TableRequest) -> dg.AssetsDefinition:
    name = f"raw_statfin__{table}"

    @dg.asset(
        name=name,
        group_name="landing",
        kinds={"python", "parquet"},
        description=(
            f"{request.title} (StatFin {request.subject}/{table}). Pulled whole when the source has released "
            "something new, kept as received, landed as typed Parquet per vintage. NULL: the source withholds a count "
            "of 1-4."
        ),
        metadata={
            "publisher": source.publisher,
            "licence": source.licence,
            "source table": dg.MetadataValue.url(
                f"{source.base_url}/{source.language}/StatFin/{request.subject}/{table}.px"
            ),
        },
        check_specs=check_specs(GATES, asset=name),
    )
    def landed(
        context: dg.AssetExecutionContext,
        data_folder: dg.ResourceParam[DataFolder],
        statfin: dg.ResourceParam[StatFinService],
        pull_again: dg.ResourceParam[bool],
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads it
        from quality.landing import judge_landing
        from sources.statfin.client import StatFinClient
        from sources.statfin.parse import land

        client = StatFinClient(
            source,
            session=statfin.session,
            archive=data_folder.archive,
            known=known_codes(),
            base_url=statfin.base_url,
            report=context.log.info,
        )
        vintage, is_new = client.pull(table, again=pull_again)
        land_known(data_folder, source, table, report=context.log.info)
        judged = data_folder.landed_file(source.source, table, vintage.vintage_id)
        if is_new:
            judged = data_folder.arrival_file(vintage.vintage_id)
            rows = land(vintage, data_folder.archive, source, judged)
            context.log.info(f"statfin {table}: {rows:,} rows arrived as {vintage.vintage_id}")
        results = judge_landing(judged, expectation_of(table, request))
        summary = landed_summary(judged, tuple(code.lower() for code in request.contents))
        if is_new and not any(result.blocks for result in results):
            admit(data_folder, vintage)
        return dg.MaterializeResult(
            metadata={
                "vintage": vintage.vintage_id,
                "new": is_new,
                "released by the source": dg.MetadataValue.timestamp(vintage.source_updated_at),
                "retrieved": dg.MetadataValue.timestamp(vintage.retrieved_at),
                "division": vintage.division or "none",
                "attribution": vintage.attribution or source.publisher,
                "data": data_folder.data_kind,
                "file": dg.MetadataValue.path(data_folder.landed_file(source.source, table, vintage.vintage_id)),
                **summary,
            },
            check_results=check_results(results, GATES, asset=name),
        )

    return landed


def land_known(folder: DataFolder, source: Source, table: str, *, report: Callable[[str], None]) -> None:
    """Make the landed files of `table` those of its vintages, no fewer and no more.

    work/ may have been deleted, a content may have been added to source.yml, a process may have died in between.
    """
    from sources.statfin.parse import is_landed, land

    known = {vintage.vintage_id: vintage for vintage in folder.vintages.all(source.source, table)}
    for vintage_id, vintage in known.items():
        target = folder.landed_file(source.source, table, vintage_id)
        if not is_landed(target, source.tables[table]):
            rows = land(vintage, folder.archive, source, target)
            report(f"statfin {table}: {rows:,} rows landed as {vintage_id}")
    for stray in (folder.landed_dir / source.source / table).glob("*"):
        if stray.name not in known:
            shutil.rmtree(stray)


def admit(folder: DataFolder, vintage: Vintage) -> None:
    """Let an arrived vintage in: from now on it is the newest, and the warehouse reads it.

    One that its gate refused is not let in: its raw answers are kept, and the next run pulls it again.
    """
    folder.vintages.add(vintage)
    landed = folder.landed_file(vintage.source, vintage.table, vintage.vintage_id)
    landed.parent.mkdir(parents=True, exist_ok=True)
    folder.arrival_file(vintage.vintage_id).replace(landed)
    fsync_directory(landed.parent)


def landing_pair_check() -> dg.AssetChecksDefinition:
    """The rule that needs two tables: 12ti's occupation total is 12r5."""

    @dg.asset_check(
        name="occupation_total_equals_12r5",
        asset="raw_statfin__12ti",
        additional_deps=["raw_statfin__12r5"],
        blocking=True,
        description="The occupation total of 12ti equals 12r5 in every area and month, both measures (gate G2).",
    )
    def occupation_total(data_folder: dg.ResourceParam[DataFolder]) -> dg.AssetCheckResult:
        from quality.landing import judge_landed_pair

        results = judge_landed_pair(*(newest_landed(data_folder, table) for table in ("12ti", "12r5")))
        return one_check_result(results, asset="raw_statfin__12ti", name="occupation_total_equals_12r5")

    return occupation_total


def newest_landed(folder: DataFolder, table: str) -> Path:
    """The landed file of the table's newest vintage. Raises FileNotFoundError when there is none."""
    vintage = folder.vintages.newest(load_source().source, table)
    if vintage is None:
        raise FileNotFoundError(f"statfin {table}: no vintage yet. Materialize raw_statfin__{table} first.")
    return folder.landed_file(vintage.source, table, vintage.vintage_id)
