"""The terminal's log: when, which step, what; without Dagster's engine chatter."""

from __future__ import annotations

import logging
import sys
from typing import Any

import dagster as dg


class _StepsAndMessages(logging.Filter):
    """Lets through what assets say, and the beginning of each step."""

    def filter(self, record: logging.LogRecord) -> bool:
        meta: dict[str, Any] = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        record.step = meta.get("step_key") or ""
        record.words = meta.get("orig_message") or record.getMessage()
        if event is not None:
            return bool(event.event_type_value == "STEP_START")
        return record.levelno >= logging.INFO


@dg.logger(config_schema={}, description="Progress in the terminal: time, step, message.")
def console(_: dg.InitLoggerContext) -> logging.Logger:
    """A logger that writes one short line per message to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_StepsAndMessages())
    handler.setFormatter(logging.Formatter("%(asctime)s  %(step)-20s  %(words)s", datefmt="%H:%M:%S"))
    logger = logging.Logger("kohtaanto", level=logging.DEBUG)
    logger.addHandler(handler)
    return logger
