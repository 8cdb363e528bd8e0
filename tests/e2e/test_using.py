"""What docs/using.md tells people to run, runs on a release and has something to show."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "using.md").read_text(encoding="utf-8")
QUERIES = [
    query.strip()
    for block in re.findall(r"^```sql\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for query in block.split(";")
    if query.strip()
]
LANGUAGES = ("fi", "sv", "en")
TOPICS = re.findall(r"^\| `v_(\w+)_\*` \| a", TEXT, re.MULTILINE)


@pytest.fixture(scope="module")
def release(published: tuple[Path, object]) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(published[0] / "published" / "current" / "kohtaanto.duckdb"), read_only=True)


def test_there_are_queries_and_topics() -> None:
    assert len(QUERIES) >= 8
    assert len(TOPICS) >= 5


@pytest.mark.parametrize("query", QUERIES, ids=[query.splitlines()[0].removeprefix("-- ")[:60] for query in QUERIES])
def test_a_query_of_the_guide_has_rows(release: duckdb.DuckDBPyConnection, query: str) -> None:
    assert release.execute(query).fetchall()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_view_shows_the_same_rows_in_every_language(release: duckdb.DuckDBPyConnection, topic: str) -> None:
    shown = {}
    for language in LANGUAGES:
        view = f"mart.v_{topic}_{language}"
        columns = [
            row[0]
            for row in release.execute(f"describe {view}").fetchall()
            if not re.search("name|assumptions", row[0])
        ]
        shown[language] = release.execute(f"select {', '.join(columns)} from {view} order by all").fetchall()
    assert shown["fi"]
    assert shown["fi"] == shown["sv"] == shown["en"]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_view_leaves_no_code_without_a_label(release: duckdb.DuckDBPyConnection, topic: str) -> None:
    for language in LANGUAGES:
        view = f"mart.v_{topic}_{language}"
        columns = [row[0] for row in release.execute(f"describe {view}").fetchall()]
        named = [
            (name.removesuffix("_name"), name)
            for name in columns
            if name.removesuffix("_name") in set(columns) - {name}
        ]
        assert named
        unnamed = " or ".join(f"({code} is not null and {name} is null)" for code, name in named)
        reasons = " or ".join(f"{name} is null" for name in columns if name.endswith("reason_name"))
        ((count,),) = release.execute(f"select count(*) from {view} where {unnamed} or {reasons}").fetchall()
        assert count == 0, view


def test_views_and_their_columns_are_described_in_their_language(release: duckdb.DuckDBPyConnection) -> None:
    comments = dict(
        release.execute("select view_name, comment from duckdb_views() where schema_name = 'mart'").fetchall()
    )
    for topic in TOPICS:
        texts = [comments[f"v_{topic}_{language}"] for language in LANGUAGES]
        assert all(texts)
        assert len(set(texts)) == len(LANGUAGES)
