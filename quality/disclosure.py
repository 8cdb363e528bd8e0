"""The catalogue of published numbers: which of them says what about the counts of its market.

Belongs here: reading `disclosure.yml`. Does not belong here: attacking (`attack`), solving (`attacker`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CATALOGUE = Path(__file__).with_name("disclosure.yml")
FORMS = ("equation", "at_least", "at_most", "tells", "harmless")
NUMERIC = ("BIGINT", "INTEGER", "DOUBLE")
"""Types of a published column that can carry a count."""


class CatalogueError(Exception):
    """`disclosure.yml` says something that can't be read."""


@dataclass(frozen=True, slots=True)
class Linear:
    """unemployed * U + vacancies * V against `value`; all three are SQL over the columns of the row."""

    unemployed: str
    vacancies: str
    value: str


@dataclass(frozen=True, slots=True)
class Market:
    """Where the counts behind a number stand: keys of fct_market_stock, as SQL over the columns of the row."""

    period: str
    area: str
    occupation: str
    where: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What one published column says.

    `form`: equation, at_least, at_most (then `linear`), tells (then `counts`: from the number, one can solve them), or
    harmless (then `why`).
    """

    table: str
    column: str
    form: str
    market: Market
    rows: str
    linear: Linear | None = None
    counts: tuple[str, ...] = ()
    why: str = ""

    @property
    def name(self) -> str:
        """Table and column."""
        return f"{self.table}.{self.column}"


@cache
def statements() -> tuple[Statement, ...]:
    """All statements of the catalogue, in its order; a column may make several. Raises CatalogueError."""
    document = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return tuple(
        statement
        for table, entry in document["tables"].items()
        for column, said in entry["columns"].items()
        for statement in _statements(table, column, entry, said if isinstance(said, list) else [said])
    )


def listed_columns() -> frozenset[tuple[str, str]]:
    """Table and column of every number that the catalogue speaks about."""
    return frozenset((statement.table, statement.column) for statement in statements())


def exempt_tables() -> Mapping[str, str]:
    """Tables whose numbers are no numbers of markets, each with the reason."""
    document = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return dict(document["exempt_tables"])


def exempt_columns() -> Mapping[str, str]:
    """Columns that mean the same in every table and say nothing about a count, each with the reason."""
    document = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return dict(document["exempt_columns"])


def _statements(table: str, column: str, entry: Mapping[str, Any], said: list[Any]) -> list[Statement]:
    return [_statement(table, column, entry, one) for one in said]


def _statement(table: str, column: str, entry: Mapping[str, Any], said: Mapping[str, Any]) -> Statement:
    forms = [form for form in FORMS if form in said]
    if len(forms) != 1 or not said[forms[0]]:
        raise CatalogueError(
            f"quality/disclosure.yml: {table}.{column} has {forms or 'no form'}. "
            f"Give exactly one of {', '.join(FORMS)}, with what it says."
        )
    form = forms[0]
    body = said[form]
    keys = {**entry.get("market", {}), **said.get("market", {})}
    return Statement(
        table=table,
        column=column,
        form=form,
        market=Market(
            period=keys.get("period", "period"),
            area=keys.get("area", "area_code"),
            occupation=keys.get("occupation", "occupation_code"),
            where=keys.get("where", "true"),
        ),
        rows=entry.get("rows", f"mart.{table}"),
        linear=_linear(body) if form in ("equation", "at_least", "at_most") else None,
        counts=tuple(body) if form == "tells" else (),
        why=body if form == "harmless" else "",
    )


def _linear(body: Mapping[str, Any]) -> Linear:
    return Linear(str(body.get("unemployed", 0)), str(body.get("vacancies", 0)), str(body["value"]))
