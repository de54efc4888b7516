"""A handle on ``tests/chat_server.py`` as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.chat_server import ChatPlan


@dataclass
class RunningChatServer:
    plan: ChatPlan
    folder: Path
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.plan.port}/v1"

    def start(self, plan: ChatPlan | None = None) -> None:
        """Again on the same port, with another plan if one is given; the log goes on."""
        self.plan = replace(plan or self.plan, port=self.plan.port)
        written = self.folder / "plan.json"
        written.write_text(json.dumps(asdict(self.plan)))
        command = [sys.executable, str(Path(__file__).with_name("chat_server.py")), str(written), str(self._log)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.plan = replace(self.plan, port=int(self.process.stdout.readline()))

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None

    def events(self) -> list[dict[str, Any]]:
        """The lines of the log; the last may be half written."""
        lines = self._log.read_text().split("\n")[:-1] if self._log.exists() else []
        return [json.loads(line) for line in lines]

    def came(self) -> list[dict[str, Any]]:
        return [event for event in self.events() if event["what"] == "came"]

    @property
    def _log(self) -> Path:
        return self.folder / "log.jsonl"


class ChatServers:
    """Starts servers, each with a folder of its own under ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[RunningChatServer] = []

    def __call__(self, **plan: Any) -> RunningChatServer:
        folder = self._folder / str(len(self._running))
        folder.mkdir(parents=True)
        server = RunningChatServer(ChatPlan(**plan), folder)
        self._running.append(server)
        server.start()
        return server

    def close(self) -> None:
        for server in self._running:
            server.kill()


@contextmanager
def chat_servers_in(folder: Path) -> Iterator[ChatServers]:
    servers = ChatServers(folder)
    try:
        yield servers
    finally:
        servers.close()
