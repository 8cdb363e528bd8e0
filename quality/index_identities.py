"""Gate G3 for the mismatch index and its split: what holds between published columns whatever the numbers are.

Belongs here: relations between columns of `fct_mismatch_index` and `fct_mismatch_decomposition`. Does not belong here:
what needs the cells behind an index (`shares`, `contributions`). Contract: gate G3, I07, I08, I10, I11, sections 2.2
and 2.3.
"""

from __future__ import annotations

from itertools import pairwise

from quality.expect import Check, between
from quality.index_cells import AREA_LEVELS, OCCUPATION_LEVELS
from quality.thresholds import threshold

INDEX = "fct_mismatch_index"
SPLIT = "fct_mismatch_decomposition"

_DEEPER = tuple(pairwise(OCCUPATION_LEVELS))

NESTED = (
    ("region", "subregion"),
    ("subregion", "municipality"),
    *_DEEPER,
    *((f"{area}_x_{coarse}", f"{area}_x_{fine}") for area in AREA_LEVELS for coarse, fine in _DEEPER),
    *((level, f"region_x_{level}") for level in OCCUPATION_LEVELS),
)
"""Pairs of partitions of one area, the coarser first: each cell of the finer lies in one of the coarser."""


def index_identity_checks() -> list[Check]:
    """The checks of gate G3 on the index and its split."""
    return [
        _index(
            "mismatch_between_0_and_jackman_roper",
            excess="greatest(-mismatch, mismatch - jackman_roper)",
            rule="0 <= M <= JR",
        ),
        _index(
            "jackman_roper_below_le_cam",
            excess="jackman_roper - sqrt(greatest(mismatch * (2 - mismatch), 0))",
            rule="JR <= sqrt(M (2 - M)) at alpha 0.5",
            where="abs(alpha - 0.5) < 1e-9",
        ),
        _index(
            "mismatch_within_band",
            excess="greatest(band_lo - mismatch, mismatch - band_hi)",
            rule="band_lo <= M <= band_hi",
        ),
        _index(
            "mismatch_within_outer_bounds",
            excess="greatest(outer_lo - mismatch, mismatch - outer_hi)",
            rule="outer_lo <= M <= outer_hi",
            where="data_source = 'register'",
        ),
        _index(
            "draws_within_outer_bounds",
            excess="""
                greatest(
                    outer_lo - mismatch_draw_min,
                    mismatch_draw_min - mismatch_draw_mean,
                    mismatch_draw_mean - mismatch_draw_max,
                    mismatch_draw_max - outer_hi
                )
            """,
            rule="outer_lo <= least <= mean <= largest draw <= outer_hi",
            where="mismatch_draw_mean is not null",
        ),
        _index(
            "draws_of_exact_cells_are_the_index",
            excess="greatest(abs(mismatch_draw_min - mismatch), abs(mismatch_draw_max - mismatch))",
            rule="without blanks every draw is M",
            where="value_kind = 'exact' and mismatch_draw_mean is not null",
        ),
        _index(
            "suppression_bias_and_net_index_are_differences",
            excess="""
                greatest(
                    coalesce(abs(suppression_bias - (mismatch_draw_mean - mismatch)), 0),
                    coalesce(abs(mismatch_net - (mismatch - noise_floor)), 0),
                    if((suppression_bias is null) = (mismatch_draw_mean is null), 0, 1),
                    if((mismatch_net is null) = (noise_floor is null), 0, 1)
                )
            """,
            rule="bias = draw mean - M, net = M - floor",
        ),
        _index(
            "movers_are_jackman_roper_times_unemployed",
            excess="abs(movers - jackman_roper * unemployed_total) / unemployed_total",
            rule="movers = JR U",
        ),
        _coarse_below_fine(),
        _split(
            "shapley_parts_add_up",
            excess="""
                greatest(
                    abs(shapley_region + shapley_occupation - log_index),
                    abs(log_index + ln(1 - mismatch_region_occupation)),
                    abs(interaction - (log_index + ln(1 - mismatch_region) + ln(1 - mismatch_occupation))),
                    abs(shapley_region - shapley_occupation + ln(1 - mismatch_region) - ln(1 - mismatch_occupation))
                )
            """,
            rule="the Shapley values of I10 add up to -ln(1 - M)",
        ),
        _split(
            "shapley_parts_are_positive",
            excess="""
                greatest(
                    -shapley_region,
                    -shapley_occupation,
                    coalesce(abs(shapley_region_share + shapley_occupation_share - 1), 0)
                )
            """,
            rule="both parts >= 0, shares add up to 1",
        ),
        _split(
            "nested_parts_add_up",
            excess="""
                greatest(
                    abs(nested_between + nested_within - log_index),
                    abs(1 - mismatch_region_occupation - (1 - mismatch_region) * (1 - mismatch_within_regions))
                )
            """,
            rule="1 - M = (1 - M between) (1 - M within)",
            where="nested_within is not null",
        ),
        _split_of_the_index(),
    ]


def _index(name: str, *, excess: str, rule: str, where: str = "true") -> Check:
    return Check(
        gate="G3",
        name=name,
        scope=INDEX,
        metric=f"largest excess over '{rule}', per partition and period",
        threshold=f"at most {threshold('identity'):g}",
        measure=f"""
            select
                concat_ws(', ', partition, arg_max(concat(area_code, ', alpha ', alpha), excess)) as place,
                period,
                max(excess) as observed
            from (
                select partition, alpha, period, area_code, coalesce({excess}, 'infinity'::double) as excess
                from mart.{INDEX}
                where mismatch is not null
                    and {where}
            )
            group by partition, period
            order by period, place
        """,
        **between(None, threshold("identity")),
        fault=f"'{rule}' does not hold.",
        mend="That is impossible for a right index: look at its SQL, and whether its columns are of one set of cells.",
        when_empty=None if where == "true" else "no index row of which the rule speaks.",
    )


def _coarse_below_fine() -> Check:
    pairs = ", ".join(f"('{coarse}', '{fine}')" for coarse, fine in NESTED)
    return Check(
        gate="G3",
        name="coarse_partition_below_fine",
        scope=INDEX,
        metric="excess of the coarser index, or dissimilarity, over the finer, per pair and month",
        threshold=f"at most {threshold('identity'):g}",
        measure=f"""
            with index_rows as (
                select partition, alpha, period, area_code, mismatch, jackman_roper
                from mart.{INDEX}
                where data_source = 'register'
                    and mismatch is not null
            ),
            compared as (
                select
                    nested.coarser,
                    nested.finer,
                    coarse.alpha,
                    coarse.period,
                    coarse.area_code,
                    greatest(coarse.mismatch - fine.mismatch, coarse.jackman_roper - fine.jackman_roper) as excess
                from (values {pairs}) as nested(coarser, finer)
                join index_rows as coarse on coarse.partition = nested.coarser
                join index_rows as fine
                    on fine.partition = nested.finer
                    and fine.area_code = coarse.area_code
                    and fine.period = coarse.period
                    and fine.alpha = coarse.alpha
            )
            select
                concat(coarser, ' over ', finer, ', ', arg_max(concat(area_code, ', alpha ', alpha), excess)) as place,
                period,
                max(excess) as observed
            from compared
            group by coarser, finer, period
            order by period, place
        """,
        **between(None, threshold("identity")),
        fault="a coarser partition has a larger index than the finer one that it sums up.",
        mend="Merging cells never raises M: the two are not of the same cells, or the fill broke a margin.",
    )


def _split(name: str, *, excess: str, rule: str, where: str = "true") -> Check:
    return Check(
        gate="G3",
        name=name,
        scope=SPLIT,
        metric=f"excess over '{rule}', per level, alpha and month",
        threshold=f"at most {threshold('identity'):g}",
        measure=f"""
            select concat(occupation_level, ', alpha ', alpha) as place, period, {excess} as observed
            from mart.{SPLIT}
            where reason = 'ok'
                and {where}
            order by period, place
        """,
        **between(None, threshold("identity")),
        fault=f"'{rule}' does not hold.",
        mend="It follows by algebra: look whether the indices are of the same cells, X codes left out.",
        when_empty="no month with a split.",
    )


def _split_of_the_index() -> Check:
    return Check(
        gate="G3",
        name="split_is_of_the_published_index",
        scope=SPLIT,
        metric="differences of the indices that are split from those of fct_mismatch_index, and rows that lack",
        threshold=f"at most {threshold('identity'):g}",
        measure=f"""
            with index_rows as (
                select partition, alpha, period, mismatch
                from mart.{INDEX}
                where data_source = 'register'
                    and area_code = 'SSS'
            )
            select
                concat(pairs.partition, ', alpha ', pairs.alpha) as place,
                pairs.period,
                case
                    when split.period is null then 1
                    when split.reason <> 'ok' then 0
                    else greatest(
                        abs(split.mismatch_region_occupation - pairs.mismatch),
                        abs(split.mismatch_occupation - occupations.mismatch)
                    )
                end as observed
            from index_rows as pairs
            join index_rows as occupations
                on concat('region_x_', occupations.partition) = pairs.partition
                and occupations.alpha = pairs.alpha
                and occupations.period = pairs.period
            left join mart.{SPLIT} as split
                on split.occupation_level = occupations.partition
                and split.alpha = pairs.alpha
                and split.period = pairs.period
            order by pairs.period, place
        """,
        **between(None, threshold("identity")),
        fault="the split is of another index than the published one, or a month has none.",
        mend="fct_mismatch_decomposition and fct_mismatch_index must read the same scores.",
    )
