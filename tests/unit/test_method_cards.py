"""The method cards: what is committed is what the seeds say, and whatever a card names is there."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from assets.method_cards import CARDS, ROOT, SEEDS, Card, pages, read_cards

MARTS = ROOT / "dbt_project" / "models" / "marts"
RENEW = "If the change is meant, write the cards anew with `python -m assets.method_cards` and commit them."
CONTRACT = [f"I{number:02}" for number in range(1, 21)]


@pytest.fixture(scope="module")
def cards() -> list[Card]:
    return read_cards()


def rows(seed: str) -> list[dict[str, str]]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_committed_pages_are_what_the_seeds_say(cards: list[Card]) -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in CARDS.glob("*.md")}
    assert committed == pages(cards), RENEW


def test_every_indicator_of_the_contract_has_a_card(cards: list[Card]) -> None:
    assert [card.indicator_id for card in cards] == [*CONTRACT, "R01", "S01"]


def test_every_card_speaks_three_languages(cards: list[Card]) -> None:
    texts = rows("method_text")
    assert len(texts) == 3 * len(cards)
    assert [text for text in texts if not all(text.values())] == []


def test_a_card_names_files_and_tables_that_are_there(cards: list[Card]) -> None:
    named = [Path(path) for card in cards for path in card.formula["computed_by"].split()]
    tables = [MARTS / f"{table}.sql" for card in cards for table in card.formula["table_names"].split()]
    assert [path for path in named if not (ROOT / path).is_file()] == []
    assert [path for path in tables if not path.is_file()] == []


def test_every_number_belongs_to_a_card_that_names_its_table(cards: list[Card]) -> None:
    tables = {card.indicator_id: card.formula["table_names"].split() for card in cards}
    strays = [
        (row["indicator_code"], row["table_name"])
        for row in rows("indicator")
        if row["table_name"] not in tables[row["indicator_id"]]
    ]
    assert strays == []


def test_every_number_says_in_three_languages_what_it_does_not_say() -> None:
    parts = [f"{part}_{language}" for part in ("indicator_name", "caveat") for language in ("fi", "sv", "en")]
    assert [row["indicator_code"] for row in rows("indicator") if not all(row[part] for part in parts)] == []


def test_the_index_leads_from_each_column_to_its_card(cards: list[Card]) -> None:
    index = pages(cards)["README.md"]
    for row in rows("indicator"):
        line = next(
            line for line in index.splitlines() if line.startswith(f"| `{row['column_name']}` | `{row['table_name']}` ")
        )
        assert f"({row['indicator_id']}.md)" in line
