"""What measuring the camera of a clip costs beside decoding the clip.

    python -m benchmarks.camera_cost FILM FOLDER [--size 1280x720] [--frames 240] [--rounds 5]

The first frames of FILM are made into a clip as clips are (x264, rate factor 18, one IDR every 48 frames) in FOLDER. Each round
then decodes it bare with PyAV, decodes it and measures the camera, and lets the measured captioner describe it, in turns, one
thread each; processor time, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

import av
import cv2

from captioning.camera_meter import CameraMeter
from captioning.clip_file import ClipFile
from captioning.measured import MeasuredCaptioner
from captioning.protocol import ClipInput
from formats.exact_time import format_rational
from operators.picture_motion import measuring_size


def make_clip(film: Path, folder: Path, size: tuple[int, int], frames: int) -> ClipInput:
    path = folder / f"{film.stem}-{size[0]}x{size[1]}-{frames}.mp4"
    count = 0
    with av.open(str(film)) as source, av.open(str(path), "w") as made:
        pictures = source.streams.video[0]
        rate = Fraction(pictures.average_rate or 24)
        stream = made.add_stream("libx264", rate=rate, options={"crf": "18", "g": "48"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for frame in islice(source.decode(pictures), frames):
            scaled = frame.reformat(width=size[0], height=size[1], format="yuv420p")
            scaled.pts, scaled.time_base = count, 1 / rate
            made.mux(stream.encode(scaled))
            count += 1
        made.mux(stream.encode(None))
    return ClipInput(path=path, shots=((0, count),), fps=format_rational(rate), width=size[0], height=size[1])


def bare(clip: ClipInput) -> None:
    with av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        stream.thread_count, stream.thread_type = 1, "NONE"
        for _ in container.decode(stream):
            pass


def camera(clip: ClipInput) -> None:
    size = measuring_size(clip.width, clip.height)
    meter = CameraMeter(Fraction(clip.fps))
    for frame in ClipFile(clip).frames():
        meter.see(partial(frame.luma, *size))
    meter.finish_shot(clip.shots[0])


def described(clip: ClipInput) -> None:
    MeasuredCaptioner().describe(ClipFile(clip))


WAYS: dict[str, Callable[[ClipInput], None]] = {"bare": bare, "camera": camera, "described": described}


def rounds_of(clip: ClipInput, rounds: int) -> Iterator[dict[str, float]]:
    """Seconds of processor time of each way, in turns; one round goes before that is not counted."""
    for number in range(rounds + 1):
        seconds = {}
        for name, way in WAYS.items():
            start = time.process_time()
            way(clip)
            seconds[name] = time.process_time() - start
        if number:
            yield seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="What measuring the camera costs beside decoding.")
    parser.add_argument("film", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    width, height = map(int, options.size.split("x"))
    clip = make_clip(options.film, options.folder, (width, height), options.frames)
    seen = list(rounds_of(clip, options.rounds))
    for name in WAYS:
        ratio = median(one[name] / one["bare"] for one in seen)
        print(f"{name:10} {1000 * median(one[name] for one in seen) / clip.frames:7.3f} ms a frame  {ratio:.3f} x bare")


if __name__ == "__main__":
    main()
