"""From the scores of fragments to those of a clip, each by its own rule."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum

from formats.film_scan import FilmScan, Fragment, PictureBox
from operators.scores.bars import LEAST_AREA
from operators.scores.registry import score_named


def clip_scores(shown: Iterable[tuple[Fragment, int]]) -> dict[str, float]:
    """``shown``: the clip's fragments, each with the number of its frames that the clip shows. What was measured nowhere
    is absent. Raises ``KeyError`` for a score that the registry does not know."""
    values: dict[str, list[tuple[float, int]]] = {}
    for fragment, frames in shown:
        for name, value in fragment.scores.items():
            values.setdefault(name, []).append((value, frames))
    return {name: _by_rule(name, values[name]) for name in sorted(values)}


def clip_picture(scan: FilmScan, shown: Iterable[tuple[Fragment, int]]) -> PictureBox:
    """The box that holds the pictures of all fragments of a clip. For one that was never looked at, or was black, the box
    of the whole film stands. What is too small to be a picture between bars gives the whole frame."""
    own = [fragment.picture for fragment, _ in shown]
    known = [box for box in own if box is not None]
    if len(known) < len(own) or not own:
        known += [fragment.picture for fragment in scan.fragments if fragment.picture is not None]
    width, height = scan.probe.width, scan.probe.height
    edges = tuple(zip(*known, strict=True)) or ((0,), (0,), (0,), (0,))
    left, top, right, bottom = min(edges[0]), min(edges[1]), max(edges[2]), max(edges[3])
    too_small = (right - left) * (bottom - top) < LEAST_AREA * width * height
    return (0, 0, width, height) if too_small else (left, top, right, bottom)


def _by_rule(name: str, values: list[tuple[float, int]]) -> float:
    rule = score_named(name).rule
    if rule == "max":
        return max(value for value, _ in values)
    if rule == "min":
        return min(value for value, _ in values)
    return fsum(value * frames for value, frames in values) / sum(frames for _, frames in values)
