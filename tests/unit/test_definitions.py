"""Every definition loads, and a change of them needs a reviewed diff."""

from __future__ import annotations

import difflib

import dagster as dg
from definitions_listing import LISTING, listing

from assets.classification_drift import DRIFT
from assets.source_state import ASSET
from pipeline.definitions import defs

RENEW = "If the change is meant, renew the listing with `python tests/definitions_listing.py` and commit it."


def test_the_definitions_are_the_listed_ones() -> None:
    expected, found = LISTING.read_text(encoding="utf-8"), listing(defs)
    changes = difflib.unified_diff(expected.splitlines(), found.splitlines(), LISTING.name, "loaded", lineterm="", n=0)
    assert found == expected, "\n".join([RENEW, *changes])


def test_every_asset_is_described() -> None:
    graph = defs.resolve_asset_graph()
    silent = [key.to_user_string() for key in graph.get_all_asset_keys() if not graph.get(key).description]
    assert not silent


def test_the_job_takes_every_asset_and_check_of_the_flow() -> None:
    job = defs.resolve_job_def("refresh_mart")
    graph = defs.resolve_asset_graph()
    apart = dg.AssetKey(DRIFT)
    assert set(job.asset_layer.executable_asset_keys) == set(graph.get_all_asset_keys()) - {apart}
    checks = {key for key in graph.asset_check_keys if key.asset_key != apart}
    assert set(job.asset_layer.asset_graph.asset_check_keys) == checks
    assert set(defs.resolve_job_def("check_classifications").asset_layer.executable_asset_keys) == {apart}


def test_everything_that_starts_by_itself_is_shipped_switched_off() -> None:
    starters = [*(defs.schedules or ()), *(defs.sensors or ())]
    assert {starter.name: starter.default_status.value for starter in starters} == {
        "release_days": "STOPPED",
        "daily_postings": "STOPPED",
        "monthly_classifications": "STOPPED",
        "source_release": "STOPPED",
    }


def test_the_state_of_the_sources_is_taken_after_every_landing() -> None:
    graph = defs.resolve_asset_graph()
    landings = {key for key in graph.get_all_asset_keys() if key.to_user_string().startswith("raw_")}
    state = dg.AssetKey(ASSET)
    assert set(graph.get(state).parent_keys) == landings - {state}
    assert graph.get(state).child_keys
