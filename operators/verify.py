"""Proof that a clip is its plan: counted, timed, and its border frames held against the source and their neighbours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from formats.clip_plan import BorderFrame, ClipPlan, MadeClip
from formats.exact_time import FrameRange, format_rational, parse_rational
from operators.aside import written_aside
from operators.clip_audio import AAC_FRAME
from operators.clip_picture import luma_plane
from operators.clip_reading import ClipReading, read_clip
from operators.encode import EncodedClip, EncodeSettings, encode_clip
from operators.frame_map import FrameMap, map_frames
from operators.frame_proof import (
    OTHER_BORDER_THRESHOLD,
    SIGNATURE_THRESHOLD,
    Cells,
    differing,
    fine_cells,
    fine_threshold,
    is_nearer_to_other,
    signature,
    signature_cells,
    signature_means,
    signature_threshold,
)
from operators.media import FilmError
from operators.x264 import encoder_fingerprint

NEIGHBOUR_REACH = 3
"""How many source frames before and after a border frame the clip frame is held against."""

MAX_SIGNATURE_ERROR = 24.0
"""Root mean square, in luma levels, beyond which a 16x9 signature is another picture at any encoder quality."""

_GOP_SECONDS = 1


@dataclass(frozen=True)
class Problem:
    """``code`` is stable; ``detail`` is for people."""

    code: str
    detail: str


class VerificationError(Exception):
    """The clip is not its plan. ``problems`` is never empty."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.code}: {problem.detail}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class _SourcePicture:
    fine: Cells
    signature: str


def make_clip(
    plan: ClipPlan,
    film: Path,
    out: Path,
    settings: EncodeSettings,
    source_pts: NDArray[np.int64],
    *,
    threads: int = 1,
    key_pts: Sequence[int] | None = None,
) -> MadeClip:
    """Encodes ``plan`` to ``out``, decodes it back and proves it against plan and source, or leaves ``out`` absent.

    ``source_pts``: ``(film frames,)`` int64. ``key_pts`` as for ``read_frames``. Raises
    ``VerificationError``, and as ``encode_clip``.
    """
    fps = None if settings.fps is None else parse_rational(settings.fps)
    borders = _border_sources(map_frames(plan, source_pts, fps))
    watched = sorted({m for shown in borders.values() for m in _around(shown, len(source_pts))})
    seen: dict[int, _SourcePicture] = {}

    def observe(number: int, picture: VideoFrame) -> None:
        if number in wanted:
            fine = fine_cells(luma_plane(picture))
            seen[number] = _SourcePicture(fine, signature(fine))

    wanted = set(watched)
    with written_aside(out) as aside:
        encoded = encode_clip(
            plan, film, aside, settings, source_pts, also=watched, observe=observe, threads=threads, key_pts=key_pts
        )
        made = _made(plan, aside, encoded, [_border(k, source, seen, settings.crf) for k, source in borders.items()])
        reading = read_clip(aside, borders)
        problems = (*_problems(reading, made), *_border_problems(reading, made.shots, borders, seen, settings.crf))
        if problems:
            raise VerificationError(problems)
    return made


def verify_clip(clip: Path, made: MadeClip) -> tuple[Problem, ...]:
    """Everything about the file ``clip`` that is not as ``made`` says; empty if it is that clip. Needs no source."""
    found = []
    try:
        data = clip.read_bytes()
    except OSError as error:
        return (Problem("unreadable", f"{error.strerror}"),)
    if len(data) != made.bytes:
        found.append(Problem("bytes", f"{len(data)} bytes instead of {made.bytes}"))
    if hashlib.sha256(data).hexdigest() != made.sha256:
        found.append(Problem("sha256", "the file's bytes are not those of the clip that was made"))
    try:
        reading = read_clip(clip, {border.frame for border in made.borders})
    except FilmError as error:
        return (*found, Problem("unreadable", error.detail))
    return (*found, *_problems(reading, made))


def _border_sources(frame_map: FrameMap) -> dict[int, int]:
    """Clip frame -> source frame, for the first and last frame of every shot."""
    frames = sorted({k for first, end in frame_map.shots for k in (first, end - 1)})
    return {k: int(frame_map.source_frames[k]) for k in frames}


def _around(source_frame: int, film_frames: int) -> range:
    return range(max(0, source_frame - NEIGHBOUR_REACH), min(film_frames, source_frame + NEIGHBOUR_REACH + 1))


def _made(plan: ClipPlan, clip: Path, encoded: EncodedClip, borders: Iterable[BorderFrame]) -> MadeClip:
    data = clip.read_bytes()
    return MadeClip(
        key=plan.key,
        fps=format_rational(encoded.frame_map.fps),
        frames=encoded.frame_map.frames,
        width=encoded.width,
        height=encoded.height,
        shots=encoded.frame_map.shots,
        audio=encoded.audio,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        borders=tuple(borders),
        encoder=encoder_fingerprint(),
        losses=encoded.losses,
        crop=encoded.crop,
    )


def _border(frame: int, source: int, seen: Mapping[int, _SourcePicture], crf: float) -> BorderFrame:
    threshold = signature_threshold(crf, seen[source].fine)
    wanted = signature_cells(seen[source].signature)
    neighbours = []
    for step in (-1, 1):
        for distance in range(1, NEIGHBOUR_REACH + 1):
            other = seen.get(source + step * distance)
            if other and differing(wanted, signature_cells(other.signature), threshold) is not None:
                neighbours.append(other.signature)
                break
    return BorderFrame(frame=frame, signature=seen[source].signature, neighbours=tuple(neighbours))


def _border_problems(
    reading: ClipReading,
    shots: Sequence[FrameRange],
    borders: Mapping[int, int],
    seen: Mapping[int, _SourcePicture],
    crf: float,
) -> Iterator[Problem]:
    """Holds each border frame, in 4x4-pixel cells, against its source frame's neighbours and other shots' borders."""
    threshold = fine_threshold(crf)
    for k, source in borders.items():
        if k not in reading.luma:
            continue
        found = fine_cells(reading.luma[k])
        elsewhere = (borders[other] for other in borders if _shot_of(other, shots) != _shot_of(k, shots))
        others = {*range(source - NEIGHBOUR_REACH, source + NEIGHBOUR_REACH + 1), *elsewhere} - {source}
        for other in sorted(others & seen.keys()):
            if is_nearer_to_other(found, seen[source].fine, seen[other].fine, threshold):
                yield Problem("border", f"clip frame {k} must show source frame {source}, but is nearer to {other}")


def _shot_of(frame: int, shots: Sequence[FrameRange]) -> int:
    return next(index for index, (first, end) in enumerate(shots) if first <= frame < end)


def _problems(reading: ClipReading, made: MadeClip) -> Iterator[Problem]:
    fps = parse_rational(made.fps)
    if reading.sizes != {(made.width, made.height)}:
        yield Problem("size", f"pictures of {sorted(reading.sizes)} instead of {made.width}x{made.height}")
    if reading.formats != {"yuv420p"}:
        yield Problem("format", f"pictures are {sorted(reading.formats)} instead of yuv420p")
    if reading.corrupt:
        yield Problem("damaged", f"{reading.corrupt} frames are damaged")
    if len(reading.times) != made.frames:
        yield Problem("frames", f"{len(reading.times)} frames instead of {made.frames}")
    late = next((k for k, time in enumerate(reading.times) if time * fps != k), None)
    if late is not None:
        yield Problem("pts", f"frame {late} is shown at {reading.times[late]} s instead of {late / fps} s")
    if reading.video_seconds != made.frames / fps:
        yield Problem("duration", f"the video lasts {reading.video_seconds} s instead of {made.frames / fps} s")
    yield from _key_frame_problems(reading, made)
    yield from _sound_problems(reading, made)
    yield from _signature_problems(reading, made)


def _key_frame_problems(reading: ClipReading, made: MadeClip) -> Iterator[Problem]:
    missing = [first for first, _ in made.shots if first not in reading.idr]
    if missing:
        yield Problem("idr", f"no IDR at the start of shots at clip frames {missing}")
    longest = max(1, floor(_GOP_SECONDS * parse_rational(made.fps)))
    gaps = np.diff([*sorted(reading.idr), len(reading.times)])
    if len(gaps) and int(gaps.max()) > longest:
        yield Problem("gop", f"{int(gaps.max())} frames from one IDR to the next, more than a second")


def _sound_problems(reading: ClipReading, made: MadeClip) -> Iterator[Problem]:
    if reading.audio != made.audio:
        yield Problem("audio", f"sound is {reading.audio} instead of {made.audio}")
    elif made.audio.codec and abs(reading.audio_seconds - reading.video_seconds) * made.audio.rate > AAC_FRAME:
        yield Problem("audio", f"sound lasts {float(reading.audio_seconds)} s, video {float(reading.video_seconds)} s")


def _signature_problems(reading: ClipReading, made: MadeClip) -> Iterator[Problem]:
    """Holds each border frame's 16x9 cells against its signature, stored neighbours and the borders of other shots."""
    wanted_by_frame = {border.frame: signature_cells(border.signature) for border in made.borders}
    for border in made.borders:
        if border.frame not in reading.luma:
            yield Problem("border", f"there is no clip frame {border.frame} to hold against its source")
            continue
        found = signature_means(fine_cells(reading.luma[border.frame]))
        wanted = wanted_by_frame[border.frame]
        error = float(np.sqrt(np.mean((found - wanted) ** 2)))
        if error > MAX_SIGNATURE_ERROR:
            yield Problem("border", f"clip frame {border.frame} is {error:.0f} luma levels away from its source frame")
        neighbours = [signature_cells(text) for text in border.neighbours]
        if any(is_nearer_to_other(found, wanted, other, SIGNATURE_THRESHOLD) for other in neighbours):
            yield Problem("border", f"clip frame {border.frame} is nearer to a neighbour of its source frame")
        shot = _shot_of(border.frame, made.shots)
        others = [cells for frame, cells in wanted_by_frame.items() if _shot_of(frame, made.shots) != shot]
        if any(is_nearer_to_other(found, wanted, other, OTHER_BORDER_THRESHOLD) for other in others):
            yield Problem("border", f"clip frame {border.frame} is nearer to a border of another shot")
