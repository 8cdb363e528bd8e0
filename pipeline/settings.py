"""Every setting of Kohtaanto, read from the environment (`KOHTAANTO_...`) in this one place.

The command line sets the same variables, so that a run started there and one started in the UI are the same run.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT = Path(__file__).parents[1]


class World(StrEnum):
    """Which services are talked to: the real ones, or local servers that speak the same protocols over a folder of
    data."""

    LIVE = "live"
    REPLAY = "replay"


class SettingsError(Exception):
    """A setting is missing or impossible."""


class Settings(BaseSettings):
    """The settings with their defaults; each is the environment variable KOHTAANTO_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="KOHTAANTO_", env_ignore_empty=True, extra="forbid")

    world: World = World.REPLAY
    recordings: Path | None = Field(
        default=None, description="Folder that the replay servers serve; without it the sample."
    )
    data_dir: Path | None = Field(default=None, description="Data folder; by default data/<sample|recordings|live>.")
    contact: str | None = Field(
        default=None, description="E-mail or URL for the User-Agent; required in the live world."
    )
    statfin_url: str | None = Field(default=None, description="Base URL of StatFin's API v1, if not the usual one.")
    pull_again: bool = Field(default=False, description="Pull every table, also those without a new release.")
    replay_scenarios: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Faults that the replay server plays, separated by commas."
    )
    replay_max_calls: int | None = Field(
        default=None, ge=1, description="Calls per minute that the replay server allows."
    )

    @field_validator("replay_scenarios", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value

    @classmethod
    def load(cls) -> Settings:
        """The settings of this process. Raises SettingsError in words."""
        try:
            settings = cls()
        except ValidationError as error:
            faults = "; ".join(f"KOHTAANTO_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
            raise SettingsError(f"settings: {faults}. See pipeline/settings.py for what each one takes.") from error
        if settings.world is World.LIVE and settings.recordings is not None:
            raise SettingsError(
                "settings: KOHTAANTO_RECORDINGS is for the replay world only. Drop it, or use --world replay."
            )
        if settings.recordings is not None and not settings.recordings.is_dir():
            raise SettingsError(
                f"settings: the recordings folder {settings.recordings} does not exist. Give another path."
            )
        return settings

    @property
    def data_kind(self) -> str:
        """'live', 'recorded' or 'synthetic'. A recordings folder says of itself (dataset.json) when it is synthetic."""
        if self.world is World.LIVE:
            return "live"
        if self.recordings is None:
            return "synthetic"
        for note in (self.recordings / "statfin" / "dataset.json", self.recordings / "dataset.json"):
            if note.exists():
                return str(json.loads(note.read_text()).get("kind", "recorded"))
        return "recorded"

    @property
    def data_root(self) -> Path:
        """The data folder, absolute."""
        if self.data_dir is not None:
            return self.data_dir.absolute()
        if self.world is World.LIVE:
            return PROJECT / "data" / "live"
        return PROJECT / "data" / ("sample" if self.recordings is None else "recordings")
