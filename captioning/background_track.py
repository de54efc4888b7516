"""The background of a shot followed from look to look: how the camera moved, whatever moves in front of it.

Corners are found in one picture, the anchor, and looked for in each that follows, not only in the next one (pyramidal
Lucas-Kanade). So errors do not add up while the camera is still or slow, a point that stands still is told from one that
creeps, and every point has a history: those that went with the background so far have more say. When the view has moved on, the
anchor is changed, and new corners inherit the history of old ones near them. What the points agree on is found in
``operators/similarity.py``.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from captioning.background_corners import Corners, find_corners, picture_noise
from operators.picture_motion import Grey, evened_luma
from operators.similarity import STILL, Agreement, Points, Similarity, about_centre, agreed_similarity

_FEWEST = 8
_TOLERANCE = 0.45
_TOLERANCE_PER_PIXEL = 0.03
_RIM_VOTE = 3.0
_STILL_BONUS = 1.35
_LARGEST_ERROR = 14.0
_LEAST_AGREEMENT = 0.28
_LEAST_SPREAD = 0.1
_HISTORY = 0.75
_HISTORY_VOTE = 4.0
_UNKNOWN_HISTORY = 0.5
_INHERIT_WITHIN = 14.0
_NOISY_FROM = 6.0
_BLUR = 1.0
_FAR = 0.07
_TURNED = 0.06
_LEAST_KEPT = 0.6
_MOST_LOOKS = 24


@dataclass(frozen=True)
class BackgroundMotion:
    """How the *picture's* background moved from one look to the next (the camera moved the other way).

    ``right`` and ``down`` as fractions of the frame's width; ``zoom`` the logarithm of the magnification (positive: things
    grow); ``clockwise`` in radians as seen on the screen; ``agreement``: the share of votes that follow it; ``error``:
    standard error of the place, in frame widths, as the scatter of the followers says.
    """

    right: float
    down: float
    zoom: float
    clockwise: float
    agreement: float = 1.0
    error: float = 0.0


@dataclass
class _Anchor:
    """``places``: where the corners are by now; ``history``: how steadily each went with the background, 0 to 1;
    ``model``: from the anchor to the last look."""

    picture: Grey
    corners: Corners
    start: Points
    places: NDArray[np.float32]
    history: NDArray[np.float64]
    noisy: bool
    model: Similarity = STILL
    looks: int = 0


class BackgroundTracker:
    """Fed the looks at one shot, in order. Holds two pictures."""

    def __init__(self) -> None:
        self._anchor: _Anchor | None = None

    def cut(self) -> None:
        """What comes next is another shot: no motion is measured over the border."""
        self._anchor = None

    def see(self, luma: Grey) -> BackgroundMotion | None:
        """Motion since the look before, both ``(H, W) uint8`` luma.

        None for the first of a shot, and where too little agrees for anything to be said (flat, noise, a flash).
        """
        grey = evened_luma(luma)
        anchor = self._anchor
        motion = None
        if anchor is not None and anchor.picture.shape == grey.shape:
            motion = self._followed(anchor, grey, luma)
        if motion is None:
            self._anchor = _anchored(grey, luma)
        return motion

    def _followed(self, anchor: _Anchor, grey: Grey, luma: Grey) -> BackgroundMotion | None:
        moved, kept = _tracked(anchor, _blurred(grey) if anchor.noisy else grey)
        if int(kept.sum()) < _FEWEST:
            return None
        height, width = grey.shape
        start, end = anchor.start[kept], about_centre(moved[kept], width, height)
        found = _agreed(anchor, kept, end, (width, height))
        if not _convinces(start, found, width, height):
            return None
        (a, b), (last_a, last_b) = found.model, anchor.model
        turn = a / last_a
        shift = b - turn * last_b
        anchor.model = found.model
        anchor.places[kept] = moved[kept]
        anchor.history[kept] = _HISTORY * anchor.history[kept] + (1 - _HISTORY) * found.followers
        anchor.history[~kept] *= _HISTORY
        anchor.looks += 1
        if _is_left_behind(anchor, kept, width):
            self._anchor = _anchored(grey, luma, (end, anchor.history[kept]))
        return BackgroundMotion(
            shift.real / width,
            shift.imag / width,
            math.log(abs(turn)),
            cmath.phase(turn),
            found.share,
            _standard_error(found) / width,
        )


def _anchored(grey: Grey, luma: Grey, known: tuple[Points, NDArray[np.float64]] | None = None) -> _Anchor:
    """``known``: places of points that were followed until now, and their history."""
    noise = picture_noise(grey)
    noisy = noise >= _NOISY_FROM
    picture = _blurred(grey) if noisy else grey
    corners = find_corners(picture, luma, noise)
    start = about_centre(corners.at, grey.shape[1], grey.shape[0])
    history = np.full(len(start), _UNKNOWN_HISTORY)
    if known is not None and len(start) and len(known[0]):
        apart = np.abs(start[:, None] - known[0][None, :])
        nearest = apart.argmin(axis=1)
        near = apart[np.arange(len(start)), nearest] < _INHERIT_WITHIN
        history = np.where(near, known[1][nearest], _UNKNOWN_HISTORY)
    return _Anchor(picture, corners, start, corners.at.copy(), history, noisy)


def _blurred(grey: Grey) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), _BLUR))


def _tracked(anchor: _Anchor, grey: Grey) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where each corner is now, and whether it was found."""
    if len(anchor.start) < _FEWEST:
        return anchor.places, np.zeros(len(anchor.start), dtype=bool)
    moved, found, error = cv2.calcOpticalFlowPyrLK(
        anchor.picture,
        grey,
        anchor.corners.at,
        anchor.places.copy(),
        winSize=(11, 11),
        maxLevel=3,
        criteria=(3, 12, 0.02),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
        minEigThreshold=1e-4,
    )
    return np.asarray(moved), (found[:, 0] == 1) & (error[:, 0] < _LARGEST_ERROR)


def _agreed(anchor: _Anchor, kept: NDArray[np.bool_], end: Points, size: tuple[int, int]) -> Agreement:
    """A subject stands in the middle more often than at the rim, so the rim has the larger vote."""
    start = anchor.start[kept]
    rim = np.maximum(np.abs(start.real) / (size[0] / 2), np.abs(start.imag) / (size[1] / 2)) > 2 / 3
    steady = 1.0 + _HISTORY_VOTE * anchor.history[kept]
    votes = anchor.corners.worth[kept] * np.where(rim, _RIM_VOTE, 1.0) * steady
    tolerance = _TOLERANCE + _TOLERANCE_PER_PIXEL * float(np.median(np.abs(end - start)))
    return agreed_similarity(start, end, votes, anchor.model, tolerance, _STILL_BONUS)


def _convinces(start: Points, found: Agreement, width: int, height: int) -> bool:
    """Enough points follow, and they are not all on one small thing in the frame."""
    if int(found.followers.sum()) < _FEWEST or found.share < _LEAST_AGREEMENT:
        return False
    following = start[found.followers]
    return max(float(np.std(following.real)) / width, float(np.std(following.imag)) / height) > _LEAST_SPREAD


def _is_left_behind(anchor: _Anchor, kept: NDArray[np.bool_], width: int) -> bool:
    a, b = anchor.model
    return (
        abs(b) > _FAR * width
        or abs(cmath.log(a)) > _TURNED
        or float(kept.mean()) < _LEAST_KEPT
        or anchor.looks >= _MOST_LOOKS
    )


def _standard_error(found: Agreement) -> float:
    """Of the shift on one axis, in pixels."""
    off = found.off[found.followers]
    return math.sqrt(float((off**2).mean()) / 2 / len(off))
