"""The one Definitions: every asset, check, job, schedule, sensor and resource of Kohtaanto."""

from __future__ import annotations

import sys
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from assets.landing import landing_assets, landing_pair_check
from assets.publication import publication_assets
from assets.warehouse import dbt_project, warehouse_assets
from pipeline.automation import release_schedule, statfin_release_sensor
from pipeline.console import console
from pipeline.jobs import refresh_mart
from pipeline.resources import code_version, data_folder, pull_again, statfin

DBT = Path(sys.executable).with_name("dbt")  # the one of this environment, also when it is not activated

defs = dg.Definitions(
    assets=[*landing_assets(), warehouse_assets(), *publication_assets()],
    asset_checks=[landing_pair_check()],
    jobs=[refresh_mart],
    schedules=[release_schedule],
    sensors=[statfin_release_sensor],
    resources={
        "data_folder": data_folder,
        "statfin": statfin,
        "code_version": code_version,
        "pull_again": pull_again,
        "dbt": DbtCliResource(project_dir=dbt_project, dbt_executable=str(DBT)),
    },
    executor=dg.in_process_executor,
    loggers={"console": console},
)
