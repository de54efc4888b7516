"""A tiny Qwen2.5-VL in vLLM's engine, and behind its server: both real, on the processor."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from captioning.backends import open_models
from captioning.backends.by_role import ModelBackends
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from captioning.tiny_checkpoint import write_tiny_checkpoint

START_SECONDS = 900
ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "HF_HUB_OFFLINE": "1",
    "RAY_worker_niceness": "0",
}
SERVED_LIKE_OURS = (
    *("--dtype", "float32", "--enforce-eager", "--max-num-seqs", "16", "--generation-config", "vllm"),
    *("--max-model-len", "8192", "--max-num-batched-tokens", "8192", "--no-enable-chunked-prefill"),
    *("--structured-outputs-config", '{"backend": "guidance", "disable_any_whitespace": true}'),
)


@dataclass(frozen=True)
class AskedModels:
    """Models and the event loop that they live on."""

    models: ModelBackends
    loop: asyncio.Runner


@dataclass(frozen=True)
class RunningServer:
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until_up(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/models", timeout=5):
                    return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()[-2000:]
                assert time.monotonic() < end, self.log.read_text()[-2000:]
                time.sleep(0.5)


@pytest.fixture(scope="session", autouse=True)
def small_vllm() -> None:
    os.environ.update(ENVIRONMENT)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vlm") / "tiny-qwen"
    write_tiny_checkpoint(folder)
    return folder


@pytest.fixture(scope="session")
def server(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """vLLM's OpenAI-compatible server; it need not answer yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(tiny)]
    command += ["--host", "127.0.0.1", "--port", str(port), *SERVED_LIKE_OURS]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        yield RunningServer(f"http://127.0.0.1:{port}/v1", process, log)
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def engine(tiny: Path, server: RunningServer) -> Iterator[AskedModels]:
    """Asked for after the server, so that the two start together."""
    settings = CaptionSettings.model_validate({"backend": "vllm", "models": {"clip": {"id": str(tiny)}}})
    yield from _opened(settings, CaptionServingSettings(in_flight=16))


@pytest.fixture(scope="session")
def served(tiny: Path, server: RunningServer) -> Iterator[AskedModels]:
    server.wait_until_up()
    settings = CaptionSettings.model_validate({"backend": "server", "models": {"clip": {"id": str(tiny)}}})
    yield from _opened(settings, CaptionServingSettings(endpoints=(server.url,)))


def _opened(settings: CaptionSettings, serving: CaptionServingSettings) -> Iterator[AskedModels]:
    with asyncio.Runner() as loop:
        models = loop.run(open_models(settings, serving))
        yield AskedModels(models, loop)
        loop.run(models.close())
