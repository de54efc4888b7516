"""One HTTP exchange with a server that may be slow, broken or hostile: bounded in bytes and in time."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from captioning.backends.exchange_error import NOT_FOUND, ExchangeError

MOST_REPLY_BYTES = 8 << 20
CONNECT_SECONDS = 15.0
_READ_TO_SAY = 2000
_SAID = 300
_TELLING = 6
"""Characters of a key that are not to be told."""

_BUSY = (425, 429, 502, 503, 504)
_PASSING = (408, 409)


@dataclass(frozen=True)
class Caller:
    """A client and how long it waits. ``key`` is the API key, empty for none: no text that leaves here holds it. ``proxies``: as
    the environment names them (``http_proxy``, ``https_proxy``, ``no_proxy``), read once."""

    client: aiohttp.ClientSession
    seconds: float
    key: str
    proxies: Mapping[str, str] = field(default_factory=getproxies)

    def __repr__(self) -> str:
        return f"Caller(seconds={self.seconds})"

    async def post(self, url: str, body: bytes) -> bytes:
        """The body of a reply of status 200. Raises ``ExchangeError``."""
        return await self._exchange("POST", url, body, self.seconds)

    async def get(self, url: str) -> bytes:
        """As ``post``; what is only looked up gets little time."""
        return await self._exchange("GET", url, None, min(self.seconds, 2 * CONNECT_SECONDS))

    async def _exchange(self, method: str, url: str, body: bytes | None, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                status, headers, data = await self._whole(method, url, body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            raise ExchangeError("wait", "server_lost", f"{url} cannot be reached ({type(error).__name__})") from None
        except TimeoutError:
            raise ExchangeError("again", "server_timeout", f"{url} did not answer within {seconds:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise ExchangeError(
                "again", "server_lost", f"{url}: the connection was lost ({type(error).__name__})"
            ) from None
        if status != 200:
            raise self._refusal(url, status, headers, data)
        return data

    async def _whole(self, method: str, url: str, body: bytes | None) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        async with self.client.request(
            method, url, data=body, headers=headers, proxy=proxy_for(url, self.proxies), allow_redirects=False
        ) as reply:
            data = bytearray()
            async for piece in reply.content.iter_any():
                data += piece
                if len(data) > MOST_REPLY_BYTES:
                    raise ExchangeError("again", "bad_reply", f"{url} sent more than {MOST_REPLY_BYTES >> 20} MB")
                if reply.status != 200 and len(data) > _READ_TO_SAY:
                    break
            return reply.status, reply.headers, bytes(data)

    def _refusal(self, url: str, status: int, headers: Mapping[str, str], data: bytes) -> ExchangeError:
        said = self._said(data)
        text = f"{url} answered {status}" + (f": {said}" if said else "")
        wait = retry_after(headers.get("retry-after", ""), time.time())
        if status in _BUSY:
            return ExchangeError("wait", "server_busy", text, wait)
        if status >= 500 or status in _PASSING:
            return ExchangeError("again", "server_error", text, wait)
        if status in (401, 403):
            fix = "put a key that it takes into the variable that engine.captions.api_key_env names"
            return ExchangeError("end", "server_refuses", f"{text}. Fix: {fix}")
        if status == 402:
            fix = "the account behind the key is out of credit; what was annotated stays, so add credit and build again"
            return ExchangeError("end", "server_refuses", f"{text}. Fix: {fix}")
        if status in (404, 405) or status < 400:
            fix = (
                "an endpoint of engine.captions.endpoints is an OpenAI-compatible base such as http://localhost:8000/v1"
            )
            reason = NOT_FOUND if status == 404 else "server_refuses"
            return ExchangeError("end", reason, f"{text}. Fix: {fix}, and serves the models of captions.models")
        return ExchangeError("give_up", "ask_refused", text)

    def _said(self, data: bytes) -> str:
        """The start of an error's text, printable, without the key and without its beginning, which a text cut short may hold."""
        text = data[:_READ_TO_SAY].decode("utf-8", "replace")
        for length in range(len(self.key), max(0, min(len(self.key), _TELLING) - 1), -1):
            text = text.replace(self.key[:length], "[key]")
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_SAID]


def open_client(connect_seconds: float) -> aiohttp.ClientSession:
    """As many connections as there are questions; nothing is unpacked, so that a reply that unpacks to gigabytes stays small; no
    cookies. Open it on the event loop that uses it."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds),
        auto_decompress=False,
    )


def proxy_for(url: str, proxies: Mapping[str, str]) -> str | None:
    """The proxy on the way to this address, if there is one."""
    parts = urlsplit(url)
    proxy = proxies.get(parts.scheme)
    return None if proxy is None or proxy_bypass(parts.hostname or "") else proxy


def retry_after(value: str, now: float) -> float | None:
    """Seconds from a ``Retry-After`` header, which holds seconds or a date; ``now`` is Unix time. ``None`` for anything else."""
    if value.strip().isdecimal() and len(value.strip()) < 10:
        return float(value)
    try:
        at = email.utils.parsedate_to_datetime(value)
        return max(0.0, at.timestamp() - now)
    except (ValueError, OverflowError):
        return None
