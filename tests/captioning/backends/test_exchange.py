from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.backends.exchange import Caller, open_client, proxy_for, retry_after

NOW = 1_700_000_000.0


KEY = "sk-very-secret-4711"


@pytest.mark.parametrize(
    "body",
    [
        f"wrong key: Bearer {KEY}",
        " " * 1990 + KEY,
        "wrong key: " + KEY[:-1],
        "wrong key: " + KEY[:6],
        KEY * 300,
        "\u00e9" * 900 + " " * 190 + KEY,
    ],
)
def test_a_key_that_a_server_repeats_is_in_no_error_not_even_in_part(body: str) -> None:
    async def refused() -> str:
        async with open_client(3.0) as client:
            return str(Caller(client, 3.0, KEY)._refusal("http://gpu/v1", 400, {}, body.encode()))

    said = asyncio.run(refused())
    assert said.startswith("http://gpu/v1 answered 400") and KEY[:6] not in said and len(said) < 400


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("Tue, 14 Nov 2023 22:13:30 GMT", 10.0),
        ("Tue, 14 Nov 2023 22:13:10 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("9999999999999999999999", None),
        ("Tue, 14 Nov 99999 22:13:10 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text("0123456789 -:,GMTJanFeb+.", max_size=40))
def test_any_retry_after_is_a_time_from_now_or_nothing(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or seconds >= 0


def test_a_caller_does_not_show_its_key() -> None:
    async def shown() -> str:
        async with open_client(3.0) as client:
            return repr(Caller(client, 3.0, "secret"))

    assert "secret" not in asyncio.run(shown())


def test_the_proxy_of_the_environment_is_used_but_not_for_the_hosts_it_spares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("no_proxy", "localhost,.inside")
    proxies = {"http": "http://proxy:3128"}
    assert proxy_for("http://models.example:8000/v1", proxies) == "http://proxy:3128"
    assert proxy_for("https://models.example/v1", proxies) is None
    assert proxy_for("http://gpu-1.inside:8000/v1", proxies) is None
    assert proxy_for("http://localhost:8000/v1", proxies) is None


def test_a_caller_reads_the_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:3128")

    async def read() -> Mapping[str, str]:
        async with open_client(3.0) as client:
            return Caller(client, 3.0, "").proxies

    assert asyncio.run(read())["http"] == "http://proxy:3128"
