"""Builds that are killed, servers that die, models that change: what was said once stays, and nothing else is asked."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def finished(corpus: Any) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in corpus.out.glob("annotations/*/*.json")}


def wait_for(true: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.02)


def asked_about(server: Any, after: int = 0) -> set[int]:
    """The numbers in the pictures of all questions but the first ``after``."""
    return {number for event in server.came()[after:] for number in event["seen"]}


def test_a_build_killed_while_it_asks_goes_on_without_asking_again(
    corpus: Any, numbers: Any, served: Callable[..., list[str]], own_words: Any, chat_server: Any, tmp_path: Path
) -> None:
    server = chat_server(seconds=0.4)
    settings = served(server.url, more=("engine.captions.in_flight=3",))
    driver = subprocess.Popen(
        corpus.arguments(*settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    wait_for(lambda: len(finished(corpus)) >= 2)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    wait_for(lambda: not server.events() or time.monotonic() - server.events()[-1]["at"] > 3)
    before, asked_before = finished(corpus), len(server.came())
    assert 2 <= len(before) < 5
    done = corpus.build(*settings)
    assert done.returncode == 0, done.stderr
    assert f"{len(before)} done before" in done.stderr
    after = finished(corpus)
    assert before.items() < after.items() and len(after) == 5
    for record in corpus.records():
        own_words(record)
        if any(name.startswith(record.key) for name in before):
            assert not asked_about(server, asked_before) & set(numbers(record))
    assert corpus.status()["captions"]["asks"] == 40
    assert [path for path in corpus.out.rglob(".*") if path.name != ".shotloom.lock"] == []


def test_a_server_that_dies_in_the_middle_and_comes_back_costs_no_clip(
    corpus: Any, served: Callable[..., list[str]], own_words: Any, chat_server: Any
) -> None:
    server = chat_server(seconds=0.2, die_after=9)
    driver = subprocess.Popen(
        corpus.arguments(*served(server.url)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: server.process.poll() is not None)
    time.sleep(2)
    server.kill()
    server.start(type(server.plan)())
    _, told = driver.communicate(timeout=300)
    assert driver.returncode == 0, told
    assert corpus.status()["annotate"]["kept"] == 5
    for record in corpus.records():
        own_words(record)


def test_a_process_that_captions_and_dies_costs_no_clip(
    corpus: Any, served: Callable[..., list[str]], own_words: Any, chat_server: Any
) -> None:
    server = chat_server(seconds=0.5)
    driver = subprocess.Popen(
        corpus.arguments(*served(server.url)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: len(server.came()) >= 5)
    for worker in descendants(driver.pid, "ray::CaptionActor"):
        os.kill(worker, signal.SIGKILL)
    _, told = driver.communicate(timeout=300)
    assert driver.returncode == 0, told
    assert corpus.status()["annotate"]["kept"] == 5
    for record in corpus.records():
        own_words(record)


def test_of_the_clips_that_a_process_died_with_only_the_one_that_kills_it_is_failed(
    corpus: Any, numbers: Any, served: Callable[..., list[str]], chat_server: Any
) -> None:
    """Whoever asks about the first film's clip is killed."""
    server = chat_server(seconds=0.3)
    driver = subprocess.Popen(
        corpus.arguments(*served(server.url)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    looked = 0
    while driver.poll() is None:
        came = server.came()
        if any(number < 16 for event in came[looked:] for number in event["seen"]):
            for worker in descendants(driver.pid, "ray::CaptionActor"):
                os.kill(worker, signal.SIGKILL)
            time.sleep(0.5)
            came = server.came()
        looked = len(came)
        time.sleep(0.05)
    assert corpus.status()["annotate"]["failed"] == {"error": 1}
    assert corpus.status()["annotate"]["kept"] == 4
    assert all(numbers(record)[0] > 16 for record in corpus.records())


def test_another_model_is_asked_about_every_clip_and_packed_and_nothing_else_is_done(
    corpus: Any, served: Callable[..., list[str]], chat_server: Any, times: Any
) -> None:
    server = chat_server(models=["test/model", "another/model"])
    assert corpus.build(*served(server.url)).returncode == 0
    asked, first = len(server.came()), finished(corpus)
    done = corpus.build(*served(server.url, more=("engine.captions.in_flight=2", "engine.captions.patience_seconds=5")))
    assert done.returncode == 0 and len(server.came()) == asked, "where and how fast asks nobody again"
    stable = {name: times(corpus.out / name) for name in ("scan/films", "clips")}
    done = corpus.build(*served(server.url, more=("captions.models.clip.id=another/model",)))
    assert done.returncode == 0, done.stderr
    assert "redone where that changes anything: annotate, pack" in done.stderr
    assert {name: times(corpus.out / name) for name in stable} == stable
    assert len(server.came()) == 2 * asked and first.items() < finished(corpus).items()
    for record in corpus.records():
        assert {caption.origin for caption in record.captions} == {"another/model"}
    asked = len(server.came())
    assert corpus.build(*served(server.url)).returncode == 0
    assert len(server.came()) == asked, "what the first model said is still there"


def test_what_passes_is_asked_again_and_what_stands_is_not(
    corpus: Any, served: Callable[..., list[str]], chat_server: Any
) -> None:
    server = chat_server(faults=["400", "ok", "ok", *["500"] * 4])
    corpus.build(*served(server.url, more=("engine.captions.in_flight=1", "limits.failed=1")))
    failed = corpus.status()["annotate"]["failed"]
    assert failed == {"ask_refused": 1, "server_error": 1}
    server.kill()
    server.start(type(server.plan)())
    assert corpus.build(*served(server.url)).returncode == 0
    assert corpus.status()["annotate"]["failed"] == {"ask_refused": 1}
    assert corpus.status()["annotate"]["kept"] == 4


def descendants(root: int, name: str) -> list[int]:
    """Processes under ``root`` whose command line begins with ``name``."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return [pid for pid in found if command(pid).startswith(name)]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
