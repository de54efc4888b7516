"""What proof costs: makes one clip with and without Shotloom's extra steps, in turns, and prints the ratios.

    python benchmarks/encode.py FILM FIRST END [--rounds 5] [--short-side 720]

``plain`` is a bare PyAV loop with the same x264 settings: seek, decode, scale, encode, no frame map, no proof.
``encode`` is ``encode_clip``; ``make`` is ``make_clip``: encode, decode back, hold against the source, checksum.
CPU seconds are of this process; on a busy machine they say more than wall time.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from formats.clip_plan import ClipPlan, PlannedShot
from formats.exact_time import parse_rational
from operators.clip_colour import clip_colour
from operators.clip_picture import clip_size
from operators.decode import decode_film, film_timing
from operators.encode import EncodeSettings, encode_clip
from operators.media import probe_film
from operators.verify import make_clip
from operators.x264 import add_clip_stream, muxer_options


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("first", type=int)
    parser.add_argument("end", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--short-side", type=int, default=720)
    args = parser.parse_args()
    settings = EncodeSettings(max_short_side=args.short_side)
    plan, pts = plan_two_shots(args.film, args.first, args.end)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "clip.mp4"
        runs: dict[str, Callable[[], object]] = {
            "plain": lambda: plain(plan, args.film, out, settings),
            "encode": lambda: encode_clip(plan, args.film, out, settings, pts),
            "make": lambda: make_clip(plan, args.film, out, settings, pts),
        }
        report(runs, args.rounds)


def plan_two_shots(film: Path, first: int, end: int) -> tuple[ClipPlan, NDArray[np.int64]]:
    probe = probe_film(film)
    decoded = [(frame.pts, frame.duration) for frame in decode_film(film, threads=2)]
    pts = np.array([at for at, _ in decoded], np.int64)
    timing = film_timing(pts, decoded[-1][1], parse_rational(probe.time_base))
    borders = [*pts.tolist(), timing.end_pts]
    middle = (first + end) // 2
    shots = tuple(
        PlannedShot(source_frames=(a, b), source_pts=(borders[a], borders[b]))
        for a, b in ((first, middle), (middle, end))
    )
    plan = ClipPlan(
        key="0123456789abcdef-0-0-1",
        source_sha256="0" * 64,
        stream=probe.stream,
        time_base=probe.time_base,
        fps=timing.fps,
        vfr=timing.vfr,
        width=probe.width,
        height=probe.height,
        shots=shots,
        joins=(),
    )
    return plan, pts


def plain(plan: ClipPlan, film: Path, out: Path, settings: EncodeSettings) -> None:
    fps = parse_rational(plan.fps)
    size = clip_size(plan.width, plan.height, settings.max_short_side)
    start, end = plan.shots[0].source_pts[0], plan.shots[-1].source_pts[1]
    with av.open(film) as source, av.open(out, "w", container_options=muxer_options(fps)) as container:
        video = source.streams[plan.stream]
        video.codec_context.thread_count = 1
        source.seek(start, stream=video)
        stream = None
        shown = 0
        for frame in source.decode(video):
            if frame.pts < start:
                continue
            if frame.pts >= end:
                break
            if stream is None:
                stream = add_clip_stream(
                    container,
                    size,
                    fps,
                    clip_colour(frame),
                    crf=settings.crf,
                    preset=settings.preset,
                    gop_seconds=settings.gop_seconds,
                )
            picture = frame.reformat(
                width=size[0], height=size[1], format="yuv420p", interpolation="BICUBIC", threads=1
            )
            picture.pts, picture.time_base, picture.pict_type = shown, 1 / fps, PictureType.NONE
            container.mux(stream.encode(picture))
            shown += 1
        container.mux(stream.encode(None))


def report(runs: dict[str, Callable[[], object]], rounds: int) -> None:
    wall: dict[str, list[float]] = {name: [] for name in runs}
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            began, worked = time.perf_counter(), time.process_time()
            run()
            wall[name].append(time.perf_counter() - began)
            cpu[name].append(time.process_time() - worked)
    for name in runs:
        ratio = [mine / base for mine, base in zip(cpu[name], cpu["plain"], strict=True)]
        print(
            f"{name:7} wall {statistics.median(wall[name]):6.2f} s   cpu {statistics.median(cpu[name]):6.2f} s"
            f"   cpu / plain {statistics.median(ratio):.3f} (min {min(ratio):.3f}, max {max(ratio):.3f})"
        )


if __name__ == "__main__":
    main()
