"""A local server that stands in for StatFin: PxWeb v1 over HTTP on the loopback, over a folder of data.

Belongs here: the server as callers start it. The transport is `sources.loopback`; what a call is answered is in
`replay_routes`, what is served in `replay_folder`, what a query selects in `replay_query`, how an answer is spelled in
`replay_answers`, what goes wrong in `replay_scenarios`. It follows contract statfin, sections 2 to 7; the formats
xlsx, sdmx and json-stat are not written and are answered 400, and there is no response cache. Whole tables as PX files
lie at /database/StatFin/<subject>/<table>.px.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sources import loopback
from sources.statfin.replay_folder import ReplayFolder
from sources.statfin.replay_routes import Limits, Routes
from sources.statfin.replay_scenarios import Scenario, Stage

__all__ = ["Limits", "ReplayServer", "Scenario"]

CORS = {"Access-Control-Allow-Origin": "*"}


class ReplayServer(loopback.Replay):
    """Serves `folder` on 127.0.0.1 (`port` 0: any free one) until closed; a context manager runs it in a thread.

    `requests` lists (method, path, status) of every call answered so far; a cut connection has the status 0.
    Raises ReplayFolderError when the folder holds no table, ValueError for an unknown scenario.
    """

    def __init__(
        self, folder: Path, *, port: int = 0, limits: Limits | None = None, scenarios: Iterable[Scenario | str] = ()
    ) -> None:
        self.limits = limits or Limits()
        self.folder = ReplayFolder(folder)
        self._stage = Stage(self.folder)
        for scenario in scenarios:
            self._stage.switch_on(scenario)
        self.routes = Routes(self.folder, self.limits, self._stage)
        self._server = loopback.LoopbackServer(self._answer, name="StatFin-replay", port=port)

    @property
    def base_url(self) -> str:
        """What stands for https://pxdata.stat.fi/PxWeb/api/v1."""
        return f"{self._server.url}/PxWeb/api/v1"

    def switch_on(self, scenario: Scenario | str, amount: float | None = None) -> None:
        """Begin a scenario while the server runs; as text it may carry its amount, as in 'html-503:3'."""
        self._stage.switch_on(scenario, amount)

    def switch_off(self, scenario: Scenario | str) -> None:
        """End a scenario."""
        self._stage.switch_off(scenario)

    def _answer(self, request: loopback.Request) -> loopback.Answer:
        target = f"{request.path}?{request.query}" if request.query else request.path
        answer = self.routes.answer(request.method, target, request.body, request.client)
        return loopback.Answer(
            status=answer.status,
            body=answer.body,
            content_type=answer.content_type,
            headers={**CORS, **answer.headers},
            delivery=loopback.Delivery[answer.delivery.name],
        )
