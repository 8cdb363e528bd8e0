"""The verdict: all results about one candidate file, bound to its bytes, and the decision that follows from
them.

Belongs here: the decision rule and its file. Does not belong here: the checks, and what is done with the
verdict.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from quality.result import CheckResult, Severity
from quality.thresholds import required_gates


class VerdictError(Exception):
    """A verdict file is missing or unreadable."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """May the file with SHA-256 `candidate_sha256` be published?

    Green if and only if nothing blocks and every gate in `required` left at least one result: a gate that did
    not run is a failure. `required` is by default what `thresholds.yml` declares.
    """

    candidate_sha256: str
    decided_at: datetime
    results: Sequence[CheckResult]
    required: frozenset[str] = field(default_factory=required_gates)

    @property
    def held_by(self) -> list[CheckResult]:
        """What holds the candidate back: blocking failures, broken checks, and one entry for each gate that
        did not run."""
        present = {result.gate for result in self.results}
        missing = [_did_not_run(gate) for gate in sorted(self.required - present)]
        return [result for result in self.results if result.blocks] + missing

    @property
    def let_through(self) -> list[CheckResult]:
        """What failed and holds nothing back: series that a gate withholds, and warnings."""
        return [result for result in self.results if not result.is_passed and not result.blocks]

    @property
    def is_green(self) -> bool:
        """Nothing holds the candidate back."""
        return not self.held_by

    def to_json(self) -> bytes:
        """The verdict as JSON: what was decided about which bytes, and every result."""
        document = {
            "candidate_sha256": self.candidate_sha256,
            "decided_at": self.decided_at.isoformat(),
            "is_green": self.is_green,
            "required": sorted(self.required),
            "results": [_to_json(result) for result in self.results],
        }
        return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Verdict:
        """The verdict in `content`, judged anew from its results (`is_green` there is for human readers only).

        Gates declared today are required too, so an old verdict can't open a gate that it never knew. Raises
        VerdictError.
        """
        try:
            document = json.loads(content)
            return cls(
                candidate_sha256=document["candidate_sha256"],
                decided_at=datetime.fromisoformat(document["decided_at"]),
                results=[_from_json(entry) for entry in document["results"]],
                required=frozenset(document["required"]) | required_gates(),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise VerdictError(f"verdict: not readable ({error!r}). Judge the candidate again.") from error


def _did_not_run(gate: str) -> CheckResult:
    return CheckResult(
        gate=gate,
        check_name="gate_ran",
        scope="candidate",
        metric="results",
        observed=0.0,
        threshold="at least one result",
        is_passed=False,
        severity=Severity.BLOCK,
        message=(
            f"Gate {gate} is declared in quality/thresholds.yml but left no result: judge the candidate with all gates."
        ),
    )


def _to_json(result: CheckResult) -> dict[str, Any]:
    entry = asdict(result)
    entry["period"] = result.period.isoformat() if result.period else None
    if result.observed is not None and result.observed != result.observed:
        entry["observed"] = None
    elif result.observed in (float("inf"), float("-inf")):
        entry["observed"] = str(result.observed)
    return entry


def _from_json(entry: dict[str, Any]) -> CheckResult:
    observed = entry["observed"]
    return CheckResult(
        **{
            **entry,
            "observed": None if observed is None else float(observed),
            "severity": Severity(entry["severity"]),
            "period": date.fromisoformat(entry["period"]) if entry["period"] else None,
        }
    )
