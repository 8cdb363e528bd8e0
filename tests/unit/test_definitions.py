"""Every definition loads, and a change of them needs a reviewed diff."""

from __future__ import annotations

import difflib

from definitions_listing import LISTING, listing

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


def test_the_job_takes_every_asset_and_check() -> None:
    job = defs.resolve_job_def("refresh_mart")
    graph = defs.resolve_asset_graph()
    assert set(job.asset_layer.executable_asset_keys) == set(graph.get_all_asset_keys())
    assert set(job.asset_layer.asset_graph.asset_check_keys) == set(graph.asset_check_keys)
