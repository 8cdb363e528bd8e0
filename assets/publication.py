"""The last two steps: a candidate that is judged and sealed, and the release that a green verdict allows.

Thin on purpose: building and publishing are assets/release/, judging is quality/candidate.py.
"""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets.folder import DataFolder
from assets.quality_checks import check_results, check_specs
from assets.release.package import NOT_EXPORTED
from assets.tables import mart_summary
from assets.warehouse import dbt_project, mart_names, restricted_marts
from quality.candidate import GATES
from quality.report import as_markdown
from quality.verdict import Verdict, VerdictError
from sources.archive import sha256_of_file, write_atomically

CANDIDATE = "candidate"
RELEASE = "release"


def publication_assets() -> list[dg.AssetsDefinition]:
    """The assets `candidate` and `release`."""
    return [_candidate(), _release()]


def _candidate() -> dg.AssetsDefinition:
    @dg.asset(
        name=CANDIDATE,
        group_name="publication",
        kinds={"python", "duckdb"},
        deps=[dg.AssetKey(name) for name in mart_names()],
        description=(
            "The mart as it would be published: one DuckDB file with declared keys and comments, judged by the gates, "
            "sealed with their results. A failed blocking check holds the release back; the last release stays in use."
        ),
        check_specs=check_specs(GATES, asset=CANDIDATE),
    )
    def candidate(
        context: dg.AssetExecutionContext,
        data_folder: dg.ResourceParam[DataFolder],
        code_version: dg.ResourceParam[str],
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads it
        from assets.release.candidate import build_candidate, seal
        from quality.candidate import judge_candidate

        build_candidate(data_folder.warehouse, dbt_project.manifest_path, data_folder.candidate)
        context.log.info(f"candidate built: {data_folder.candidate.stat().st_size:,} bytes; judging it")
        results = judge_candidate(data_folder.candidate, data_kind=data_folder.data_kind)
        sha256 = seal(
            data_folder.candidate,
            results,
            {
                "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "data_kind": data_folder.data_kind,
                "code_version": code_version,
                "licence": "the data: as mart.catalog_source says, to be cited as mart.dim_vintage says; the software: "
                "EUPL-1.2",
                NOT_EXPORTED: "" if data_folder.data_kind == "synthetic" else " ".join(restricted_marts()),
            },
        )
        verdict = Verdict(sha256, datetime.now(UTC), results)
        write_atomically(data_folder.verdict, verdict.to_json())
        for held in verdict.held_by:
            context.log.error(f"held back by {held.gate} ({held.check_name}): {held.message}")
        return dg.MaterializeResult(
            metadata={
                "verdict": "may be published" if verdict.is_green else "HELD BACK",
                "held by": dg.MetadataValue.md(as_markdown(verdict.held_by) if verdict.held_by else "nothing"),
                "blank or flagged": dg.MetadataValue.md(
                    as_markdown(verdict.let_through) if verdict.let_through else "nothing"
                ),
                "data": data_folder.data_kind,
                "sha256": sha256,
                "file": dg.MetadataValue.path(data_folder.candidate),
                **mart_summary(data_folder.candidate),
            },
            check_results=check_results(results, GATES, asset=CANDIDATE),
        )

    return candidate


def _release() -> dg.AssetsDefinition:
    @dg.asset(
        name=RELEASE,
        group_name="publication",
        kinds={"duckdb", "parquet"},
        deps=[dg.AssetKey(CANDIDATE)],
        description=(
            "The published release: the sealed mart, Parquet exports and a manifest in a folder of its own that never "
            "changes. `current` moves to it in one step. Refuses all without a green verdict for exactly these bytes."
        ),
    )
    def release(
        context: dg.AssetExecutionContext,
        data_folder: dg.ResourceParam[DataFolder],
        code_version: dg.ResourceParam[str],
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads it
        from assets.release.store import ReleaseStore

        outcome = ReleaseStore(data_folder.published).publish(
            data_folder.candidate,
            _verdict(data_folder.verdict),
            inputs=_inputs(data_folder),
            code_version=code_version,
            data_kind=data_folder.data_kind,
            now=datetime.now(UTC),
        )
        context.log.info(outcome.message)
        context.instance.add_run_tags(context.run_id, {"kohtaanto/outcome": outcome.state.value})
        return dg.MaterializeResult(
            metadata={
                "outcome": outcome.state.value,
                "in words": outcome.message,
                "release": outcome.release_id,
                "folder": dg.MetadataValue.path(outcome.path),
                "data": data_folder.data_kind,
            }
        )

    return release


def _verdict(path: Path) -> Verdict:
    try:
        return Verdict.from_json(path.read_bytes())
    except FileNotFoundError:
        raise VerdictError(f"verdict {path} is missing: nothing was judged. Materialize '{CANDIDATE}' first.") from None


def _inputs(folder: DataFolder) -> list[dict[str, str]]:
    """The vintages that the candidate is made from, by its own word, with the hashes of their landed files."""
    import duckdb

    with duckdb.connect(str(folder.candidate), read_only=True) as mart:
        vintages = mart.execute(
            """
            select vintage_id, source_code, table_id, source_updated_at, retrieved_at
            from mart.dim_vintage order by all
            """
        ).fetchall()
    return [
        {
            "vintage_id": vintage_id,
            "table": table,
            "source_updated_at": f"{updated_at.isoformat()}Z",
            "retrieved_at": f"{retrieved_at.isoformat()}Z",
            "sha256": sha256_of_file(folder.landed_file(source, table, vintage_id)),
        }
        for vintage_id, source, table, updated_at, retrieved_at in vintages
    ]
