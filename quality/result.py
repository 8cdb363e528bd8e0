"""The result of one check: what was looked at, what was seen, what was allowed, and whether it blocks.

Belongs here: the record and its vocabulary. Does not belong here: any rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

RAISED = "exception"
"""The `metric` of a check that broke before it could decide. Such a check says nothing about the data; it
blocks."""


class Severity(StrEnum):
    """What a failed check does: stop the release, blank the cells concerned, or only be shown."""

    BLOCK = "block"
    WITHHOLD = "withhold"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of `mart.quality_result`.

    `scope` is what was judged (a table, a partition), `metric` the number that was looked at, `observed` its
    value (NULL where no number exists), `threshold` the rule in words, `period` the first offending month or
    quarter, if one is known.
    """

    gate: str
    check_name: str
    scope: str
    metric: str
    observed: float | None
    threshold: str
    is_passed: bool
    severity: Severity
    message: str
    period: date | None = None

    @property
    def has_raised(self) -> bool:
        """The check broke: neither passed nor failed."""
        return self.metric == RAISED

    @property
    def blocks(self) -> bool:
        """This result alone stops a release."""
        return not self.is_passed and (self.severity is Severity.BLOCK or self.has_raised)

    @classmethod
    def from_exception(cls, *, gate: str, check_name: str, scope: str, error: str) -> CheckResult:
        """The result of a check that raised: its own kind, and blocking whatever the check's severity would
        have been."""
        return cls(
            gate=gate,
            check_name=check_name,
            scope=scope,
            metric=RAISED,
            observed=None,
            threshold="the check runs to its end",
            is_passed=False,
            severity=Severity.BLOCK,
            message=(
                f"{scope}: check '{check_name}' broke and decided nothing ({error}). "
                "The fault is in the check or in a missing table, not in the numbers: mend it and run again."
            ),
        )
