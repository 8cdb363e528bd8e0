"""At the gate: may this candidate mart be published?

Belongs here: opening the candidate and putting all gates together. Does not belong here: a rule.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from quality.anchors import anchor_checks, anchor_keys
from quality.contributions import contribution_checks
from quality.disclosure_checks import disclosure_checks
from quality.expect import Check, judge
from quality.gates_coverage import coverage_checks
from quality.gates_series import series_checks
from quality.identities import identity_checks
from quality.placement import placement_checks
from quality.ratings import rating_checks
from quality.result import CheckResult
from quality.shares import share_checks
from quality.stability import stability_checks
from quality.suppression import suppression_checks
from quality.values import freshness_checks, value_checks

GATES = {
    "G1": "Shares of a partition add to one, their totals are sums of the same cells, and the index can be recomputed.",
    "G2": "What the source withholds stays withheld: no visible 1-4, no sum and no set of tables gives one away.",
    "G3": "Identities hold: 0 <= M <= JR, coarse below fine, every value within its bounds.",
    "G4": "Where too many have no usable occupation, or suddenly more, indicators by occupation are blank.",
    "G5": "What was published stays: no changed past number on one regional division, none of the country ever.",
    "G6": "Where too many vacancies have no place, tightness of areas is flagged, then blank.",
    "G7": "Where the register covers the survey too oddly, vacancies raked to it are blank.",
    "G8": "The barometer's published ratings follow the formula that this mart infers for them.",
    "G9": "Nothing that stands on an estimated elasticity is published while it can't be estimated.",
    "G10": "Known answers are met: published values of the index, as far as the months reach.",
    "values": "A number is there if and only if its reason is ok; shares lie in 0 to 1; rates equal the printed ones.",
    "freshness": "The newest month is as new as the source's release calendar lets expect.",
}
"""The gates that `judge_candidate` answers for: name -> what each demands."""


def judge_candidate(database: Path, *, data_kind: str) -> list[CheckResult]:
    """Judge the mart in the DuckDB file `database` (schema `mart`) with every gate; the file is only read.

    `data_kind` is 'synthetic', 'recorded' or 'live': it chooses the answer keys of G10 and whether an old newest
    month blocks. Raises duckdb.Error when the file can't be opened, ThresholdError for an unknown data kind.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        return judge(connection, _all_checks(data_kind, _division_year(connection)))


def candidate_checks() -> dict[str, str]:
    """Name and description of every check that `judge_candidate` makes, in its order; the same for all data."""
    return {check.name: check.description for check in _all_checks("recorded", None)}


def _all_checks(data_kind: str, division_year: int | None) -> list[Check]:
    return [
        *share_checks(),
        *contribution_checks(),
        *suppression_checks(),
        *disclosure_checks(),
        *identity_checks(),
        *placement_checks(),
        *rating_checks(),
        *stability_checks(),
        *series_checks(),
        *coverage_checks(),
        *anchor_checks(anchor_keys(data_kind), division_year=division_year),
        *value_checks(),
        *freshness_checks(data_kind),
    ]


def _division_year(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The regional division of the mart's stocks; None when the source named none, or the table is not there.

    A missing table is no error here: the checks that need it report it.
    """
    try:
        found = connection.execute("select max(division_year) from mart.fct_market_stock").fetchone()
    except duckdb.CatalogException:
        return None
    return found[0] if found else None
