"""The loaded definitions as text, one a line: what tests/definitions.txt holds. `python tests/definitions_listing.py`
writes that file anew."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

LISTING = Path(__file__).with_name("definitions.txt")


def listing(defs: dg.Definitions) -> str:
    """Assets with group, kinds and what they are made from, checks, jobs, schedules, sensors and resources."""
    graph = defs.resolve_asset_graph()
    assets = [
        f"asset {key.to_user_string()}: {node.group_name}, {' '.join(sorted(node.kinds))}"
        f" <- {' '.join(sorted(parent.to_user_string() for parent in node.parent_keys)) or 'nothing'}"
        for key in graph.get_all_asset_keys()
        for node in [graph.get(key)]
    ]
    checks = [
        f"check {key.asset_key.to_user_string()} / {key.name}: {'blocking' if spec.blocking else 'not blocking'}"
        for key in graph.asset_check_keys
        for spec in [graph.get_check_spec(key)]
    ]
    jobs = [f"job {job.name}" for job in defs.jobs or ()]
    schedules = [
        f"schedule {schedule.name}: {schedule.cron_schedule} {schedule.execution_timezone},"
        f" {schedule.job_name}, {schedule.default_status.value}"
        for schedule in defs.schedules or ()
        if isinstance(schedule, dg.ScheduleDefinition)
    ]
    sensors = [
        f"sensor {sensor.name}: every {sensor.minimum_interval_seconds} s,"
        f" {sensor.job_name}, {sensor.default_status.value}"
        for sensor in defs.sensors or ()
    ]
    resources = [f"resource {name}" for name in defs.resources or ()]
    sections = (assets, checks, jobs, schedules, sensors, resources)
    return "\n".join(line for section in sections for line in sorted(section)) + "\n"


if __name__ == "__main__":
    from pipeline.definitions import defs

    LISTING.write_text(listing(defs), encoding="utf-8")
