"""How well camera moves are named and timed on rendered shots whose truth is known.

    python -m benchmarks.camera [--half tune|test|views|plates] [--each 12] [--family NAME] [--table]

Scored per frame (the set of moves said of it must be the true one) and per border (distance to the nearest found one).
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.camera_shots.plans import FAMILIES, FROZEN, KINDS, SEEDS, Family, ShotPlan, camera_plans
from benchmarks.camera_shots.render import shot_pictures, true_kinds
from benchmarks.development_palette import add_palettes
from captioning.camera_meter import CameraMeter
from captioning.camera_moves import CameraMove
from operators.picture_motion import measuring_size

NEAR = 3
MISSED = 99


@dataclass
class Score:
    """Frames and borders of some shots. ``borders``: frames from each true border to the nearest found one."""

    frames: int = 0
    right: int = 0
    main_right: int = 0
    still_frames: int = 0
    still_called_moving: int = 0
    hand_frames: int = 0
    hand_called_static: int = 0
    borders: list[int] = field(default_factory=list)
    found_borders: int = 0
    table: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, truth: Sequence[frozenset[str]], found: Sequence[CameraMove]) -> None:
        said = [move.kinds for move in found for _ in range(*move.frames)]
        for true, kinds in zip(truth, said, strict=True):
            self.frames += 1
            self.right += true == frozenset(kinds)
            self.main_right += kinds[0] in true
            self.still_frames += true == frozenset(["static"])
            self.still_called_moving += true == frozenset(["static"]) and kinds[0] not in ("static", "unknown")
            self.hand_frames += true == frozenset(["handheld"])
            self.hand_called_static += true == frozenset(["handheld"]) and kinds[0] == "static"
            self.table["+".join(sorted(true)), "+".join(sorted(kinds))] += 1
        own = [move.frames[0] for move in found[1:]]
        real = [i for i in range(1, len(truth)) if truth[i] != truth[i - 1]]
        self.borders += [min((abs(b - r) for b in own), default=MISSED) for r in real]
        self.found_borders += len(own)


def measured_moves(pictures: Iterable[NDArray[np.uint8]], fps: Fraction) -> tuple[CameraMove, ...]:
    """``pictures``: luma of one shot."""
    meter = CameraMeter(fps)
    count = 0
    for picture in pictures:
        size = measuring_size(picture.shape[1], picture.shape[0])
        meter.see(partial(_small, picture, size))
        count += 1
    return meter.finish_shot((0, count)).moves


def _small(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def judged(plans: Iterable[ShotPlan]) -> dict[Family, Score]:
    scores: dict[Family, Score] = {}
    for plan in plans:
        found = measured_moves(shot_pictures(plan), Fraction(plan.fps))
        scores.setdefault(plan.family, Score()).add(true_kinds(plan), found)
    return scores


def together(scores: Iterable[Score]) -> Score:
    total = Score()
    for one in scores:
        total.frames += one.frames
        total.right += one.right
        total.main_right += one.main_right
        total.still_frames += one.still_frames
        total.still_called_moving += one.still_called_moving
        total.hand_frames += one.hand_frames
        total.hand_called_static += one.hand_called_static
        total.borders += one.borders
        total.found_borders += one.found_borders
        total.table += one.table
    return total


def row(name: str, score: Score) -> str:
    borders = np.array(score.borders or [0])
    still = f"{score.still_called_moving / score.still_frames:.3f}" if score.still_frames else "–"
    hand = f"{score.hand_called_static / score.hand_frames:.3f}" if score.hand_frames else "–"
    return (
        f"| {name} | {score.frames} | {score.right / score.frames:.3f} | {score.main_right / score.frames:.3f} |"
        f" {still} | {hand} | {len(score.borders)}, {score.found_borders} | {np.median(borders):.0f} |"
        f" {float(np.mean(borders <= NEAR)):.2f} |"
    )


def confusion(score: Score) -> str:
    lines = ["| truth | frames | said |", "|---|---|---|"]
    for kind in (*KINDS, None):
        rows = {(t, n): c for (t, n), c in score.table.items() if (t == kind if kind else "+" in t)}
        count = sum(rows.values())
        if not count:
            continue
        said: Counter[str] = Counter()
        for (true, name), frames in rows.items():
            said[
                name if kind else "right" if true == name else "a part of it" if name in true.split("+") else name
            ] += frames
        shares = ", ".join(f"{name} {frames / count:.3f}" for name, frames in said.most_common(6))
        lines.append(f"| {kind or 'two at once'} | {count} | {shares} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge the measuring of camera moves on rendered shots.")
    parser.add_argument("--half", choices=tuple(SEEDS), default="tune")
    parser.add_argument("--each", type=int, default=12, help="shots of every family")
    parser.add_argument("--family", choices=FAMILIES)
    parser.add_argument("--table", action="store_true", help="what was said of what, frame by frame")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        if options.half not in FROZEN:
            add_palettes(Path(folder), (options.half,))
        plans = [p for p in camera_plans(options.half, options.each) if options.family in (None, p.family)]
        scores = judged(plans)
    print("| family | frames | right | main move right | still called moving | handheld called static |", end="")
    print(" borders true, found | median | within 3 |\n|---|---|---|---|---|---|---|---|---|")
    for family, score in scores.items():
        print(row(family, score))
    print(row("**all**", together(scores.values())))
    if options.table:
        print("\n" + confusion(together(scores.values())))


if __name__ == "__main__":
    main()
