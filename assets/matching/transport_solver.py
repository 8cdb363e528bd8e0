"""Least-cost transport, many small problems at once, each proven optimal.

Belongs here: the linear programme, its solver (HiGHS), the proof. Does not belong here: whose supply and demand it
is (transport.py). Hitchcock 1941; Villani 2009. Contract: I18, "Solver".

One call of scipy's `linprog` costs 1.8 ms whatever the problem; a year of occupations has thousands. So problems that
share nothing are laid side by side in one programme of some thousand pairs, which takes 0.2 ms a problem, and
HiGHS' presolve, which finds nothing in a transport problem, is off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

PAIRS_AT_ONCE = 3_000
"""Columns of one linear programme."""

TIE_BREAK = 1e-7
"""Added to the cost of a pair, times its rank: among plans of one cost, always the same one is taken."""

SOLVER_TOLERANCE = 1e-10
"""HiGHS' own feasibility tolerances: the smallest it takes, and far finer than the tie-break."""

FEASIBLE = 1e-8
"""Largest error of a sum of a plan, as a share of what is moved."""

OPTIMAL = 1e-6
"""Largest gap between the cost of a plan and its dual, and largest violation of a dual constraint, relative to the
cost per unit."""


class TransportError(Exception):
    """A transport problem is not posed rightly, or its solution is not proven."""


@dataclass(frozen=True, slots=True)
class Plans:
    """Who goes where, a row a pair with some mass: `mass[i]` of problem `problem[i]`, from `origin[i]` to
    `destination[i]`, in the unit of the supply; ordered by problem, origin, destination."""

    problem: IntArray
    origin: IntArray
    destination: IntArray
    mass: FloatArray


def least_cost_plans(supply: FloatArray, demand: FloatArray, cost: FloatArray) -> Plans:
    """The cheapest plan of each problem.

    supply: problems x origins, demand: problems x destinations, both not negative and of one sum in each problem;
    cost: origins x destinations, the same for all problems, not negative. A problem without mass has no rows.
    Ties are broken by adding TIE_BREAK times the rank of the pair; the rank is by cost, then by place. (A rank by
    place alone, origin by origin, adds one number to an origin and one to a destination, and so the same to every
    plan: it breaks no tie.)
    Raises TransportError: masses do not fit, or a solution fails its proof (status, feasibility, duality).
    """
    moved = _moved(supply, demand, cost)
    ranked = cost + TIE_BREAK * _ranks(cost)
    with np.errstate(invalid="ignore"):
        shares = np.where(moved[:, None] > 0, supply / moved[:, None], 0.0)
        wanted = np.where(moved[:, None] > 0, demand / moved[:, None], 0.0)
    parts = [_solve(shares[batch], wanted[batch], ranked, batch) for batch in _batches(shares, wanted)]
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return Plans(nothing, nothing, nothing, np.zeros(0))
    problem, origin, destination = (np.concatenate([part[field] for part in parts]) for field in range(3))
    share = np.concatenate([part[3] for part in parts])
    return Plans(problem, origin, destination, share * moved[problem])


def _moved(supply: FloatArray, demand: FloatArray, cost: FloatArray) -> FloatArray:
    moved: FloatArray = supply.sum(axis=1)
    fits = supply.min(initial=0) >= 0 and demand.min(initial=0) >= 0 and cost.min(initial=0) >= 0
    if not fits or not np.allclose(moved, demand.sum(axis=1), rtol=1e-9, atol=1e-12):
        raise TransportError("transport: supply and demand must not be negative, and of one sum in each problem.")
    return moved


def _ranks(cost: FloatArray) -> FloatArray:
    ranks = np.empty(cost.size)
    ranks[np.argsort(cost.ravel(), kind="stable")] = np.arange(cost.size)
    return ranks.reshape(cost.shape)


def _batches(supply: FloatArray, demand: FloatArray) -> Iterator[IntArray]:
    """Numbers of problems with mass, in order, so many at a time that their pairs fill one programme."""
    pairs = (supply > 0).sum(axis=1) * (demand > 0).sum(axis=1)
    problems = np.flatnonzero(pairs)
    if problems.size:
        filled = np.cumsum(pairs[problems]) // PAIRS_AT_ONCE
        yield from np.split(problems, np.flatnonzero(np.diff(filled)) + 1)


@dataclass(frozen=True, slots=True)
class Programme:
    """Some problems side by side. Columns are pairs, rows are sums: what origins send, then what destinations take.

    Shares of what a problem moves; `cost` of a pair.
    """

    problem: IntArray
    origin: IntArray
    destination: IntArray
    cost: FloatArray
    matrix: csr_array
    sums: FloatArray
    owner: IntArray
    """Problem of each row."""
    redundant: IntArray
    """The last row of each problem, which follows from its others."""


def programme_of(supply: FloatArray, demand: FloatArray, cost: FloatArray) -> Programme:
    """The programme of problems x origins and problems x destinations; only pairs with mass on both ends."""
    sends, takes = supply > 0, demand > 0
    problem, origin, destination = np.nonzero(sends[:, :, None] & takes[:, None, :])
    origin_row = (np.cumsum(sends) - 1).reshape(sends.shape)
    destination_row = (np.cumsum(takes) - 1).reshape(takes.shape) + np.count_nonzero(sends)
    rows = np.concatenate([origin_row[problem, origin], destination_row[problem, destination]])
    columns = np.tile(np.arange(problem.size), 2)
    sums = np.concatenate([supply[sends], demand[takes]])
    return Programme(
        problem=problem,
        origin=origin,
        destination=destination,
        cost=cost[origin, destination],
        matrix=csr_array((np.ones(rows.size), (rows, columns)), shape=(sums.size, problem.size)),
        sums=sums,
        owner=np.concatenate([np.nonzero(sends)[0], np.nonzero(takes)[0]]),
        redundant=np.count_nonzero(sends) + np.cumsum(takes.sum(axis=1)) - 1,
    )


def _solve(
    supply: FloatArray, demand: FloatArray, cost: FloatArray, numbers: IntArray
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Problem, origin, destination and share of each pair used, of the problems `numbers`."""
    programme = programme_of(supply, demand, cost)
    kept = np.delete(np.arange(programme.sums.size), programme.redundant)
    answer = linprog(
        programme.cost,
        A_eq=programme.matrix[kept],
        b_eq=programme.sums[kept],
        method="highs",
        options={
            "presolve": False,
            "primal_feasibility_tolerance": SOLVER_TOLERANCE,
            "dual_feasibility_tolerance": SOLVER_TOLERANCE,
        },
    )
    if answer.status != 0:
        raise TransportError(f"transport: HiGHS gave up with status {answer.status}, {answer.message}")
    duals = np.zeros(programme.sums.size)
    duals[kept] = answer.eqlin.marginals
    require_proof(programme, answer.x, duals, numbers)
    used = answer.x > SOLVER_TOLERANCE
    return (
        numbers[programme.problem[used]],
        programme.origin[used],
        programme.destination[used],
        answer.x[used],
    )


def require_proof(programme: Programme, plan: FloatArray, duals: FloatArray, numbers: IntArray) -> None:
    """Weak duality, problem by problem: a feasible plan that costs no more than a feasible dual earns is optimal.

    plan: mass of each pair; duals: price of each sum; numbers: what the problems are called in a message.
    Raises TransportError: sums off, negative mass, a dual that is not feasible, or a gap between cost and dual.
    """

    def by_problem(owner: IntArray, values: FloatArray) -> FloatArray:
        return np.bincount(owner, values, minlength=numbers.size).astype(np.float64)

    spent = by_problem(programme.problem, programme.cost * plan)
    earned = by_problem(programme.owner, duals * programme.sums)
    excess = np.maximum(programme.matrix.T @ duals - programme.cost, 0)
    faults = {
        "sums off": by_problem(programme.owner, abs(programme.matrix @ plan - programme.sums)) > FEASIBLE,
        "negative mass": by_problem(programme.problem, np.maximum(-plan, 0)) > FEASIBLE,
        "dual not feasible": by_problem(programme.problem, excess) > OPTIMAL,
        "cost and dual apart": abs(spent - earned) > OPTIMAL * np.maximum(1, spent),
    }
    for fault, broken in faults.items():
        if broken.any():
            raise TransportError(
                f"transport: problem {numbers[broken.argmax()]} is not solved: {fault}. Look at its masses and costs."
            )
