"""The catalogue of published numbers: nothing that is published may be missing from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from quality.disclosure import (
    CatalogueError,
    _statement,
    exempt_columns,
    exempt_tables,
    listed_columns,
    statements,
)

MARTS = Path(__file__).parents[2] / "dbt_project" / "models" / "marts"
NUMBERS = ("bigint", "integer", "double")


def models() -> dict[str, dict[str, str]]:
    """Every mart with its columns and their types, as its contract declares them."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(MARTS.glob("*.yml"))]
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for file in files
        for model in file.get("models", [])
    }


def test_every_published_number_is_listed_or_exempt_with_a_reason() -> None:
    unlisted = {
        f"{table}.{column}"
        for table, columns in models().items()
        for column, data_type in columns.items()
        if data_type in NUMBERS and table not in exempt_tables() and column not in exempt_columns()
    } - {f"{table}.{column}" for table, column in listed_columns()}
    assert sorted(unlisted) == [], "say in quality/disclosure.yml what they tell about a withheld count"


def test_nothing_is_listed_that_is_not_published() -> None:
    published = {f"{table}.{column}" for table, columns in models().items() for column in columns}
    assert sorted({statement.name for statement in statements()} - published) == []


def test_every_reason_says_something() -> None:
    reasons = [
        *exempt_tables().values(),
        *exempt_columns().values(),
        *(s.why for s in statements() if s.form == "harmless"),
    ]
    assert all(len(str(reason)) >= 5 for reason in reasons)


@pytest.mark.parametrize("said", [{}, {"tells": ["unemployed"], "harmless": "why"}, {"harmless": ""}])
def test_a_column_says_exactly_one_thing(said: dict[str, Any]) -> None:
    with pytest.raises(CatalogueError, match=r"fct_x\.y"):
        _statement("fct_x", "y", {}, said)
