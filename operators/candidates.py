"""From placed shots to candidates: their key, their plan, their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from formats.clip_plan import ClipPlan, PlannedJoin, PlannedShot
from formats.exact_time import FrameRange
from formats.film_scan import FilmScan, Fragment
from formats.selection import LinkRow
from operators.border_features import BorderFeatures
from operators.film_clock import FilmClock
from operators.picture_sizes import size_at
from operators.scene_division import Part
from operators.scores.clip import clip_picture, clip_scores


def candidate_key(sha256: str, stream: int, frames: FrameRange) -> str:
    """``<sha256[:16]>-<stream>-<start>-<end>``: source frames from the first shot's start to the last shot's end."""
    return f"{sha256[:16]}-{stream}-{frames[0]}-{frames[1]}"


def span_of(parts: Sequence[Part]) -> FrameRange:
    """From the first part's first frame to the last part's end, joins included."""
    return parts[0].frames[0], parts[-1].frames[1]


def plan_of(
    parts: Sequence[Part], links: Mapping[int, LinkRow], scan: FilmScan, clock: FilmClock, features: BorderFeatures
) -> ClipPlan:
    """The plan of a clip over ``parts``, which are at least one, in film order, of different, linked shots.

    ``links``: by the number of the shot before. A join's frames are all that is left out between two parts, margins
    included.
    """
    width, height = size_at(scan, parts[0].frames[0])
    as_probed = (width, height) == (scan.probe.width, scan.probe.height)
    shots = tuple(PlannedShot(source_frames=part.frames, source_pts=clock.pts_span(part.frames)) for part in parts)
    joins = tuple(_join(at, one, other, links[one.shot]) for at, (one, other) in enumerate(pairwise(parts)))
    return ClipPlan(
        key=candidate_key(scan.sha256, scan.probe.stream, span_of(parts)),
        source_sha256=scan.sha256,
        stream=scan.probe.stream,
        time_base=scan.probe.time_base,
        fps=scan.timing.fps,
        vfr=scan.timing.vfr,
        width=width,
        height=height,
        shots=shots,
        joins=joins,
        picture=clip_picture(scan, _shown(parts, features)) if as_probed else (0, 0, width, height),
    )


def _join(after_shot: int, one: Part, other: Part, link: LinkRow) -> PlannedJoin:
    if link.transition is None:
        raise ValueError(f"no transition lies between shots {one.shot} and {other.shot}")
    return PlannedJoin(
        after_shot=after_shot,
        kind=link.transition.kind,
        source_frames=(one.frames[1], other.frames[0]),
        confidence=link.transition.confidence,
    )


def scores_of(parts: Sequence[Part], features: BorderFeatures) -> dict[str, float]:
    """Each score over the clip's frames, by its own rule; what was measured nowhere is absent."""
    return clip_scores(_shown(parts, features))


def _shown(parts: Sequence[Part], features: BorderFeatures) -> list[tuple[Fragment, int]]:
    """The fragments that a clip shows, each with the number of frames."""
    return [shown for part in parts for shown in features.overlapping(part.frames)]
