"""Every setting of Kohtaanto, read from the environment (`KOHTAANTO_...`) in this one place.

The command line sets the same variables, so that a run started there and one started in the UI are the same run.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT = Path(__file__).parents[1]
SECRET_BYTES = 32


class World(StrEnum):
    """Which services are talked to: the real ones, or local servers that speak the same protocols over a folder of
    data."""

    LIVE = "live"
    REPLAY = "replay"


class PostingsInterface(StrEnum):
    """Which of KEHA's two retrieval interfaces is called: the stream P67, or the paged V1, which ends in May 2027."""

    P67 = "p67"
    V1 = "v1"


class TokenMode(StrEnum):
    """Where a bearer token for job postings comes from: nowhere, the settings, or a client-credentials flow."""

    NONE = "none"
    STATIC = "static"
    CLIENT_CREDENTIALS = "client_credentials"


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
    statfin_px_url: str | None = Field(default=None, description="Where StatFin's whole tables (.px) are, if anywhere.")
    pull_again: bool = Field(default=False, description="Pull every table, also those without a new release.")

    postings_interface: PostingsInterface = Field(default=PostingsInterface.P67, description="p67 or v1.")
    postings_url: str | None = Field(default=None, description="Address of that interface, if not the usual one.")
    postings_key: SecretStr | None = Field(default=None, description="Subscription key from KEHA (P67).")
    postings_key_header: str | None = Field(default=None, description="Name of the key's header, if not the usual one.")
    postings_secret: SecretStr | None = Field(
        default=None,
        description="At least 32 bytes of your own, with which posting ids are hashed. Keep it: another "
        "secret makes every posting a new one.",
    )
    postings_token_mode: TokenMode = Field(default=TokenMode.NONE, description="none, static or client_credentials.")
    postings_token: SecretStr | None = Field(default=None, description="The token (static).")
    postings_token_url: str | None = Field(default=None, description="Where tokens are given (client_credentials).")
    postings_client_id: str | None = Field(default=None, description="Who asks for them (client_credentials).")
    postings_client_secret: SecretStr | None = Field(default=None, description="Its secret (client_credentials).")
    postings_scope: str | None = Field(default=None, description="Their scope (client_credentials).")

    barometer_agreed: bool = Field(default=False, description="The KEHA Centre has agreed to our use of its barometer.")
    barometer_url: str | None = Field(default=None, description="Base URL of the barometer, if not the usual one.")
    classifications_url: str | None = Field(
        default=None, description="Base URL of Statistics Finland's classification API, if not the usual one."
    )

    replay_scenarios: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Faults that the replay servers play, separated by commas: NAME or NAME:AMOUNT for StatFin, "
        "postings:NAME, barometer:NAME, classifications:NAME for the others.",
    )
    replay_clock: AwareDatetime | None = Field(
        default=None, description="The time at the job postings' replay server; by default just after its data."
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
        settings._refuse_half_a_live_source()
        return settings

    def _refuse_half_a_live_source(self) -> None:
        """Job postings that could be called but not pseudonymised, or not authenticated, stop the start."""
        if self.world is not World.LIVE or self.postings_off is not None:
            return
        from sources.tyomarkkinatori.schema import NotConfiguredError
        from sources.tyomarkkinatori.tokens import sendable

        secret = self.postings_secret.get_secret_value().encode() if self.postings_secret else b""
        if len(secret) < SECRET_BYTES:
            raise SettingsError(
                f"settings: job postings need KOHTAANTO_POSTINGS_SECRET, at least {SECRET_BYTES} bytes of your own (it "
                f"has {len(secret)}): posting ids are stored only as a hash that it keys. Make one with "
                "`openssl rand -hex 32`, and keep it."
            )
        wanted = {
            TokenMode.NONE: (),
            TokenMode.STATIC: ("postings_token",),
            TokenMode.CLIENT_CREDENTIALS: ("postings_client_id", "postings_client_secret"),
        }[self.postings_token_mode]
        if missing := [f"KOHTAANTO_{name.upper()}" for name in wanted if getattr(self, name) is None]:
            raise SettingsError(
                f"settings: KOHTAANTO_POSTINGS_TOKEN_MODE={self.postings_token_mode} needs {', '.join(missing)}."
            )
        sent = {"KOHTAANTO_POSTINGS_KEY": self.postings_key, "KOHTAANTO_POSTINGS_TOKEN": self.postings_token}
        for name, secret_text in sent.items():
            try:
                if secret_text is not None:
                    sendable(secret_text.get_secret_value(), name)
            except NotConfiguredError as error:
                raise SettingsError(f"settings: {error}") from None

    @property
    def postings_off(self) -> str | None:
        """Why job postings are not asked for in the live world; None when they are."""
        if self.postings_interface is PostingsInterface.V1:
            if self.postings_token_mode is TokenMode.NONE:
                return (
                    "No token for the V1 interface: ask KEHA for client credentials, set KOHTAANTO_POSTINGS_TOKEN_MODE."
                )
            return None
        if self.postings_key is None:
            return "No subscription key: ask KEHA for one (tmt-rajapinnat@keha-keskus.fi), set KOHTAANTO_POSTINGS_KEY."
        return None

    @property
    def barometer_off(self) -> str | None:
        """Why the barometer is not asked in the live world; None when it is."""
        if self.barometer_agreed:
            return None
        return (
            "No licence was found for these data: ask the KEHA Centre (tyovoimabarometri@keha-keskus.fi), then set "
            "KOHTAANTO_BAROMETER_AGREED."
        )

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
