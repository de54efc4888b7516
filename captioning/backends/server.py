"""Models behind OpenAI-compatible servers: vLLM's own, Ray Serve LLM, or any other with ``/chat/completions``.

The rule of tries, per question. A server that is busy or gone (425, 429, 502, 503, 504, no connection; 404 of one that has
answered before) is waited for, or another is asked, while ``patience_seconds`` last. What goes wrong on the way (other 5xx, 408,
409, a connection lost, no answer in time, a reply that is none) is tried ``TRIES`` times, or as often as a server can be had while
patience lasts. A question that is refused (400 and the like) is not put again. A refused key, an account without credit or an
unknown model ends the run, and so do servers that are busy or gone from the beginning; once one has answered, what cannot be
answered costs its clip alone.
"""

from __future__ import annotations

import asyncio
import os
import random

from captioning.asks import Answer, Ask, AskError, BackendUnusableError
from captioning.backends.by_role import ModelBackends
from captioning.backends.chat_reply import read_chat_reply, read_served
from captioning.backends.chat_request import chat_body
from captioning.backends.endpoints import Endpoints, ServerState, Turn, backoff
from captioning.backends.exchange import CONNECT_SECONDS, Caller, open_client
from captioning.backends.exchange_error import NOT_FOUND, ExchangeError
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings, ModelChoice
from formats.clip_record import Model

TRIES = 4


async def open_server(settings: CaptionSettings, serving: CaptionServingSettings) -> ModelBackends:
    """Asks every endpoint what it serves; each role's model must be served somewhere. An endpoint that does not answer is asked
    again when its turn comes. Raises ``BackendUnusableError``.
    """
    if not serving.endpoints:
        raise BackendUnusableError(
            "captions.backend is 'server': name at least one address in engine.captions.endpoints"
        )
    key = api_key(serving)
    client = open_client(min(CONNECT_SECONDS, serving.request_seconds))
    caller = Caller(client, serving.request_seconds, key)
    try:
        servers = tuple(ServerState(url) for url in serving.endpoints)
        troubles = [trouble for trouble in await asyncio.gather(*(_look_up(caller, s) for s in servers)) if trouble]
        if len(troubles) == len(servers):
            raise BackendUnusableError("no endpoint of engine.captions.endpoints answered: " + "; ".join(troubles[:5]))
        clip = _backend(settings.models.clip, servers, caller, serving)
        shot = clip if not settings.models.shot.id else _backend(settings.models.shot, servers, caller, serving)
    except BaseException:
        await caller.client.close()
        raise
    return ModelBackends(clip, shot)


def api_key(serving: CaptionServingSettings) -> str:
    """Empty where none is asked for. Raises ``BackendUnusableError``; its text never holds the key."""
    if not serving.api_key_env:
        return ""
    key = os.environ.get(serving.api_key_env, "").strip()
    if not key:
        raise BackendUnusableError(
            f"engine.captions.api_key_env names {serving.api_key_env}, which is not set or empty"
        )
    if not (key.isascii() and key.isprintable()):
        raise BackendUnusableError(f"{serving.api_key_env} holds characters that no API key has")
    return key


class ServerBackend:
    """One model on every endpoint that serves it."""

    def __init__(self, choice: ModelChoice, endpoints: Endpoints, caller: Caller) -> None:
        self._choice = choice
        self._endpoints = endpoints
        self._caller = caller
        self._dice = random.Random()

    @property
    def model(self) -> Model:
        choice = self._choice
        return Model(role="captioner", id=choice.id, revision=choice.revision, license=choice.license)

    async def ask(self, ask: Ask) -> Answer:
        endpoints, tries = self._endpoints, 0
        last: ExchangeError | None = None
        until = endpoints.patient_until()
        server = endpoints.awake() or await endpoints.free(until)
        while server is not None:
            with endpoints.turn(server) as turn:
                try:
                    answer = await self._asked(ask, server)
                    endpoints.answered(turn)
                    return answer
                except ExchangeError as error:
                    trouble = last = error
            self._tell(turn, trouble)
            if trouble.remedy == "again":
                tries += 1
                if tries == TRIES:
                    raise AskError(trouble.reason, f"{trouble.detail} (the last of {TRIES} tries)", passing=True)
                await asyncio.sleep(backoff(tries, self._dice))
                until = endpoints.clock() + endpoints.patience
            server = await endpoints.free(until)
        raise self._nobody(last)

    def _tell(self, turn: Turn, trouble: ExchangeError) -> None:
        """The endpoints learn of it. Raises where the question is not to be put again."""
        if trouble.remedy == "end":
            raise BackendUnusableError(trouble.detail)
        if trouble.remedy == "give_up":
            self._endpoints.answered(turn)
            raise AskError(trouble.reason, trouble.detail, passing=False)
        self._endpoints.troubled(trouble)
        if trouble.remedy == "wait":
            self._endpoints.away(turn, trouble.wait_seconds)
        elif trouble.remedy == "again":
            self._endpoints.faulty(turn, trouble.wait_seconds)

    def _nobody(self, own: ExchangeError | None) -> Exception:
        """Why a question whose last trouble was ``own`` waits no longer."""
        endpoints = self._endpoints
        if not endpoints.servers:
            return BackendUnusableError(f"no endpoint of engine.captions.endpoints serves {self._choice.id} any more")
        last = own or endpoints.trouble or ExchangeError("wait", "server_busy", "every endpoint rests after failures")
        if last.remedy == "again" or endpoints.answered_once:
            detail = f"{last.detail}; no server of {self._choice.id} could be asked within {endpoints.patience:g} s"
            return AskError(last.reason, detail, passing=True)
        text = f"no server of {self._choice.id} answered for {endpoints.patience:g} s; the last one: {last.detail}"
        return BackendUnusableError(f"{text}. What was annotated stays; build again when it is back")

    async def close(self) -> None:
        await self._caller.client.close()

    async def _asked(self, ask: Ask, server: ServerState) -> Answer:
        url = f"{server.url}/chat/completions"
        try:
            body = chat_body(ask, await self._served_as(server))
            return read_chat_reply(await self._caller.post(url, body), ask, url)
        except ExchangeError as trouble:
            if trouble.reason == NOT_FOUND and server.answered:
                raise ExchangeError("wait", "server_busy", trouble.detail, trouble.wait_seconds) from None
            raise

    async def _served_as(self, server: ServerState) -> str:
        """What this server calls the model."""
        if server.served is None:
            server.served = read_served(await self._caller.get(f"{server.url}/models"), server.url)
        name = server.served.get(self._choice.id)
        if name is None:
            self._endpoints.drop(server)
            raise ExchangeError("elsewhere", "server_busy", f"{server.url} does not serve {self._choice.id}")
        return name


async def _look_up(caller: Caller, server: ServerState) -> str:
    """Fills in what ``server`` serves; returns what went wrong, empty if nothing did."""
    try:
        server.served = read_served(await caller.get(f"{server.url}/models"), server.url)
    except ExchangeError as trouble:
        if trouble.remedy == "end":
            raise BackendUnusableError(trouble.detail) from None
        return trouble.detail
    return ""


def _backend(
    choice: ModelChoice, servers: tuple[ServerState, ...], caller: Caller, serving: CaptionServingSettings
) -> ServerBackend:
    fitting = [server for server in servers if server.served is None or choice.id in server.served]
    if all(server.served is None for server in fitting):
        known = sorted({name for server in servers for name in server.served or {}})
        raise BackendUnusableError(
            f"no endpoint of engine.captions.endpoints serves {choice.id}; served: {', '.join(known)[:500] or 'nothing'}"
        )
    return ServerBackend(choice, Endpoints(fitting, serving.patience_seconds), caller)
