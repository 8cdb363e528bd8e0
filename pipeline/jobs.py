"""The jobs that analysts start."""

from __future__ import annotations

import dagster as dg

refresh_mart = dg.define_asset_job(
    name="refresh_mart",
    selection=dg.AssetSelection.all(),
    description=(
        "From the sources to a published release: pull what is new, land it, rebuild the mart, judge it, publish it. "
        "Held back when a blocking check fails; unchanged inputs give no new release."
    ),
)
