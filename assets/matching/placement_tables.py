"""The tables `transport_totals` and `placement_moves`: what the two transport plans of each market come to, and who
would go where.

Belongs here: from counts to rows. Does not belong here: the plans (transport.py), what may be shown
(placement_release.py), reasons and ratios (dbt: fct_transport_summary, fct_cross_region_placement).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.matching.market_reads import DEPS, MARKET_COLUMNS, MARKET_KEY, READS
from assets.matching.table import Frames, MatchingTable

if TYPE_CHECKING:
    import polars as pl
    from matplotlib.figure import Figure

    from assets.matching.masses import Masses
    from assets.matching.placement_release import Moves

LOCATED, WITH_FLEXIBLE = "located", "with_flexible"
"""Variants of the placement plan: posts in the areas alone, or flexible posts too, within everybody's reach."""

FLEXIBLE_CODE = "FLEX"
"""Where posts without a place are filled."""

ASSUMPTIONS = (
    "It takes the same occupation code for the same job and a straight line for the way, and leaves skills, housing, "
    "pay, will and family aside: an upper reading of need from registers, not a forecast, and no shortage of persons. "
    "Only about a third of the long-term unemployed look for work beyond their region (Kurvinen et al. 2019)."
)

DECIMALS = 9
"""To which persons and km are rounded, so that machines agree."""

INDEX_DECIMALS = 13

TOTAL_COLUMNS = {
    **MARKET_COLUMNS,
    "unemployed": "double",
    "vacancies": "double",
    "flexible_vacancies": "double",
    "w1_km": "double",
    "jackman_roper": "double",
    "own_region": "double",
    "cross_region": "double",
    "flexible_placed": "double",
    "cross_region_with_flexible": "double",
}
MOVE_COLUMNS = {
    **MARKET_COLUMNS,
    "variant": "varchar",
    "from_area_code": "varchar",
    "to_area_code": "varchar",
    "persons": "double",
    "person_km": "double",
}


def transport_totals(frames: Frames) -> pl.DataFrame:
    """One row a market: columns of TOTAL_COLUMNS, sorted by MARKET_KEY.

    `frames` as READS. unemployed, vacancies: the counts that the plans start from, withheld ones as
    market_release.py says; all numbers NULL where these can't be given. flexible_*: NULL without such a location in
    the source's month. w1_km, jackman_roper: plan (a), NULL where a side is empty. own_region, cross_region,
    flexible_placed, cross_region_with_flexible: plan (b), which needs no programme for them. Contract: I18.
    """
    import polars as pl

    from assets.matching.market_release import releasable_masses
    from assets.matching.masses import market_masses

    parts = [_totals(releasable_masses(masses)) for masses in market_masses(frames)]
    return _sorted(pl.concat(parts) if parts else pl.DataFrame(schema=list(TOTAL_COLUMNS)), MARKET_KEY)


def _totals(masses: Masses) -> pl.DataFrame:
    import numpy as np
    import polars as pl

    from assets.matching.transport import resort

    u, v = masses.unemployed.counts, masses.vacancies.counts
    unemployed, vacancies, own = (np.round(counts.sum(axis=1), DECIMALS) for counts in (u, v, np.minimum(u, v)))
    w1_km, jackman_roper = np.full((2, len(u)), np.nan)
    has_shares = (unemployed > 0) & (vacancies > 0)
    plan = resort(u[has_shares], v[has_shares], masses.distances.km)
    w1_km[has_shares], jackman_roper[has_shares] = plan.w1_km, plan.moved_share
    seeking, open_elsewhere = unemployed - own, vacancies - own
    flexible_placed = np.minimum(seeking, masses.flexible)
    numbers = {
        "unemployed": unemployed,
        "vacancies": vacancies,
        "flexible_vacancies": masses.flexible,
        "w1_km": w1_km,
        "jackman_roper": jackman_roper,
        "own_region": own,
        "cross_region": np.minimum(seeking, open_elsewhere),
        "flexible_placed": flexible_placed,
        "cross_region_with_flexible": np.minimum(seeking - flexible_placed, open_elsewhere),
    }
    rounded = {
        name: np.round(values, INDEX_DECIMALS if name == "jackman_roper" else DECIMALS) + 0.0
        for name, values in numbers.items()
    }
    return masses.markets.with_columns(**{name: pl.Series(values).fill_nan(None) for name, values in rounded.items()})


def placement_moves(frames: Frames) -> pl.DataFrame:
    """The moves of each market's placement plans that may be shown: columns of MOVE_COLUMNS, sorted.

    `frames` as READS. persons who would fill a vacancy of another area, and their km together; `other` stands for
    the areas that a row does not name. Rows of a market and variant add up to its cross_region. In the variant
    with_flexible, one row more: posts filled at no place, from `other` to FLEX. Contract: I18.
    """
    import polars as pl

    from assets.matching.market_release import releasable_masses
    from assets.matching.masses import market_masses

    parts = []
    for everything in market_masses(frames):
        masses = releasable_masses(everything)
        masses = masses.at(masses.is_known)
        parts.append(_moves(masses, LOCATED))
        parts.append(_moves(masses.at(masses.flexible > 0), WITH_FLEXIBLE))
    moves = pl.concat(parts) if parts else pl.DataFrame(schema=list(MOVE_COLUMNS))
    return _sorted(moves.select(*MOVE_COLUMNS), (*MARKET_KEY, "variant", "from_area_code", "to_area_code"))


def _moves(masses: Masses, variant: str) -> pl.DataFrame:
    import numpy as np
    import polars as pl

    from assets.matching.placement_release import OTHER, shown_moves
    from assets.matching.transport import place

    placement = place(
        masses.unemployed.counts,
        masses.vacancies.counts,
        masses.distances.km,
        flexible=masses.flexible if variant == WITH_FLEXIBLE else None,
    )
    moves = _with_codes(shown_moves(placement.moves, masses), masses)
    flexibly = np.flatnonzero(placement.flexible > 0)
    at_no_place = masses.markets[flexibly].with_columns(
        from_area_code=pl.lit(OTHER),
        to_area_code=pl.lit(FLEXIBLE_CODE),
        persons=pl.Series(np.round(placement.flexible[flexibly], DECIMALS)),
        person_km=pl.lit(0.0),
    )
    return pl.concat([moves, at_no_place]).with_columns(variant=pl.lit(variant))


def _with_codes(moves: Moves, masses: Masses) -> pl.DataFrame:
    import numpy as np
    import polars as pl

    from assets.matching.placement_release import OTHER

    codes = np.array([*masses.distances.area_codes, OTHER])  # OTHER is position -1
    return masses.markets[moves.market].with_columns(
        from_area_code=pl.Series(codes[moves.from_area], dtype=pl.String),
        to_area_code=pl.Series(codes[moves.to_area], dtype=pl.String),
        persons=pl.Series(np.round(moves.persons, DECIMALS)),
        person_km=pl.Series(np.round(moves.person_km, DECIMALS)),
    )


def _sorted(frame: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    return frame.sort(key)


def draw_totals(_: Frames, totals: pl.DataFrame) -> Figure:
    """Over time, all unit groups together: posts that the own region can fill, and those that only others can."""
    import polars as pl

    from assets.matching.pictures import new_figure

    months = (
        totals.filter((pl.col("area_level") == "region") & (pl.col("occupation_level") == "occ4"))
        .group_by("period")
        .agg(pl.col("own_region", "cross_region").sum())
        .sort("period")
    )
    figure = new_figure()
    axes = figure.subplots()
    axes.stackplot(
        months["period"].to_list(),
        months["own_region"].to_list(),
        months["cross_region"].to_list(),
        labels=["filled from the own region", "filled from other regions"],
        colors=["#9ecae1", "#d94801"],
    )
    axes.set_ylabel("vacancies")
    axes.set_title("Vacancies that registered jobseekers of the occupation could fill", fontsize=9)
    axes.legend(loc="upper left", fontsize=7)
    return figure


def draw_moves(frames: Frames, moves: pl.DataFrame) -> Figure:
    """From where to where, newest month, all unit groups together; only what is named."""
    import numpy as np
    import polars as pl

    from assets.matching.grid import Grid
    from assets.matching.pictures import new_figure

    newest = moves.filter(
        (pl.col("area_level") == "region")
        & (pl.col("occupation_level") == "occ4")
        & (pl.col("variant") == LOCATED)
        & (pl.col("period") == pl.col("period").max())
    )
    areas = frames["areas"].filter(pl.col("area_level") == "region")
    pairs = newest.group_by("from_area_code", "to_area_code").agg(pl.col("persons").sum())
    codes = areas["area_code"]
    matrix = Grid({"from_area_code": codes, "to_area_code": codes}).floats(pairs, "persons")
    figure = new_figure(6.4, 5.6)
    axes = figure.subplots()
    image = axes.imshow(np.where(matrix > 0, matrix, np.nan), cmap="viridis_r", aspect="auto")
    axes.set_xticks(range(len(codes)), areas["area_name_en"].to_list(), rotation=90, fontsize=7)
    axes.set_yticks(range(len(codes)), areas["area_name_en"].to_list(), fontsize=7)
    axes.set_xlabel("vacancies in", fontsize=8)
    axes.set_ylabel("jobseekers of", fontsize=8)
    axes.set_title(f"Placement across regions, {str(newest['period'].max())[:7]}: persons", fontsize=9)
    figure.colorbar(image)
    return figure


AREA_NAMES = """
    select area_level, area_code, area_name_en
    from ref.area
    where not is_residual and area_code in (select from_area_code from ref.area_distance)
    order by area_code
"""

TRANSPORT_TOTALS = MatchingTable(
    name="transport_totals",
    description=(
        "Of every occupation and month, over regions and over employment areas: the cheapest re-sorting of jobseekers "
        "to equal tightness (km per jobseeker, share who move), and how many vacancies the own area's jobseekers "
        f"could fill and how many only those of others (I18). {ASSUMPTIONS}"
    ),
    columns=TOTAL_COLUMNS,
    key=MARKET_KEY,
    reads=READS,
    deps=DEPS,
    compute=transport_totals,
    draw=draw_totals,
)

PLACEMENT_MOVES = MatchingTable(
    name="placement_moves",
    description=(
        "Who could fill whose vacancies at the least distance, once every area has filled its own: pairs of areas by "
        f"occupation and month, as far as they may be shown (I18). {ASSUMPTIONS}"
    ),
    columns=MOVE_COLUMNS,
    key=(*MARKET_KEY, "variant", "from_area_code", "to_area_code"),
    reads={**READS, "areas": AREA_NAMES},
    deps=(*DEPS, "area"),
    compute=placement_moves,
    draw=draw_moves,
)
