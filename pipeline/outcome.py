"""How a run ended, in words and as tags of the run: what the command line prints and the UI's lists show."""

from __future__ import annotations

import dagster as dg

OUTCOME = "kohtaanto/outcome"
HELD_BY = "kohtaanto/held_by"
HELD_BACK = "held back"
ERROR = "error"
HEADLINE = "HELD BACK: not published; the last release, if there is one, stays in use."


def failed_blocking_checks(instance: dg.DagsterInstance, run_id: str) -> dict[str, str]:
    """Check -> reason, for every blocking asset check that has failed in the run so far."""
    of_type = dg.DagsterEventType.ASSET_CHECK_EVALUATION
    found = {}
    for record in instance.get_records_for_run(run_id, of_type=of_type).records:
        event = record.event_log_entry.dagster_event
        if event is None:
            continue
        check = event.asset_check_evaluation_data
        if not check.passed and check.blocking and check.severity is dg.AssetCheckSeverity.ERROR:
            found[f"{check.asset_key.to_user_string()} / {check.check_name}"] = check.description or "failed"
    return found


def tag_failure(instance: dg.DagsterInstance, run_id: str) -> dict[str, str]:
    """Tag a failed run as held back, with the checks that did it, or as an error; gives the failed blocking checks."""
    held = failed_blocking_checks(instance, run_id)
    tags = {OUTCOME: HELD_BACK, HELD_BY: ", ".join(held)} if held else {OUTCOME: ERROR}
    if instance.has_run(run_id):
        instance.add_run_tags(run_id, tags)
    return held


@dg.failure_hook(name="say_why")
def say_why(context: dg.HookContext) -> None:
    """After a failed step of a run in the UI: its gate and the reason in words, and the tags of the run."""
    held = tag_failure(context.instance, context.run_id)
    if held:
        reasons = "\n".join(f"{check}: {reason}" for check, reason in held.items())
        context.log.error(f"{HEADLINE}\n{reasons}")
