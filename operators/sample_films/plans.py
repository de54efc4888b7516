"""A film as data: everything the renderer needs, and nothing else. Equal plans render to equal frames.

Pixels are output pixels, times are frames at the film's nominal rate, colours are RGB 0-255.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

Half = Literal["tune", "test", "demo", "views", "plates", "gallery", "salon"]
CameraKind = Literal["static", "pan", "tilt", "zoom", "roll", "handheld", "drift", "whip"]
JoinKind = Literal["cut", "dissolve", "fade", "wipe"]
Curve = Literal["linear", "smooth", "sine", "quick", "late", "gentle"]
TimingKind = Literal["constant", "drops", "jitter", "two_rates"]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class CameraPlan:
    """How the view moves over the photograph per frame: ``dx`` right and ``dy`` down in pixels, ``zoom`` as relative
    growth of the picture, ``roll`` in degrees. ``shake`` is the amplitude of a hand in pixels.

    A whip adds ``whip`` pixels to the right, eased over ``whip_frames`` from frame ``whip_at``.
    """

    kind: CameraKind = "static"
    dx: float = 0.0
    dy: float = 0.0
    zoom: float = 0.0
    roll: float = 0.0
    shake: float = 0.0
    whip: float = 0.0
    whip_at: int = 0
    whip_frames: int = 1


@dataclass(frozen=True)
class SpritePlan:
    """A drawn thing that flies by, at fractions ``x``, ``y`` of the frame at frame 0, ``size`` frame heights large."""

    shape: str
    colour: Colour
    size: float
    x: float
    y: float
    dx: float
    dy: float
    bob: float = 0.0
    spin: float = 0.0


@dataclass(frozen=True)
class LayerPlan:
    """Something between camera and photograph, ``depth`` times as fast as the camera, plus its own ``dx``, ``dy``."""

    kind: str
    colour: Colour
    depth: float
    opacity: float
    seed: int
    dx: float = 0.0
    dy: float = 0.0


@dataclass(frozen=True)
class FlashPlan:
    """A burst of light inside a shot: no transition. ``at`` is a frame of the shot."""

    at: int
    frames: int
    strength: float


@dataclass(frozen=True)
class TitlePlan:
    """Words over a shot's frames ``[first, first + frames)``, faded in and out over six frames."""

    text: str
    first: int
    frames: int
    size: float = 0.08
    y: float = 0.5


@dataclass(frozen=True)
class ShotPlan:
    """``frames`` are the clean ones; the camera also runs through the transitions on both sides.

    ``x``, ``y`` is the point of the photograph in the middle of frame 0, as fractions of its sides; ``view`` is the
    part shown of the largest window that fits; ``gain`` multiplies the brightness.
    """

    photograph: str
    frames: int
    seed: int
    x: float = 0.5
    y: float = 0.5
    view: float = 0.8
    flip: bool = False
    grade: str = "neutral"
    gain: float = 1.0
    camera: CameraPlan = CameraPlan()
    sprites: tuple[SpritePlan, ...] = ()
    layers: tuple[LayerPlan, ...] = ()
    flashes: tuple[FlashPlan, ...] = ()
    title: TitlePlan | None = None


@dataclass(frozen=True)
class JoinPlan:
    """What lies between two shots. A dissolve and a wipe have ``frames`` frames of their own; a fade has ``out`` that
    darken, ``hold`` of plain ``colour`` and ``into`` that brighten; a cut has none.
    """

    kind: JoinKind = "cut"
    frames: int = 0
    curve: Curve = "linear"
    out: int = 0
    hold: int = 0
    into: int = 0
    colour: Colour = (0, 0, 0)
    shape: str = ""
    softness: float = 0.01

    @property
    def own_frames(self) -> int:
        return {"cut": 0, "fade": self.out + self.hold + self.into}.get(self.kind, self.frames)


@dataclass(frozen=True)
class EdgePlan:
    """The film's beginning or end: ``black`` frames on the outside and ``fade`` frames next to the shot."""

    black: int = 0
    fade: int = 0


@dataclass(frozen=True)
class TimingPlan:
    """``drops``: frames are missing with probability ``amount``; ``jitter``: deltas vary by ``amount`` (a fraction);
    ``two_rates``: from the middle on, frames last ``amount`` times as long."""

    kind: TimingKind = "constant"
    amount: float = 0.0


@dataclass(frozen=True)
class EncodingPlan:
    """``quality`` is the codec's own scale (CRF for h264 and vp9, quantiser for mpeg4): lower is better.
    ``preset`` is for h264 alone."""

    codec: str = "h264"
    container: str = "mp4"
    quality: int = 20
    preset: str = "veryfast"
    keyframes: int = 48
    bframes: int = 2


@dataclass(frozen=True)
class FilmPlan:
    """``letterbox`` is each black bar's height as a fraction of the frame; ``grain`` a standard deviation in levels."""

    name: str
    half: Half
    family: str
    seed: int
    width: int
    height: int
    rate: str
    shots: tuple[ShotPlan, ...]
    joins: tuple[JoinPlan, ...]
    head: EdgePlan = EdgePlan()
    tail: EdgePlan = EdgePlan()
    timing: TimingPlan = TimingPlan()
    encoding: EncodingPlan = EncodingPlan()
    letterbox: float = 0.0
    grain: float = 2.0

    def __post_init__(self) -> None:
        if len(self.joins) != len(self.shots) - 1:
            raise ValueError(f"{len(self.shots)} shots need {len(self.shots) - 1} joins, got {len(self.joins)}")


def plan_json(plan: FilmPlan) -> str:
    """The plan in one canonical form: sorted names, no spaces."""
    return json.dumps(asdict(plan), sort_keys=True, separators=(",", ":"), allow_nan=False)


def plan_sha256(plan: FilmPlan) -> str:
    return hashlib.sha256(plan_json(plan).encode()).hexdigest()
