"""Builds through real servers that do everything wrong that a server can do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SECRET = "sk-very-secret-4711"
FAULTS = [
    "429",
    "ok",
    "500",
    "garbage",
    "ok",
    "half",
    "ok",
    "drop",
    "hang",
    "cut",
    "503",
    "ok",
    "deep",
    "busy-2",
    "500",
]


def holding(folder: Path, text: str) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


@pytest.mark.slow
def test_servers_of_every_fault_one_of_them_dead_leave_each_clip_its_own_words(
    corpus: Any, served: Callable[..., list[str]], own_words: Any, chat_server: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("SHOTLOOM_TEST_KEY", SECRET)
    dead, server = chat_server(key=SECRET), chat_server(key=SECRET, faults=FAULTS, seconds=0.05)
    dead.kill()
    settings = served(dead.url, server.url, more=("engine.captions.api_key_env=SHOTLOOM_TEST_KEY",))
    done = corpus.build(*settings)
    assert done.returncode == 0, done.stderr
    books = corpus.status()["annotate"]
    assert books["in"] == books["kept"] + sum(books["failed"].values()) == 5
    assert corpus.build(*settings).returncode == 0
    assert corpus.status()["annotate"]["kept"] == 5
    records = corpus.records()
    assert len({record.key for record in records}) == len(records) == 5
    for record in records:
        own_words(record)
        assert [model.license for model in record.models if model.id == "test/model"] == ["MIT"]
    told = corpus.status()["captions"]
    assert (told["asks"], told["prompt_tokens"], told["answer_tokens"]) == (40, 4000, 400)
    assert "| captioner | test/model | abc | MIT |" in (corpus.out / "README.md").read_text()
    page = corpus.report()
    assert "Asked of models" in page and "Tokens per clip" in page
    assert holding(corpus.out, SECRET) == []
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.slow
def test_a_refused_key_ends_the_run_at_once_and_is_not_told(
    corpus: Any, served: Callable[..., list[str]], chat_server: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("SHOTLOOM_TEST_KEY", SECRET)
    server = chat_server(key="another")
    done = corpus.build(*served(server.url, more=("engine.captions.api_key_env=SHOTLOOM_TEST_KEY",)))
    assert done.returncode == 2
    assert "engine.captions.api_key_env" in done.stderr and server.url in done.stderr
    assert SECRET not in done.stderr and holding(corpus.out, SECRET) == []
    assert server.came() == []


@pytest.mark.slow
def test_a_server_that_hangs_on_everything_fails_every_clip_with_a_reason(
    corpus: Any, served: Callable[..., list[str]], chat_server: Any
) -> None:
    server = chat_server(faults=["hang"] * 10_000)
    limits = ("engine.captions.request_seconds=1", "engine.captions.patience_seconds=2")
    done = corpus.build(*served(server.url, more=limits))
    assert done.returncode == 3, done.stderr
    assert corpus.status()["annotate"]["failed"] == {"server_timeout": 5}
    server.kill()
    server.start(type(server.plan)())
    assert corpus.build(*served(server.url)).returncode == 0
    assert corpus.status()["annotate"]["kept"] == 5
