"""What scan writes about one film: everything that select needs to decide without looking at a pixel again.

Two files per film: ``FilmScan`` as JSON, and the per-frame signals as Parquet (``operators/signals.py`` names the columns).
Frame numbers are 0-based, in presentation order over all decoded frames.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from formats.exact_time import FrameRange, Rational

TransitionKind = Literal["cut", "dissolve", "fade", "wipe"]
FrameHash = tuple[int, str]
"""A frame and its perceptual hash, 64 bits as 16 hex digits."""
PictureBox = tuple[int, int, int, int]
"""``(left, top, right, bottom)`` in pixels of the display size, right and bottom exclusive."""


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AudioStream(Record):
    """The audio stream that belongs to the chosen video stream; ``codec == ""`` means there is none."""

    codec: str = ""
    channels: int = 0
    rate: int = 0


class FilmProbe(Record):
    """What the container says, after rotation and with square pixels. ``width`` x ``height`` are display sizes in pixels."""

    container: str
    codec: str
    stream: int
    time_base: Rational
    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: int
    sample_aspect_ratio: Rational
    audio: AudioStream


class FilmTiming(Record):
    """Measured from the decoded timestamps, not from the header.

    ``vfr`` is false when every delta lies within one tick of ``fps``; otherwise ``fps`` is the nominal rate (median delta).
    ``end_pts`` is where the last frame stops being shown.
    """

    frames: int
    fps: Rational
    vfr: bool
    first_pts: int
    end_pts: int


class FoundTransition(Record):
    """A transition that scan considers possible. ``frames`` are its own frames: ``[336, 336]`` is a hard cut before 336."""

    kind: TransitionKind
    frames: FrameRange
    confidence: float
    evidence: dict[str, float]


class Fragment(Record):
    """A run of frames between two over-detected transitions.

    ``head`` and ``tail`` describe its first and last clean frames for stitching (quantised embedding, 0-255 per dimension).
    ``scores`` are measured over the fragment; a score that was not measured is absent. ``picture`` is what lies inside the
    black bars, the whole frame if there are none; absent where nothing but black was seen. Of words on black it is their box.
    ``thumbnail`` is the index of its middle frame's tile in the film's thumbnail sheets of 100. ``hashes`` are of some frames.
    """

    frames: FrameRange
    head: tuple[int, ...]
    tail: tuple[int, ...]
    scores: dict[str, float]
    picture: PictureBox | None = None
    thumbnail: int
    hashes: tuple[FrameHash, ...] = ()


class PictureSize(Record):
    """The display size in pixels of the frames of ``frames``."""

    frames: FrameRange
    width: int
    height: int


class FilmScan(Record):
    """One film, seen once. ``transitions`` are over-detected and sorted; ``edges`` are head and tail runs that hold no
    picture (black, fade-in, fade-out) and never belong to a shot. ``corrupt`` lists damaged frame ranges. ``untimed``
    counts pictures without a place in time, which are left out; a film that has any is never sought in. ``interlaced``
    counts frames that were coded as two fields. ``sizes`` covers the film if its pictures change their size; else it is
    empty, and all have the probe's."""

    schema_version: Literal["shotloom.film-scan/1"] = "shotloom.film-scan/1"
    sha256: str
    probe: FilmProbe
    timing: FilmTiming
    transitions: tuple[FoundTransition, ...]
    edges: tuple[FrameRange, ...]
    fragments: tuple[Fragment, ...]
    corrupt: tuple[FrameRange, ...]
    decode_errors: int
    untimed: int = 0
    interlaced: int = 0
    sizes: tuple[PictureSize, ...] = ()
    thumbnail_size: tuple[int, int]
    embedder: str

    @property
    def seekable(self) -> bool:
        """Whether a frame's timestamp is the same after a seek as in a pass from the start. Not where some had none of their
        own, nor in a damaged AVI, whose times are counted: from the start past the damage, after a seek by the index."""
        damaged = self.decode_errors > 0 or bool(self.corrupt)
        return self.untimed == 0 and not (damaged and self.probe.container == "avi")
