"""How well camera moves are named and timed on rendered shots whose truth is known. Prints a confusion table.

    python benchmarks/camera.py [--shots 200] [--seed 0]

Every shot is one photograph under a random sequence of one to three moves (a fifth start and end softly), under one of
the conditions below. Scored per frame (name of the main move) and per border (distance to the nearest found border).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_sample_images

from captioning.camera_moves import CameraMove, camera_moves
from operators.picture_motion import MotionMeter, PictureMotion

CONDITIONS = ("plain", "grain", "sprite", "large sprite", "parallax", "dark", "small grain and dark")
KINDS = (
    "static",
    "pan_left",
    "pan_right",
    "tilt_up",
    "tilt_down",
    "zoom_in",
    "zoom_out",
    "roll_clockwise",
    "roll_anticlockwise",
    "handheld",
)
RATE = 24
WIDTH, HEIGHT = 192, 108
# What the PICTURE does per unit of speed: right, down, log zoom (x2: a side point), clockwise radians (x2).
_PICTURE = {
    "pan_left": (1, 0, 0, 0),
    "pan_right": (-1, 0, 0, 0),
    "tilt_up": (0, 1, 0, 0),
    "tilt_down": (0, -1, 0, 0),
    "zoom_in": (0, 0, 2, 0),
    "zoom_out": (0, 0, -2, 0),
    "roll_anticlockwise": (0, 0, 0, 2),
    "roll_clockwise": (0, 0, 0, -2),
}


@dataclass(frozen=True)
class Truth:
    kind: str
    frames: tuple[int, int]
    speed: float


def photographs() -> list[NDArray[np.uint8]]:
    from skimage import data

    own = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
    return [np.ascontiguousarray(p) for p in (*load_sample_images().images, *own)]


def random_truth(random: np.random.Generator) -> list[Truth]:
    moves, at, before = [], 0, ""
    for _ in range(int(random.integers(1, 4))):
        length = int(random.integers(24, 73))
        kind = str(random.choice([k for k in KINDS if k != before]))
        longest = {"zoom_in": 0.25, "zoom_out": 0.25, "roll_clockwise": 0.3, "roll_anticlockwise": 0.3}.get(kind, 0.6)
        moves.append(Truth(kind, (at, at + length), float(np.exp(random.uniform(np.log(0.02), np.log(longest))))))
        at, before = at + length, kind
    return moves


def picture_path(moves: list[Truth], random: np.random.Generator) -> NDArray[np.complex128]:
    """``(frames, 2)``: ``a, b`` of ``z' = a z + b`` from the first picture to each, about the centre, in frame
    widths.
    """
    steps: list[NDArray[np.float64]] = []
    soft = random.random() < 0.2
    for move in moves:
        n = move.frames[1] - move.frames[0]
        along = np.ones(n)
        if soft:
            edge = min(12, n // 3)
            ramp = (np.arange(edge) + 1) / (edge + 1)
            along[:edge], along[n - edge :] = ramp, ramp[::-1]
        step = np.zeros((n, 4))
        if move.kind == "handheld":
            step[:, :] = _shake(n, random)
        elif move.kind != "static":
            step = np.outer(along, np.array(_PICTURE[move.kind])) * move.speed / RATE
        steps.append(step)
    a, b, path = 1 + 0j, 0j, []
    for right, down, zoom, clockwise in np.concatenate(steps):
        path.append((a, b))
        turn = np.exp(zoom + 1j * clockwise)
        a, b = a * turn, b * turn + right + 1j * down
    return np.array(path)


def _shake(n: int, random: np.random.Generator) -> NDArray[np.float64]:
    time = np.arange(n + 1) / RATE
    size = random.uniform(0.004, 0.012)
    place = np.zeros((n + 1, 4))
    for axis, share in ((0, 1.0), (1, 1.0), (3, 1.0)):
        for _ in range(3):
            rate = random.uniform(0.9, 2.6)
            place[:, axis] += share * size / 2 * np.sin(2 * np.pi * (rate * time + random.random()))
    return np.diff(place, axis=0)


def render(
    photo: NDArray[np.uint8], path: NDArray[np.complex128], condition: str, seed: int
) -> Iterator[NDArray[np.uint8]]:
    """``(H, W, 3) uint8 RGB`` pictures, at measuring size, under one of ``CONDITIONS``."""
    random = np.random.default_rng(seed)
    noise = {"grain": 12.0, "small grain and dark": 2.0}.get(condition, 1.0)
    size = {"sprite": 0.18, "large sprite": 0.42}.get(condition, 0.0)
    sprite = cv2.resize(
        photographs()[4], (int(WIDTH * 2 * size) + 1, int(HEIGHT * 4 * size) + 1), interpolation=cv2.INTER_AREA
    )
    grain = random.normal(0, noise, (HEIGHT * 2, WIDTH * 2, 3)).astype(np.float32)
    heading, phase = random.uniform(-0.25, 0.25), random.random(2)
    for i, (a, b) in enumerate(path):
        frame = _seen(photo, a, b)
        if condition == "parallax":
            near = _seen(np.ascontiguousarray(photo[::-1, ::-1]), a, 1.5 * b)
            frame[int(HEIGHT * 2 * 0.7) :] = near[int(HEIGHT * 2 * 0.7) :]
        if size:
            _stamp(frame, sprite, 0.3 + 0.4 * phase[0] + heading * i / RATE, 0.5 + 0.08 * np.sin(0.4 * i + phase[1]))
        fresh = np.roll(grain, random.integers(0, 200, 2), axis=(0, 1))
        shown = frame * np.float32(0.12 if "dark" in condition else 1.0) + fresh
        yield cv2.resize(
            np.clip(np.rint(shown), 0, 255).astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA
        )


def _seen(photo: NDArray[np.uint8], a: complex, b: complex) -> NDArray[np.uint8]:
    width, height = WIDTH * 2, HEIGHT * 2
    turn = a * 1.6 * width / photo.shape[1]
    shift = b * width + complex(width, height) / 2 - turn * complex(photo.shape[1], photo.shape[0]) / 2
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return np.asarray(
        cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    )


def _stamp(frame: NDArray[np.uint8], sprite: NDArray[np.uint8], x: float, y: float) -> None:
    height, width = sprite.shape[:2]
    left, top = int(x * frame.shape[1]) - width // 2, int(y * frame.shape[0]) - height // 2
    a, b = max(0, left), min(frame.shape[1], left + width)
    c, d = max(0, top), min(frame.shape[0], top + height)
    if a < b and c < d:
        frame[c:d, a:b] = sprite[c - top : d - top, a - left : b - left]


def measure(pictures: Iterator[NDArray[np.uint8]]) -> list[PictureMotion | None]:
    meter = MotionMeter()
    return [meter.see(picture) for picture in pictures][1:]


@dataclass
class Score:
    right: int = 0
    frames: int = 0
    moves_right: int = 0
    moves: int = 0
    borders: tuple[int, ...] = ()
    spurious: int = 0


def score(truth: list[Truth], found: tuple[CameraMove, ...], table: Counter[tuple[str, str]]) -> Score:
    named = ["?"] * truth[-1].frames[1]
    for move in found:
        for i in range(*move.frames):
            named[i] = move.kinds[0] if len(move.kinds) == 1 else "+".join(move.kinds)
    borders = [m.frames[0] for m in found[1:]]
    real = [t.frames[0] for t in truth[1:]]
    right = moves_right = 0
    for t in truth:
        said = Counter(named[t.frames[0] : t.frames[1]])
        for name, count in said.items():
            table[t.kind, name] += count
        right += said[t.kind]
        moves_right += said.most_common(1)[0][0] == t.kind
    missed = tuple(min((abs(b - r) for b in borders), default=99) for r in real)
    spurious = max(0, len(borders) - len(real))
    return Score(right, len(named), moves_right, len(truth), missed, spurious)


def run(condition: str, shots: int, seed: int) -> tuple[Score, Counter[tuple[str, str]]]:
    table: Counter[tuple[str, str]] = Counter()
    total = Score()
    photos = photographs()
    for number in range(shots):
        random = np.random.default_rng([seed, number])
        truth = random_truth(random)
        path = picture_path(truth, random)
        photo = photos[number % len(photos)]
        motions = measure(render(photo, path, condition, seed * 1000 + number))
        one = score(truth, camera_moves(motions, (0, len(path)), Fraction(RATE)), table)
        total = Score(
            total.right + one.right,
            total.frames + one.frames,
            total.moves_right + one.moves_right,
            total.moves + one.moves,
            total.borders + one.borders,
            total.spurious + one.spurious,
        )
    return total, table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=int, default=100, help="rendered shots per condition")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    everything: Counter[tuple[str, str]] = Counter()
    print(f"{'condition':22} frames  moves  border median  within 3  spurious")
    for condition in CONDITIONS:
        total, table = run(condition, options.shots, options.seed)
        everything += table
        borders = np.array(total.borders)
        print(
            f"{condition:22} {total.right / total.frames:6.3f} {total.moves_right / total.moves:6.3f}"
            f" {np.median(borders):14.1f} {np.mean(borders <= 3):9.2f} {total.spurious:9d}"
        )
    print_table(everything)


def print_table(table: Counter[tuple[str, str]]) -> None:
    print(f"\n{'truth (share of frames)':26}")
    for kind in KINDS:
        row = {name: count for (t, name), count in table.items() if t == kind}
        said = ", ".join(f"{n} {c / sum(row.values()):.3f}" for n, c in sorted(row.items(), key=lambda x: -x[1])[:6])
        print(f"{kind:20} -> {said}")


if __name__ == "__main__":
    main()
