"""What a frame-exact, proven clip costs beside an ``ffmpeg`` command: makes one clip in several ways, in turns.

    python -m benchmarks.encode FILM FIRST:END [FIRST:END ...] [--rounds 5] [--short-side 720] [--preset medium] [--json]

Ranges are source frames, one per shot. ``ffmpeg`` is a command with the same scaler and x264 settings and one thread
(``ffmpeg_command.py``); its start is counted. ``encode`` is ``encode_clip``, which gives the clip; ``make`` is
``make_clip``, which also decodes it back, holds it against its source and hashes it. ``plain`` is a bare PyAV loop
with the same scaler and encoder, on the same FFmpeg as Shotloom: seek to each shot, decode, scale, encode.

CPU seconds are of this process and its children; on a busy machine they say more than wall time. What both clips show is
compared first, frame by frame.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import PictureType, VideoFrame
from numpy.typing import NDArray

from benchmarks.ffmpeg_command import ffmpeg_command
from formats.clip_plan import ClipPlan, PlannedShot
from formats.exact_time import FrameRange, parse_rational
from operators.clip_colour import ClipColour, clip_colour
from operators.clip_picture import ClipPicture, clip_size, luma_plane
from operators.decode import decode_film, film_timing
from operators.encode import EncodeSettings, encode_clip
from operators.media import probe_film
from operators.verify import make_clip
from operators.x264 import add_clip_stream, muxer_options

BASE = "ffmpeg"


@dataclass(frozen=True)
class Film:
    """A film's ``pts``, ``(frames,)`` int64, its key frames' PTS, and its colour."""

    path: Path
    pts: NDArray[np.int64]
    end_pts: int
    key_pts: list[int]
    colour: ClipColour


@dataclass(frozen=True)
class Cost:
    """Medians over rounds in seconds; ``ratio``: median over rounds of CPU seconds over ``ffmpeg``'s in the same round."""

    name: str
    wall: float
    cpu: float
    ratio: float
    lowest: float
    highest: float
    wall_ratio: float


def read_film(path: Path) -> Film:
    """Decodes the film once."""
    frames = []
    colour = None
    for frame in decode_film(path, threads=2):
        colour = colour or clip_colour(frame.picture)
        frames.append((frame.pts, frame.duration, frame.key))
    assert colour is not None
    pts = np.array([at for at, _, _ in frames], np.int64)
    timing = film_timing(pts, frames[-1][1], parse_rational(probe_film(path).time_base))
    return Film(path, pts, timing.end_pts, [at for at, _, key in frames if key], colour)


def plan_shots(film: Film, ranges: list[FrameRange]) -> ClipPlan:
    probe = probe_film(film.path)
    timing = film_timing(film.pts, film.end_pts - int(film.pts[-1]), parse_rational(probe.time_base))
    borders = [*film.pts.tolist(), film.end_pts]
    return ClipPlan(
        key="0123456789abcdef-0-0-1",
        source_sha256="0" * 64,
        stream=probe.stream,
        time_base=probe.time_base,
        fps=timing.fps,
        vfr=timing.vfr,
        width=probe.width,
        height=probe.height,
        shots=tuple(PlannedShot(source_frames=(a, b), source_pts=(borders[a], borders[b])) for a, b in ranges),
        joins=(),
    )


def plain(plan: ClipPlan, film: Film, out: Path, settings: EncodeSettings) -> None:
    """A bare loop: for each shot seek, decode, scale, encode."""
    fps = parse_rational(plan.fps)
    size = clip_size(plan.width, plan.height, settings.max_short_side)
    pictures = ClipPicture(size, film.colour)
    with av.open(film.path) as source, av.open(out, "w", container_options=muxer_options(fps)) as container:
        stream = add_clip_stream(
            container,
            size,
            fps,
            film.colour,
            crf=settings.crf,
            preset=settings.preset,
            gop_seconds=settings.gop_seconds,
        )
        source.streams[plan.stream].codec_context.thread_count = 1
        shown = 0
        for shot in plan.shots:
            for frame in _shot_frames(source, plan.stream, shot):
                picture = pictures.prepare(frame)
                picture.pict_type = PictureType.I if frame.pts == shot.source_pts[0] else PictureType.NONE
                picture.pts, picture.time_base = shown, 1 / fps
                container.mux(stream.encode(picture))
                shown += 1
        container.mux(stream.encode(None))


def _shot_frames(source: InputContainer, stream: int, shot: PlannedShot) -> Iterator[VideoFrame]:
    first, end = shot.source_pts
    source.seek(first, stream=source.streams[stream])
    for frame in source.decode(source.streams[stream]):
        if frame.pts >= end:
            return
        if frame.pts >= first:
            yield frame


def largest_difference(one: Path, other: Path) -> float:
    """The largest mean luma difference of two clips' frames, in levels. Raises ``ValueError`` if their counts differ."""
    lumas = [_lumas(clip) for clip in (one, other)]
    if len(lumas[0]) != len(lumas[1]):
        raise ValueError(f"{len(lumas[0])} frames and {len(lumas[1])}")
    return max(float(np.abs(a - b).mean()) for a, b in zip(*lumas, strict=True))


def _lumas(clip: Path) -> list[NDArray[np.float32]]:
    with av.open(clip) as container:
        return [luma_plane(frame)[::4, ::4].astype(np.float32) for frame in container.decode(video=0)]


def measure(runs: Mapping[str, Callable[[], object]], rounds: int) -> list[Cost]:
    """Runs everything in turns, ``rounds`` times."""
    wall: dict[str, list[float]] = {name: [] for name in runs}
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            gc.collect()  # PyAV's containers are freed by the cycle collector only, encoders with them
            began, worked = time.perf_counter(), _cpu_seconds()
            run()
            wall[name].append(time.perf_counter() - began)
            cpu[name].append(_cpu_seconds() - worked)
    return [_cost(name, wall, cpu) for name in runs]


def _cost(name: str, wall: dict[str, list[float]], cpu: dict[str, list[float]]) -> Cost:
    ratios = [mine / base for mine, base in zip(cpu[name], cpu[BASE], strict=True)]
    walls = [mine / base for mine, base in zip(wall[name], wall[BASE], strict=True)]
    median = statistics.median
    return Cost(name, median(wall[name]), median(cpu[name]), median(ratios), min(ratios), max(ratios), median(walls))


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _text(cost: Cost) -> str:
    return (
        f"{cost.name:7} wall {cost.wall:6.2f} s   cpu {cost.cpu:6.2f} s   cpu / ffmpeg {cost.ratio:.3f} "
        f"(min {cost.lowest:.3f}, max {cost.highest:.3f})   wall / ffmpeg {cost.wall_ratio:.3f}"
    )


def _range(text: str) -> FrameRange:
    first, _, end = text.partition(":")
    return int(first), int(end)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("shots", type=_range, nargs="+", metavar="FIRST:END")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--short-side", type=int, default=720)
    parser.add_argument("--preset", default="medium")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    settings = EncodeSettings(max_short_side=args.short_side, preset=args.preset)
    film = read_film(args.film)
    plan = plan_shots(film, args.shots)
    with tempfile.TemporaryDirectory() as folder:
        out, theirs = Path(folder) / "clip.mp4", Path(folder) / "ffmpeg.mp4"
        command = ffmpeg_command(plan, args.film, theirs, settings, film.colour)
        runs: dict[str, Callable[[], object]] = {
            BASE: lambda: subprocess.run(command, check=True),
            "plain": lambda: plain(plan, film, out, settings),
            "encode": lambda: encode_clip(plan, args.film, out, settings, film.pts, key_pts=film.key_pts),
            "make": lambda: make_clip(plan, args.film, out, settings, film.pts, key_pts=film.key_pts),
        }
        for run in runs.values():
            run()
        difference = largest_difference(out, theirs)
        print(f"largest mean luma difference of a frame {difference:.2f} levels", file=sys.stderr)
        costs = measure(runs, args.rounds)
    if args.json:
        print(json.dumps({"difference": difference, "costs": [asdict(cost) for cost in costs]}, indent=1))
    else:
        print("\n".join(map(_text, costs)))


if __name__ == "__main__":
    main()
