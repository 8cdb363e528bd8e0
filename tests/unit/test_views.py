"""The views for BI: the same columns in three languages, each described in its own, over tables of the mart alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "dbt_project"
MARTS = PROJECT / "models" / "marts"
VIEWS = MARTS / "views"
LANGUAGES = ("fi", "sv", "en")
TOPICS = sorted({path.stem.removeprefix("v_")[:-3] for path in VIEWS.glob("v_*.sql")})


def declared(view: str) -> dict[str, Any]:
    (model,) = yaml.safe_load((VIEWS / f"{view}.yml").read_text(encoding="utf-8"))["models"]
    assert model["name"] == view
    return dict(model)


def test_every_topic_is_there_in_every_language() -> None:
    assert {path.stem for path in VIEWS.glob("*.sql")} == {
        f"v_{topic}_{language}" for topic in TOPICS for language in LANGUAGES
    }
    assert {"shortage_list", "area_profile", "occupation_profile", "placement", "mismatch_over_time"} <= set(TOPICS)


def test_a_view_is_its_topic_in_its_language() -> None:
    for topic in TOPICS:
        for language in LANGUAGES:
            text = (VIEWS / f"v_{topic}_{language}.sql").read_text(encoding="utf-8")
            assert text.strip() == f"{{{{ {topic}('{language}') }}}}"


def test_the_columns_of_a_topic_are_the_same_in_every_language() -> None:
    for topic in TOPICS:
        columns = [
            [(column["name"], column["data_type"]) for column in declared(f"v_{topic}_{language}")["columns"]]
            for language in LANGUAGES
        ]
        assert columns[0] == columns[1] == columns[2], topic


def test_every_column_is_described_once_in_each_language() -> None:
    for language in LANGUAGES:
        text = (VIEWS / f"columns_{language}.md").read_text(encoding="utf-8")
        described = re.findall(r"\{% docs (\w+) %\}", text)
        used = {
            re.fullmatch(r"\{\{ doc\('(\w+)'\) \}\}", column["description"])[1]  # type: ignore[index]
            for topic in TOPICS
            for column in declared(f"v_{topic}_{language}")["columns"]
        }
        assert len(described) == len(set(described))
        assert set(described) == used


def test_a_view_reads_tables_of_the_mart_only() -> None:
    macros = [path.read_text(encoding="utf-8") for path in (PROJECT / "macros" / "views").glob("*.sql")]
    read = {name for text in macros for name in re.findall(r"ref\('(\w+)'\)", text)}
    assert read
    assert {name for name in read if not (MARTS / f"{name}.sql").is_file()} == set()


def test_the_exposure_lists_every_table_and_view_of_the_mart() -> None:
    (exposure,) = yaml.safe_load((PROJECT / "models" / "exposures.yml").read_text(encoding="utf-8"))["exposures"]
    assert exposure["depends_on"] == [f"ref('{name}')" for name in sorted(path.stem for path in MARTS.rglob("*.sql"))]
