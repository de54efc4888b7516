from __future__ import annotations

import json
import threading
from multiprocessing.connection import Client, Listener
from pathlib import Path

import numpy as np
import pytest

from formats.clip_record import Model
from operators.embedders.choice import EmbedderChoice
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from operators.picture_models.host import Host
from operators.picture_models.protocol import PictureModel
from operators.picture_models.remote import connect_models
from operators.picture_models.weights import WeightsSettings


@pytest.fixture
def model(tmp_path: Path) -> PictureModel:
    write_tiny_checkpoint("dinov2", tmp_path / "dinov2")
    return EmbedderChoice("dinov2", WeightsSettings(source=str(tmp_path / "dinov2"))).load("cpu")


@pytest.fixture
def address(model: PictureModel, tmp_path: Path) -> str:
    place = str(tmp_path / "s")
    listener = Listener(place, "AF_UNIX")
    threading.Thread(target=Host([model], listener).serve, args=(5.0,), daemon=True).start()
    return place


def pictures(count: int) -> list[np.ndarray]:
    return list(np.random.default_rng(7).integers(0, 256, (count, 36, 64, 3), np.uint8))


def test_a_model_in_another_process_answers_as_one_here(model: PictureModel, address: str) -> None:
    (remote,) = connect_models(address)
    assert (remote.model, remote.side, remote.scores) == (model.model, model.side, ())
    shown = [*pictures(5), np.zeros((50, 40, 3), np.uint8)]
    assert np.array_equal(remote.measure(shown), model.measure(shown))
    assert isinstance(remote.model, Model)


@pytest.mark.parametrize(
    ("request_text", "data"),
    [
        ('{"model": 0, "shapes": [[40000, 40000]]}', b"few"),
        ('{"model": 7, "shapes": [[1, 1]]}', b"rgb"),
        ('{"model": 0, "shapes": [[-1, -1]]}', b"rgb"),
        ('{"model": 0, "shapes": []}', b"rgb"),
        ("not json", b""),
        ("[]", b""),
    ],
)
def test_a_request_that_is_not_sound_ends_its_own_connection_alone(
    request_text: str, data: bytes, address: str
) -> None:
    (sound,) = connect_models(address)
    hostile = Client(address, "AF_UNIX")
    hostile.recv_bytes()
    with pytest.raises((EOFError, ConnectionError)):
        hostile.send_bytes(request_text.encode())
        hostile.send_bytes(data)
        hostile.recv_bytes()
    assert len(sound.measure(pictures(2))) == 2


def test_a_client_that_dies_in_the_middle_of_a_request_harms_nobody(address: str) -> None:
    (sound,) = connect_models(address)
    dying = Client(address, "AF_UNIX")
    dying.recv_bytes()
    dying.send_bytes(json.dumps({"model": 0, "shapes": [[8, 8]]}).encode())
    dying.close()
    assert len(sound.measure(pictures(1))) == 1
