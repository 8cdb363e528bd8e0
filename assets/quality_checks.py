"""How the results of quality/ appear in Dagster: one asset check per rule, with its numbers and its reason in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dagster as dg

from assets.tables import markdown
from quality.result import CheckResult, Severity


def check_specs(checks: Mapping[str, str], *, asset: str) -> list[dg.AssetCheckSpec]:
    """The declared checks of `asset`: name -> description. All are blocking; how a failure weighs is in its severity."""
    return [
        dg.AssetCheckSpec(name=name, asset=asset, description=description, blocking=True)
        for name, description in checks.items()
    ]


def check_results(
    results: Sequence[CheckResult], checks: Mapping[str, str], *, asset: str
) -> list[dg.AssetCheckResult]:
    """One Dagster result per declared check; several lines of one check are shown as a table, the worst decides.

    A declared check without a line did not run, which fails it.
    """
    return [
        one_check_result([line for line in results if line.check_name == name], asset=asset, name=name)
        for name in checks
    ]


def one_check_result(lines: Sequence[CheckResult], *, asset: str, name: str) -> dg.AssetCheckResult:
    """All `lines` as the one Dagster check `name`."""
    failed = [line for line in lines if not line.is_passed]
    if not lines:
        description = f"The check '{name}' left no result: it did not run, so nothing may be published on its word."
    else:
        description = " ".join(line.message for line in (failed or lines))
    blocks = not lines or any(line.blocks for line in lines)
    weak = bool(lines) and any(line.severity is not Severity.BLOCK for line in failed) and not blocks
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(asset),
        check_name=name,
        passed=bool(lines) and not failed,
        severity=dg.AssetCheckSeverity.WARN if weak else dg.AssetCheckSeverity.ERROR,
        description=description,
        metadata={
            "numbers": markdown(
                ("gate", "scope", "metric", "observed", "threshold", "passed", "period"),
                [
                    (line.gate, line.scope, line.metric, line.observed, line.threshold, line.is_passed, line.period)
                    for line in lines
                ],
            )
        },
    )
