"""The method cards in docs/methods: one page an indicator, written from the seeds that the mart's method_card and
dim_indicator come from. `python -m assets.method_cards` writes them anew.

Belongs here: how a page is laid out. Does not belong here: what it says (dbt_project/seeds/method_formula.csv,
method_text.csv and indicator.csv).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "dbt_project" / "seeds"
CARDS = ROOT / "docs" / "methods"

NOTICE = "<!-- Written by `python -m assets.method_cards` from dbt_project/seeds. Change the seeds, not this file. -->"
SYMBOLS = (
    "U unemployed, V vacancies, E employed, L labour force; u, v shares of the same set of cells; r area, "
    "o occupation, i cell, t month; M mismatch index, JR dissimilarity, d distance in km."
)
HEADINGS = {"fi": "Suomeksi", "sv": "På svenska"}
"""Languages that follow the English text, with what their part is headed by."""

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Card:
    """One indicator: its formula row, its texts by language, and the rows of the single numbers that it has."""

    formula: Row
    texts: Mapping[str, Row]
    numbers: Sequence[Row]

    @property
    def indicator_id(self) -> str:
        return self.formula["indicator_id"]


def read_cards(seeds: Path = SEEDS) -> list[Card]:
    """Every card, by id. Raises KeyError when a card lacks its text in a language."""
    formulas, texts, numbers = (_rows(seeds / f"{name}.csv") for name in ("method_formula", "method_text", "indicator"))
    cards = []
    for formula in sorted(formulas, key=lambda row: row["indicator_id"]):
        of_card = formula["indicator_id"]
        by_language = {row["language"]: row for row in texts if row["indicator_id"] == of_card}
        cards.append(
            Card(
                formula,
                {language: by_language[language] for language in ("en", *HEADINGS)},
                sorted(
                    (row for row in numbers if row["indicator_id"] == of_card),
                    key=lambda row: (row["table_name"], row["column_name"]),
                ),
            )
        )
    return cards


def pages(cards: Sequence[Card]) -> dict[str, str]:
    """Name of each file of docs/methods -> its text: a page for each card, and README.md that leads to them."""
    return {"README.md": _index(cards), **{f"{card.indicator_id}.md": _page(card) for card in cards}}


def write_pages(folder: Path = CARDS) -> None:
    """Write every page into `folder`; a page of a card that is gone is deleted."""
    written = pages(read_cards())
    folder.mkdir(parents=True, exist_ok=True)
    for old in set(folder.glob("*.md")) - {folder / name for name in written}:
        old.unlink()
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _page(card: Card) -> str:
    formula, text = card.formula, card.texts["en"]
    others = " · ".join(f"*{card.texts[language]['title']}* ({language})" for language in HEADINGS)
    return _joined(
        NOTICE,
        f"# {card.indicator_id} {text['title']}",
        others,
        text["summary"],
        f"**What it does not say.** {text['caveat']}",
        "## Formula",
        f"```text\n{formula['formula']}\n```",
        SYMBOLS,
        "## Where it is",
        *_places(card),
        "## How it is made",
        "\n".join(
            f"- **{name}**: {formula[column]}."
            for name, column in (
                ("Made from", "inputs"),
                ("One row is", "grain"),
                ("Unit", "unit"),
                ("Direction", "direction"),
                ("What holds, and is tested", "checks"),
                ("Literature", "literature"),
                ("Methods contract, section", "contract_section"),
            )
        ),
        *(
            part
            for language, heading in HEADINGS.items()
            for part in (
                f"## {heading}",
                f"**{card.texts[language]['title']}.** {card.texts[language]['summary']}",
                card.texts[language]["caveat"],
            )
        ),
    )


def _places(card: Card) -> Iterator[str]:
    """Which file computes it, and in which table and column it stands."""
    yield "Computed by " + ", ".join(f"[`{path}`](../../{path})" for path in card.formula["computed_by"].split()) + "."
    if not card.formula["table_names"]:
        yield "In no published table."
    if card.numbers:
        lines = [
            "| table | column | unit | formula | direction | what it does not say |",
            "|---|---|---|---|---|---|",
        ]
        for row in card.numbers:
            cells = (
                f"`{row['table_name']}`",
                f"`{row['column_name']}`",
                *(row[column] for column in ("unit", "formula", "direction", "caveat_en")),
            )
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
        yield "\n".join(lines)
    elif card.formula["table_names"]:
        yield "Tables: " + ", ".join(f"`{name}`" for name in card.formula["table_names"].split()) + "."


def _index(cards: Sequence[Card]) -> str:
    by_card = ["| card | | tables | computed by |", "|---|---|---|---|"]
    by_column = ["| column | table | formula | card |", "|---|---|---|---|"]
    for card in cards:
        tables = ", ".join(f"`{name}`" for name in card.formula["table_names"].split()) or "none"
        first, *more = card.formula["computed_by"].split()
        by_card.append(
            f"| [{card.indicator_id}]({card.indicator_id}.md) | {card.texts['en']['title']} | {tables} "
            f"| [`{Path(first).name}`](../../{first}){f' and {len(more)} more' if more else ''} |"
        )
    numbers = sorted((row for card in cards for row in card.numbers), key=lambda r: (r["column_name"], r["table_name"]))
    for row in numbers:
        link = f"[{row['indicator_id']}]({row['indicator_id']}.md)"
        by_column.append(
            f"| `{row['column_name']}` | `{row['table_name']}` | {_cell(row['formula'])} | {link} |",
        )
    return _joined(
        NOTICE,
        "# Method cards",
        "What each number of the mart means, its formula, and the file that computes it. The same texts are in "
        "`mart.method_card`, the single numbers with their names in three languages in `mart.dim_indicator`.",
        "\n".join(by_card),
        "## By column",
        "Bounds (`_lo`, `_hi`), estimates (`_est`) and coverages belong to the column that they carry the name of.",
        "\n".join(by_column),
    )


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", "<br>")


def _joined(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    write_pages()
