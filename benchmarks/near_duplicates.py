"""Near-duplicates: films made again in other ways, and how many of their clips are found, and how many others are.

    python -m benchmarks.near_duplicates FOLDER FILM...

Every film is encoded again (x264 at a low quality), at half the size, with black bars, brighter, and cut to begin two seconds
later. Truth: two clips are duplicates if they are of one film and share half the time of the shorter one. Variants are kept in
FOLDER.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from formats.film_scan import FilmScan
from formats.selection import CandidateRow, FilmSelection
from operators.filter import FilterSettings
from operators.layout_embedding import layout_similarity
from operators.near_duplicates.clip_pairs import HASHES_PER_SHOT, clip_pairs, hashed_shots
from operators.near_duplicates.shot_index import ShotIndex
from operators.scan import ScanFiles, ScanSettings, scan_film
from operators.select import SelectSettings, select_film
from operators.signals import read_signals
from operators.split import SplitSettings, accepted_transitions

Frame = npt.NDArray[np.uint8]
DISTANCES = (2, 3, 4, 5, 6, 7, 8, 10)
LATER_SECONDS = 2


@dataclass(frozen=True)
class Clip:
    film: str
    variant: str
    row: CandidateRow
    seconds: tuple[tuple[float, float], ...]


def _barred(frame: Frame) -> Frame:
    height, width = frame.shape[:2]
    inside = cv2.resize(frame, (width, height * 3 // 4 // 2 * 2), interpolation=cv2.INTER_AREA)
    top = (height - len(inside)) // 2
    return np.pad(inside, ((top, height - len(inside) - top), (0, 0), (0, 0)))


VARIANTS: dict[str, Callable[[Frame], Frame]] = {
    "again": lambda frame: frame,
    "half": lambda frame: cv2.resize(
        frame, (frame.shape[1] // 4 * 2, frame.shape[0] // 4 * 2), interpolation=cv2.INTER_AREA
    ),
    "bars": _barred,
    "bright": lambda frame: np.clip(frame.astype(np.float32) * 1.15 + 12, 0, 255).astype(np.uint8),
    "later": lambda frame: frame,
}


def make_variant(film: Path, variant: str, out: Path) -> None:
    change, crf = VARIANTS[variant], "30" if variant == "again" else "23"
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        rate = source.streams.video[0].average_rate
        skipped = round(LATER_SECONDS * rate) if variant == "later" else 0
        stream = None
        for number, frame in enumerate(source.decode(video=0)):
            if number < skipped:
                continue
            picture = change(frame.to_ndarray(format="rgb24"))
            if stream is None:
                stream = target.add_stream("libx264", rate=rate, options={"crf": crf, "preset": "veryfast"})
                stream.height, stream.width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
                stream.pix_fmt = "yuv420p"
            even = np.ascontiguousarray(picture[: stream.height, : stream.width])
            for packet in stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")):
                target.mux(packet)
        if stream is not None:
            for packet in stream.encode():
                target.mux(packet)


def clips_of(film: Path, name: str, variant: str, folder: Path, settings: SelectSettings) -> list[Clip]:
    files = ScanFiles.named(folder / film.stem)
    if not files.scan.exists():
        digest = hashlib.sha256(film.read_bytes()).hexdigest()
        scan_film(film, digest, ScanSettings(network="none"), files)
    scan = FilmScan.model_validate_json(files.scan.read_bytes())
    pts = read_signals(files.signals).pts
    found: FilmSelection = select_film(
        scan, accepted_transitions(scan, SplitSettings()), pts, layout_similarity, settings
    )
    tick, shift = Fraction(scan.probe.time_base), LATER_SECONDS if variant == "later" else 0
    start = scan.timing.first_pts
    return [
        Clip(
            name,
            variant,
            row,
            tuple(
                (float((shot.source_pts[0] - start) * tick) + shift, float((shot.source_pts[1] - start) * tick) + shift)
                for shot in row.plan.shots
            ),
        )
        for row in found.candidates
    ]


def are_equal(one: Clip, other: Clip) -> bool:
    if one.film != other.film:
        return False
    shared = sum(max(0.0, min(a[1], b[1]) - max(a[0], b[0])) for a in one.seconds for b in other.seconds)
    shorter = min(sum(end - start for start, end in clip.seconds) for clip in (one, other))
    return shared >= shorter / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("films", type=Path, nargs="+")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    rules = FilterSettings.model_validate({"duration": {"min": 2, "max": 20}, "shots": {"min": 1, "max": 6}})
    settings = SelectSettings(filter=rules)
    clips: list[Clip] = []
    for film in options.films:
        clips += clips_of(film, film.stem, "as it is", options.folder, settings)
        for variant in VARIANTS:
            made = options.folder / f"{film.stem}.{variant}.mp4"
            if not made.exists():
                make_variant(film, variant, made)
            clips += clips_of(made, film.stem, variant, options.folder, settings)
        print(f"{film.name}: {len(clips)} clips so far", flush=True)
    truth = {(a, b) for a, b in combinations(range(len(clips)), 2) if are_equal(clips[a], clips[b])}
    same_film = {(a, b) for a, b in combinations(range(len(clips)), 2) if clips[a].film == clips[b].film} - truth
    print(f"{len(clips)} clips; {len(truth)} pairs equal, {len(same_film)} of one film and not equal")
    shots = hashed_shots(pa.chunked_array([[clip.row.hashes for clip in clips]], pa.list_(pa.string())))
    total = sum(len(clip.row.hashes) for clip in clips)
    print(f"{total} shots, {total - len(shots.which)} without a hash")
    every, none_known = np.arange(len(shots.hashes)), np.zeros(len(shots.hashes), np.bool_)
    for distance in DISTANCES:
        matches = ShotIndex(shots.hashes, distance * HASHES_PER_SHOT).matches(every, none_known)
        pairs = clip_pairs(shots, matches, Fraction(3, 5), float(distance))
        found = {tuple(sorted(pair)) for pair in zip(pairs.one.tolist(), pairs.other.tolist(), strict=True)}
        right = found & truth
        parts = [
            f"{variant} {len(_with(right, clips, variant))}/{len(_with(truth, clips, variant))}" for variant in VARIANTS
        ]
        print(
            f"distance {distance}: recall {len(right) / max(len(truth), 1):.3f}, precision "
            f"{len(right) / max(len(found), 1):.3f}, {len(found & same_film)} wrong in one film, "
            f"{len(found - truth - same_film)} wrong between films; against the film as it is: {', '.join(parts)}"
        )


def _with(pairs: set[tuple[int, int]], clips: list[Clip], variant: str) -> list[tuple[int, int]]:
    return [pair for pair in pairs if {clips[at].variant for at in pair} == {"as it is", variant}]


if __name__ == "__main__":
    main()
