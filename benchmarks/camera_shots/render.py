"""A planned shot as pictures: luma, one after another, and what its camera does from each to the next."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.camera_shots.plans import PICTURE_RATES, Move, ShotPlan, Subject
from operators.sample_films.photographs import load_photograph
from operators.x264 import DETERMINISM

WIDTH, HEIGHT = 384, 216
SUBSTEPS = 4
MOVING_FROM = 0.012
"""Frame widths per second from which on an axis of the truth moves: what eases in is static before that."""
_LESSER_SHARE = 0.3
_SHORTEST_SECONDS = 0.25
_GRAIN_MARGIN = 64

Luma = NDArray[np.uint8]
Light = NDArray[np.float32]


def shot_pictures(plan: ShotPlan) -> Iterator[Luma]:
    """``(216, 384) uint8`` luma, ``plan.frames`` of them."""
    return _through_codec(_drawn(plan), plan) if plan.crf else _drawn(plan)


def true_kinds(plan: ShotPlan) -> list[frozenset[str]]:
    """What the camera does from each frame to the next, and once more for the last frame."""
    labels: list[frozenset[str]] = []
    for move in plan.moves:
        for along in _easing(move):
            speeds = {kind: speed * along for kind, speed in move.parts}
            least = max(MOVING_FROM, _LESSER_SHARE * max(speeds.values(), default=0.0))
            moving = frozenset(kind for kind, speed in speeds.items() if speed >= least)
            labels.append(frozenset(["handheld"]) if move.hand else moving or frozenset(["static"]))
    return _without_slivers(labels, round(_SHORTEST_SECONDS * plan.fps))


def _without_slivers(labels: list[frozenset[str]], shortest: int) -> list[frozenset[str]]:
    """Stillness too short to be told, where an easing begins or ends a shot or meets another, goes to its neighbours."""
    changes = [0, *(i for i in range(1, len(labels)) if labels[i] != labels[i - 1]), len(labels)]
    out = list(labels)
    for a, b in pairwise(changes):
        if b - a < shortest and b - a < len(labels) and labels[a] == frozenset(["static"]):
            middle = a if a == 0 else b if b == len(labels) else (a + b) // 2
            out[a:middle] = [labels[a - 1]] * (middle - a)
            out[middle:b] = [labels[min(b, len(labels) - 1)]] * (b - middle)
    return out


def _easing(move: Move) -> NDArray[np.float64]:
    count = move.frames[1] - move.frames[0]
    along = np.ones(count)
    if move.soft:
        ramp = (np.arange(move.soft) + 0.5) / move.soft
        ramp = ramp * ramp * (3 - 2 * ramp)
        along[: move.soft], along[count - move.soft :] = ramp, ramp[::-1]
    return along


def _path(plan: ShotPlan) -> NDArray[np.complex128]:
    """``(frames * SUBSTEPS + 1, 2)``: ``a, b`` of ``z' = a z + b`` from the first picture, about the middle, in frame
    widths."""
    steps = np.concatenate([_steps(move, plan.fps) for move in plan.moves])
    a, b, path = 1 + 0j, 0j, [(1 + 0j, 0j)]
    for right, down, zoom, clockwise in steps:
        turn = np.exp(zoom + 1j * clockwise)
        a, b = a * turn, b * turn + right + 1j * down
        path.append((a, b))
    return np.array(path)


def _steps(move: Move, fps: int) -> NDArray[np.float64]:
    count = (move.frames[1] - move.frames[0]) * SUBSTEPS
    rate = np.zeros(4)
    for kind, speed in move.parts:
        rate += speed * np.array(PICTURE_RATES[kind])
    steps = np.outer(np.repeat(_easing(move), SUBSTEPS), rate) / (fps * SUBSTEPS)
    if move.hand is not None:
        time = np.arange(count + 1) / (fps * SUBSTEPS)
        for axis, waves in zip((0, 1, 3), move.hand.waves, strict=True):
            place = sum(size * np.sin(2 * np.pi * (rate * time + phase)) for size, rate, phase in waves)
            steps[:, axis] += np.diff(np.asarray(place))
    return steps


def _drawn(plan: ShotPlan) -> Iterator[Luma]:
    dice = np.random.default_rng([plan.number, len(plan.family), plan.frames])
    layers = _layers(plan)
    things = [(subject, _texture(subject.photograph)) for subject in plan.subjects]
    grain = dice.standard_normal((HEIGHT + _GRAIN_MARGIN, WIDTH + _GRAIN_MARGIN), np.float32) * np.float32(plan.grain)
    path = _path(plan)
    exposures = 1 + round(plan.shutter * (SUBSTEPS - 1))
    for number in range(plan.frames):
        views = [
            _view(plan, layers, things, path[SUBSTEPS * number + k], (number + k / SUBSTEPS) / plan.fps)
            for k in range(exposures)
        ]
        seen = np.mean(views, axis=0, dtype=np.float32)
        if plan.blur:
            seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), plan.blur))
        top, left = dice.integers(0, _GRAIN_MARGIN, 2)
        shown = seen * np.float32(plan.light) + grain[top : top + HEIGHT, left : left + WIDTH]
        rows = round(plan.bars * HEIGHT)
        if rows:
            shown[:rows] = shown[-rows:] = 0
        yield np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def _texture(photograph: str) -> Light:
    return np.asarray(cv2.cvtColor(load_photograph(photograph), cv2.COLOR_RGB2GRAY), np.float32)


def _layers(plan: ShotPlan) -> list[tuple[Light, Light | None, float]]:
    """Texture, cover and nearness of the background and of what stands before it."""
    background = _texture(plan.photograph)
    layers: list[tuple[Light, Light | None, float]] = [(background, None, 1.0)]
    for place, depth in enumerate(plan.depths):
        near = np.ascontiguousarray(background[::-1, :: -1 if place else 1])
        cover = np.zeros(near.shape, np.float32)
        height, width = near.shape
        for k in range(5):
            x, y = int((k + 0.3 + 0.35 * place) * width / 5), int((0.62 + 0.2 * place + 0.05 * (k % 2)) * height)
            cv2.ellipse(cover, (x, y), (width // 16, height // 5), 10.0 * k, 0, 360, 1.0, -1)
        layers.append((near, cover, depth))
    return layers


def _view(
    plan: ShotPlan,
    layers: list[tuple[Light, Light | None, float]],
    things: list[tuple[Subject, Light]],
    pose: NDArray[np.complex128],
    time: float,
) -> Light:
    a, b = complex(pose[0]), complex(pose[1])
    seen = np.empty((HEIGHT, WIDTH), np.float32)
    for texture, cover, near in layers:
        grown = np.exp(near * math.log(abs(a)) + 1j * np.angle(a))
        drawn = _placed(texture, complex(grown), near * b, plan.scale, cv2.BORDER_REFLECT_101)
        seen = (
            drawn if cover is None else seen + _placed(cover, complex(grown), near * b, plan.scale, 0) * (drawn - seen)
        )
    if plan.water:
        seen = _rippled(seen, plan.water, time)
    for subject, texture in things:
        _stamp(seen, subject, texture, time)
    return seen


def _placed(texture: Light, a: complex, b: complex, scale: float, border: int) -> Light:
    turn = a * scale * WIDTH / texture.shape[1]
    shift = b * WIDTH + complex(WIDTH, HEIGHT) / 2 - turn * complex(texture.shape[1], texture.shape[0]) / 2
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return np.asarray(cv2.warpAffine(texture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=border))


def _rippled(seen: Light, share: float, time: float) -> Light:
    """The lower part of the picture moves as water does: waves that run, in place."""
    rows = round(share * HEIGHT)
    y, x = np.mgrid[HEIGHT - rows : HEIGHT, 0:WIDTH].astype(np.float32)
    across = x + 4 * np.sin(0.09 * y + 3.1 * time) + 3 * np.sin(0.05 * x - 4.3 * time)
    along = y + 3 * np.sin(0.07 * x + 0.11 * y + 2.3 * time)
    out = seen.copy()
    out[HEIGHT - rows :] = cv2.remap(
        seen, across.astype(np.float32), along.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return out


def _stamp(seen: Light, subject: Subject, texture: Light, time: float) -> None:
    """An oval of another photograph; it turns back where it would leave the picture."""
    scale = math.exp(subject.growth * time)
    tall, wide = subject.size[0] * HEIGHT * scale, subject.size[1] * HEIGHT * scale
    x = WIDTH / 2 + WIDTH * _to_and_fro(subject.place[0] + subject.step[0] * time, 0.5)
    y = HEIGHT / 2 + WIDTH * _to_and_fro(subject.place[1] + subject.step[1] * time, 0.3)
    y += WIDTH * subject.bob * math.sin(9 * time)
    matrix = np.array(
        [
            [wide / texture.shape[1], 0, x - wide / 2],
            [0, tall / texture.shape[0], y - tall / 2],
        ]
    )
    drawn = np.asarray(cv2.warpAffine(texture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT_101))
    cover = np.zeros((HEIGHT, WIDTH), np.float32)
    centre, axes = (round(8 * x), round(8 * y)), (round(4 * wide), round(4 * tall))
    cv2.ellipse(cover, centre, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA, 3)
    seen += cover * (drawn - seen)


def _to_and_fro(place: float, bound: float) -> float:
    return abs((place + bound) % (4 * bound) - 2 * bound) - bound


def _through_codec(pictures: Iterator[Luma], plan: ShotPlan) -> Iterator[Luma]:
    """As x264 leaves them at a rate factor of ``plan.crf``."""
    kept = io.BytesIO()
    with av.open(kept, "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(plan.fps), options={"crf": str(plan.crf), "x264-params": DETERMINISM}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.thread_count = 1
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
        container.mux(stream.encode(None))
    kept.seek(0)
    with av.open(kept) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="gray")
