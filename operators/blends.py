"""Dissolves and wipes: finds spans whose frames are mixtures of the clean frames on either side, and measures their
ends.

A dissolve shows ``(1 - a) A + a B`` with ``a`` rising from 0 to 1; in a wipe every pixel shows either A or B and
switches once. A pan shows neither: its middle frame is far from both and from every mixture. Titles, flashes and
exposure changes keep the picture's structure, so its correlation tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import cv2
import numpy as np
import numpy.typing as npt

from operators.transition_window import LUMA_WEIGHTS, Floats, Window

SCALES_SECONDS = (0.17, 0.34, 0.67, 1.34, 2.67)
SETTLED_FRAMES = 8
ROUNDS = 6
CLEAN_FRAMES = 3
COARSE_POINTS = 40
WIPE_FRAMES = 6
WIPE_MIXTURE = 0.26
MOST_CHANGES = 1.2
MOST_UNCLEAR = 0.33
LONGEST_SECONDS = 5.0
LONGEST_WIPE_SECONDS = 2.5


@dataclass(frozen=True)
class Blend:
    """Frames ``[start, end)`` that mix the frames before and after them.

    ``residual``: how far the frames are from a mixture, as a share of the distance between the clean frames (0 is
    perfect).
    ``change``: one minus the structural correlation of the clean frames. ``ramp``: share of the mixing curve's
    variation that a ramp explains.
    """

    kind: Literal["dissolve", "wipe"]
    start: int
    end: int
    residual: float
    change: float
    ramp: float


def blend_spans(window: Window) -> list[tuple[int, int]]:
    """Rough spans ``[start, end)`` worth a fit, from pictures alone: overlapping ones at several time scales, best
    first."""
    found: list[tuple[float, int, int]] = []
    for seconds in SCALES_SECONDS:
        length = max(4, round(seconds * window.fps))
        if length >= len(window) - 2:
            break
        found += _spans_of_length(window, length)
    spans: list[tuple[int, int]] = []
    for _, start, end in sorted(found):
        if not any(_alike((start, end), kept) for kept in spans):
            spans.append((start, end))
    return spans


def _alike(one: tuple[int, int], other: tuple[int, int]) -> bool:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared > 0.7 * max(one[1] - one[0], other[1] - other[0])


def _spans_of_length(window: Window, length: int) -> list[tuple[float, int, int]]:
    quarter = max(1, length // 4)
    centres = np.arange(length // 2, len(window) - (length - length // 2), max(1, length // 12))
    coarse = window.coarse.reshape(len(window), -1)
    first, last = coarse[centres - length // 2], coarse[centres + (length - length // 2)]
    axis = last - first
    energy = np.square(axis).sum(axis=1) + 1e-3
    shares, residuals, switched = [], [], []
    for offset in (-quarter, 0, quarter):
        away = coarse[centres + offset] - first
        share = (away * axis).sum(axis=1) / energy
        rest = np.square(away - share[:, None] * axis).sum(axis=1)
        shares.append(share)
        residuals.append(np.sqrt(rest / energy))
        nearest = np.minimum(np.square(away), np.square(away - axis)).sum(axis=1)
        switched.append(np.sqrt(nearest / energy))
    rising = (shares[0] + 0.1 < shares[1]) & (shares[1] + 0.1 < shares[2]) & (shares[0] > -0.15) & (shares[2] < 1.15)
    worst = np.minimum(np.maximum.reduce(residuals), np.maximum.reduce(switched))
    big = np.sqrt(energy / coarse.shape[1]) > 5.0
    good = rising & (worst < 0.55) & big
    spans = []
    for run in np.split(np.flatnonzero(good), np.flatnonzero(np.diff(np.flatnonzero(good)) > 2) + 1):
        if len(run):
            best = run[int(np.argmin(worst[run]))]
            centre = int(centres[best])
            spans.append((float(worst[best]), centre - length // 2 + 1, centre + (length - length // 2)))
    return spans


def fit_blend(window: Window, start: int, end: int, low: int, high: int) -> Blend | None:
    """Measures the transition near the rough span ``[start, end)`` inside frames ``[low, high)``, which hold no cut.

    None if the frames are no mixture. Tried with clean frames taken near and far, since a span that began too short
    grows only with far ones and moving pictures blur those; the fit whose frames are explained best, on both sides
    too, stays.
    """
    fits = [_fit(window, start, end, low, high, reach) for reach in (2, 3, 8)]
    blends = [_judge(window, *fit) for fit in set(fits) if fit is not None]
    return min(blends, key=lambda blend: _cost(window, blend, low, high), default=None)


def _fit(window: Window, start: int, end: int, low: int, high: int, reach: int) -> tuple[int, int, float] | None:
    """Start, end, ramp. Every round takes frames outside the span as clean, at a distance of its length over
    ``reach``."""
    limit = round(LONGEST_SECONDS * window.fps)
    ramp = 0.0
    for step in range(ROUNDS):
        length = end - start
        if start <= low or end >= high or not 1 <= length <= limit:
            return None
        margin = max(2, length // reach) if step < ROUNDS - 2 else 1
        first, last = max(low, start - 1 - margin), min(high - 1, end + margin)
        begin, stop = max(low, first - SETTLED_FRAMES), min(high, last + 1 + SETTLED_FRAMES)
        fitted_start, fitted_end, ramp = fit_share_ramp(_shares(window, first, last, begin, stop))
        start, end = begin + fitted_start, begin + fitted_end
    if start - low < CLEAN_FRAMES or high - end < CLEAN_FRAMES or end <= start:
        return None
    return start, end, ramp


def _cost(window: Window, blend: Blend, low: int, high: int) -> float:
    """Squared distance from mixtures, plus how far the shares run on outside: part of a dissolve is a mixture too,
    but does not stop."""
    begin, stop = max(low, blend.start - SETTLED_FRAMES), min(high, blend.end + SETTLED_FRAMES)
    share = _shares(window, blend.start - 1, blend.end, begin, stop)
    before, after = share[: blend.start - begin], share[blend.end - begin :] - 1.0
    mixture = _mixture_residual(window, blend.start, blend.end)
    return mixture**2 + float(np.square(before).mean() + np.square(after).mean())


def _shares(window: Window, clean_before: int, clean_after: int, low: int, high: int) -> Floats:
    """For frames ``[low, high)``: the projection onto the line between the clean frames, 0 at the first and 1 at the
    second."""
    first, last = window.pixels[clean_before].ravel(), window.pixels[clean_after].ravel()
    axis = last - first
    away = window.pixels[low:high].reshape(high - low, -1) - first
    return cast(Floats, away @ axis / (float(axis @ axis) + 1e-3))


def fit_share_ramp(share: npt.NDArray[np.floating]) -> tuple[int, int, float]:
    """``(K,)`` shares -> first mixed index, first clean index after it, and the explained part of the variation.

    Least squares of a line and of a smooth step from 0 at ``t0`` to 1 at ``t1`` (both clean); ``t1 = t0 + 1`` is a cut.
    """
    count = len(share)
    step = -(-count // COARSE_POINTS)
    t0, t1, shape = np.arange(0, count - 1, step), np.arange(1, count, step), -1
    best = np.inf
    while True:
        best, begin, end, shape = _best_ramp(share, t0, t1, shape)
        if step == 1:
            break
        t0 = np.arange(max(0, begin - step), min(count - 1, begin + step + 1))
        t1 = np.arange(max(1, end - step), min(count, end + step + 1))
        step = 1
    variation = float(np.square(share - share.mean()).sum()) + 1e-6
    return begin + 1, end, float(np.clip(1.0 - best / variation, 0.0, 1.0))


def _best_ramp(
    share: npt.NDArray[np.floating], t0: npt.NDArray[np.int64], t1: npt.NDArray[np.int64], shape: int
) -> tuple[float, int, int, int]:
    begin, end = t0[:, None, None], t1[None, :, None]
    line = np.clip((np.arange(len(share)) - begin) / np.maximum(end - begin, 1), 0.0, 1.0)
    best = (np.inf, 0, 1, 0)
    for tried in (0, 1) if shape < 0 else (shape,):
        model = line if tried == 0 else line * line * (3 - 2 * line)
        error = np.square(share - model).sum(axis=2)
        error[(end <= begin)[:, :, 0]] = np.inf
        row, column = np.unravel_index(int(np.argmin(error)), error.shape)
        if error[row, column] < best[0] * 0.97:
            best = float(error[row, column]), int(t0[row]), int(t1[column]), tried
    return best


def _judge(window: Window, start: int, end: int, ramp: float) -> Blend:
    mixture = _mixture_residual(window, start, end)
    change = structural_change(window, start - 1, end)
    if mixture > WIPE_MIXTURE and WIPE_FRAMES <= end - start <= LONGEST_WIPE_SECONDS * window.fps:
        residual, changes, unclear = _switching(window, start, end)
        if residual < 0.7 * mixture and changes < MOST_CHANGES and unclear < MOST_UNCLEAR:
            return Blend("wipe", start, end, residual, change, ramp)
    return Blend("dissolve", start, end, mixture, change, ramp)


def _mixture_residual(window: Window, start: int, end: int) -> float:
    first, last = window.pixels[start - 1], window.pixels[end]
    axis = last - first
    inside = window.pixels[start:end] - first
    energy = np.square(axis).sum() + 1e-3
    share = (inside * axis).sum(axis=(1, 2)) / energy
    rest = np.square(inside - share[:, None, None] * axis).sum(axis=(1, 2))
    return float(np.sqrt(rest / energy).mean())


def _switching(window: Window, start: int, end: int) -> tuple[float, float, float]:
    """How much the span looks like a wipe: residual, changes per pixel, share of unclear pixels.

    The residual is the pixels' distance from both clean frames over the distance between these. A pixel may lie
    anywhere between the darkest and the brightest of its 3x3 neighbours in a clean frame, so that the shots may move
    a little; where it could be of either, it is unclear. In a wipe each pixel changes over once, in moving pictures
    it goes to and fro.
    """
    rows, columns = window.box
    frames = window.frames[:, rows, columns].astype(np.float32)
    first, last = frames[start - 1], frames[end]
    from_first, from_last = _outside(frames[start:end], first), _outside(frames[start:end], last)
    apart = np.square(last - first).sum(axis=2)
    residual = np.sqrt(np.minimum(from_first, from_last).sum(axis=(1, 2)) / (apart.sum() + 1e-3)).mean()
    differs = apart > 0.5 * apart.mean()
    near = 0.02 * apart[differs]
    unclear = ((from_first[:, differs] < near) & (from_last[:, differs] < near)).mean()
    later = (from_last < from_first)[:, differs]
    changes = np.abs(np.diff(later.astype(np.int8), axis=0)).sum(axis=0) + later[0] + ~later[-1]
    return float(residual), float(changes.mean()), float(unclear)


def _outside(frames: Floats, clean: Floats) -> Floats:
    """``(N, H, W)`` squared distance of pixels from the range of colours around them in ``clean``."""
    kernel = np.ones((3, 3), np.uint8)
    darkest, brightest = cv2.erode(clean, kernel), cv2.dilate(clean, kernel)
    return cast(Floats, np.square(np.maximum(0, np.maximum(darkest - frames, frames - brightest))).sum(axis=3))


def structural_change(window: Window, one: int, other: int) -> float:
    """One minus the correlation of two frames' luma, taken in 4x3 blocks and then at the median: 0 alike, 1 unrelated.

    The median over blocks is deaf to titles and small objects; correlation is deaf to brightness and contrast.
    """
    rows, columns = window.box
    pair = window.frames[[one, other], rows, columns].astype(np.float32) @ LUMA_WEIGHTS
    changes = []
    for band in np.array_split(pair, 3, axis=1):
        for block in np.array_split(band, 4, axis=2):
            flat = block.reshape(2, -1)
            flat = flat - flat.mean(axis=1, keepdims=True)
            scale = float(np.sqrt(np.square(flat[0]).mean() * np.square(flat[1]).mean()))
            changes.append(1.0 - float((flat[0] * flat[1]).mean()) / (scale + 4.0))
    return float(np.median(changes))
