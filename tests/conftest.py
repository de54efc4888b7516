"""What all tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray
from skimage import data

from tests.running_chat_server import ChatServers, chat_servers_in

Pictures = list[NDArray[np.uint8]]
Step = tuple[float, float, float, float]

settings.register_profile("shotloom", deadline=None, derandomize=True)
settings.load_profile("shotloom")

_ENDED = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_ENDED] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Arrow's thread pools abort about one process in thirty while Python is taken down (26.0 and 25.0, Linux): a run that passed
    would end as if it had crashed. Everything is printed by now."""
    if "pyarrow" in sys.modules and _ENDED in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_ENDED])


def photograph_moved(steps: Sequence[Step], width: int = 384, height: int = 216) -> Pictures:
    """One more picture than steps; a step is right and down in frame widths, log zoom and clockwise radians."""
    photo = data.coffee()
    a, b = 1.6 * width / photo.shape[1] + 0j, 0j
    middle = complex(photo.shape[1], photo.shape[0]) / 2
    pictures: Pictures = []
    for right, down, zoom, clockwise in [*steps, (0.0, 0.0, 0.0, 0.0)]:
        shift = b * width + complex(width, height) / 2 - a * middle
        matrix = np.array([[a.real, -a.imag, shift.real], [a.imag, a.real, shift.imag]])
        seen = cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        pictures.append(np.asarray(seen))
        turn = np.exp(zoom + 1j * clockwise)
        a, b = a * turn, b * turn + right + 1j * down
    return pictures


@pytest.fixture(scope="session")
def moved() -> Callable[[Sequence[Step]], Pictures]:
    """A photograph under a known camera, moved by an exact similarity per frame."""
    return photograph_moved


@pytest.fixture
def chat_server(tmp_path: Path) -> Iterator[ChatServers]:
    """``chat_server(faults=["429"], ...)`` starts an OpenAI-compatible server, see ``tests/chat_server.py``."""
    with chat_servers_in(tmp_path / "chat-servers") as servers:
        yield servers
