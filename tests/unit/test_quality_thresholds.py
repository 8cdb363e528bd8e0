"""dbt and the gates can't import each other: what both must know is written twice, and the same."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from quality.thresholds import index_alphas, known_reasons, threshold

PROJECT = Path(__file__).parents[2] / "dbt_project"


@pytest.fixture(scope="module")
def dbt_vars() -> dict[str, Any]:
    declared: dict[str, Any] = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    return declared


def test_reason_codes_are_the_same(dbt_vars: dict[str, Any]) -> None:
    assert tuple(dbt_vars["reason_codes"]) == known_reasons()


def test_an_estimate_needs_as_many_blanks(dbt_vars: dict[str, Any]) -> None:
    assert dbt_vars["fewest_blanks_in_estimate"] == threshold("blanks_under_an_estimate")


def test_a_blank_is_as_wide(dbt_vars: dict[str, Any]) -> None:
    assert dbt_vars["suppressed_lo"] == threshold("blank_mean_lo")
    assert dbt_vars["suppressed_hi"] == threshold("blank_mean_hi")


def test_the_published_elasticities_are_those_that_the_gate_asks_for() -> None:
    with (PROJECT / "seeds" / "index_alpha.csv").open(encoding="utf-8", newline="") as seed:
        published = [float(row["alpha"]) for row in csv.DictReader(seed) if row["is_published"] == "true"]
    assert tuple(published) == index_alphas()
