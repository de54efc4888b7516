"""A plan becomes an MP4: its source frames, and no others, as H.264 with an IDR at every shot's start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from formats.clip_plan import ClipPlan
from formats.exact_time import Rational, parse_rational
from formats.film_scan import AudioStream, PictureBox
from operators.aside import written_aside
from operators.clip_audio import AacTrack, ClipSound, SoundSpan, read_clip_sound
from operators.clip_colour import clip_colour
from operators.clip_picture import ClipPicture, clip_size
from operators.clip_source import ClipSource, Deinterlace
from operators.crop import Crop, FrameCrop, crop_box
from operators.frame_map import FrameMap, map_frames
from operators.x264 import add_clip_stream, muxer_options

Preset = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"]
PictureObserver = Callable[[int, VideoFrame], None]
"""Gets a source frame's number and its picture as it goes to the encoder (yuv420p, the clip's size)."""


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("must be even")
    return value


def _positive_rate(text: str) -> str:
    if not 0 < parse_rational(text) <= 240:
        raise ValueError(f"{text!r} is not a frame rate between 0 and 240")
    return text


class EncodeSettings(BaseModel):
    """How clips are encoded. Everything here changes the bytes of clips."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    crf: float = Field(18.0, ge=1, le=51, description="x264's constant rate factor: lower is better and larger")
    preset: Preset = Field("medium", description="x264's preset: slower is smaller at the same quality")
    max_short_side: Annotated[int, AfterValidator(_even)] = Field(
        720, ge=16, le=4320, description="pixels of the shorter side at most, even; clips are never enlarged"
    )
    fps: Annotated[Rational, AfterValidator(_positive_rate)] | None = Field(
        None, description="constant frame rate of all clips, as '24/1'; null keeps each film's own rate"
    )
    audio: Literal["drop", "aac"] = Field(
        "drop", description="'aac' keeps sound, cut with the picture; its bytes depend on the CPU's kind"
    )
    deinterlace: Deinterlace = Field(
        "flagged",
        description="whole pictures by bwdif, one per frame: of frames that say they are interlaced, of all, or of none",
    )
    crop: Crop = Field(
        "none",
        description="bars: black bars that all shots of a clip have are cut off it; what is dark at the edge all through a "
        "clip looks like one, so none is the default, and the record names the box either way",
    )
    gop_seconds: float = Field(1.0, gt=0, le=1, description="longest distance between key frames, in seconds")


@dataclass(frozen=True)
class EncodedClip:
    """``crop``: what it shows of the source's display size. ``losses``: what the clip could not carry of the source, as
    sentences; empty for ordinary 8-bit 4:2:0 video."""

    frame_map: FrameMap
    width: int
    height: int
    audio: AudioStream
    losses: tuple[str, ...]
    crop: PictureBox


def encode_clip(
    plan: ClipPlan,
    film: Path,
    out: Path,
    settings: EncodeSettings,
    source_pts: NDArray[np.int64],
    *,
    also: Sequence[int] = (),
    observe: PictureObserver | None = None,
    threads: int = 1,
    key_pts: Sequence[int] | None = None,
) -> EncodedClip:
    """Encodes ``plan`` to ``out``, which appears whole or not at all.

    ``source_pts``: ``(film frames,)`` int64. ``observe`` is called with every source frame that was read: those shown
    and those in ``also`` (source frame numbers). ``threads`` is the decoder's count and does not change the result.
    ``key_pts`` as for ``read_frames``. Same inputs and encoder build give the same bytes on any x86-64 machine; with
    ``audio: aac`` only on CPUs with the same instruction sets, because FFmpeg's AAC works in floating point.

    Raises ``FilmError`` (``frame_missing``, ``damaged``, and what opening a film can raise), ``ValueError`` for a plan
    that is not of this film.
    """
    fps = None if settings.fps is None else parse_rational(settings.fps)
    frame_map = map_frames(plan, source_pts, fps)
    sound = _sound(plan, film, frame_map) if settings.audio == "aac" else None
    wanted = {*frame_map.source_frames.tolist(), *also}
    source = ClipSource(plan, film, source_pts, settings.deinterlace)
    box = crop_box(plan, settings.crop)
    crop = FrameCrop(box, plan.width, plan.height)
    size = clip_size(box[2] - box[0], box[3] - box[1], settings.max_short_side)
    options = muxer_options(frame_map.fps)
    with written_aside(out) as aside, av.open(aside, "w", format="mp4", container_options=options) as container:
        writer = _ClipWriter(container, size, frame_map, settings, sound)
        for frame in source.frames(wanted, threads, key_pts):
            prepared = writer.add(frame.index, crop.applied(frame.picture))
            if observe is not None:
                observe(frame.index, prepared)
        writer.finish()
    audio = AudioStream() if sound is None else AudioStream(codec="aac", channels=len(sound.samples), rate=sound.rate)
    return EncodedClip(frame_map, size[0], size[1], audio, source.losses, box)


def _sound(plan: ClipPlan, film: Path, frame_map: FrameMap) -> ClipSound | None:
    tick = parse_rational(plan.time_base)
    spans = [
        SoundSpan(shot.source_pts[0] * tick, shot.source_pts[1] * tick, first / frame_map.fps, end / frame_map.fps)
        for shot, (first, end) in zip(plan.shots, frame_map.shots, strict=True)
    ]
    return read_clip_sound(film, plan.stream, spans)


class _ClipWriter:
    """Takes source frames in order and writes each as often as the map shows it. Opened by the first frame's colour."""

    def __init__(
        self,
        container: OutputContainer,
        size: tuple[int, int],
        frame_map: FrameMap,
        settings: EncodeSettings,
        sound: ClipSound | None,
    ) -> None:
        self._container = container
        self._size = size
        self._map = frame_map
        self._settings = settings
        self._starts = {first for first, _ in frame_map.shots}
        shown = enumerate(frame_map.source_frames.tolist())
        self._shows = {number: [k for k, _ in ks] for number, ks in groupby(shown, key=lambda pair: pair[1])}
        self._sound = sound
        self._opened: tuple[VideoStream, ClipPicture] | None = None
        self._track: AacTrack | None = None

    def add(self, number: int, picture: VideoFrame) -> VideoFrame:
        """Writes source frame ``number`` where the clip shows it, perhaps nowhere; returns it as encoded."""
        stream, pictures = self._opened or self._open(picture)
        prepared = pictures.prepare(picture)
        for k in self._shows.get(number, ()):
            prepared.pts, prepared.time_base = k, 1 / self._map.fps
            prepared.pict_type = PictureType.I if k in self._starts else PictureType.NONE
            self._container.mux(stream.encode(prepared))
            if self._track is not None:
                self._track.write_until((k + 1) / self._map.fps)
        return prepared

    def finish(self) -> None:
        if self._opened is not None:
            self._container.mux(self._opened[0].encode(None))
        if self._track is not None:
            self._track.finish()

    def _open(self, picture: VideoFrame) -> tuple[VideoStream, ClipPicture]:
        colour = clip_colour(picture)
        settings = self._settings
        stream = add_clip_stream(
            self._container,
            self._size,
            self._map.fps,
            colour,
            crf=settings.crf,
            preset=settings.preset,
            gop_seconds=settings.gop_seconds,
        )
        if self._sound is not None:
            self._track = AacTrack(self._container, self._sound)
        self._opened = stream, ClipPicture(self._size, colour)
        return self._opened
