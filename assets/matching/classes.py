"""How likely a market is in each class of tightness.

Belongs here: probabilities of the classes, for a known and for a withheld count. Does not belong here: where they are
cut (seed tension_class), how far a tightness is shrunk (shrinkage.py), which class is published (fct_tension_class).

Classes after UWV's Spanningsindicator; indicators contract I02, I06 and, for withheld counts, 2.4.5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assets.matching.shrinkage import posterior_below

Floats = npt.NDArray[np.float64]


def class_probabilities(
    cuts: Sequence[float], *, prior: Floats, k: Floats, unemployed: Floats, vacancies: Floats
) -> Floats:
    """Probability of each class, classes being cut at the tightness `cuts`, ascending: (n, cuts + 1), rows add up to 1.

    A class holds its lower cut. The other arguments (n) as in shrinkage.py. NaN in, NaN out.
    """
    below = [posterior_below(cut, prior=prior, k=k, unemployed=unemployed, vacancies=vacancies) for cut in cuts]
    known = np.where(np.isnan(below[0]), np.nan, 1.0)
    return np.diff(np.stack([0.0 * known, *below, known], axis=-1), axis=-1)


def interval_probabilities(
    cuts: Sequence[float],
    *,
    prior: Floats,
    k: Floats,
    unemployed: tuple[Floats, Floats],
    vacancies: tuple[Floats, Floats],
) -> Floats:
    """Mean of class_probabilities over all counts that the intervals admit, each with equal weight: (n, classes).

    `unemployed`, `vacancies`: lowest and highest count, (n) each; they are whole numbers apart, and equal where the
    count is known. With public intervals it says nothing about a withheld count itself.
    """
    wide = [np.round(high - low).astype(np.int64) for low, high in (unemployed, vacancies)]
    total = np.zeros((len(prior), len(cuts) + 1))
    for more_unemployed in range(int(wide[0].max(initial=-1)) + 1):
        for more_vacancies in range(int(wide[1].max(initial=-1)) + 1):
            rows = (wide[0] >= more_unemployed) & (wide[1] >= more_vacancies)
            if rows.any():
                total[rows] += class_probabilities(
                    cuts,
                    prior=prior[rows],
                    k=k[rows],
                    unemployed=unemployed[0][rows] + more_unemployed,
                    vacancies=vacancies[0][rows] + more_vacancies,
                )
    combinations: Floats = ((wide[0] + 1) * (wide[1] + 1))[:, None].astype(np.float64)
    return total / combinations
