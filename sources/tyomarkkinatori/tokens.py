"""Bearer tokens: where one comes from, and when a new one is due. No token and no secret is ever shown or logged.

The client is not the audience of its token: of a JWT only `exp` is read, unverified, to renew it early; a token that is
no JWT lasts as long as the token endpoint said (contract job_postings, section 4).
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import inf
from typing import Protocol

import jwt
import msgspec
import requests

from sources.http import PoliteSession, RequestRefusedError, UnreadableAnswerError, date_of
from sources.tyomarkkinatori.schema import NotConfiguredError

EARLY = 60.0  # seconds before its end that a token is replaced; at most half of its life
SENDABLE = re.compile(r"[!-~]+")


class CredentialsRefusedError(RequestRefusedError):
    """The token endpoint does not know the client; whatever status it said so with, that is a 401 to us."""


class TokenProvider(Protocol):
    """What sources.http calls an Authorizer, for bearer tokens."""

    def headers(self) -> Mapping[str, str]:
        """The header with a token that is still good, as far as can be known; none without tokens."""

    def renew(self) -> bool:
        """The last token was refused: forget it; whether another one can be had."""


def sendable(secret: str, name: str) -> str:
    """`secret` without space around it. Raises NotConfiguredError when no header may hold it; the HTTP library would
    quote it in its error."""
    stripped = secret.strip()
    if not SENDABLE.fullmatch(stripped):
        raise NotConfiguredError(
            f"tyomarkkinatori: the {name} holds a space, a line break or a letter outside ASCII. Set it again, whole "
            "and in one line."
        )
    return stripped


class NoToken:
    """The interface asks for none."""

    def headers(self) -> Mapping[str, str]:
        """No header."""
        return {}

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False


class StaticToken:
    """A token given by hand. Raises NotConfiguredError for an empty one."""

    def __init__(self, token: str) -> None:
        if not token.strip():
            raise NotConfiguredError("tyomarkkinatori: the token mode is `static`, but no token is set. Set one.")
        self._token = sendable(token, "token")

    def headers(self) -> Mapping[str, str]:
        """The header with the token."""
        return _bearer(self._token)

    def renew(self) -> bool:
        """There is no other token."""
        return False


class ClientCredentials:
    """Tokens by the OAuth2 client-credentials flow, in the form of Azure AD B2C (contract, section 4.1).

    `clock` is monotonic. Raises NotConfiguredError when id, secret or scope is missing.
    """

    def __init__(
        self,
        *,
        session: PoliteSession,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str,
        report: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        needed = {"client id": client_id, "client secret": client_secret, "scope": scope, "token address": token_url}
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise NotConfiguredError(
                f"tyomarkkinatori: the token mode is `client_credentials`, but no {' and no '.join(missing)} is set."
            )
        self._session = session
        self._url = token_url
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": scope,
            "response_type": "token",
        }
        self._report = report
        self._clock = clock
        self._token: str | None = None
        self._until = -inf

    def headers(self) -> Mapping[str, str]:
        """The header with a token that has not nearly ended; fetches one if need be. Raises SourceError."""
        if self._token is None or self._clock() >= self._until:
            self._token, life = self._fetch()
            self._until = self._clock() + life - min(EARLY, life / 2)
        return _bearer(self._token)

    def renew(self) -> bool:
        """Forget the token; the next `headers` fetches another."""
        self._token = None
        return True

    def _fetch(self) -> tuple[str, float]:
        try:
            return self._session.call(
                "POST",
                self._url,
                what="tyomarkkinatori: token",
                read=_read_token,
                report=self._report,
                form=self._form,
                headers={"Accept": "application/json"},
                authorizer=NoToken(),
            )
        except RequestRefusedError as error:
            raise CredentialsRefusedError(
                f"{error}: the token endpoint refuses the client's credentials. Compare client id, secret and scope "
                "with those that KEHA gave; a secret may have run out.",
                status=401,
            ) from None


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float | str | None = None


def _read_token(response: requests.Response) -> tuple[str, float]:
    """The token and the seconds it has left. Raises UnreadableAnswerError, without a word of the body."""
    answer: _TokenAnswer | None = None
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = msgspec.json.decode(response.content, type=_TokenAnswer)
    if answer is None or not SENDABLE.fullmatch(answer.access_token):
        raise UnreadableAnswerError("the body is not the promised token")
    return answer.access_token, _seconds_left(answer, date_of(response) or datetime.now(UTC))


def _seconds_left(answer: _TokenAnswer, now: datetime) -> float:
    """By the token's own `exp` if it is a JWT with one, else by `expires_in`; infinite when nobody says.

    Both are measured against the service's clock, so ours need not agree with it.
    """
    try:
        claims = jwt.decode(answer.access_token, options={"verify_signature": False})
        return float(claims["exp"]) - now.timestamp()
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
        pass
    try:
        return float(answer.expires_in) if answer.expires_in is not None else inf
    except ValueError:
        return inf


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}
