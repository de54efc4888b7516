"""What select hands to cut: exactly which source frames a clip is made of. And what cut hands on: the clip as made."""

from __future__ import annotations

from formats.exact_time import FrameRange, PtsRange, Rational
from formats.film_scan import AudioStream, PictureBox, Record, TransitionKind


class PlannedShot(Record):
    """``source_pts`` spans from the first frame's timestamp to the instant at which the last frame stops being shown."""

    source_frames: FrameRange
    source_pts: PtsRange


class PlannedJoin(Record):
    """``source_frames`` are the frames left out between shot ``after_shot`` and the next; empty for a hard cut."""

    after_shot: int
    kind: TransitionKind
    source_frames: FrameRange
    confidence: float


class ClipPlan(Record):
    """``fps`` is the source's nominal rate; ``vfr`` as in ``FilmTiming``. ``width`` x ``height`` are the source's display size.

    ``picture`` is what lies inside the black bars in all of the shots; absent if that is not known.
    """

    key: str
    source_sha256: str
    stream: int
    time_base: Rational
    fps: Rational
    vfr: bool
    width: int
    height: int
    shots: tuple[PlannedShot, ...]
    joins: tuple[PlannedJoin, ...]
    picture: PictureBox | None = None


class BorderFrame(Record):
    """A clip frame at a shot's border, as it looked in the source, so that ``verify`` needs no source.

    ``signature`` and ``neighbour`` are hex of a 16x9 uint8 luma thumbnail: of the source frame that must be shown at clip
    frame ``frame``, and of the nearest *distinguishable* source frame on either side that must not be (empty: there is none).
    """

    frame: int
    signature: str
    neighbours: tuple[str, ...]


class MadeClip(Record):
    """One clip as encoded and decoded back. ``shots`` are clip frame ranges, contiguous from 0.

    ``crop`` is what the clip shows of the source's display size; zeros of clips made before there was cropping.
    ``losses`` are sentences: what the clip could not carry of the source (bit depth, dynamic range, finer chroma).
    """

    key: str
    fps: Rational
    frames: int
    width: int
    height: int
    shots: tuple[FrameRange, ...]
    audio: AudioStream
    bytes: int
    sha256: str
    borders: tuple[BorderFrame, ...]
    encoder: str
    losses: tuple[str, ...] = ()
    crop: PictureBox = (0, 0, 0, 0)
