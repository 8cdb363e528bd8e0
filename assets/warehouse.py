"""The warehouse: dbt builds staging, intermediate and mart tables in one fresh DuckDB file from the newest landed
vintages. It runs twice: `warehouse` before the tables that Python computes (assets/matching/), `marts` after them.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, DbtProject, dbt_assets

from assets.folder import DataFolder
from assets.tables import warehouse_summary

PROJECT_DIR = Path(__file__).parents[1] / "dbt_project"
dbt_project = DbtProject(project_dir=PROJECT_DIR, profiles_dir=PROJECT_DIR)

MATCHING = "matching"
"""dbt's name of the source whose tables assets/matching/ writes."""
AFTER_MATCHING = f"source:{MATCHING}+"
"""dbt's selection of what needs one of them."""


class Translator(DagsterDbtTranslator):
    """Names and groups of dbt nodes in Dagster: the model's own name, the folder as group."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """One plain key per node; sources are the landing assets, and the tables computed in Python."""
        if dbt_resource_props["resource_type"] == "source" and dbt_resource_props["source_name"] == MATCHING:
            return dg.AssetKey(dbt_resource_props["name"])
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey(f"raw_{dbt_resource_props['source_name']}__{dbt_resource_props['name']}")
        return dg.AssetKey(dbt_resource_props["name"])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """`reference` for seeds, else the folder under models/."""
        if dbt_resource_props["resource_type"] == "seed":
            return "reference"
        return str(dbt_resource_props["fqn"][1])


def mart_names() -> list[str]:
    """The models of the schema `mart`, from dbt's manifest."""
    return sorted(node["name"] for node in _marts())


def restricted_marts() -> list[str]:
    """Those that have no licence to be passed on as files: their models say `meta: {is_restricted: true}`."""
    return sorted(node["name"] for node in _marts() if node["meta"].get("is_restricted"))


def _marts() -> list[dict[str, Any]]:
    nodes = json.loads(dbt_project.manifest_path.read_bytes())["nodes"].values()
    return [node for node in nodes if node["resource_type"] == "model" and node["fqn"][1] == "marts"]


def warehouse_assets() -> list[dg.AssetsDefinition]:
    """Every seed and model of dbt_project, with its tests as blocking asset checks, in two steps.

    `warehouse` starts a fresh file with all that needs no computed table; `marts` adds what does.
    Raises dagster's DagsterDbtManifestNotFoundError when the manifest was not prepared; `make setup` prepares it.
    """
    return [
        _dbt_step("warehouse", exclude=AFTER_MATCHING, starts_afresh=True),
        _dbt_step("marts", select=AFTER_MATCHING),
    ]


def _dbt_step(
    name: str, *, select: str = "fqn:*", exclude: str | None = None, starts_afresh: bool = False
) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=dbt_project.manifest_path,
        project=dbt_project,
        name=name,
        select=select,
        exclude=exclude,
        dagster_dbt_translator=Translator(
            settings=DagsterDbtTranslatorSettings(enable_asset_checks=True, enable_code_references=False)
        ),
    )
    def step(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, data_folder: dg.ResourceParam[DataFolder]
    ) -> Iterator[Any]:
        os.environ.update(data_folder.dbt_environment)
        data_folder.warehouse.parent.mkdir(parents=True, exist_ok=True)
        if starts_afresh and not context.is_subset:
            data_folder.warehouse.unlink(missing_ok=True)
        build = dbt.cli(["build", "--exclude-resource-type", "unit_test"], context=context)
        yield from _with_numbers(build.stream(), data_folder.warehouse)

    return step


def _with_numbers(events: Iterator[Any], warehouse: Path) -> Iterator[Any]:
    """dbt's events, each table's with its rows and months. They are kept until dbt has ended: it holds the file.

    dagster-dbt's own `fetch_row_counts` waits likewise, but loads dbt's adapter into this process for it and knows
    no months. What dbt raises is raised after its events.
    """
    seen: list[Any] = []
    try:
        seen.extend(events)
    finally:
        numbers = warehouse_summary(warehouse) if warehouse.exists() else {}
        for event in seen:
            if isinstance(event, dg.Output):
                yield event.with_metadata({**event.metadata, **numbers.get(event.output_name, {})})
            else:
                yield event
