"""How the results of quality/ appear in Dagster: one asset check per gate, with its numbers and its reason in words."""

from collections.abc import Mapping, Sequence

import dagster as dg

from quality.report import as_markdown
from quality.result import CheckResult


def check_specs(gates: Mapping[str, str], *, asset: str) -> list[dg.AssetCheckSpec]:
    """A blocking Dagster check per gate of `asset`: name -> description. How a failure weighs is in its severity."""
    return [
        dg.AssetCheckSpec(name=gate, asset=asset, description=description, blocking=True)
        for gate, description in gates.items()
    ]


def check_results(results: Sequence[CheckResult], gates: Mapping[str, str], *, asset: str) -> list[dg.AssetCheckResult]:
    """One Dagster result per declared gate; the worst of its rules decides, each rule is a row of its table.

    A declared gate without a result did not run, which fails it.
    """
    return [
        one_check_result([result for result in results if result.gate == gate], asset=asset, name=gate)
        for gate in gates
    ]


def one_check_result(results: Sequence[CheckResult], *, asset: str, name: str) -> dg.AssetCheckResult:
    """All `results` as the one Dagster check `name`."""
    failed = [result for result in results if not result.is_passed]
    if not results:
        description = f"'{name}' left no result: it did not run, so nothing may be published on its word."
    elif failed:
        description = f"{len(failed)} of {len(results)} rules failed. " + " ".join(
            f"{result.check_name}: {result.message}" for result in failed
        )
    else:
        description = f"Passed: {', '.join(result.check_name for result in results)}."
    is_warning = bool(results) and not any(result.blocks for result in results) and bool(failed)
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(asset),
        check_name=name,
        passed=bool(results) and not failed,
        severity=dg.AssetCheckSeverity.WARN if is_warning else dg.AssetCheckSeverity.ERROR,
        description=description,
        metadata={"rules": dg.MetadataValue.md(as_markdown(results)), "failed": len(failed)},
    )
