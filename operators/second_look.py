"""A closer look at what may be a cut, dissolve or wipe: what a few frames on either side have in common, by structure, by
content that has moved, and by what comes back later.

It is asked of candidates alone, so it may cost what no measure of every frame may.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from operators.cut_evidence import CutEvidence
from operators.gradual_network import GradualAnswers
from operators.gradual_spans import Span
from operators.transition_window import LUMA_WEIGHTS, Floats, Window

WIDTH, HEIGHT = 48, 24
ROWS, COLUMNS = 3, 4
FLAT = 4.0
RETURNS = (4, 8, 12, 16, 24, 32, 48)
SAMPLED = 16
FEW = 4
SAME, SAME_MOVED = 0.3, 0.12

Numbers = npt.NDArray[np.int64]


class Scenery:
    """A window's frames, bars left out, as luma in 12 blocks, for comparing any two of them."""

    def __init__(self, window: Window) -> None:
        rows, columns = window.box
        cropped = (np.ascontiguousarray(frame) for frame in window.frames[:, rows, columns])
        self.colour = np.stack([cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for frame in cropped])
        self.luma = self.colour.astype(np.float32) @ LUMA_WEIGHTS
        blocks = self.luma.reshape(-1, ROWS, HEIGHT // ROWS, COLUMNS, WIDTH // COLUMNS).transpose(0, 1, 3, 2, 4)
        self._blocks = blocks.reshape(len(self.luma), ROWS * COLUMNS, -1)
        self.level = self._blocks.mean(axis=2)
        self._blocks = self._blocks - self.level[:, :, None]
        self._energy = np.square(self._blocks).mean(axis=2)

    def __len__(self) -> int:
        return len(self.luma)

    def clipped(self, frames: npt.ArrayLike) -> Numbers:
        return np.clip(np.asarray(frames, np.int64), 0, len(self) - 1)

    def unlike(self, one: npt.ArrayLike, other: npt.ArrayLike) -> Floats:
        """How little the frames of these numbers have in common, at the median over blocks: 0 alike, 1 unrelated. Numbers
        outside the window count as the nearest inside."""
        first, second = self.clipped(one), self.clipped(other)
        energy = 0.5 * (self._energy[first] + self._energy[second])
        shared = (self._blocks[first] * self._blocks[second]).mean(axis=-1)
        return cast(Floats, np.median((energy - shared) / (energy + FLAT), axis=-1))

    def returns(self, before: int, after: int) -> bool:
        """Whether the scene of frame ``before`` goes on at ``after`` or a few frames later."""
        later = after + np.arange(FEW)
        return bool(self.unlike(np.full(FEW, before), later).min() < SAME or self.moved(before, after) < SAME_MOVED)

    def moved(self, one: int, other: int) -> float:
        """How little of one frame's blocks is found anywhere in the other, 0 to 1; the smaller of both directions."""
        return min(self._not_found(one, other), self._not_found(other, one))

    def _not_found(self, one: int, other: int) -> float:
        first, second = self.clipped([one, other])
        picture, high, wide = self.luma[first], HEIGHT // ROWS, WIDTH // COLUMNS
        total = weight = 0.0
        for block in range(ROWS * COLUMNS):
            top, left = block // COLUMNS * high, block % COLUMNS * wide
            energy = float(self._energy[second, block])
            patch = np.ascontiguousarray(self.luma[second, top : top + high, left : left + wide])
            if energy < FLAT:
                continue
            best = float(cv2.matchTemplate(picture, patch, cv2.TM_CCOEFF_NORMED).max())
            share = min(energy, 400.0)
            total, weight = total + share * (1.0 - max(best, 0.0)), weight + share
        return total / weight if weight else 0.5

    def hues(self, one: int, other: int) -> float:
        """L1 distance of the two frames' colour histograms, 0..1."""
        first, second = self.clipped([one, other])
        tallies = [np.bincount(_slots(self.colour[frame]), minlength=512) for frame in (first, second)]
        return float(np.abs(tallies[0] - tallies[1]).sum()) / (2.0 * WIDTH * HEIGHT)


def _slots(picture: npt.NDArray[np.uint8]) -> Numbers:
    coarse = (picture.reshape(-1, 3) >> 5).astype(np.int64)
    return cast(Numbers, coarse @ np.array([64, 8, 1]))


def _logit(chance: npt.ArrayLike) -> npt.NDArray[np.floating]:
    bounded = np.clip(np.asarray(chance, np.float64), 2e-4, 1 - 2e-4)
    return np.log(bounded / (1 - bounded))


def _both_sides(scenery: Scenery, before: int, after: int) -> list[float]:
    """What has changed from frame ``before`` to ``after`` and does not come back."""
    reach = np.array((0, 1, 3, 8))
    across = scenery.unlike(before - reach, after + reach)
    values = [*across.tolist(), float(across.min())]
    length = after - before
    for gap in sorted({min(g, 48) for g in (length, length + 2, length + 6, length + 14)})[:4]:
        within = scenery.unlike([before - gap, after], [before, after + gap])
        values += _of_sides(within.tolist(), before - gap >= 0, after + gap < len(scenery))
    values += [values[-1]] * (13 - len(values))
    later, earlier = after + np.array(RETURNS), before - np.array(RETURNS)
    for near, far in ((before, later), (after, earlier)):
        inside = far[(far >= 0) & (far < len(scenery))]
        back = scenery.unlike(np.full(len(inside), near), inside)
        values.append(float(back.min()) if len(inside) else 1.0)
        values.append(scenery.moved(near, int(inside[back.argmin()])) if len(inside) else 0.5)
    values += [scenery.moved(before, after), scenery.moved(before - 3, after + 3)]
    gap = min(length, 24)
    sides = [scenery.moved(before - gap, before), scenery.moved(after, after + gap)]
    values += _of_sides(sides, before - gap >= 0, after + gap < len(scenery))
    wide = length + 6
    values += [scenery.hues(before, after), scenery.hues(before - 3, after + 3)]
    hues = [scenery.hues(before - wide, before), scenery.hues(after, after + wide)]
    values += _of_sides(hues, before - wide >= 0, after + wide < len(scenery))
    levels = scenery.level[scenery.clipped([before, after])]
    values += [float(np.abs(levels[0].mean() - levels[1].mean())), float(np.log(levels.mean() + 1.0))]
    values += [float(np.log(scenery.luma[scenery.clipped([before, after])].std(axis=(1, 2)).min() + 1.0))]
    return values


def _of_sides(sides: list[float], first: bool, second: bool) -> list[float]:
    """Least and largest of what has changed within each side. A side that the window does not hold is taken to be as
    restless as the other."""
    known = [value for value, held in zip(sides, (first, second), strict=True) if held] or sides
    return [min(known), max(known)]


def cut_look(scenery: Scenery, evidence: CutEvidence, answers: GradualAnswers, at: int) -> Floats:
    """``(C,)`` of the boundary between frames ``at - 1`` and ``at``."""
    near = slice(max(0, at - 3), at + 4)
    others = np.delete(answers.cut[near], at - near.start)
    values = [
        np.log(evidence.difference[at] + 0.5),
        np.log(min(evidence.lasting[at], 255.0) + 0.5),
        min(evidence.change[at], 2.0),
        np.log(evidence.ratio[at] + 0.1),
        np.log(evidence.peak[at] + 0.1),
        np.sqrt(evidence.histogram[at]),
        _logit(answers.cut[at]),
        _logit(others.max() if len(others) else 0.0),
        _logit(answers.gradual[[max(0, at - 1), at]].max()),
        _logit(answers.gradual[near].mean()),
    ]
    jumps = evidence.difference[max(0, at - 15) : at + 16]
    values += [
        np.log(np.median(jumps) + 0.5),
        np.log(np.sort(jumps)[-2] + 0.5),
        float((jumps > 0.5 * evidence.difference[at]).sum()),
    ]
    return np.array([*values, *_both_sides(scenery, at - 1, at)], np.float32)


def span_look(scenery: Scenery, evidence: CutEvidence, answers: GradualAnswers, span: Span) -> Floats:
    """``(G,)`` of a run of frames that the gradual network holds for a transition."""
    before, after, length = max(0, span.start - 1), min(span.end, len(scenery) - 1), span.end - span.start
    inside, chance = slice(span.start, span.end), answers.gradual
    around = np.concatenate([chance[max(0, span.start - 10) : span.start], chance[span.end : span.end + 10]])
    values = [
        _logit(span.median),
        _logit(span.peak),
        _logit(chance[inside].mean()),
        _logit(np.quantile(chance[inside], 0.2)),
        _logit(around.mean() if len(around) else 0.0),
        *(float(kind[inside].mean()) for kind in (answers.dissolve, answers.wipe, answers.fade)),
        np.log(length),
        _logit(answers.cut[max(0, span.start - 1) : span.end + 2].max()),
        np.log(evidence.ratio[max(0, span.start - 1) : span.end + 2].max() + 0.1),
        np.log(evidence.difference[inside].mean() + 0.5),
        np.log(np.median(evidence.difference[max(0, span.start - 12) : span.end + 12]) + 0.5),
    ]
    return np.array([*values, *_mosaic(scenery, before, after), *_both_sides(scenery, before, after)], np.float32)


def _mosaic(scenery: Scenery, before: int, after: int) -> list[float]:
    """Whether the frames between are made of the two next to them, block by block or mixed, and whether that goes one
    way."""
    chosen = np.unique(np.linspace(before, after, min(SAMPLED, after - before + 1)).astype(np.int64))
    pictures = scenery.colour[chosen].astype(np.float32)
    size = (len(chosen), ROWS, HEIGHT // ROWS, COLUMNS, WIDTH // COLUMNS * 3)
    flat = pictures.reshape(len(chosen), HEIGHT, WIDTH * 3)
    moved, way = flat - flat[0], np.broadcast_to(flat[-1] - flat[0], flat.shape)
    energy = np.square(way).reshape(size).sum(axis=(2, 4)) + 200.0
    share = (moved * way).reshape(size).sum(axis=(2, 4)) / energy
    rest = (np.square(moved).reshape(size).sum(axis=(2, 4)) - np.square(share) * energy).clip(0) / energy
    steps = np.abs(np.diff(share, axis=0)).sum(axis=0)
    parts = share[1:-1].reshape(len(chosen) - 2, -1) if len(chosen) > 2 else share[:1].reshape(1, -1)
    undecided = np.minimum(np.abs(parts), np.abs(1 - parts)).mean()
    level = scenery.level[chosen].mean(axis=1)
    bright = level[1:-1].mean() - 0.5 * (level[0] + level[-1]) if len(chosen) > 2 else 0.0
    return [
        float(np.sqrt(np.minimum(rest, 4.0)).mean()),
        float(np.sqrt(np.minimum(rest, 4.0)).max(axis=0).mean()),
        float(np.median(np.minimum(steps, 8.0))),
        float(np.mean(np.minimum(steps, 8.0))),
        float(undecided),
        float(parts.mean(axis=1).std()),
        float(parts.std(axis=1).mean()),
        float(bright),
        float(np.log(energy[0].mean() + 1.0)),
    ]
