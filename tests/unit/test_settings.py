"""Settings are read in one place, refuse what could not work, and never show a secret."""

from __future__ import annotations

import os

import pytest

from pipeline.settings import Settings, SettingsError, World

KEY = "b7c1f0e2-key-of-the-gateway"
SECRET = "s3cret-of-thirty-two-bytes-or-more!!"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting but those of the test."""
    for name in list(os.environ):
        if name.startswith("KOHTAANTO_"):
            monkeypatch.delenv(name)


def load(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Settings:
    for name, value in settings.items():
        monkeypatch.setenv(f"KOHTAANTO_{name.upper()}", value)
    return Settings.load()


def test_live_without_a_key_leaves_postings_off_and_says_whom_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, world="live", contact="a@example.org")
    assert settings.postings_off is not None
    assert "tmt-rajapinnat@keha-keskus.fi" in settings.postings_off
    assert "KOHTAANTO_POSTINGS_KEY" in settings.postings_off


@pytest.mark.parametrize("secret", ["", "x" * 31])
def test_live_with_a_key_but_a_weak_secret_refuses_to_start(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    with pytest.raises(SettingsError, match=rf"KOHTAANTO_POSTINGS_SECRET, at least 32 bytes .*has {len(secret)}\)"):
        load(monkeypatch, world="live", postings_key=KEY, postings_secret=secret)


def test_thirty_two_bytes_are_counted_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, world="live", postings_key=KEY, postings_secret="ä" * 16)
    assert settings.postings_off is None


def test_the_replay_world_needs_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, postings_key=KEY).world is World.REPLAY


def test_v1_needs_a_token_not_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    off = load(monkeypatch, world="live", postings_interface="v1").postings_off
    assert off is not None
    assert "KOHTAANTO_POSTINGS_TOKEN_MODE" in off
    monkeypatch.setenv("KOHTAANTO_POSTINGS_SECRET", SECRET)
    with pytest.raises(SettingsError, match="needs KOHTAANTO_POSTINGS_CLIENT_ID, KOHTAANTO_POSTINGS_CLIENT_SECRET"):
        load(monkeypatch, postings_token_mode="client_credentials")
    settings = load(monkeypatch, postings_client_id="we", postings_client_secret="theirs")
    assert settings.postings_off is None


def test_the_barometer_is_off_until_it_is_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    off = load(monkeypatch, world="live").barometer_off
    assert off is not None
    assert "No licence" in off
    assert load(monkeypatch, barometer_agreed="true").barometer_off is None


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = {"postings_key": KEY, "postings_secret": SECRET, "postings_token": "t0ken", "postings_client_secret": "cs"}
    settings = load(monkeypatch, world="live", **hidden)
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert not [value for value in hidden.values() if f"'{value}'" in shown or f'"{value}"' in shown]
    with pytest.raises(SettingsError) as refused:
        load(monkeypatch, postings_token_mode="magic")
    assert "KOHTAANTO_POSTINGS_TOKEN_MODE" in str(refused.value)
    assert not [value for value in hidden.values() if value in str(refused.value)]


@pytest.mark.parametrize("key", ["  ", "first-half\nsecond-half"])
def test_a_key_that_no_header_may_hold_stops_the_start_unquoted(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    with pytest.raises(SettingsError, match="KOHTAANTO_POSTINGS_KEY holds") as refused:
        load(monkeypatch, world="live", postings_key=key, postings_secret=SECRET)
    assert "half" not in str(refused.value)


def test_a_clock_needs_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="KOHTAANTO_REPLAY_CLOCK"):
        load(monkeypatch, replay_clock="2026-08-15T12:00:00")
    clock = load(monkeypatch, replay_clock="2026-08-15T12:00:00Z").replay_clock
    assert clock is not None
    assert clock.isoformat() == "2026-08-15T12:00:00+00:00"
