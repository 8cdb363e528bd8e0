"""Which count a withheld one is given, so that no number published of a market rests on one or two fills.

Belongs here: the rule that transport and accessibility share, so that their totals agree. Does not belong here: which
rows are shown (placement_release.py, accessibility_table.py).

A market is published as sums over areas: own_region, cross_region, and the vacancies that fall to the areas whose own
numbers are withheld. Where such a sum holds one or two fills, the whole market is computed from the middles of the
public intervals. Contract: 2.4.2.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assets.matching.masses import BoolArray, IntArray, Masses
from assets.matching.roll_up import FEWEST_BLANKS_RELEASED


def releasable_masses(masses: Masses) -> Masses:
    """`masses` with the middle for each withheld count where a published sum of the market would rest on one or two
    fills; where a middle is not known, the market has NaN on both sides."""
    rests_on_few = is_few(_fills_in_own(masses)) | _cross_rests_on_few(masses) | is_few(_fills_in_withheld(masses))
    released = replace(
        masses,
        unemployed=masses.unemployed.with_middles(rests_on_few),
        vacancies=masses.vacancies.with_middles(rests_on_few),
    )
    return replace(
        released,
        unemployed=released.unemployed.without(~released.is_known),
        vacancies=released.vacancies.without(~released.is_known),
    )


def is_few(fills: IntArray) -> BoolArray:
    """Where a sum holds fills, but too few of them to be published."""
    few: BoolArray = (fills > 0) & (fills < FEWEST_BLANKS_RELEASED)
    return few


def _fills_in_own(masses: Masses) -> IntArray:
    """Fills that Σ min(U, V) sums: those of the smaller side."""
    is_vacancies = masses.vacancies.counts <= masses.unemployed.counts
    return _summed(np.where(is_vacancies, masses.vacancies.fills, masses.unemployed.fills))


def _cross_rests_on_few(masses: Masses) -> BoolArray:
    """Whether cross_region sums one or two fills: it sums those of areas where the side that runs short exceeds the
    other. With flexible vacancies either side may run short."""
    surplus = masses.unemployed.counts - masses.vacancies.counts
    fills = masses.unemployed.fills + masses.vacancies.fills
    balance = surplus.sum(axis=1)
    rests_on_vacancies = is_few(_summed(np.where(surplus < 0, fills, 0)))
    rests_on_unemployed = is_few(_summed(np.where(surplus > 0, fills, 0)))
    is_flexible = masses.flexible > 0
    few: BoolArray = np.where(balance >= 0, rests_on_vacancies, rests_on_unemployed)
    return few | (is_flexible & (rests_on_vacancies | rests_on_unemployed))


def _summed(fills: IntArray) -> IntArray:
    total: IntArray = fills.sum(axis=1)
    return total


def _fills_in_withheld(masses: Masses) -> IntArray:
    """Fills of jobseekers in the areas whose own accessibility is withheld: what falls to them is summed."""
    return _summed(np.where(masses.is_shown, 0, masses.unemployed.fills))
