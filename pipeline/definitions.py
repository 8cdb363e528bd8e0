"""The one Definitions: every asset, check, job, schedule, sensor and resource of Kohtaanto."""

from __future__ import annotations

import sys
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from assets.classification_drift import classification_drift_asset
from assets.landing import landing_assets
from assets.landing.statfin import occupation_total_checks
from assets.matching.assets import matching_assets
from assets.publication import publication_assets
from assets.source_state import source_state_asset
from assets.warehouse import dbt_project, warehouse_assets
from pipeline.automation import (
    classifications_schedule,
    postings_schedule,
    release_schedule,
    source_release_sensor,
)
from pipeline.console import console
from pipeline.jobs import check_classifications, refresh_mart
from pipeline.resources import barometer, classifications, code_version, data_folder, postings, pull_again, statfin

DBT = Path(sys.executable).with_name("dbt")  # the one of this environment, also when it is not activated

defs = dg.Definitions(
    assets=[
        *landing_assets(),
        source_state_asset(),
        classification_drift_asset(),
        *warehouse_assets(),
        *matching_assets(),
        *publication_assets(),
    ],
    asset_checks=occupation_total_checks(),
    jobs=[refresh_mart, check_classifications],
    schedules=[release_schedule, postings_schedule, classifications_schedule],
    sensors=[source_release_sensor],
    resources={
        "data_folder": data_folder,
        "statfin": statfin,
        "postings": postings,
        "barometer": barometer,
        "classifications": classifications,
        "code_version": code_version,
        "pull_again": pull_again,
        "dbt": DbtCliResource(project_dir=dbt_project, dbt_executable=str(DBT)),
    },
    executor=dg.in_process_executor,
    loggers={"console": console},
)
