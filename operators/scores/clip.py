"""From the scores of fragments to those of a clip, each by its own rule."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum

from formats.film_scan import FilmScan, Fragment, PictureBox
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
    of the whole film stands."""
    own = [fragment.picture for fragment, _ in shown]
    known = [box for box in own if box is not None]
    if len(known) < len(own) or not own:
        known += [fragment.picture for fragment in scan.fragments if fragment.picture is not None]
    if not known:
        return (0, 0, scan.probe.width, scan.probe.height)
    return (
        min(box[0] for box in known),
        min(box[1] for box in known),
        max(box[2] for box in known),
        max(box[3] for box in known),
    )


def _by_rule(name: str, values: list[tuple[float, int]]) -> float:
    rule = score_named(name).rule
    if rule == "max":
        return max(value for value, _ in values)
    if rule == "min":
        return min(value for value, _ in values)
    return fsum(value * frames for value, frames in values) / sum(frames for _, frames in values)
