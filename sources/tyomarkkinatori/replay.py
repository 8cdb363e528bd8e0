"""A local server that stands in for KEHA's postings interfaces: P67 v2, V1, and the token service of V1.

Belongs here: the server as callers start it, routes, keys and tokens asked for. What is served is in `replay_store`,
the NDJSON of P67 in `replay_filters` and `replay_stream`, V1 in `replay_v1`, tokens in `replay_tokens`, errors in
`replay_refusals`, faults in `replay_faults`. Built from contract job_postings, sections 2 to 4 and 8; never compared
with live traffic, since no recorded P67 answer is known.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from sources.loopback import Answer, Delivery, LoopbackServer, Replay, Request
from sources.tyomarkkinatori import replay_v1
from sources.tyomarkkinatori.replay_faults import Fault, Faults
from sources.tyomarkkinatori.replay_filters import BadFilterError, read_filters
from sources.tyomarkkinatori.replay_personal import PLANTED
from sources.tyomarkkinatori.replay_refusals import JSON_TYPE, NO_LIMIT, Refusals
from sources.tyomarkkinatori.replay_store import PostingsFolderError, read_store
from sources.tyomarkkinatori.replay_stream import NDJSON, stream
from sources.tyomarkkinatori.replay_tokens import JWKS_PATH, SCOPE, TOKEN_PATH, BadTokenError, TokenService, refusal

__all__ = ["PLANTED", "Fault", "PostingsFolderError", "PostingsReplay"]

P67_PATH = "/kipa/p67/v2/jobpostings"
KEY_HEADER = "KIPA-Subscription-Key"
KEY = "replay-key"
CLIENT_ID = "replay-client"
CLIENT_SECRET = "replay-secret"  # noqa: S105 (it opens this server only)


class PostingsReplay(Replay):
    """Serves the postings of `folder` on 127.0.0.1 (`port` 0: any free one); a context manager runs it in a thread.

    `clock` is the virtual time that decides which postings are open, and what the `Date` header says; default: what
    the folder says, so that answers are the same every day. `token_clock` (seconds since 1970) is what tokens live by,
    `sleep` what a slow answer waits with. `key` None: no key is asked for. The order of postings is another in every
    answer, by `seed` and the number of the call. More than `rate_limit` data calls a minute are 429.

    `requests` lists (method, path, status) of every call, `asked` the filters of the P67 calls that were understood.
    Raises PostingsFolderError when the folder holds no postings, ValueError for an unknown fault.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        clock: datetime | Callable[[], datetime] | None = None,
        faults: Iterable[Fault | str] = (),
        require_bearer: bool = False,
        key: str | None = KEY,
        key_header: str = KEY_HEADER,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        token_seconds: float = 3600,
        token_clock: Callable[[], float] = time.time,
        rate_limit: int = NO_LIMIT,
        seed: int = 67,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.store = read_store(folder)
        self.key = key
        self.key_header = key_header
        self.client_id = client_id
        self.client_secret = client_secret
        self.require_bearer = require_bearer
        self.scope = SCOPE
        self.asked: list[dict[str, Any]] = []
        self.tokens = TokenService(
            client_id=client_id, client_secret=client_secret, seconds=token_seconds, clock=token_clock
        )
        self._clock = clock or self.store.clock
        self._sleep = sleep
        self._seed = seed
        self._calls = count()
        self._faults = Faults()
        self._refusals = Refusals(self._faults, rate_limit=rate_limit)
        self._server = LoopbackServer(self._answer, name="KIPA-replay", port=port, clock=lambda: self.now)
        try:
            for fault in faults:
                self.switch_on(fault)
        except ValueError:
            self.close()
            raise

    @property
    def url(self) -> str:
        """The root of the server."""
        return self._server.url

    @property
    def p67_url(self) -> str:
        """What stands for https://api.ahtp.fi/kipa/p67/v2/jobpostings."""
        return self.url + P67_PATH

    @property
    def v1_url(self) -> str:
        """What stands for https://integraatiot.tyomarkkinatori.fi/jobpostingprovider/v1/tyopaikat."""
        return self.url + replay_v1.PATH

    @property
    def token_url(self) -> str:
        """What stands for the token endpoint of Azure AD B2C."""
        return self.url + TOKEN_PATH

    @property
    def jwks_url(self) -> str:
        """Where the public key of the tokens is."""
        return self.url + JWKS_PATH

    @property
    def now(self) -> datetime:
        """The virtual time; set it to move all postings."""
        return self._clock() if callable(self._clock) else self._clock

    @now.setter
    def now(self, moment: datetime | Callable[[], datetime]) -> None:
        self._clock = moment

    def switch_on(self, fault: Fault | str, amount: float | None = None) -> None:
        """Begin a fault while the server runs; as text it may carry its amount, as in 'server-error:3'."""
        if self._faults.switch_on(fault, amount) is Fault.OUTAGE:
            self._server.refuse()

    def switch_off(self, fault: Fault | str) -> None:
        """End a fault."""
        if self._faults.switch_off(fault) is Fault.OUTAGE:
            self._server.accept()

    def revoke_tokens(self) -> None:
        """From now on no token issued so far is good."""
        self.tokens.revoke()

    def _answer(self, request: Request) -> Answer:
        routes: dict[str, tuple[str, Callable[[Request], Answer]]] = {
            P67_PATH: ("POST", self._p67),
            replay_v1.PATH: ("GET", self._v1),
            TOKEN_PATH: ("POST", self._token),
            JWKS_PATH: ("GET", lambda _: self.tokens.jwks()),
        }
        if request.path not in routes:
            return self._refusals.say(404, "Resource not found")
        method, answer = routes[request.path]
        if request.method != method:
            return self._refusals.say(405, "Method not allowed", {"Allow": method})
        return answer(request)

    def _token(self, request: Request) -> Answer:
        if self._faults.strikes(Fault.TOKEN_ERROR):
            return self._refusals.say(500, "Internal server error")
        if self._faults.strikes(Fault.TOKEN_REFUSED):
            return refusal("invalid_client", "The client is not known or its secret is wrong.", status=401)
        return self.tokens.grant(request)

    def _p67(self, request: Request) -> Answer:
        given = request.headers.get(self.key_header)
        if self.key is not None and given != self.key:
            lack = "missing" if given is None else "invalid"
            return self._refusals.say(401, f"Access denied due to {lack} subscription key.")
        refused = self._untrusted(request, asks_bearer=self.require_bearer)
        if refused is not None:
            return refused
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != JSON_TYPE:
            return self._refusals.say(415, "Unsupported media type")
        try:
            body = json.loads(request.body)
            filters = read_filters(body, reject_unknown=self._faults.amount(Fault.REJECT_UNKNOWN) is not None)
        except BadFilterError as error:
            return self._refusals.say(400, str(error))
        except ValueError:
            return self._refusals.say(400, "the body is not JSON")
        self.asked.append(body)
        now = self.now
        instead, limits = self._refusals.data_call(now, content_type=NDJSON)
        if instead is not None:
            return instead
        shuffled = np.random.default_rng((self._seed, next(self._calls)))
        moment = self.store.at(now)
        return stream(filters, moment, self._faults, shuffled=shuffled, headers=limits, sleep=self._sleep)

    def _v1(self, request: Request) -> Answer:
        refused = self._untrusted(request, asks_bearer=True)
        if refused is not None:
            return refused
        now = self.now
        instead, _ = self._refusals.data_call(now, content_type=JSON_TYPE)
        if instead is not None:
            return instead
        answer = replay_v1.page(request.query, self.store.at(now), self._faults)
        if answer.status == 200 and self._faults.strikes(Fault.CUT_MID_LINE):
            return Answer(body=answer.body, content_type=answer.content_type, delivery=Delivery.TRUNCATED)
        if answer.status == 200 and self._faults.strikes(Fault.CUT_SILENT) and isinstance(answer.body, bytes):
            return Answer(body=answer.body[: len(answer.body) // 2], content_type=answer.content_type)
        return answer

    def _untrusted(self, request: Request, *, asks_bearer: bool) -> Answer | None:
        """A 401 when the call has no good token, or when the fault says so."""
        if self._faults.strikes(Fault.UNAUTHORIZED):
            return self._refusals.unauthorized("not trusted any more")
        if asks_bearer:
            try:
                self.tokens.check(request.headers.get("Authorization"))
            except BadTokenError as error:
                return self._refusals.unauthorized(str(error))
        return None
