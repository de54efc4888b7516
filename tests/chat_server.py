"""An OpenAI-compatible server for tests, as a process of its own: ``python chat_server.py PLAN.json LOG.jsonl``.

``PLAN`` is ``ChatPlan`` as JSON. Every chat request is given the next of ``faults``, after those ``ok``; ``LOG`` gets one line
when it came and one when its answer was sent. The answer to a free question is an echo: its words and the sizes of its pictures;
with a schema, what ``filled`` makes of it. A picture whose first rows are black and white blocks is read as a number.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

BLOCKS = 12
REDIRECTS = {"to-itself": b"/v1/chat/completions", "to-a-file": b"file:///etc/hostname", "to-nowhere": b"http://[::1"}


@dataclass
class ChatPlan:
    port: int = 0
    models: list[str] = field(default_factory=lambda: ["test/model"])
    root: str = ""
    key: str = ""
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    die_after: int = 0


class ChatServer:
    def __init__(self, plan: ChatPlan, log: Path) -> None:
        self.plan = plan
        self.log = log.open("a", buffering=1)
        self.came = 0
        self.in_flight = 0

    async def serve(self) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.plan.port, limit=1 << 26, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        async with server:
            await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await _head(reader):
                body = await reader.readexactly(int(head.get("content-length", "0")))
                if not await self._reply(head, body, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        writer.close()

    async def _reply(self, head: dict[str, str], body: bytes, writer: asyncio.StreamWriter) -> bool:
        if self.plan.key and head.get("authorization") != f"Bearer {self.plan.key}":
            said = head.get("authorization", "nothing")
            return await _send(writer, 401, {"error": {"message": f"wrong key: {said}"}})
        if head["path"].endswith("/models"):
            served = [{"id": name, "root": self.plan.root or name} for name in self.plan.models]
            return await _send(writer, 200, {"object": "list", "data": served})
        if not head["path"].endswith("/chat/completions"):
            return await _send(writer, 404, {"detail": "Not Found"})
        number, self.came = self.came, self.came + 1
        if self.plan.die_after and number >= self.plan.die_after:
            os._exit(1)
        self.in_flight += 1
        asked = json.loads(body)
        fault = self.plan.faults[number] if number < len(self.plan.faults) else "ok"
        seen = _seen(asked)
        self._note("came", number, fault, seen)
        try:
            await asyncio.sleep(self.plan.seconds)
            return await self._answer(fault, asked, seen, writer)
        finally:
            self.in_flight -= 1
            self._note("left", number, fault, seen)

    async def _answer(self, fault: str, asked: dict[str, Any], seen: list[int], writer: asyncio.StreamWriter) -> bool:
        whole = _completion(asked, seen)
        if fault == "hang":
            await asyncio.sleep(3600)
        if fault == "drip":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(36_000):
                writer.write(b"1\r\n \r\n")
                await writer.drain()
                await asyncio.sleep(0.1)
        if fault == "huge":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(1000):
                writer.write(b"100000\r\n" + b"x" * (1 << 20) + b"\r\n")
                await writer.drain()
            return False
        if fault == "drop":
            return False
        if fault == "half":
            return await _send(writer, 200, json.dumps(whole).encode()[:-40])
        if fault == "cut":
            data = json.dumps(whole).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data[: len(data) // 2])
            await writer.drain()
            return False
        if fault == "garbage":
            return await _send(writer, 200, b"<html>\xff\xfe not json</html>")
        if fault == "deep":
            return await _send(writer, 200, b"[" * 200_000)
        if fault == "packed":
            return await _send(writer, 200, gzip.compress(bytes(64 << 20)), b"Content-Encoding: gzip\r\n")
        if fault in REDIRECTS:
            return await _send(writer, 307, {}, b"Location: " + REDIRECTS[fault] + b"\r\n")
        if fault == "unfinished":
            whole["choices"][0]["finish_reason"] = "abort"
        if fault == "filtered":
            whole["choices"][0]["finish_reason"] = "content_filter"
        if fault.startswith("busy-"):
            retry = f"Retry-After: {fault.removeprefix('busy-')}\r\n".encode()
            return await _send(writer, 429, {"error": {"message": "slow down"}}, retry)
        if fault.isdecimal():
            return await _send(writer, int(fault), {"error": {"message": f"as planned: {fault}"}})
        return await _send(writer, 200, whole)

    def _note(self, what: str, number: int, fault: str, seen: list[int]) -> None:
        line = {"what": what, "number": number, "fault": fault, "at": time.monotonic(), "in_flight": self.in_flight}
        self.log.write(json.dumps(line | {"seen": seen}) + "\n")


async def _head(reader: asyncio.StreamReader) -> dict[str, str]:
    """Header fields in lower case and ``path``; empty at the end of the connection."""
    first = (await reader.readline()).decode("latin-1").split()
    if len(first) < 2:
        return {}
    head = {"path": first[1]}
    while line := (await reader.readline()).decode("latin-1").strip():
        name, _, value = line.partition(":")
        head[name.lower()] = value.strip()
    return head


async def _send(writer: asyncio.StreamWriter, status: int, value: Any, more: bytes = b"") -> bool:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    writer.write(b"HTTP/1.1 %d Said\r\nContent-Length: %d\r\n%s\r\n" % (status, len(data), more) + data)
    await writer.drain()
    return True


def _completion(asked: dict[str, Any], seen: list[int]) -> dict[str, Any]:
    schema = asked.get("response_format", {}).get("json_schema", {}).get("schema")
    text = json.dumps(filled(schema, seen)) if schema else _echo(asked, seen)
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 10}}


def _parts(asked: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in asked["messages"][-1]["content"] if isinstance(part, dict)]


def _echo(asked: dict[str, Any], seen: list[int]) -> str:
    words = " ".join(part["text"] for part in _parts(asked) if part["type"] == "text")
    return json.dumps({"said": words, "seen": seen, "model": asked["model"]})


def _seen(asked: dict[str, Any]) -> list[int]:
    """The numbers that the pictures of a question carry, each once, in order."""
    urls = [part["image_url"]["url"] for part in _parts(asked) if part["type"] == "image_url"]
    return list(dict.fromkeys(_number(base64.b64decode(url.split(",", 1)[1])) for url in urls))


def _number(jpeg: bytes) -> int:
    """The top eighth of the picture holds ``BLOCKS`` blocks, white for a 1, the lowest bit first."""
    picture = Image.open(io.BytesIO(jpeg))
    # Read at a half: a quarter of the time of a server that shares the processor with what it is to keep up with.
    picture.draft("L", (picture.width // 2, picture.height // 2))
    width, height = picture.size
    row = (
        picture.convert("L")
        .crop((0, 0, width, max(1, height // 8)))
        .resize((BLOCKS, 1), Image.Resampling.BOX)
        .tobytes()
    )
    return sum(1 << i for i, level in enumerate(row) if level > 128)


def filled(schema: dict[str, Any], seen: list[int], name: str = "", entity: str = "") -> Any:
    """Something that ``schema`` allows and that a reader of captions would take. ``name``: of the field; ``entity``: the field
    of the whole answer that it is in."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        parts = schema.get("properties", {})
        return {field: filled(part, seen, field, entity or field) for field, part in parts.items()}
    if kind == "array":
        count = max(schema.get("minItems", 0), min(1, schema.get("maxItems", 1)))
        return [filled(schema["items"], seen, name, entity) for _ in range(count)]
    if kind == "number":
        return schema.get("maximum" if name == "end" else "minimum", 0)
    return _text(name, entity, "-".join(map(str, seen))) if kind == "string" else True


def _text(name: str, entity: str, numbers: str) -> str:
    if name == "name":
        return f"{'scene_wall' if entity == 'scenes' else 'sign'}_{numbers.replace('-', '_')}"
    if name == "prompt":
        return f"{{{entity}}} hangs on the wall in the light of the day."
    if name == "question":
        return "How well does the video show the wall?"
    return f"The wall with the number {numbers} stands in the light of the day."


if __name__ == "__main__":
    asyncio.run(ChatServer(ChatPlan(**json.loads(Path(sys.argv[1]).read_text())), Path(sys.argv[2])).serve())
