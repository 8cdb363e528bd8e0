"""Random counts for withheld cells, with the same totals as the fill: how far an index depends on what is withheld.

Belongs here: the draws and their seeds. Does not belong here: the fill that the headline uses (fill.py), what is
computed from the draws (uncertainty.py).

Method: multiple imputation (Rubin 1987) by a multivariate hypergeometric draw; indicators contract 2.3.
"""

from __future__ import annotations

import datetime as dt
import hashlib

import numpy as np
import numpy.typing as npt

from assets.matching.fill import HIGHEST, LOWEST

Counts = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

DRAWS = 20
"""Fills drawn for each month and measure."""
METHOD_VERSION = "1.0"
"""Part of every seed; that of dbt_project.yml, which a test compares."""


class InfeasibleError(ValueError):
    """No counts within what each withheld one can be add up to their total (gate G2)."""


def seeded(period: dt.date, measure: str) -> np.random.Generator:
    """The generator of one month and measure: the same on every machine, whichever other months are computed."""
    words = f"{period:%Y-%m}/{measure}/{METHOD_VERSION}"
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(words.encode()).digest())))


def draw_blanks(
    generator: np.random.Generator, rest: int, lowest: Counts, highest: Counts, draws: int = DRAWS
) -> Counts:
    """`draws` x n counts, each row with sum `rest`: the lowest counts, and a draw of what is left from the slots above.

    `lowest`, `highest` (n): what each cell can be. Raises InfeasibleError where no such counts exist.
    """
    slots, left = highest - lowest, rest - int(lowest.sum())
    if not 0 <= left <= slots.sum():
        raise InfeasibleError(f"no counts from {lowest.tolist()} to {highest.tolist()} add up to {rest}")
    # This method only shuffles integers, so that it draws the same everywhere; the other one takes logarithms.
    drawn: Counts = generator.multivariate_hypergeometric(slots, left, size=draws, method="count")
    return lowest + drawn


def draw_rows(generator: np.random.Generator, visible: Counts, is_blank: Bools, rest: Counts) -> Counts:
    """Drawn counts (draw, area, cell): `visible` (area, cell) with its blanks drawn to the `rest` (area) of each area.

    Areas are drawn in their order. Raises InfeasibleError where an area can't be filled.
    """
    counts = np.repeat(visible[None], DRAWS, axis=0)
    for area in np.flatnonzero(is_blank.any(axis=-1)):
        blanks = np.flatnonzero(is_blank[area])
        counts[:, area, blanks] = draw_blanks(generator, int(rest[area]), *_public(len(blanks)))
    return counts


def draw_children(
    generator: np.random.Generator, bounds: tuple[Counts, Counts], parents: Counts, parent_of: Counts
) -> Counts:
    """Drawn counts (draw, cell) of areas within others, to totals of those that may be drawn themselves.

    `bounds` (lowest, highest of each cell): what the count can be, the same number twice where it is published.
    `parents` (draw, parent): totals; `parent_of` (cell): place of each one's parent. Raises InfeasibleError where
    the cells of a parent can't be filled.
    """
    lowest, highest = bounds
    is_blank = lowest < highest
    counts = np.repeat(lowest[None], DRAWS, axis=0)
    for parent in np.unique(parent_of[is_blank]):
        siblings = parent_of == parent
        blanks = np.flatnonzero(siblings & is_blank)
        rests = parents[:, parent] - lowest[siblings & ~is_blank].sum()
        if (rests == rests[0]).all():
            counts[:, blanks] = draw_blanks(generator, int(rests[0]), lowest[blanks], highest[blanks])
        else:
            drawn = [draw_blanks(generator, int(rest), lowest[blanks], highest[blanks], draws=1) for rest in rests]
            counts[:, blanks] = np.concatenate(drawn)
    return counts


def _public(blanks: int) -> tuple[Counts, Counts]:
    return np.full(blanks, int(LOWEST), dtype=np.int64), np.full(blanks, int(HIGHEST), dtype=np.int64)
