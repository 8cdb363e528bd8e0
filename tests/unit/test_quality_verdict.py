"""The verdict: green only when every declared gate spoke and nothing blocks."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from math import inf, nan

import pytest

from quality.report import as_markdown
from quality.result import CheckResult, Severity
from quality.thresholds import ThresholdError, required_gates, threshold
from quality.verdict import Verdict, VerdictError

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SHA256 = "ab" * 32


def result(
    gate: str, *, passed: bool = True, severity: Severity = Severity.BLOCK, observed: float | None = 0.0
) -> CheckResult:
    return CheckResult(
        gate, "check", "table", "metric", observed, "0", passed, severity, "why | and what", date(2022, 10, 1)
    )


def all_gates() -> list[CheckResult]:
    return [result(gate) for gate in sorted(required_gates())]


def test_the_gates_of_this_release_are_required() -> None:
    assert required_gates() == {*(f"G{number}" for number in range(1, 11)), "values", "freshness"}


def test_green_when_every_gate_passed() -> None:
    verdict = Verdict(SHA256, NOW, all_gates())
    assert verdict.is_green
    assert verdict.held_by == []


def test_no_result_is_no_permission() -> None:
    assert not Verdict(SHA256, NOW, []).is_green


@pytest.mark.parametrize("gate", sorted(required_gates()))
def test_a_gate_that_did_not_run_holds_the_candidate(gate: str) -> None:
    (held,) = Verdict(SHA256, NOW, [line for line in all_gates() if line.gate != gate]).held_by
    assert (held.gate, held.check_name, held.blocks) == (gate, "gate_ran", True)
    assert "left no result" in held.message


def test_only_blocking_failures_hold() -> None:
    failures = [result("G1", passed=False, severity=severity) for severity in Severity]
    assert Verdict(SHA256, NOW, all_gates() + failures).held_by == [failures[0]]
    assert Verdict(SHA256, NOW, all_gates() + failures[1:]).is_green


def test_a_broken_check_holds_whatever_its_severity_would_have_been() -> None:
    broken = CheckResult.from_exception(gate="G4", check_name="x", scope="table", error="KeyError: 'x'")
    assert broken.has_raised
    assert Verdict(SHA256, NOW, [*all_gates(), broken]).held_by == [broken]
    assert "decided nothing" in broken.message
    assert not result("G4", passed=False).has_raised


def test_what_is_written_is_what_is_read() -> None:
    results = [*all_gates(), result("G3", passed=False, observed=inf), result("G4", observed=None)]
    read = Verdict.from_json(Verdict(SHA256, NOW, results).to_json())
    assert list(read.results) == results
    assert (read.candidate_sha256, read.decided_at, read.is_green) == (SHA256, NOW, False)


def test_not_a_number_is_written_as_no_number() -> None:
    verdict = Verdict.from_json(Verdict(SHA256, NOW, [result("G3", observed=nan)]).to_json())
    assert verdict.results[0].observed is None


def test_a_file_that_claims_to_be_green_is_judged_by_its_results() -> None:
    red = Verdict(SHA256, NOW, [*all_gates(), result("G2", passed=False)]).to_json()
    forged = red.replace(b'"is_green": false', b'"is_green": true')
    assert b'"is_green": true' in forged
    assert not Verdict.from_json(forged).is_green


def test_a_file_can_not_waive_a_gate() -> None:
    document = json.loads(Verdict(SHA256, NOW, []).to_json())
    assert not Verdict.from_json(json.dumps({**document, "required": []}).encode()).is_green


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"candidate_sha256": "x", "decided_at": "yesterday"}'])
def test_an_unreadable_verdict_is_refused(content: bytes) -> None:
    with pytest.raises(VerdictError, match="Judge the candidate again"):
        Verdict.from_json(content)


def test_a_threshold_that_is_not_there_is_named() -> None:
    with pytest.raises(ThresholdError, match="no threshold 'patience'"):
        threshold("patience")


def test_the_report_shows_what_holds_first() -> None:
    broken = CheckResult.from_exception(gate="G3", check_name="x", scope="table", error="oops")
    failed = result("G2", passed=False, observed=0.123456789)
    lines = as_markdown([result("G1"), result("G4", passed=False, severity=Severity.WARN), failed, broken]).splitlines()
    assert [line.split(" | ")[0] for line in lines] == ["| gate", "| ---", "| G2", "| G3", "| G4", "| G1"]
    assert lines[2] == "| G2 | check | 0.123457 | 0 | **no** (block) | why \\| and what |"
    assert "| **broke** |" in lines[3]
    assert lines[5] == "| G1 | check | 0 | 0 | yes |  |"
