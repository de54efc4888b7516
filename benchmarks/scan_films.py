"""Films to measure scan on: one of ordinary make, the same in other sizes and codecs, and long small ones.

    python -m benchmarks.scan_films FOLDER [--others]

The main film is a piece of twelve seconds, rendered at 1080p with grain and encoded by x264 at CRF 21 ("fast", two
B-frames), six times over: 72 seconds with 15 boundaries a minute. ``--others`` encodes the piece's first ten seconds at
480p, 1080p and 4K in four codecs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from operators.sample_films.films import is_rendered
from operators.sample_films.framing import framed
from operators.sample_films.plans import EncodingPlan, FilmPlan
from operators.sample_films.random_film import random_film
from operators.sample_films.render import render_film

SIZES = {"480p": (854, 480), "1080p": (1920, 1080), "4K": (3840, 2160)}
ENCODERS = {
    "h264": ("libx264", {"preset": "fast", "crf": "21"}),
    "hevc": ("libx265", {"preset": "ultrafast", "crf": "24", "x265-params": "log-level=error"}),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "crf": "32", "b": "0", "row-mt": "1"}),
    "av1": ("libsvtav1", {"preset": "11", "crf": "34"}),
}
RATE = 24
BOUNDARIES_PER_MINUTE = 15
PIECE_SECONDS, PIECES = 12, 6
OTHER_SECONDS = 10


def main_plan(seconds: int, size: tuple[int, int] = SIZES["1080p"]) -> FilmPlan:
    """Shots of some 4 seconds from several random films of the ``plain`` and ``gradual`` families. Over and over, it has
    a cut at each seam."""
    wanted = max(2, round(seconds / 60 * BOUNDARIES_PER_MINUTE))
    plans = [random_film(seed, "tune", ("plain", "gradual")[seed % 2], size) for seed in range(100, 100 + wanted)]
    shots = [shot for plan in plans for shot in plan.shots[:2]][:wanted]
    joins = [join for plan in plans for join in plan.joins[:2]][: wanted - 1]
    left = seconds * RATE - sum(join.own_frames for join in joins)
    frames = [left // wanted + (number - wanted // 2) * 2 for number in range(wanted)]
    return replace(
        plans[0],
        name="scan-speed",
        rate=f"{RATE}/1",
        shots=tuple(framed(replace(shot, frames=count), size) for shot, count in zip(shots, frames, strict=True)),
        joins=tuple(joins),
        encoding=EncodingPlan("h264", "mp4", 21, "fast", 48, 2),
        letterbox=0.0,
    )


def make_main_film(folder: Path) -> Path:
    """The 1080p film in ``folder``; one that is there is kept."""
    path = folder / f"1080p-h264-{PIECES * PIECE_SECONDS}s.mp4"
    if not path.exists():
        plan, piece = main_plan(PIECE_SECONDS), folder / f"piece-{PIECE_SECONDS}s.mp4"
        if not is_rendered(plan, piece):
            render_film(plan, piece)
        repeat(piece, path, PIECES)
    return path


def repeat(piece: Path, path: Path, times: int) -> None:
    """The packets of ``piece``, over and over; nothing is encoded again."""
    aside = path.with_suffix(".part.mp4")
    with av.open(str(piece)) as source:
        length = max(packet.pts + packet.duration for packet in source.demux(video=0) if packet.pts is not None)
    with av.open(str(aside), "w") as container, av.open(str(piece)) as first:
        stream = container.add_stream_from_template(first.streams.video[0])
        for number in range(times):
            with av.open(str(piece)) as source:
                for packet in source.demux(video=0):
                    if packet.pts is not None and packet.dts is not None:
                        packet.pts, packet.dts = packet.pts + number * length, packet.dts + number * length
                        packet.stream = stream
                        container.mux(packet)
    aside.replace(path)


def encode_others(film: Path) -> list[Path]:
    """``film``'s first seconds in every size and codec, beside it."""
    paths = []
    for codec in ENCODERS:
        for name, size in SIZES.items():
            path = film.with_name(f"{name}-{codec}-{OTHER_SECONDS}s.mkv")
            if not path.exists():
                _encode(film, path, codec, size)
            paths.append(path)
    return paths


def _encode(film: Path, path: Path, codec: str, size: tuple[int, int]) -> None:
    encoder, options = ENCODERS[codec]
    aside = path.with_suffix(".part")
    with av.open(str(film)) as source, av.open(str(aside), "w", format="matroska") as container:
        stream = container.add_stream(encoder, rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number, frame in enumerate(source.decode(video=0)):
            if number == OTHER_SECONDS * RATE:
                break
            scaled = frame.reformat(width=size[0], height=size[1], format="yuv420p")
            scaled.pts, scaled.time_base, scaled.pict_type = number, Fraction(1, RATE), 0
            container.mux(stream.encode(scaled))
        container.mux(stream.encode(None))
    aside.replace(path)


def write_repeated(path: Path, pictures: Sequence[npt.NDArray[np.uint8]], times: int) -> None:
    """``pictures``, ``(H, W, 3) uint8 RGB``, over and over: MPEG-4, fast to make."""
    height, width, _ = pictures[0].shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in _over_and_over(pictures, times):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def _over_and_over(pictures: Sequence[npt.NDArray[np.uint8]], times: int) -> Iterable[npt.NDArray[np.uint8]]:
    return (picture for _ in range(times) for picture in pictures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--others", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    film = make_main_film(arguments.folder)
    print(film, *(encode_others(film) if arguments.others else ()), sep="\n")


if __name__ == "__main__":
    main()
