"""Results as an analyst reads them: a short table, what failed first.

Belongs here: layout of results. Does not belong here: deciding anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from quality.result import CheckResult

_HEADER = ("gate", "check", "observed", "threshold", "passed", "message")
_LONGEST = 300


def as_markdown(results: Sequence[CheckResult]) -> str:
    """`results` as a Markdown table: blocking failures, other failures, then the rest, each in its own order.

    A passed check's message is left out: its numbers say it.
    """
    ordered = sorted(results, key=lambda result: (not result.blocks, result.is_passed))
    rows = [_HEADER, tuple("---" for _ in _HEADER), *map(_row, ordered)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(result: CheckResult) -> tuple[str, ...]:
    failed = "**broke**" if result.has_raised else f"**no** ({result.severity.value})"
    message = result.message if not result.is_passed or result.observed is None else ""
    return (
        result.gate,
        result.check_name,
        "" if result.observed is None else f"{result.observed:.6g}",
        _cell(result.threshold),
        "yes" if result.is_passed else failed,
        _cell(message if len(message) <= _LONGEST else f"{message[: _LONGEST - 1]}…"),
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
