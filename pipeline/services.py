"""The sources as a run talks to them: the real services, or replay servers that live as long as the run.

One open service per source, each with a session of its own, so that its calls are counted together. Belongs here:
which address, which key, switched on or off. Does not belong here: what is asked (`sources/*/client.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from assets.classification_drift import ClassificationService
from assets.landing.barometer import BarometerService
from assets.landing.postings import PostingsService
from assets.landing.statfin import StatFinService
from pipeline.settings import PostingsInterface, Settings, SettingsError, TokenMode, World
from sources.http import PoliteSession

if TYPE_CHECKING:
    from sources.tyomarkkinatori.feeds import Feed
    from sources.tyomarkkinatori.replay import PostingsReplay
    from sources.tyomarkkinatori.tokens import TokenProvider

REPLAY_CONTACT = "replay"
REPLAY_SECRET = "not a secret: it keys the hashes of replayed posting ids"  # noqa: S105 - openly so


@contextmanager
def open_statfin(settings: Settings) -> Iterator[StatFinService]:
    """The world's StatFin; in the replay world a server is started and stopped around it. Raises SettingsError in
    the live world without a contact: the service has a right to know who calls."""
    from sources.statfin.schema import load_source

    if settings.world is World.LIVE:
        with PoliteSession(contact=_contact(settings)) as session:
            yield StatFinService(
                settings.statfin_url or load_source().base_url, session, px_url=settings.statfin_px_url
            )
        return
    from pipeline.replay import open_statfin_replay

    with open_statfin_replay(settings) as server, PoliteSession(contact=REPLAY_CONTACT) as session:
        yield StatFinService(server.base_url, session, windows=server.folder.windows)


@contextmanager
def open_postings(settings: Settings) -> Iterator[PostingsService]:
    """The world's interface of job postings; off in the live world without a key, and over a folder without any."""
    if settings.world is World.LIVE:
        secret = settings.postings_secret or SecretStr("")
        if settings.postings_off is not None:
            yield PostingsService(None, secret, off=settings.postings_off)
            return
        with PoliteSession(contact=_contact(settings)) as session:
            yield PostingsService(partial(_live_interface, settings, session), secret)
        return
    from pipeline.replay import Part, open_postings_replay, why_absent

    if absent := why_absent(settings, Part.POSTINGS):
        yield PostingsService(None, SecretStr(""), off=absent)
        return
    with open_postings_replay(settings) as server, PoliteSession(contact=REPLAY_CONTACT) as session:
        yield PostingsService(partial(_replay_interface, settings, session, server), SecretStr(REPLAY_SECRET))


@contextmanager
def open_barometer(settings: Settings) -> Iterator[BarometerService]:
    """The world's barometer; off in the live world until its publisher has agreed, and over a folder without it."""
    from sources.tyovoimabarometri.schema import load_source

    if settings.world is World.LIVE:
        sessions = partial(PoliteSession, contact=_contact(settings))
        url = settings.barometer_url or load_source().base_url
        yield BarometerService(url, sessions, agreed=settings.barometer_agreed, off=settings.barometer_off)
        return
    from pipeline.replay import Part, open_barometer_replay, why_absent

    sessions = partial(PoliteSession, contact=REPLAY_CONTACT)
    if absent := why_absent(settings, Part.BAROMETER):
        yield BarometerService("", sessions, off=absent)
        return
    with open_barometer_replay(settings) as server:
        yield BarometerService(server.base_url, sessions)


@contextmanager
def open_classifications(settings: Settings) -> Iterator[ClassificationService]:
    """The world's classification service."""
    from sources.classifications.schema import load_source

    if settings.world is World.LIVE:
        with PoliteSession(contact=_contact(settings)) as session:
            yield ClassificationService(settings.classifications_url or load_source().base_url, session)
        return
    from pipeline.replay import open_classifications_replay

    with open_classifications_replay(settings) as server, PoliteSession(contact=REPLAY_CONTACT) as session:
        yield ClassificationService(server.base_url, session)


def _contact(settings: Settings) -> str:
    if settings.contact is None:
        raise SettingsError(
            "settings: the live world needs KOHTAANTO_CONTACT (an e-mail address or a URL), which is sent to the "
            "sources with each call as the User-Agent."
        )
    return settings.contact


def _live_interface(settings: Settings, session: PoliteSession, report: Callable[[str], None]) -> Feed:
    from sources.tyomarkkinatori.feeds import P67Feed, V1Feed
    from sources.tyomarkkinatori.schema import load_source

    source = load_source()
    tokens = _tokens(
        settings,
        session,
        report,
        token_url=settings.postings_token_url or source.v1.token_url,
        client_id=settings.postings_client_id or "",
        client_secret=settings.postings_client_secret or SecretStr(""),
        scope=settings.postings_scope or source.v1.scope,
    )
    if settings.postings_interface is PostingsInterface.V1:
        return V1Feed(source, session=session, tokens=tokens, report=report, url=settings.postings_url)
    key = settings.postings_key or SecretStr("")
    return P67Feed(
        source,
        session=session,
        key=key.get_secret_value(),
        report=report,
        url=settings.postings_url,
        key_header=settings.postings_key_header,
        tokens=tokens,
    )


def _replay_interface(
    settings: Settings, session: PoliteSession, server: PostingsReplay, report: Callable[[str], None]
) -> Feed:
    """The same over a replay server, with that server's own key and client."""
    from sources.tyomarkkinatori.feeds import P67Feed, V1Feed
    from sources.tyomarkkinatori.schema import load_source

    tokens = _tokens(
        settings,
        session,
        report,
        token_url=server.token_url,
        client_id=server.client_id,
        client_secret=SecretStr(server.client_secret),
        scope=server.scope,
    )
    if settings.postings_interface is PostingsInterface.V1:
        return V1Feed(load_source(), session=session, tokens=tokens, report=report, url=server.v1_url)
    return P67Feed(
        load_source(),
        session=session,
        key=server.key or REPLAY_CONTACT,
        report=report,
        url=server.p67_url,
        key_header=server.key_header,
        tokens=tokens,
    )


def _tokens(
    settings: Settings,
    session: PoliteSession,
    report: Callable[[str], None],
    *,
    token_url: str,
    client_id: str,
    client_secret: SecretStr,
    scope: str,
) -> TokenProvider:
    from sources.tyomarkkinatori.tokens import ClientCredentials, NoToken, StaticToken

    is_replayed_v1 = settings.world is World.REPLAY and settings.postings_interface is PostingsInterface.V1
    if settings.postings_token_mode is TokenMode.CLIENT_CREDENTIALS or is_replayed_v1:
        return ClientCredentials(
            session=session,
            token_url=token_url,
            client_id=client_id,
            client_secret=client_secret.get_secret_value(),
            scope=scope,
            report=report,
        )
    if settings.postings_token_mode is TokenMode.STATIC and settings.postings_token is not None:
        return StaticToken(settings.postings_token.get_secret_value())
    return NoToken()
