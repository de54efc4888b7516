"""Picture models that another process holds (``host.py``), used as if they were here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection

import numpy as np

from formats.clip_record import Model
from operators.picture_models.protocol import Answers, Picture


@dataclass(frozen=True)
class RemoteModel:
    model: Model
    scores: tuple[str, ...]
    side: int
    number: int
    host: Connection

    def measure(self, pictures: Sequence[Picture]) -> Answers:
        """Raises ``EOFError`` or ``OSError`` if the host has gone."""
        shapes = [picture.shape[:2] for picture in pictures]
        self.host.send_bytes(json.dumps({"model": self.number, "shapes": shapes}).encode())
        self.host.send_bytes(b"".join(np.ascontiguousarray(picture).tobytes() for picture in pictures))
        shape = json.loads(self.host.recv_bytes())["shape"]
        return np.frombuffer(self.host.recv_bytes(), np.float32).reshape(shape)


def connect_models(address: str) -> tuple[RemoteModel, ...]:
    """Those of the host that listens at the Unix socket ``address``. Raises ``OSError`` if none does."""
    host = Client(address, "AF_UNIX")
    told = json.loads(host.recv_bytes())
    return tuple(
        RemoteModel(Model.model_validate(each["model"]), tuple(each["scores"]), int(each["side"]), number, host)
        for number, each in enumerate(told)
    )
