"""Real recordings of all sources, through the replay servers, to a release: the published figures come out again.

Answer keys: contract indicators, section 9, sets (b) and (c). Skipped where a machine has no recordings.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from command_line import kohtaanto

YEARLY = {  # municipality, subregion, region
    2006: (0.059309, 0.035925, 0.023398),
    2007: (0.053460, 0.034708, 0.023817),
    2008: (0.056095, 0.037121, 0.024838),
    2009: (0.051042, 0.029606, 0.016736),
    2010: (0.044123, 0.025036, 0.014896),
    2011: (0.044358, 0.026916, 0.017838),
    2012: (0.043648, 0.027128, 0.018572),
    2013: (0.041200, 0.025586, 0.017743),
    2014: (0.042959, 0.025464, 0.015737),
    2015: (0.040042, 0.022657, 0.014110),
    2016: (0.036329, 0.019629, 0.012367),
    2017: (0.034857, 0.019538, 0.010346),
    2018: (0.030526, 0.017948, 0.009197),
    2019: (0.028507, 0.016891, 0.009650),
    2020: (0.026513, 0.014087, 0.008438),
    2021: (0.024416, 0.016246, 0.011543),
}


BY_OCCUPATION = {  # region x occ1, occ2, occ3, occ4
    2006: (0.072412, 0.130908, 0.197521, 0.276389),
    2007: (0.063406, 0.121459, 0.182237, 0.257043),
    2008: (0.074390, 0.132914, 0.200162, 0.281694),
    2009: (0.111933, 0.192212, 0.274134, 0.364682),
    2010: (0.087208, 0.152826, 0.224403, 0.309241),
    2011: (0.077372, 0.137386, 0.206820, 0.286493),
    2012: (0.082575, 0.142654, 0.212649, 0.294091),
    2013: (0.082183, 0.140940, 0.211031, 0.291086),
    2014: (0.073230, 0.130596, 0.199972, 0.283700),
    2015: (0.065565, 0.123624, 0.194872, 0.281679),
    2016: (0.051600, 0.103863, 0.170151, 0.252475),
    2017: (0.045298, 0.092228, 0.152864, 0.231758),
    2018: (0.039712, 0.078967, 0.132881, 0.205063),
    2019: (0.043118, 0.082556, 0.132546, 0.201080),
    2020: (0.039543, 0.087446, 0.140161, 0.211362),
    2021: (0.037467, 0.082352, 0.127661, 0.192726),
}


@pytest.fixture(scope="module")
def release(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    outcome = kohtaanto(
        "run", "--world", "replay", "--recordings", recordings, "--data-dir", folder, replay_max_calls="10000"
    )
    assert outcome.returncode == 0, outcome.stderr[-3000:]
    assert "Built from recorded answers" in outcome.stdout
    return folder / "published" / "current"


@pytest.fixture(scope="module")
def mart(release: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(release / "kohtaanto.duckdb"), read_only=True) as connection:
        yield connection


def test_months_of_the_recordings(mart: duckdb.DuckDBPyConnection) -> None:
    spans = mart.execute(
        """
        select min(period)::varchar, max(period)::varchar, count(distinct period)
        from mart.fct_market_stock group by occupation_code = 'SSS' order by all
        """
    ).fetchall()
    assert spans == [("2006-01-01", "2022-10-01", 202)] * 2


@pytest.mark.parametrize(("month", "expected"), [("2006-01-01", 0.034161), ("2014-05-01", 0.011119)])
def test_the_regional_index_of_known_months(mart: duckdb.DuckDBPyConnection, month: str, expected: float) -> None:
    (found,) = mart.execute(
        "select mismatch from mart.fct_mismatch_index where partition = 'region' and alpha = 0.5 and period = ?",
        [month],
    ).fetchone() or (None,)
    assert round(found, 6) == expected


@pytest.mark.parametrize(
    ("partition", "column", "tolerance"), [("municipality", 0, 1e-4), ("subregion", 1, 5e-7), ("region", 2, 5e-7)]
)
def test_yearly_means_of_the_published_study(
    mart: duckdb.DuckDBPyConnection, partition: str, column: int, tolerance: float
) -> None:
    found = dict(
        mart.execute(
            """
            select year(period), avg(mismatch) from mart.fct_mismatch_index
            where partition = ? and alpha = 0.5 and frequency = 'month' group by all
            """,
            [partition],
        ).fetchall()
    )
    for year, expected in YEARLY.items():
        assert found[year] == pytest.approx(expected[column], abs=tolerance, rel=0), year


@pytest.mark.parametrize(
    ("partition", "column", "tolerance"),
    [
        ("region_x_occ1", 0, 0.013),
        ("region_x_occ2", 1, 0.013),
        ("region_x_occ3", 2, 0.013),
        ("region_x_occ4", 3, 0.005),
    ],
)
def test_yearly_means_by_region_and_occupation(
    mart: duckdb.DuckDBPyConnection, partition: str, column: int, tolerance: float
) -> None:
    found = dict(
        mart.execute(
            """
            select year(period), avg(mismatch) from mart.fct_mismatch_index
            where partition = ? and alpha = 0.5 group by all
            """,
            [partition],
        ).fetchall()
    )
    for year, expected in BY_OCCUPATION.items():
        assert found[year] == pytest.approx(expected[column], abs=tolerance, rel=0), year


def test_the_sizes_of_effects_in_2019(mart: duckdb.DuckDBPyConnection) -> None:
    """What the methods contract found at region by 4 digits: fill, draws, bounds, floor, JR, Shapley share."""
    index = mart.execute(
        """
        select
            avg(mismatch), avg(mismatch_draw_mean), avg(outer_lo), avg(outer_hi), avg(noise_floor), avg(jackman_roper)
        from mart.fct_mismatch_index
        where partition = 'region_x_occ4' and alpha = 0.5 and year(period) = 2019
        """
    ).fetchone() or (None,)
    assert [round(number, 3) for number in index] == [0.200, 0.203, 0.158, 0.227, 0.022, 0.454]
    (share,) = mart.execute(
        """
        select avg(shapley_region_share) from mart.fct_mismatch_decomposition
        where occupation_level = 'occ4' and alpha = 0.5 and year(period) = 2019
        """
    ).fetchone() or (None,)
    assert round(share, 2) == 0.25


def test_draws_of_every_month_lie_above_the_fill(mart: duckdb.DuckDBPyConnection) -> None:
    months, above = mart.execute(
        """
        select count(*), count(*) filter (mismatch_draw_min > mismatch) from mart.fct_mismatch_index
        where partition = 'region_x_occ4' and alpha = 0.5
        """
    ).fetchone() or (0, 0)
    assert months == above == 202


def test_the_alpha_band_peaks_below_a_half(mart: duckdb.DuckDBPyConnection) -> None:
    mean, largest = mart.execute(
        """
        select avg(band_hi / mismatch - 1), max(band_hi / mismatch - 1) from mart.fct_mismatch_index
        where partition = 'region_x_occ4' and alpha = 0.5
        """
    ).fetchone() or (0.0, 0.0)
    assert (round(mean, 3), largest) == (pytest.approx(0.024, abs=0.002), pytest.approx(0.050, abs=0.005))


def test_the_survey_index_equals_the_published_series(mart: duckdb.DuckDBPyConnection, recordings: Path) -> None:
    with (recordings / "methods" / "ptt_indeksi_suuralueittain_tyovoimatutkimus.csv").open() as stream:
        published = {(row["quarter"], float(row["alpha"])): float(row["mismatch"]) for row in csv.DictReader(stream)}
    found = {
        (quarter, alpha): value
        for quarter, alpha, value in mart.execute(
            """
            select quarter_code, alpha, mismatch
            from mart.fct_mismatch_index join mart.dim_month using (period)
            where partition = 'major_region' and frequency = 'quarter' and data_source = 'survey'
            """
        ).fetchall()
    }
    common = published.keys() & found.keys()
    assert len(common) >= 43
    for key in common:
        assert found[key] == pytest.approx(published[key], abs=1e-12, rel=0), key


def test_blanks_average_between_1_and_4_in_every_region_and_month(mart: duckdb.DuckDBPyConnection) -> None:
    for measure in ("unemployed", "vacancies"):
        judged, low, high, visible_small = mart.execute(
            f"""
            with cells as (
                select area_code, period,
                    max({measure}) filter (occupation_code = 'SSS') as total,
                    sum({measure}) filter (occupation_level in ('occ4', 'special')) as visible,
                    count(*) filter (occupation_level in ('occ4', 'special') and {measure} is null) as blanks,
                    count(*) filter ({measure} between 1 and 4) as small
                from mart.fct_market_stock where area_level in ('region', 'country') group by all
            )
            select count(*) filter (blanks > 0), min((total - visible) / blanks) filter (blanks > 0),
                max((total - visible) / blanks) filter (blanks > 0), sum(small)
            from cells
            """
        ).fetchone() or (0, 0, 0, 1)
        assert judged == 20 * 202
        assert 1 <= low <= high <= 4
        assert visible_small == 0


def test_every_gate_spoke_and_passed(mart: duckdb.DuckDBPyConnection) -> None:
    gates = mart.execute("select gate, bool_and(is_passed) from mart.quality_result group by all").fetchall()
    passed = ("G1", "G2", "G3", "G4", "G5", "G7", "G8", "G10", "values", "freshness")
    assert dict(gates) == dict.fromkeys(passed, True) | {"G6": False, "G9": False}
    failed = mart.execute(
        "select distinct gate, severity from mart.quality_result where not is_passed order by all"
    ).fetchall()
    assert failed == [("G6", "warn"), ("G9", "withhold")], "seven months of 2008-2010; no elasticity can be estimated"
    keys = mart.execute(
        "select check_name from mart.quality_result where gate = 'G10' and severity = 'block' order by all"
    ).fetchall()
    assert ("monthly_key_region",) in keys
    assert {("yearly_mean_region",), ("yearly_mean_subregion",), ("yearly_mean_municipality",)} <= set(keys)


def test_known_stocks(mart: duckdb.DuckDBPyConnection) -> None:
    for period, expected in {"2022-10-01": (232368, 77188), "2006-01-01": (278486, 41668)}.items():
        found = mart.execute(
            """
            select unemployed, vacancies from mart.fct_market_stock
            where area_code = 'SSS' and occupation_code = 'SSS' and period = ?
            """,
            [period],
        ).fetchone()
        assert found == expected


def test_the_occupation_total_equals_the_area_table_everywhere(release: Path) -> None:
    landed = release.parent.parent / "work" / "landed" / "statfin"
    with duckdb.connect() as connection:
        compared, different = connection.execute(
            f"""
            select count(*), count(*) filter (
                occupations.tyottomatlopussa is distinct from areas.tyottomatlopussa
                or occupations.avpaikatlopussa is distinct from areas.avpaikatlopussa
            )
            from read_parquet('{landed}/12ti/*/data.parquet') as occupations
            join read_parquet('{landed}/12r5/*/data.parquet') as areas using (area_code, period)
            where occupations.occupation_code = 'SSS'
            """
        ).fetchone() or (0, 1)
    assert (compared, different) == (20 * 202, 0)


def test_the_areas_of_today_are_there_each_once(mart: duckdb.DuckDBPyConnection) -> None:
    listed = mart.execute(
        """
        select area_level, is_aland, count(*) from mart.dim_area
        where area_level in ('employment_area', 'municipality') and not is_residual and valid_to is null
        group by all order by all
        """
    ).fetchall()
    assert listed == [
        ("employment_area", False, 45),
        ("employment_area", True, 1),
        ("municipality", False, 308 - 16),
        ("municipality", True, 16),
    ]
    measured = mart.execute(
        """
        select count(*), count(distinct area_code) from mart.fct_market_stock
        where area_level = 'employment_area' and occupation_code = 'SSS' and period = date '2022-10-01'
        """
    ).fetchall()
    assert measured == [(46, 46)]


STATES = ("balanced", "surplus", "mismatch", "shortage")


def test_the_recorded_ratings_are_published_unchanged(
    mart: duckdb.DuckDBPyConnection, release: Path, recordings: Path
) -> None:
    folder = recordings / "barometer"
    with (folder / "tyovoimabarometri_regions.csv").open() as stream:
        codes = {row["id"]: f"MK{row['koodi']}" for row in csv.DictReader(stream)}
    fixture = json.loads((folder / "tyovoimabarometri_kohtaanto_fixture_reconstructed.json").read_text())
    expected = {}
    for occupation, one in fixture["observations"].items():
        for row in one["rows"]:
            numbers = ("toissa", "tyottomat", "tyopaikat", "tyottomyysaste", "vakanssiaste", "kulmakerroin", "asteikko")
            rating = (STATES[row["kohtaantotila"]], row["kohtaantoaste"])
            expected[occupation, codes[row["groupingId"]]] = (*(row[number] for number in numbers), *rating)
    found = mart.execute(
        """
        select occupation_code, area_code, employed, unemployed, vacancies, unemployment_rate, vacancy_rate, slope,
            scale, state, degree
        from mart.fct_barometer where period = date '2026-06-01'
        """
    ).fetchall()
    assert len(found) == len(expected) == 7 * 19
    assert {row[:2]: row[2:] for row in found} == expected
    assert not (release / "parquet" / "fct_barometer").exists()  # nobody has licensed it to be passed on


def test_postings_of_every_day_are_those_of_the_recorded_lines(
    mart: duckdb.DuckDBPyConnection, recordings: Path
) -> None:
    """Counted again from the lines: no empty, broken or nameless one, each posting once, none that is abroad."""
    ((as_of,),) = mart.execute(
        "select source_updated_at from mart.dim_vintage where source_code = 'tyomarkkinatori'"
    ).fetchall()
    as_of = as_of.replace(tzinfo=UTC)
    postings: dict[str, dict[str, Any]] = {}
    for path in (recordings / "job_postings" / "synthetic").glob("*.ndjson"):
        for line in path.read_bytes().split(b"\n"):
            try:
                posting = json.loads(line)
                about = posting["metadata"]
                known = postings.get(about["externalId"], posting)
            except (ValueError, TypeError, KeyError):
                continue
            is_newer = moment(about["lastModified"]) >= moment(known["metadata"]["lastModified"])
            postings[about["externalId"]] = posting if is_newer else known
    lives = []
    for posting in postings.values():
        application, location = posting.get("application") or {}, posting.get("location") or {}
        countries = location.get("countries") or ["FI"]
        if location.get("municipalities") or location.get("regions") or "FI" in countries:
            ends = [end for end in (posting["metadata"].get("archived"), application.get("expires")) if end]
            closed = min(map(moment, ends)) if ends else None
            opened = moment(application.get("published") or posting["metadata"]["created"])
            has_closed = closed is not None and closed <= as_of
            lives.append((day_of(opened), day_of(closed) if closed and has_closed else None))
    assert (len(postings), len(lives)) == (359, 358)
    shown = mart.execute(
        """
        select area_level, period, sum(postings_new), sum(postings_closed), sum(postings_open)
        from mart.fct_posting_flow
        where area_level in ('country', 'region') and occupation_code = 'SSS' and frequency = 'day'
        group by all
        """
    ).fetchall()
    assert len(shown) > 2 * 90
    for _, day, new, closed_then, still_open in shown:
        assert (round(new, 4), round(closed_then, 4), round(still_open, 4)) == (
            sum(opened == day for opened, _ in lives),
            sum(closed == day for _, closed in lives),
            sum(opened <= day and (closed is None or closed > day) for opened, closed in lives),
        ), day


def moment(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def day_of(when: datetime) -> date:
    return when.astimezone(ZoneInfo("Europe/Helsinki")).date()


def test_terms_and_attribution_of_every_source_are_in_the_release(
    mart: duckdb.DuckDBPyConnection, release: Path
) -> None:
    catalogue = {
        source: (attribution, terms)
        for source, attribution, terms in mart.execute(
            "select source_code, any_value(attribution), any_value(terms) from mart.catalog_source group by all"
        ).fetchall()
    }
    assert set(catalogue) == {"statfin", "tyomarkkinatori", "tyovoimabarometri"}
    attribution, terms = catalogue["tyomarkkinatori"]
    assert "Source: Job Market Finland's customer information system" in attribution
    for words in ("removed postings may not be kept", "may not be passed on to third parties", "Only counts"):
        assert words in terms
    assert "No licence" in catalogue["tyovoimabarometri"][1]
    kinds = dict(mart.execute("select distinct source_code, data_kind from mart.dim_vintage").fetchall())
    assert kinds == {"statfin": "recorded", "tyomarkkinatori": "synthetic", "tyovoimabarometri": "reconstructed"}
    assert attribution.startswith("SYNTHETIC")
    (comment,) = mart.execute(
        "select comment from duckdb_tables() where table_name = 'fct_posting_flow'"
    ).fetchone() or ("",)
    assert comment.startswith("SYNTHETIC DATA")
    package = json.loads((release / "datapackage.json").read_text())
    cited = " ".join(source["title"] for source in package["sources"])
    assert "Job Market Finland's customer information system" in cited
    assert "CC-BY-4.0" in {licence["name"] for licence in package["licenses"]}
