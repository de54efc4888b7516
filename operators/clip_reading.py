"""A finished clip read back: what is in the file, by decoding all of it, without any knowledge of its source."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.stream import AudioStream as AvAudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from formats.film_scan import AudioStream
from operators.clip_picture import luma_plane
from operators.media import FilmError, open_film, open_stream

_IDR_SLICE = 5


@dataclass(frozen=True)
class ClipReading:
    """``times`` are the frames' instants in seconds, in presentation order; ``idr`` the numbers of IDR frames.

    ``sizes`` and ``formats`` are all that occur. ``luma`` holds the luma planes, ``(H, W)`` uint8, of the frames asked
    for. ``audio_seconds`` is how long the sound lasts as presented.
    """

    times: tuple[Fraction, ...]
    idr: frozenset[int]
    sizes: frozenset[tuple[int, int]]
    formats: frozenset[str]
    luma: Mapping[int, NDArray[np.uint8]]
    video_seconds: Fraction
    audio: AudioStream
    audio_seconds: Fraction
    corrupt: int


def read_clip(clip: Path, keep_luma: Collection[int] = ()) -> ClipReading:
    """Decodes all of ``clip``. Raises ``FilmError`` if it is not a readable film or a packet cannot be decoded."""
    with open_film(clip) as container:
        audio, audio_seconds = _sound_facts(container)
        stream = open_stream(container, None, threads=1)
        idr_pts: set[int] = set()
        times: list[Fraction] = []
        pts_of: list[int] = []
        sizes: set[tuple[int, int]] = set()
        formats: set[str] = set()
        luma: dict[int, NDArray[np.uint8]] = {}
        corrupt = 0
        tick = Fraction(stream.time_base or 0)
        for frame in _decoded(container, stream, idr_pts):
            if frame.pts is None:
                raise FilmError("no_timestamps", f"frame {len(times)} of the clip has no timestamp")
            if len(times) in keep_luma and frame.format.name == "yuv420p":
                luma[len(times)] = luma_plane(frame).copy()
            pts_of.append(frame.pts)
            times.append(frame.pts * tick)
            sizes.add((frame.width, frame.height))
            formats.add(frame.format.name)
            corrupt += frame.is_corrupt
        idr = frozenset(k for k, pts in enumerate(pts_of) if pts in idr_pts)
        return ClipReading(
            times=tuple(times),
            idr=idr,
            sizes=frozenset(sizes),
            formats=frozenset(formats),
            luma=luma,
            video_seconds=(stream.duration or 0) * tick,
            audio=audio,
            audio_seconds=audio_seconds,
            corrupt=corrupt,
        )


def _decoded(container: InputContainer, stream: VideoStream, idr_pts: set[int]) -> Iterator[VideoFrame]:
    try:
        for packet in container.demux(stream):
            if packet.pts is not None and holds_idr(packet):
                idr_pts.add(packet.pts)
            yield from stream.decode(packet)
    except FFmpegError as error:
        raise FilmError("damaged", f"the clip cannot be decoded: {error}") from error


def holds_idr(packet: Packet[VideoStream]) -> bool:
    """True if an H.264 packet in MP4 form (four bytes of length before each NAL unit) has an IDR slice."""
    data = memoryview(packet)
    at = 0
    while at + 5 <= len(data):
        if data[at + 4] & 0x1F == _IDR_SLICE:
            return True
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return False


def _sound_facts(container: InputContainer) -> tuple[AudioStream, Fraction]:
    audio = next(iter(container.streams.audio), None)
    if not isinstance(audio, AvAudioStream):
        return AudioStream(), Fraction(0)
    context = audio.codec_context
    facts = AudioStream(codec=context.name, channels=context.channels, rate=context.sample_rate)
    return facts, (audio.duration or 0) * Fraction(audio.time_base or 0)
