"""The token service of the replay server: OAuth2 client credentials in the form of Azure AD B2C (contract 4, 4.1).

Belongs here: signing, publishing the key, checking a token by RFC 8725, errors by RFC 6749. The key pair is made when
first needed and lives as long as the server; ids and secrets are the server's own and protect nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sources.loopback import Answer, Request

POLICY = "/tedigib2c.onmicrosoft.com/B2C_1A_SIGNIN"
TOKEN_PATH = f"{POLICY}/oauth2/v2.0/token"
JWKS_PATH = f"{POLICY}/discovery/v2.0/keys"
AUDIENCE = "fad9328b-e852-45e4-951b-6d142430e89d"
SCOPE = f"https://tedigib2c.onmicrosoft.com/{AUDIENCE}/.default"
ISSUER = "https://tedigib2c.b2clogin.com/00000000-0000-0000-0000-000000000000/v2.0/"  # the tenant is not known
KEY_ID = "stub-1"
ALGORITHM = "RS256"
FORM = "application/x-www-form-urlencoded"
GRANT = "client_credentials"
LEEWAY = 1.0  # seconds by which two clocks may differ


class BadTokenError(Exception):
    """A bearer token that is not to be trusted; the message says why, without the token."""


class TokenService:
    """Issues and checks tokens; `clock` gives the seconds since 1970 that their times are measured by."""

    def __init__(
        self, *, client_id: str, client_secret: str, seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        self.seconds = seconds
        self._client = client_id, client_secret
        self._clock = clock
        self._revoked_before = 0.0
        self._issued = 0

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        """The private key of this server."""
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def revoke(self) -> None:
        """Trust no token issued so far."""
        self._revoked_before = self._issued + 1

    def issue(self, **claims: Any) -> str:
        """A signed token; `claims` replace the usual ones, None takes one away."""
        now = int(self._clock())
        self._issued += 1
        usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": self._client[0], "iat": now, "nbf": now}
        payload = usual | {"exp": int(now + self.seconds), "jti": str(self._issued)} | claims
        present = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(present, self.key, algorithm=ALGORITHM, headers={"kid": KEY_ID})

    def check(self, authorization: str | None) -> None:
        """Trust the header `Authorization` or raise BadTokenError.

        One algorithm and one key, whatever the token's head asks for; `exp`, `iss`, `aud` must be there and right.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise BadTokenError("no bearer token")
        try:
            if jwt.get_unverified_header(token).get("kid") != KEY_ID:
                raise BadTokenError("signed with an unknown key")
            claims = jwt.decode(
                token,
                self.key.public_key(),
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={
                    "require": ["exp", "iss", "aud"],
                    "strict_aud": True,
                    "verify_exp": False,  # times are checked below, by this server's clock
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            expires, begins = float(claims["exp"]), float(claims.get("nbf", 0))
            number = int(claims.get("jti", 0))
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise BadTokenError(type(error).__name__) from error
        now = self._clock()
        if now >= expires + LEEWAY:
            raise BadTokenError("expired")
        if now < begins - LEEWAY:
            raise BadTokenError("not valid yet")
        if number < self._revoked_before:
            raise BadTokenError("revoked")

    def jwks(self) -> Answer:
        """The public key as a JSON Web Key Set."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        key |= {"kid": KEY_ID, "use": "sig", "alg": ALGORITHM}
        return _json(200, {"keys": [key]})

    def grant(self, request: Request) -> Answer:
        """The answer to a token call."""
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != FORM:
            return refusal("invalid_request", f"The content type must be {FORM}.")
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        form = dict(pairs)
        if len(form) != len(pairs):
            return refusal("invalid_request", "A parameter is given more than once.")
        if "grant_type" not in form:
            return refusal("invalid_request", "The parameter grant_type is missing.")
        if form["grant_type"] != GRANT:
            return refusal("unsupported_grant_type", f"Only {GRANT} is supported.")
        if (form.get("client_id"), form.get("client_secret")) != self._client:
            return refusal("invalid_client", "The client is not known or its secret is wrong.", status=401)
        if form.get("scope") != SCOPE:
            return refusal("invalid_scope", "The scope is missing or not of this service.")
        if form.get("response_type", "token") != "token":
            return refusal("invalid_request", "The response_type must be token.")
        now = int(self._clock())
        said = {
            "access_token": self.issue(),
            "token_type": "Bearer",
            "not_before": now,
            "expires_in": int(self.seconds),
            "expires_on": int(now + self.seconds),
            "resource": AUDIENCE,
        }
        return _json(200, said)


def refusal(error: str, description: str, *, status: int = 400) -> Answer:
    """An error of the token call, as RFC 6749 section 5.2 has it."""
    return _json(status, {"error": error, "error_description": description})


def _json(status: int, value: object) -> Answer:
    body = json.dumps(value).encode("ascii")
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Answer(status=status, body=body, content_type="application/json; charset=utf-8", headers=headers)
