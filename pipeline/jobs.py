"""The jobs that analysts start."""

from __future__ import annotations

import dagster as dg

from assets.classification_drift import DRIFT
from pipeline.outcome import say_why

refresh_mart = dg.define_asset_job(
    name="refresh_mart",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(DRIFT),
    hooks={say_why},
    description=(
        "From the sources to a published release: pull what is new, land it, rebuild the mart, judge it, publish it. "
        "A source that stays down leaves its last vintage in use; its check source_is_available then warns. "
        "Held back when a blocking check fails: the run is then a Failure, its tag kohtaanto/held_by names the gate, "
        "and that check's page says why in words. Unchanged inputs give no new release."
    ),
)

check_classifications = dg.define_asset_job(
    name="check_classifications",
    selection=dg.AssetSelection.assets(DRIFT),
    description=(
        "Asks Statistics Finland's classification service whether areas and occupations are still those of our tables, "
        "and lists every difference. Changes nothing: a difference is taken in by a reviewed change of the tables."
    ),
)
