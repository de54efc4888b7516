"""A process that holds the picture models for all scans of a machine: films are opened in short-lived limited processes,
models are loaded once, and only raw pixels pass between the two.

    python -m operators.picture_models.host SOCKET SETTINGS_JSON

It speaks over a Unix socket with framed messages, never pickles: after accepting, what its models are, as JSON; then for each
request ``{"model": i, "shapes": [[H, W], ...]}`` and the pictures' bytes, ``{"shape": [N, D]}`` and float32 bytes. One request
runs at a time. A request that is not sound ends that connection alone. It ends when nobody is connected any more.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection, Listener
from pathlib import Path

import numpy as np

from operators.picture_models.protocol import Picture, PictureModel
from operators.picture_models.registry import load_models
from operators.picture_models.weights import WeightsError
from operators.scan import ScanSettings

MOST_PICTURES = 256
MOST_BYTES = 1 << 30
FIRST_CLIENT_SECONDS = 300.0


class Host:
    """Serves ``models`` to whoever connects to ``listener``."""

    def __init__(self, models: Sequence[PictureModel], listener: Listener) -> None:
        self._models, self._listener = models, listener
        self._measuring, self._counting = threading.Lock(), threading.Condition()
        self._connected, self._had_any = 0, False

    def serve(self, first_client_seconds: float = FIRST_CLIENT_SECONDS) -> None:
        """Returns once the last client has gone, or if none came."""
        threading.Thread(target=self._accept, daemon=True).start()
        with self._counting:
            if self._counting.wait_for(lambda: self._had_any, timeout=first_client_seconds):
                self._counting.wait_for(lambda: self._connected == 0)

    def _accept(self) -> None:
        while True:
            client = self._listener.accept()
            with self._counting:
                self._connected, self._had_any = self._connected + 1, True
                self._counting.notify_all()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: Connection) -> None:
        try:
            with client:
                client.send_bytes(json.dumps([_facts(model) for model in self._models]).encode())
                while True:
                    self._answer(client)
        except (EOFError, OSError, ValueError, KeyError, IndexError, TypeError) as error:
            if not isinstance(error, (EOFError, ConnectionError)):
                print(f"a request was refused: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            with self._counting:
                self._connected -= 1
                self._counting.notify_all()

    def _answer(self, client: Connection) -> None:
        request = json.loads(client.recv_bytes(1 << 16))
        pictures = _pictures(request["shapes"], client.recv_bytes(MOST_BYTES))
        with self._measuring:
            answers = self._models[int(request["model"])].measure(pictures)
        client.send_bytes(json.dumps({"shape": answers.shape}).encode())
        client.send_bytes(np.ascontiguousarray(answers, np.float32).tobytes())


def _facts(model: PictureModel) -> dict[str, object]:
    return {"model": model.model.model_dump(), "scores": model.scores, "side": model.side}


def _pictures(shapes: list[list[int]], data: bytes) -> list[Picture]:
    sizes = [int(height) * int(width) * 3 for height, width in shapes]
    if not 0 < len(sizes) <= MOST_PICTURES or min(sizes) <= 0 or sum(sizes) != len(data):
        raise ValueError(f"{len(data)} bytes are not {len(sizes)} pictures of the shapes {shapes[:3]}")
    pixels, at, pictures = np.frombuffer(data, np.uint8), 0, []
    for (height, width), size in zip(shapes, sizes, strict=True):
        pictures.append(pixels[at : at + size].reshape(height, width, 3).copy())
        at += size
    return pictures


def main() -> None:
    address, settings = sys.argv[1:]
    try:
        models = load_models(ScanSettings.model_validate_json(settings))
    except WeightsError as error:
        sys.exit(str(error))
    Path(address).unlink(missing_ok=True)
    with Listener(address, "AF_UNIX", backlog=64) as listener:
        print("ready", flush=True)
        Host(models, listener).serve()


if __name__ == "__main__":
    main()
