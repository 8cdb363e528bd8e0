"""The product as its users start it: the command line, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

KOHTAANTO = Path(sys.executable).with_name("kohtaanto")


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without any setting of Kohtaanto but `settings` (names without the prefix)."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("KOHTAANTO_", "DAGSTER_"))}
    return clean | {f"KOHTAANTO_{name.upper()}": value for name, value in settings.items()}


def kohtaanto(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; stdout and stderr as text."""
    command = [str(KOHTAANTO), *map(str, arguments)]
    return subprocess.run(
        command, env=environment(**settings), capture_output=True, text=True, timeout=1800, check=False
    )
