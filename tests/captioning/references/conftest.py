"""A clip of two shots with squares in known places, a detector that finds a square by the colour in a name, tiny checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from captioning.protocol import ClipAnnotation
from captioning.references.boxes import FoundBox
from captioning.references.frames_task import whole_frames_task
from captioning.references.phrase import Phrase
from captioning.references.tiny_checkpoints import write_tiny_detector, write_tiny_segmenter
from formats.clip_plan import MadeClip
from formats.clip_record import Entity, Event, Model
from formats.exact_time import FrameRange, seconds_at
from formats.film_scan import PictureBox
from operators.picture_models.protocol import Picture
from tests.captioning.conftest import write_mp4
from tests.captioning.made_clip import SHOTS, made_clip

COLOURS = {"red": (0, 2, 2), "green": (1, 0, 2), "blue": (2, 0, 1)}
"""The channel that is bright, and two that are dark."""


def square(frame: int) -> PictureBox:
    """Where the striped square of a frame stands: red, 96 pixels wide and growing, in the first shot; blue, 80 wide, in the
    second."""
    if frame < SHOTS[0][1]:
        return 40 + 4 * frame, 40, 136 + 6 * frame, 140
    return 200, 60, 280, 140


def pictures() -> list[NDArray[np.uint8]]:
    made = []
    for frame in range(SHOTS[-1][1]):
        rng = np.random.default_rng(frame)
        picture = rng.integers(100, 130, (216, 384, 3), dtype=np.uint8)
        left, top, right, bottom = square(frame)
        colour = (250, 10, 10) if frame < SHOTS[0][1] else (10, 10, 250)
        picture[top:bottom, left:right] = colour
        picture[top:bottom:8, left:right] = tuple(value * 0.8 for value in colour)
        made.append(picture)
    return made


class ColourDetector:
    """``surer``: what is added to the confidence by name. ``asked``: the phrases of every batch so far."""

    model = Model(role="detector", id="colours", revision="1", license="MIT")

    def __init__(self) -> None:
        self.asked: list[tuple[Phrase, ...]] = []
        self.surer: dict[str, float] = {}

    def find(self, asked: Sequence[tuple[Picture, Phrase]]) -> list[tuple[FoundBox, ...]]:
        self.asked.append(tuple(phrase for _, phrase in asked))
        return [self._found(picture, phrase) for picture, phrase in asked]

    def _found(self, picture: Picture, phrase: Phrase) -> tuple[FoundBox, ...]:
        bright, *dark = COLOURS[phrase.name.split()[-1]]
        seen = (picture[..., bright] > 180) & (picture[..., dark[0]] < 80) & (picture[..., dark[1]] < 80)
        if seen.sum() < 50:
            return ()
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        return (FoundBox(box, 0.6 + self.surer.get(phrase.name, 0.0)),)


class BoxMasker:
    """The left half of every box."""

    model = Model(role="segmenter", id="halves", revision="1", license="MIT")

    def mask(self, picture: Picture, box: PictureBox) -> NDArray[np.bool_]:
        found = np.zeros(picture.shape[:2], np.bool_)
        left, top, right, bottom = box
        found[top:bottom, left : (left + right) // 2] = True
        return found


def event(entity: str, frames: FrameRange) -> Event:
    start, end = (seconds_at(frame, 24) for frame in frames)
    return Event(entity=entity, frames=frames, start=start, end=end, prompt=f"{{{entity}}} moves", origin="vlm")


def words(*acts: tuple[str, FrameRange], description: str = "") -> ClipAnnotation:
    """An annotation of the subjects (or scenes) that act."""
    names = dict.fromkeys(name for name, _ in acts)
    entities = tuple(
        Entity.model_validate(
            {
                "id": name,
                "kind": "scene" if name.startswith("scene_") else "subject",
                "name": f"{{{name}}}",
                "description": description,
                "reference": "",
            }
        )
        for name in names
    )
    events = tuple(event(name, frames) for name, frames in acts)
    return ClipAnnotation(captions=(), entities=entities, events=events, scores=(), tags=(), models=())


@pytest.fixture(scope="session")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("squares") / "clip.mp4"
    write_mp4(path, pictures())
    return path


@pytest.fixture(scope="session")
def made(squares: Path) -> MadeClip:
    return made_clip(squares)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``grounding-dino`` and ``sam2``."""
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny_detector(folder / "grounding-dino")
    write_tiny_segmenter(folder / "sam2")
    return folder


def taken(clip: Path, made: MadeClip, frames: Sequence[int], out: Path) -> Path:
    """The file of ``frames`` of a clip."""
    whole_frames_task(
        {"clip": str(clip), "made": made.model_dump(mode="json"), "frames": list(frames), "out": str(out)}
    )
    return out
