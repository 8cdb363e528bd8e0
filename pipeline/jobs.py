"""The jobs that analysts start."""

from __future__ import annotations

import dagster as dg

from pipeline.outcome import say_why

refresh_mart = dg.define_asset_job(
    name="refresh_mart",
    selection=dg.AssetSelection.all(),
    hooks={say_why},
    description=(
        "From the sources to a published release: pull what is new, land it, rebuild the mart, judge it, publish it. "
        "Held back when a blocking check fails: the run is then a Failure, its tag kohtaanto/held_by names the gate, "
        "and that check's page says why in words. Unchanged inputs give no new release."
    ),
)
