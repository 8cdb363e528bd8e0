"""May this candidate go out? Its bytes are those that were judged, the verdict is green, it says what it is.

Belongs here: what is asked before the store is touched. Does not belong here: the checks behind the verdict (quality/).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from assets.release.errors import ReleaseError
from assets.release.schema import MART
from quality.verdict import Verdict
from sources.archive import sha256_of_file


def permitted(
    candidate: Path, verdict: Verdict, *, inputs: Sequence[Mapping[str, str]], data_kind: str
) -> dict[str, str]:
    """The `release_info` of a candidate that may be published. Raises ReleaseError for one that may not."""
    _require_green(candidate, verdict)
    info = read_release_info(candidate)
    _require_declared(info, inputs=inputs, data_kind=data_kind)
    return info


def read_release_info(candidate: Path) -> dict[str, str]:
    """The rows of `mart.release_info` in a sealed candidate. Raises ReleaseError when it is not sealed."""
    try:
        with duckdb.connect(candidate, read_only=True) as connection:
            info = dict(connection.execute(f"select key, value from {MART}.release_info").fetchall())
    except duckdb.Error as error:
        raise ReleaseError(f"candidate {candidate}: cannot be read ({error}). Build it again.") from error
    if missing := {"release_id", "built_at", "data_kind", "notice", "content_sha256"} - info.keys():
        raise ReleaseError(
            f"candidate {candidate}: release_info lacks {', '.join(sorted(missing))}. Seal the candidate."
        )
    return info


def _require_green(candidate: Path, verdict: Verdict) -> None:
    if not candidate.is_file():
        raise ReleaseError(f"candidate {candidate} is missing. Build, judge and seal it first.")
    found = sha256_of_file(candidate)
    if found != verdict.candidate_sha256:
        raise ReleaseError(
            f"candidate {candidate} has SHA-256 {found}, but the verdict is for {verdict.candidate_sha256}. "
            "Run the gate again, on this file."
        )
    if not verdict.is_green:
        held = "; ".join(f"{result.gate} {result.check_name}: {result.message}" for result in verdict.held_by)
        raise ReleaseError(f"candidate {candidate} is held back: {held}")


def _require_declared(info: Mapping[str, str], *, inputs: Sequence[Mapping[str, str]], data_kind: str) -> None:
    if info["data_kind"] != data_kind:
        raise ReleaseError(
            f"release {info['release_id']}: sealed as '{info['data_kind']}' data, to be published as '{data_kind}'. "
            "Seal the candidate with the kind of data that it holds."
        )
    for entry in inputs:
        if not {"vintage_id", "sha256"} <= entry.keys():
            raise ReleaseError(
                f"release {info['release_id']}: input {dict(entry)} lacks 'vintage_id' or 'sha256'. Name every vintage."
            )
