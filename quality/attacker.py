"""What an attacker can learn of a withheld count: the interval that linear equations leave it, by linear programming.

Belongs here: unknowns, constraints, the narrowest interval of an unknown, the comparison of two bodies of knowledge.
Does not belong here: which published numbers are constraints (`disclosure`). Contract: section 2.4; Hundepool et al.
2012, feasibility interval.

The linear relaxation is used on both sides: an attacker who also knows that counts are integers gains the same on both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOLVER_TOLERANCE = 1e-7
"""What an equation may be off by, relative to its terms: published numbers are rounded."""

NARROWED = 1e-4
"""An interval that is shorter by more than this is shorter."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """`low` <= sum of coefficient times unknown <= `high`; `terms` maps the number of an unknown to its coefficient.

    `origin` says in words where the constraint is published. `is_solvable`: a number from which the unknowns can be
    solved by a formula that is not linear; then the limits say nothing.
    """

    terms: Mapping[int, float]
    low: float
    high: float
    origin: str = ""
    is_solvable: bool = False

    @property
    def slack(self) -> float:
        """What rounding may move it by."""
        largest = max((abs(limit) for limit in (self.low, self.high) if abs(limit) < inf), default=0.0)
        return SOLVER_TOLERANCE * max(1.0, largest, max((abs(value) for value in self.terms.values()), default=0.0))


@dataclass(slots=True)
class Unknowns:
    """Withheld counts, numbered from 0 in the order in which they are added, with the interval that is public."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, low: float, high: float) -> int:
        """The number of a new unknown within [low, high]."""
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def __len__(self) -> int:
        return len(self.low)


@dataclass(frozen=True, slots=True)
class Finding:
    """An unknown about which the release says more than the source: both intervals, and where the release says it.

    `released` is None when the release contradicts what the source printed, and a point when it lets the unknown be
    solved; which point it is, only the solver knows.
    """

    unknown: int
    source: tuple[float, float]
    released: tuple[float, float] | None
    origins: tuple[str, ...]

    @property
    def lost(self) -> float:
        """How much shorter the interval became; of a contradiction all of it."""
        width = self.source[1] - self.source[0]
        return width if self.released is None else width - (self.released[1] - self.released[0])


def findings(
    unknowns: Unknowns,
    source: Sequence[Constraint],
    released: Sequence[Constraint],
    *,
    at_most: int | None = None,
    judge_all: bool = False,
) -> list[Finding]:
    """The unknowns that `released` narrows beyond `source`, each with what touches it; in order of their number.

    The release holds the source's own constraints too. An unknown that no released constraint reaches, directly or
    through others, has the same feasible set on both sides, so it is not computed unless `judge_all`. Unknowns that
    stand in a released constraint themselves come first; the search ends after `at_most` of those it judged.

    Raises ValueError when the source's own constraints contradict each other.
    """
    touched = {unknown for constraint in released for unknown in constraint.terms}
    solvable = {unknown for constraint in released if constraint.is_solvable for unknown in constraint.terms}
    linear = [constraint for constraint in released if not constraint.is_solvable]
    judged = range(len(unknowns)) if judge_all else sorted(touched)
    before, after = _System(unknowns, source), _System(unknowns, [*source, *linear])
    found = []
    for unknown in list(judged)[:at_most]:
        known = before.interval(unknown)
        if known is None:
            raise ValueError(f"the source's own numbers contradict each other around unknown {unknown}")
        finding = Finding(
            unknown,
            known,
            (known[0], known[0]) if unknown in solvable else after.interval(unknown),
            tuple(dict.fromkeys(constraint.origin for constraint in released if unknown in constraint.terms)),
        )
        if finding.released is None or finding.lost > NARROWED:
            found.append(finding)
    return found


class _System:
    """Constraints as sparse rows, split into blocks that share no unknown, so that a programme is small."""

    def __init__(self, unknowns: Unknowns, constraints: Sequence[Constraint]) -> None:
        import numpy as np
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        entries = [(n, u, c) for n, constraint in enumerate(constraints) for u, c in constraint.terms.items()]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(constraints), len(unknowns))
        self._matrix = coo_matrix((values, (rows, columns)), shape=shape).tocsr()
        slack = np.array([constraint.slack for constraint in constraints])
        self._low = np.array([constraint.low for constraint in constraints]) - slack
        self._high = np.array([constraint.high for constraint in constraints]) + slack
        self._bounds = np.column_stack([unknowns.low, unknowns.high])
        size = sum(shape)
        graph = coo_matrix((np.ones(len(rows)), (np.array(rows, int), np.array(columns, int) + shape[0])), (size, size))
        self._block = connected_components(graph, directed=False)[1]

    def interval(self, unknown: int) -> tuple[float, float] | None:
        """Smallest and largest value of `unknown`; None when nothing fits."""
        rows, columns = self._members(unknown)
        place = int((columns == unknown).argmax())
        ends = [self._optimum(rows, columns, place, sign) for sign in (1.0, -1.0)]
        low, high = ends
        return None if low is None or high is None else (low, -high)

    def _members(self, unknown: int) -> tuple[NDArray[Any], NDArray[Any]]:
        import numpy as np

        count = self._matrix.shape[0]
        mine = self._block == self._block[count + unknown]
        return np.flatnonzero(mine[:count]), np.flatnonzero(mine[count:])

    def _optimum(self, rows: NDArray[Any], columns: NDArray[Any], place: int, sign: float) -> float | None:
        """The smallest value of `sign` times the unknown at `place` of `columns`; None when infeasible."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp

        objective = np.zeros(len(columns))
        objective[place] = sign
        bounds = self._bounds[columns]
        constraints = []
        if len(rows):
            part = self._matrix[rows][:, columns]
            constraints = [LinearConstraint(part, self._low[rows], self._high[rows])]
        answer = milp(objective, constraints=constraints, bounds=Bounds(bounds[:, 0], bounds[:, 1]))
        if answer.status == INFEASIBLE:
            return None
        if answer.status != OPTIMAL:
            raise RuntimeError(
                f"HiGHS gave status {answer.status} ({answer.message}) for a programme of {len(rows)} rows"
            )
        return float(answer.fun)


OPTIMAL, INFEASIBLE = 0, 2
"""Of `scipy.optimize.milp`, which without integers is HiGHS's linear programme with two-sided rows."""
