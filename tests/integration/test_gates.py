"""The gates, each against the one lie it is there to find: nothing that cannot fail counts as a check."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from gate_mart import MONTHS, revision, write_mart

from quality.anchors import anchor_checks, anchor_keys
from quality.candidate import candidate_checks, judge_candidate
from quality.disclosure_checks import disclosure_checks
from quality.expect import judge
from quality.gates_coverage import coverage_checks
from quality.gates_series import series_checks
from quality.placement import placement_checks
from quality.ratings import rating_checks
from quality.result import CheckResult, Severity
from quality.thresholds import ThresholdError, required_gates
from quality.verdict import Verdict


@pytest.fixture(scope="module")
def mart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mart(tmp_path_factory.mktemp("mart") / "kohtaanto.duckdb")


def judged(mart: Path, folder: Path, *, change: str = "", data_kind: str = "synthetic") -> list[CheckResult]:
    copy = folder / "changed.duckdb"
    shutil.copy(mart, copy)
    if change:
        with duckdb.connect(str(copy)) as connection:
            assert connection.execute(change).fetchall() != [(0,)], "the change must change something"
    return judge_candidate(copy, data_kind=data_kind)


def failed(results: list[CheckResult]) -> set[tuple[str, str]]:
    return {(result.gate, result.check_name) for result in results if not result.is_passed}


def test_the_consistent_mart_is_green_and_every_check_ran(mart: Path, tmp_path: Path) -> None:
    results = judged(mart, tmp_path)
    assert [result.message for result in results if not result.is_passed] == []
    assert [result.check_name for result in results] == list(candidate_checks())
    assert len(results) == len(candidate_checks())
    assert required_gates() <= {result.gate for result in results}


def test_what_was_not_judged_says_so(mart: Path, tmp_path: Path) -> None:
    unjudged = [result for result in judged(mart, tmp_path) if result.observed is None]
    of_gate_10 = [result.check_name for result in unjudged if result.gate == "G10"]
    assert of_gate_10
    assert all(name.startswith(("monthly_key_", "yearly_mean_")) for name in of_gate_10)
    assert {result.check_name for result in unjudged if result.gate != "G10"} == {
        "visible_vacancies_by_occupations_add_up"
    }
    assert {result.severity for result in unjudged} == {Severity.WARN}
    assert "not applicable" in unjudged[-1].message


def told(*arguments: str, **names: str) -> str:
    """SQL that adds the revision which `revision` makes of the arguments."""
    values = ("null" if value is None else repr(value) for value in map(_plain, revision(*arguments, **names)))
    return f"insert into mart.fct_revision values ({', '.join(values)})"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


NOW = datetime(2022, 11, 22, 8, 0, tzinfo=UTC)
IN_OCTOBER = "period = date '2022-10-01'"

LIES = {
    # G1
    "an index row is missing": (
        f"delete from mart.fct_mismatch_index where partition = 'subregion' and alpha = 0.7 and {IN_OCTOBER}",
        {("G1", "index_complete")},
    ),
    "an index of one cell too few": (
        f"update mart.fct_mismatch_index set cells = 7 where partition = 'municipality' and {IN_OCTOBER}",
        {("G1", "index_of_all_cells")},
    ),
    "the denominator is the country row": (
        "update mart.fct_mismatch_index set vacancies_total = vacancies_total + 7 where partition = 'region'",
        {
            ("G1", "shares_of_vacancies_add_to_one"),
            ("G1", "vacancies_total_is_sum_of_cells"),
            ("G1", "contributions_recomputed"),
        },
    ),
    "the municipal denominator is off by a third of a person": (
        """update mart.fct_mismatch_index
        set unemployed_total = unemployed_total + 1 / 3, movers = jackman_roper * (unemployed_total + 1 / 3)
        where partition = 'municipality'""",
        {("G1", "shares_of_unemployed_add_to_one")},
    ),
    "the regional index is off by 1e-11": (
        f"""update mart.fct_mismatch_index
        set mismatch = mismatch - 1e-11, outer_lo = outer_lo - 1e-11, band_lo = band_lo - 1e-11
        where partition = 'region' and alpha = 0.5 and {IN_OCTOBER}""",
        {
            ("G1", "index_recomputed_region"),
            ("G3", "draws_of_exact_cells_are_the_index"),
            ("G3", "suppression_bias_and_net_index_are_differences"),
            ("G3", "contributions_add_up_to_the_index"),
            ("G3", "contributions_are_positive"),
        },
    ),
    "the dissimilarity of the subregions is off by 1e-9": (
        f"""update mart.fct_mismatch_index
        set jackman_roper = jackman_roper + 1e-9, movers = movers + 1e-9 * unemployed_total
        where partition = 'subregion' and alpha = 0.3 and {IN_OCTOBER}""",
        {("G1", "index_recomputed_fine")},
    ),
    "a region without the index over its occupations": (
        f"delete from mart.fct_mismatch_index where area_code = 'MK01' and partition = 'occ2' and {IN_OCTOBER}",
        {
            ("G1", "index_complete_within_regions"),
            ("G1", "shares_of_unemployed_add_to_one"),
            ("G1", "shares_of_vacancies_add_to_one"),
        },
    ),
    "X codes in the denominator of a region's occupations": (
        f"""update mart.fct_mismatch_index set unemployed_total = unemployed_total + 40
        where area_code = 'MK01' and partition = 'occ1' and {IN_OCTOBER}""",
        {
            ("G1", "unemployed_total_leaves_x_codes_out"),
            ("G1", "unemployed_total_is_sum_of_cells"),
            ("G1", "shares_of_unemployed_add_to_one"),
        },
    ),
    "one pair of region and occupation too few": (
        f"""update mart.fct_mismatch_index set cells = cells - 1
        where area_code = 'SSS' and partition = 'region_x_occ4' and {IN_OCTOBER}""",
        {("G1", "index_of_all_cells")},
    ),
    "two occupations that change places": (
        f"""update mart.fct_mismatch_contribution as one
        set contribution = other.contribution, share_of_index = other.share_of_index
        from mart.fct_mismatch_contribution as other
        where one.period = other.period and one.partition = 'region_x_occ4' and other.partition = 'region_x_occ4'
            and one.cell_area_code = 'MK02' and other.cell_area_code = 'MK02' and one.{IN_OCTOBER}
            and [one.cell_occupation_code, other.cell_occupation_code] in (['2511', '2513'], ['2513', '2511'])""",
        {("G1", "contributions_recomputed")},
    ),
    # G2
    "what a withheld cell adds": (
        f"""update mart.fct_mismatch_contribution
        set contribution = contribution - 1e-6, share_of_index = share_of_index * (contribution - 1e-6) / contribution,
            cells = cells - 1
        where is_remainder and {IN_OCTOBER};
        insert into mart.fct_mismatch_contribution
        select * replace (
            'MK01' as cell_area_code, '2512' as cell_occupation_code, false as is_remainder, 1e-6 as contribution,
            share_of_index * 1e-6 / contribution as share_of_index, 1 as cells
        )
        from mart.fct_mismatch_contribution where is_remainder and {IN_OCTOBER}""",
        {("G2", "contributions_need_visible_counts"), ("G2", "no_withheld_count_is_narrowed")},
    ),
    "a remainder of two cells": (
        f"update mart.fct_mismatch_contribution set cells = 2 where is_remainder and {IN_OCTOBER}",
        {("G2", "contributions_need_visible_counts")},
    ),
    "an occupation with two withheld regions, as if by its fill": (
        f"""update mart.fct_mismatch_contribution set value_kind = 'estimated'
        where partition = 'occ4' and cell_occupation_code = '2512' and {IN_OCTOBER}""",
        {("G2", "contributions_need_visible_counts")},
    ),
    "a visible 3 (the true one, in an otherwise consistent row)": (
        f"""update mart.fct_market_stock
        set unemployed = 3, unemployed_lo = 3, unemployed_hi = 3, unemployed_kind = 'exact', unemployed_reason = 'ok',
            reason = 'ok', value_kind = 'exact'
        where area_code = 'KU004' and occupation_code = 'SSS' and {IN_OCTOBER};
        update mart.fct_tightness set theta_lo = 2, theta_hi = 2 where area_code = 'KU004' and {IN_OCTOBER}""",
        {("G2", "no_visible_small_unemployed")},
    ),
    "a visible 1 among the occupations": (
        f"""update mart.fct_market_stock
        set vacancies = 1, vacancies_lo = 1, vacancies_hi = 1, vacancies_kind = 'exact', vacancies_reason = 'ok'
        where area_code = 'MK01' and occupation_code = '2511' and {IN_OCTOBER};
        update mart.fct_tightness set theta_hi = 1
        where area_code = 'MK01' and occupation_code = '2511' and {IN_OCTOBER}""",
        {
            ("G2", "no_visible_small_vacancies"),
            ("G3", "occupation_levels_of_vacancies_add_up"),
            ("G2", "no_withheld_count_is_narrowed"),
        },
    ),
    "a bound of a blank tightened by its margin": (
        f"""update mart.fct_market_stock set vacancies_hi = 3 where area_code = 'KU007' and {IN_OCTOBER};
        update mart.fct_tightness set theta_hi = 3 / 60 where area_code = 'KU007' and {IN_OCTOBER}""",
        {("G2", "blank_vacancies_stays_blank"), ("G2", "no_withheld_count_is_narrowed")},
    ),
    "the fill of a blank cell gets out": (
        f"update mart.fct_market_stock set vacancies_est = 3.5 where area_code = 'KU008' and {IN_OCTOBER}",
        {
            ("G2", "blank_vacancies_stays_blank"),
            ("G2", "vacancies_estimate_covers_three_blanks"),
            ("G2", "no_withheld_count_is_narrowed"),
        },
    ),
    "an estimate of two blanks": (
        f"""update mart.fct_market_stock
        set unemployed_est = (unemployed_lo + unemployed_hi) / 2, unemployed_kind = 'estimated'
        where area_code = 'MK02' and occupation_code = '2' and {IN_OCTOBER}""",
        {("G2", "unemployed_estimate_covers_three_blanks")},
    ),
    "an estimate on a row that says interval_only": (
        f"""update mart.fct_market_stock set unemployed_kind = 'interval_only'
        where area_code = 'MK01' and occupation_code = '2' and {IN_OCTOBER}""",
        {("G2", "unemployed_estimate_covers_three_blanks")},
    ),
    "an interval that calls itself exact": (
        f"""update mart.fct_market_stock set vacancies_kind = 'exact'
        where area_code = 'KU007' and {IN_OCTOBER}""",
        {("G2", "vacancies_kind_tells_the_truth")},
    ),
    "an occupation total that its blanks can't reach": (
        f"""update mart.fct_market_stock
        set unemployed = unemployed + 5, unemployed_lo = unemployed_lo + 5, unemployed_hi = unemployed_hi + 5,
            unemployed_est = unemployed_est + 5
        where area_code = 'MK01' and occupation_code in ('5', '51', '512', '5120') and {IN_OCTOBER};
        delete from mart.fct_tightness
        where area_code = 'MK01' and occupation_code in ('5', '51', '512', '5120') and {IN_OCTOBER}""",
        {
            ("G2", "mean_blank_unemployed_by_occupations"),
            ("G1", "unemployed_total_is_sum_of_cells"),
            ("G1", "contributions_recomputed"),
            ("G3", "accessibility_times_jobseekers_is_reached"),
        },
    ),
    "visible occupations that miss the total by one": (
        f"""delete from mart.fct_tightness where area_code = 'SSS' and occupation_code = 'X999' and {IN_OCTOBER};
        update mart.fct_market_stock
        set unemployed = unemployed - 1, unemployed_lo = unemployed_lo - 1, unemployed_hi = unemployed_hi - 1
        where area_code = 'SSS' and occupation_code = 'X999' and {IN_OCTOBER}""",
        {("G2", "visible_unemployed_by_occupations_add_up")},
    ),
    "a municipality hangs under the wrong subregion": (
        "update mart.dim_area set parent_area_code = 'SK022' where area_code = 'KU006'",
        {
            ("G2", "mean_blank_vacancies_by_areas"),
            ("G2", "visible_unemployed_by_areas_add_up"),
            ("G2", "visible_vacancies_by_areas_add_up"),
        },
    ),
    "a subregion hangs under the wrong region": (
        "update mart.dim_area set parent_area_code = 'MK02' where area_code = 'SK012'",
        {("G2", "visible_unemployed_by_areas_add_up"), ("G2", "visible_vacancies_by_areas_add_up")},
    ),
    "tightness of a blank cell": (
        f"""update mart.fct_tightness
        set theta_raw = 0.05, theta_reason = 'ok', reason = 'ok', seekers_per_vacancy = 20,
            seekers_per_vacancy_reason = 'ok', value_kind = 'exact'
        where area_code = 'KU007' and {IN_OCTOBER}""",
        {("G2", "fct_tightness_needs_visible_counts"), ("G2", "no_withheld_count_is_narrowed")},
    ),
    "the rank of a blank cell": (
        f"""update mart.fct_tightness set log_tightness_rank = -1, log_tightness_rank_reason = 'ok'
        where area_code = 'MK01' and occupation_code = '2512' and {IN_OCTOBER}""",
        {("G2", "fct_tightness_needs_visible_counts"), ("G2", "no_withheld_count_is_narrowed")},
    ),
    "the unemployment rate of a blank cell": (
        f"""update mart.fct_rate
        set unemployment_rate = 0.003, unemployment_rate_reason = 'ok', reason = 'ok', value_kind = 'exact'
        where area_code = 'KU004' and {IN_OCTOBER}""",
        {("G2", "fct_rate_needs_visible_counts")},
    ),
    "the printed unemployment rate beside a blank count": (
        f"""update mart.fct_rate
        set unemployment_rate_published = 0.003, unemployment_rate_published_reason = 'ok'
        where area_code = 'KU004' and {IN_OCTOBER}""",
        {("G2", "fct_rate_needs_visible_counts")},
    ),
    "tightness bounds narrower than the public interval": (
        f"update mart.fct_tightness set theta_hi = theta_hi * 0.75 where area_code = 'KU007' and {IN_OCTOBER}",
        {("G2", "theta_bounds_are_public"), ("G2", "no_withheld_count_is_narrowed")},
    ),
    # G3
    "M above JR": (
        f"""update mart.fct_mismatch_index
        set mismatch = jackman_roper + 1e-9, outer_hi = 1, band_hi = 1
        where partition = 'municipality' and alpha = 0.3 and {IN_OCTOBER}""",
        {
            ("G3", "mismatch_between_0_and_jackman_roper"),
            ("G3", "suppression_bias_and_net_index_are_differences"),
        },
    ),
    "JR above the bound of Le Cam": (
        f"""update mart.fct_mismatch_index
        set jackman_roper = sqrt(mismatch * (2 - mismatch)) + 1e-6,
            movers = (sqrt(mismatch * (2 - mismatch)) + 1e-6) * unemployed_total
        where partition = 'municipality' and alpha = 0.5 and {IN_OCTOBER}""",
        {("G3", "jackman_roper_below_le_cam")},
    ),
    "M outside its band": (
        f"update mart.fct_mismatch_index set band_hi = mismatch - 1e-9 where alpha = 0.5 and {IN_OCTOBER}",
        {("G3", "mismatch_within_band")},
    ),
    "M below its outer bound": (
        f"update mart.fct_mismatch_index set outer_lo = mismatch + 1e-9 where alpha = 0.5 and {IN_OCTOBER}",
        {("G3", "mismatch_within_outer_bounds"), ("G3", "draws_within_outer_bounds")},
    ),
    "no outer bound at all": (
        f"update mart.fct_mismatch_index set outer_hi = null, outer_lo = null where alpha = 0.5 and {IN_OCTOBER}",
        {("G3", "mismatch_within_outer_bounds")},
    ),
    "movers that are not JR times U": (
        f"update mart.fct_mismatch_index set movers = movers + 0.01 where alpha = 0.5 and {IN_OCTOBER}",
        {("G3", "movers_are_jackman_roper_times_unemployed")},
    ),
    "a coarse index above the fine one": (
        f"""update mart.fct_mismatch_index as coarse
        set mismatch = fine.mismatch - 1e-9, band_lo = 0, outer_lo = 0
        from mart.fct_mismatch_index as fine
        where coarse.partition = 'municipality' and fine.partition = 'subregion' and coarse.period = fine.period
            and coarse.alpha = 0.3 and fine.alpha = 0.3 and coarse.{IN_OCTOBER}""",
        {("G3", "coarse_partition_below_fine"), ("G3", "suppression_bias_and_net_index_are_differences")},
    ),
    "a draw beyond the outer bound": (
        f"""update mart.fct_mismatch_index set mismatch_draw_max = outer_hi + 1e-9
        where partition = 'region_x_occ4' and alpha = 0.5 and {IN_OCTOBER}""",
        {("G3", "draws_within_outer_bounds")},
    ),
    "draws that differ where nothing is withheld": (
        f"""update mart.fct_mismatch_index
        set mismatch_draw_min = mismatch - 1e-9, outer_lo = mismatch - 1e-9
        where partition = 'region' and alpha = 0.5 and {IN_OCTOBER}""",
        {("G3", "draws_of_exact_cells_are_the_index")},
    ),
    "a net index that is not net": (
        f"update mart.fct_mismatch_index set mismatch_net = mismatch where partition = 'occ3' and {IN_OCTOBER}",
        {("G3", "suppression_bias_and_net_index_are_differences")},
    ),
    "a Shapley value that breaks the sum": (
        f"""update mart.fct_mismatch_decomposition set shapley_region = shapley_region + 1e-9
        where occupation_level = 'occ4' and alpha = 0.3 and {IN_OCTOBER}""",
        {("G3", "shapley_parts_add_up")},
    ),
    "Shapley values of which one is negative": (
        f"""update mart.fct_mismatch_decomposition
        set shapley_region = -0.001, shapley_occupation = log_index + 0.001
        where occupation_level = 'occ1' and {IN_OCTOBER}""",
        {("G3", "shapley_parts_add_up"), ("G3", "shapley_parts_are_positive")},
    ),
    "mismatch within regions that is too small": (
        f"""update mart.fct_mismatch_decomposition set mismatch_within_regions = mismatch_within_regions - 1e-9
        where occupation_level = 'occ2' and {IN_OCTOBER}""",
        {("G3", "nested_parts_add_up")},
    ),
    "a month without its split": (
        f"delete from mart.fct_mismatch_decomposition where occupation_level = 'occ3' and {IN_OCTOBER}",
        {("G3", "split_is_of_the_published_index")},
    ),
    "cells without their remainder": (
        f"delete from mart.fct_mismatch_contribution where is_remainder and {IN_OCTOBER}",
        {("G3", "contributions_add_up_to_the_index")},
    ),
    "an occupation that takes away from the mismatch": (
        f"""update mart.fct_mismatch_contribution as one
        set contribution = if(one.cell_occupation_code = '2511', -0.001, pair.contribution + 0.001),
            share_of_index = if(one.cell_occupation_code = '2511', -0.001, pair.contribution + 0.001)
                / one.contribution * one.share_of_index
        from (
            select period, sum(contribution) as contribution
            from mart.fct_mismatch_contribution
            where partition = 'occ4' and cell_occupation_code in ('2511', '2512')
            group by period
        ) as pair
        where one.period = pair.period and one.partition = 'occ4' and one.{IN_OCTOBER}
            and one.cell_occupation_code in ('2511', '2512')""",
        {("G3", "contributions_are_positive"), ("values", "shares_between_0_and_1")},
    ),
    "an estimate above its upper bound": (
        f"""update mart.fct_market_stock set unemployed_est = unemployed_hi + 1
        where area_code = 'MK01' and occupation_code = '2' and {IN_OCTOBER}""",
        {("G3", "unemployed_within_bounds")},
    ),
    "theta times seekers is not one": (
        f"""update mart.fct_tightness set seekers_per_vacancy = seekers_per_vacancy + 1e-9
        where area_code = 'MK01' and occupation_code = 'SSS' and {IN_OCTOBER}""",
        {("G3", "theta_times_seekers_is_one")},
    ),
    "theta outside its bounds": (
        f"""update mart.fct_tightness set theta_raw = theta_raw + 0.001, seekers_per_vacancy = 1 / (theta_raw + 0.001)
        where area_code = 'KU001' and {IN_OCTOBER}""",
        {("G3", "theta_within_bounds")},
    ),
    "a rate outside its bounds": (
        f"""update mart.fct_rate set vacancy_rate_lf_hi = vacancy_rate_lf - 1e-9
        where area_code = 'MK01' and {IN_OCTOBER}""",
        {("G3", "vacancy_rate_lf_within_bounds")},
    ),
    # values and freshness
    "a month lacks an area": (
        f"""delete from mart.fct_rate where area_code = 'KU008' and {IN_OCTOBER};
        delete from mart.fct_tightness where area_code = 'KU008' and {IN_OCTOBER};
        delete from mart.fct_market_stock where area_code = 'KU008' and {IN_OCTOBER}""",
        {
            ("values", "stock_dense"),
            ("G1", "unemployed_total_is_sum_of_cells"),
            ("G1", "vacancies_total_is_sum_of_cells"),
            ("G3", "area_levels_of_unemployed_add_up"),
            ("G3", "area_levels_of_vacancies_add_up"),
            ("G2", "mean_blank_vacancies_by_areas"),
            ("G2", "visible_unemployed_by_areas_add_up"),
        },
    ),
    "a region has no occupation roll-up in one month": (
        f"""delete from mart.fct_tightness where area_code = 'MK02' and occupation_code = '251' and {IN_OCTOBER};
        delete from mart.fct_market_stock where area_code = 'MK02' and occupation_code = '251' and {IN_OCTOBER}""",
        {
            ("values", "stock_dense"),
            ("G3", "occupation_levels_of_unemployed_add_up"),
            ("G3", "occupation_levels_of_vacancies_add_up"),
            ("G1", "unemployed_total_is_sum_of_cells"),
            ("G1", "vacancies_total_is_sum_of_cells"),
        },
    ),
    "employment areas that forget a municipality": (
        """update mart.fct_market_stock
        set unemployed = unemployed - 40, unemployed_lo = unemployed_lo - 40, unemployed_hi = unemployed_hi - 40,
            unemployed_est = unemployed_est - 40
        where area_code = 'TA02';
        delete from mart.fct_rate where area_code = 'TA02';
        delete from mart.fct_tightness where area_code = 'TA02'""",
        {("G3", "area_levels_of_unemployed_add_up")},
    ),
    "a blank without a reason": (
        f"update mart.fct_market_stock set labour_force = null where area_code = 'KU001' and {IN_OCTOBER}",
        {("values", "reason_ok_iff_value")},
    ),
    "a row that says ok without its value": (
        f"update mart.fct_tightness set reason = 'ok' where area_code = 'KU007' and {IN_OCTOBER}",
        {("values", "reason_ok_iff_value")},
    ),
    "an exact rate that says interval_only": (
        f"""update mart.fct_rate set value_kind = 'interval_only' where area_code = 'KU007' and {IN_OCTOBER}""",
        {("values", "present_value_is_no_interval")},
    ),
    "a month without a roll-up in any area": (
        f"""delete from mart.fct_tightness where occupation_level = 'occ2' and {IN_OCTOBER};
        delete from mart.fct_market_stock where occupation_level = 'occ2' and {IN_OCTOBER}""",
        {("values", "stock_dense"), ("G1", "index_of_all_cells")},
    ),
    # G5
    "a past value of a region changed": (told("12ti", "revision"), {("G5", "register_past_unchanged")}),
    "a past value of the country changed, on a new division": (
        told("12r5", "revision", area="SSS", before="-older"),
        {("G5", "register_past_unchanged")},
    ),
    "a past value was withheld": (told("12r5", "suppression_change"), {("G5", "register_past_unchanged")}),
    "cells of a past month went": (told("12ti", "dropped", area="SSS"), {("G5", "register_past_complete")}),
    "a survey was revised": (told("137i", "revision"), {("G5", "surveys_past_unchanged")}),
    "a reason that nobody defined": (
        f"update mart.fct_rate set vacancy_rate_lf_reason = 'hidden' where area_code = 'KU007' and {IN_OCTOBER}",
        {("values", "reasons_known")},
    ),
    "a share in per cent": (
        f"update mart.fct_market_stock set unlocated_share_vacancies = 10 where area_code = 'KU001' and {IN_OCTOBER}",
        {("values", "shares_between_0_and_1")},
    ),
    "an infinite number": (
        f"""update mart.fct_tightness set log_tightness_rank = 'infinity'
        where area_code = 'KU001' and {IN_OCTOBER}""",
        {("values", "numbers_finite")},
    ),
    "a rate that does not round to the printed one": (
        f"""update mart.fct_rate set unemployment_rate_published = unemployment_rate_published + 0.001
        where area_code = 'MK01' and {IN_OCTOBER}""",
        {("values", "published_unemployment_rate")},
    ),
    "old news": (
        "update mart.fct_market_stock set known_from = timestamp '2023-02-22 06:00:00'",
        {("freshness", "newest_month")},
    ),
    "news from the future": (
        "update mart.fct_market_stock set known_from = timestamp '2022-09-22 06:00:00'",
        {("freshness", "newest_month")},
    ),
}


WARNED_OF = {"a survey was revised"}
"""Lies that do not hold the release back."""


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_turns_exactly_its_own_check_red(lie: str, mart: Path, tmp_path: Path) -> None:
    change, expected = LIES[lie]
    results = judged(mart, tmp_path, change=change, data_kind="live")
    assert failed(results) == expected
    assert Verdict("0" * 64, NOW, results).is_green is (lie in WARNED_OF)


# A municipality and an occupation that stand only in August, both without anyone: no sum and no index changes.
OTHER_CODES_IN_AUGUST = """
    insert into mart.dim_area values ('KU099', 'municipality', 'SK022', false);
    insert into mart.fct_market_stock
    select * replace (
        case when occupation_code = 'SSS' then 'KU099' else area_code end as area_code,
        case when occupation_code = 'SSS' then 'SSS' else '2519' end as occupation_code,
        0 as unemployed, 0 as unemployed_lo, 0 as unemployed_hi, 0 as vacancies, 0 as vacancies_lo, 0 as vacancies_hi
    )
    from mart.fct_market_stock
    where period = date '2022-08-01'
        and ((area_code = 'KU001' and occupation_code = 'SSS')
            or (occupation_code = '5120' and area_level in ('country', 'region')));
    update mart.fct_mismatch_index
    set cells = cells + if(partition = 'region_x_occ4', 2, 1)
    where partition in ('municipality', 'occ4', 'region_x_occ4') and period = date '2022-08-01'
"""
IN_AN_OLDER_VINTAGE = """
    ; update mart.fct_market_stock set vintage_id = 'v-old' where period = date '2022-08-01'
    ; update mart.fct_mismatch_index set vintage_id = 'v-old' where period = date '2022-08-01'
"""


def test_vintages_may_differ_in_their_codes_and_months_of_one_may_not(mart: Path, tmp_path: Path) -> None:
    assert failed(judged(mart, tmp_path, change=OTHER_CODES_IN_AUGUST)) == {
        ("values", "stock_dense"),
        ("G1", "index_of_all_cells"),
    }
    assert failed(judged(mart, tmp_path, change=OTHER_CODES_IN_AUGUST + IN_AN_OLDER_VINTAGE)) == set()


def test_every_check_is_caught_lying_at_least_once() -> None:
    told = {name for _, expected in LIES.values() for _, name in expected} | {
        check.name
        for checks in (
            series_checks,
            coverage_checks,
            disclosure_checks,
            placement_checks,
            rating_checks,
        )  # have lies of their own
        for check in checks()
    }
    mirrored = {
        name.replace("vacancies", "unemployed").replace("vacancy_rate_lf", "unemployment_rate") for name in told
    }
    of_gate_10 = {name for name in candidate_checks() if name.startswith(("monthly_key", "yearly_mean"))}
    named = {
        name.replace("vacancies", "unemployed").replace("vacancy_rate_lf", "unemployment_rate")
        for name in candidate_checks()
    }
    assert named - mirrored == of_gate_10


def test_an_answer_key_holds_to_its_last_digit(mart: Path) -> None:
    with duckdb.connect(str(mart), read_only=True) as connection:
        october, mean = connection.execute("""
            select max(mismatch) filter (period = date '2022-10-01'), avg(mismatch)
            from mart.fct_mismatch_index where partition = 'region' and alpha = 0.5
        """).fetchall()[0]

        def judged_keys(month: float, year: float, months: int = 3, division_year: int = 2023) -> list[CheckResult]:
            keys = {
                "division_from": 2021,
                "division_to": 2026,
                "alpha": 0.5,
                "tolerance": {"region": 5e-7},
                "months": [{"partition": "region", "period": date(2022, 10, 1), "mismatch": month}],
                "years": [{"year": 2022, "months": months, "region": year}],
            }
            # the fixture's year begins in August
            checks = anchor_checks(keys, division_year=division_year)
            return judge(connection, checks)

        month_only = judged_keys(round(october, 6), 0.5)
        assert [(r.is_passed, r.observed is None) for r in month_only] == [(True, False), (True, True)]
        off = judged_keys(october + 1e-6, mean)[0]
        assert off.blocks
        assert off.observed == pytest.approx(1e-6)
        assert "2022-10" in off.message
        assert judged_keys(october + 1e-6, mean, division_year=2020)[0].is_passed
        late = judged_keys(october + 1e-6, mean, division_year=2027)[0]
        assert (late.is_passed, late.severity) == (False, Severity.WARN)


def shifted(mart: Path, folder: Path, start: date) -> Path:
    """The mart with its three months moved to `start`."""
    copy = folder / "shifted.duckdb"
    shutil.copy(mart, copy)
    with duckdb.connect(str(copy)) as connection:
        months = (start.year - MONTHS[0].year) * 12 + start.month - MONTHS[0].month
        dated = connection.execute("""
            select table_name, column_name from duckdb_columns()
            where schema_name = 'mart' and column_name in ('period', 'known_from') and table_name != 'fct_revision'
        """).fetchall()
        for table, column in dated:
            connection.execute(
                f"update mart.{table} set {column} = ({column} + to_months({months}))"
                + ("::date" if column == "period" else "")
            )
    return copy


def test_recorded_months_with_a_known_answer_are_compared_with_it(mart: Path, tmp_path: Path) -> None:
    recorded = judge_candidate(shifted(mart, tmp_path, date(2014, 4, 1)), data_kind="recorded")
    assert failed(recorded) == {("G10", "monthly_key_region")}
    assert [result.period for result in recorded if result.blocks] == [date(2014, 5, 1)]


def test_yearly_means_wait_for_all_their_months(mart: Path, tmp_path: Path) -> None:
    one_month = {**anchor_keys("recorded"), "years": [{"year": 2014, "months": 3, "region": 0.015737}], "months": []}
    for start, is_judged in ((date(2014, 1, 1), True), (date(2014, 2, 1), False)):
        with duckdb.connect(str(shifted(mart, tmp_path, start)), read_only=True) as connection:
            results = judge(connection, anchor_checks(one_month, division_year=None))
        assert failed(results) == ({("G10", "yearly_mean_region")} if is_judged else set())


def test_a_month_that_lost_its_index_fails_its_answer_key(mart: Path, tmp_path: Path) -> None:
    copy = shifted(mart, tmp_path, date(2014, 4, 1))
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update mart.fct_mismatch_index set mismatch = null where period = date '2014-05-01'")
        result = judge(connection, anchor_checks(anchor_keys("recorded"), division_year=None))[1]
    assert (result.check_name, result.is_passed) == ("monthly_key_region", False)
    assert "no value" in result.message


def test_an_old_newest_month_blocks_live_data_only(mart: Path, tmp_path: Path) -> None:
    change = LIES["old news"][0]
    for data_kind, blocks in (("live", True), ("recorded", False), ("synthetic", False)):
        results = judged(mart, tmp_path, change=change, data_kind=data_kind)
        assert failed(results) == {("freshness", "newest_month")}
        assert Verdict("0" * 64, NOW, results).is_green is not blocks


def test_a_missing_table_is_a_broken_check_not_a_failed_one(mart: Path, tmp_path: Path) -> None:
    results = judged(mart, tmp_path, change="drop table mart.fct_rate; select 1")
    broken = {result.check_name for result in results if result.has_raised}
    assert broken == {
        "fct_rate_needs_visible_counts",
        "unemployment_rate_within_bounds",
        "vacancy_rate_lf_within_bounds",
        "published_unemployment_rate",
    }
    assert all(result.blocks for result in results if result.has_raised)
    assert failed(results) == {(r.gate, r.check_name) for r in results if r.has_raised}


def test_an_empty_mart_passes_nothing_that_blocks(mart: Path, tmp_path: Path) -> None:
    change = "delete from mart.fct_mismatch_index; delete from mart.fct_market_stock; delete from mart.fct_tightness"
    results = judged(mart, tmp_path, change=change)
    assert {"G1", "G2", "G3", "values", "freshness"} <= {gate for gate, _ in failed(results)}
    assert not Verdict("0" * 64, NOW, results).is_green


def test_an_unknown_kind_of_data_is_refused(mart: Path) -> None:
    with pytest.raises(ThresholdError, match="data kind 'imagined'"):
        judge_candidate(mart, data_kind="imagined")


def test_a_message_says_what_where_and_what_to_do(mart: Path, tmp_path: Path) -> None:
    change, _ = LIES["a visible 3 (the true one, in an otherwise consistent row)"]
    (result,) = [result for result in judged(mart, tmp_path, change=change) if not result.is_passed]
    assert result.period == date(2022, 10, 1)
    assert result.observed == 1
    assert "municipality, total, KU004 SSS shows 3 2022-10" in result.message
    assert "which the source withholds" in result.message
    assert "must stay NULL" in result.message
