"""What ``shotloom sample`` is asked for, read and held against what is there: without PyTorch, so that a video that cannot be made
is refused at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.config_file import ConfigError
from pipeline.training_config import load_training_settings
from training.model.release import CheckpointError, folder_of
from training.model.sample_plan import PUBLISHED_MASKED_LAYERS, PlanSettings, TimeMode
from training.sampling.request import WAN_FPS, RequestError, SnappedVideo, snap
from training.sampling.request_file import read_request
from training.sampling.untold import fitting_text, untold
from training.text_plan import EventPrefix, TextPolicy
from training.words import ClipWords

_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")


class SampleError(ValueError):
    """The video cannot be made as it was asked for."""


@dataclass(frozen=True)
class SampleWish:
    """What was asked for on the command line. ``as_trained``: settings of a run, in place of ``text``, ``times`` and ``masks``,
    which are None where nothing was said."""

    timeline: Path
    out: Path
    model: str
    revision: str
    transformer: Path | None
    lora: Path | None
    as_trained: Path | None
    text: TextPolicy | None
    times: TimeMode | None
    masks: bool | None
    size: str
    steps: int
    guidance: float
    negative: str
    shift: float | None
    seed: int
    most_frames: int
    device: str


@dataclass(frozen=True)
class Telling:
    """How the model is told of shots and events, at which frame rate."""

    plan: PlanSettings
    text: TextPolicy
    prefix: EventPrefix
    fps: Fraction


@dataclass(frozen=True)
class AskedVideo:
    """``wish``, its timeline on latents, and its size in pixels. ``untold``: what the timeline says and the
    model is not told, in sentences."""

    wish: SampleWish
    telling: Telling
    video: SnappedVideo
    untold: tuple[str, ...]
    width: int
    height: int


def asked_video(wish: SampleWish) -> AskedVideo:
    """Raises ``SampleError``."""
    match = _SIZE.fullmatch(wish.size)
    if match is None or int(match[1]) % 16 or int(match[2]) % 16:
        raise SampleError(f"--size {wish.size}: write width x height, multiples of 16, such as 832x480")
    if wish.lora is not None and not wish.lora.is_file():
        raise SampleError(f"--lora {wish.lora}: there is no such file")
    if wish.transformer is not None and not wish.transformer.is_dir():
        raise SampleError(f"--transformer {wish.transformer}: there is no such folder")
    try:
        folder_of(wish.model)
        request = read_request(wish.timeline)
        telling = _telling(wish, request.words)
        video = snap(request, telling.fps, wish.most_frames)
    except (CheckpointError, ConfigError, RequestError) as error:
        raise SampleError(str(error)) from error
    unsaid = tuple(untold(request, telling.text, telling.plan.time))
    return AskedVideo(wish, telling, video, unsaid, int(match[1]), int(match[2]))


def _telling(wish: SampleWish, words: ClipWords) -> Telling:
    if wish.as_trained is None:
        layers = None if wish.masks is False else PUBLISHED_MASKED_LAYERS
        plan = PlanSettings(masked_layers=layers, time=wish.times or "off")
        return Telling(plan, wish.text or fitting_text(words), "name", WAN_FPS)
    if (wish.text, wish.times, wish.masks) != (None, None, None):
        raise SampleError("--as-trained says what --text, --times and --masks would: leave these out")
    settings = load_training_settings(wish.as_trained, [])
    text = settings.data.text
    return Telling(settings.attention.plan, text.plan, text.event_prefix, Fraction(settings.data.windows.fps))
