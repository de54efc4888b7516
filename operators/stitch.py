"""Which fragments are one shot, and which neighbouring shots are one scene.

The published recipe (Cine250K, arXiv 2508.11484): split with PySceneDetect, compare adjacent fragments by ImageBind
features, re-stitch by "predefined rules" into candidates that contain transitions. The rules and thresholds are not
published. The nearest published rule is Panda-70M's splitter: ContentDetector at 25, features near both ends of each
fragment, neighbours merged if the distance of their features is at most 0.6. It aims at the opposite (one event
without cuts), so we use its rule for the first step only. Our reading:

1. *Undo false cuts.* A detector that misses nothing also finds cuts that are none (flashes, whip pans). A border is
   undone if it is a low-confidence one **and** the pictures on its two sides are alike. A confident transition is
   never undone: two takes of one set-up look alike, and the jump between them is real. Hard cuts only by default:
   undoing a dissolve would put its frames back. Each border is decided alone, on the two frames next to it, so the
   order does not matter.
2. *Link different shots of one scene.* Neighbouring shots belong together if their border pictures are alike within a
   band: above it they are hardly different shots (a jump cut, a flash, a still), below it another scene begins. Both
   ends count as inside.
3. *Link what returns*: A-B-A, in ``operators/shot_returns.py``.

Damaged frames, the film's edges and dropped shots break a scene: a clip never jumps over what was not understood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import isnan

from formats.exact_time import FrameRange
from formats.film_scan import FilmScan, FoundTransition
from formats.ledger import KEPT, Verdict, dropped
from formats.selection import LinkRow, ShotRow, TransitionRow
from operators.border_features import BorderFeatures
from operators.embedders.stitch_limits import stitch_limits
from operators.gaps import Gap
from operators.stitch_settings import BandSettings, RejoinSettings

Similarity = Callable[[tuple[int, ...], tuple[int, ...]], float]
"""Likeness of two stored embeddings; 1 for equal ones, less the more they differ."""


def undo_false_cuts(
    scan: FilmScan, accepted: Iterable[FoundTransition], similarity: Similarity, settings: RejoinSettings
) -> tuple[TransitionRow, ...]:
    """One row per accepted transition, in film order: kept, or dropped as ``false_cut`` (value and limit: the
    similarity)."""
    features = BorderFeatures.of_film(scan)
    in_order = sorted(accepted, key=lambda found: (found.frames, found.kind, found.confidence))
    return tuple(_undo(found, scan, features, similarity, settings) for found in in_order)


def _undo(
    found: FoundTransition, scan: FilmScan, features: BorderFeatures, similarity: Similarity, settings: RejoinSettings
) -> TransitionRow:
    doubtful = found.confidence < settings.confidence and found.kind in settings.kinds
    if not doubtful or _beside(found.frames, (*scan.edges, *scan.corrupt)):
        return TransitionRow(transition=found, similarity=None, verdict=KEPT)
    before, after = features.ending_at(found.frames[0]), features.starting_at(found.frames[1])
    alike = likeness_of(before, after, similarity)
    least = stitch_limits(scan.embedder).rejoin if settings.similarity is None else settings.similarity
    if alike is None or alike < least:
        return TransitionRow(transition=found, similarity=alike, verdict=KEPT)
    detail = f"confidence {found.confidence:g} is below {settings.confidence:g} and its two sides are alike"
    return TransitionRow(transition=found, similarity=alike, verdict=dropped("false_cut", alike, least, detail))


def _beside(frames: FrameRange, pictureless: Iterable[FrameRange]) -> bool:
    return any(start <= frames[1] and frames[0] <= end for start, end in pictureless)


def link_shots(
    scan: FilmScan, shots: Sequence[ShotRow], gaps: Iterable[Gap], similarity: Similarity, band: BandSettings
) -> tuple[LinkRow, ...]:
    """One row per pair of neighbouring shots, in film order. ``shots`` and ``gaps`` are those of
    ``operators/shots.py``."""
    features = BorderFeatures.of_film(scan)
    gap_after, limits = {gap.frames[0]: gap for gap in gaps}, band.of(scan.embedder)
    rows = []
    for one, other in pairwise(shots):
        gap = gap_after[one.run[1]]
        alike = likeness_of(features.last_within(one.run), features.first_within(other.run), similarity)
        unbroken = one.verdict.outcome == "kept" and other.verdict.outcome == "kept"
        rows.append(
            LinkRow(
                after_shot=one.shot,
                frames=(one.frames[1], max(one.frames[1], other.frames[0])),
                transition=gap.transition,
                similarity=alike,
                verdict=_link_verdict(gap, unbroken, alike, limits),
            )
        )
    return tuple(rows)


def _link_verdict(gap: Gap, unbroken: bool, alike: float | None, band: tuple[float, float]) -> Verdict:
    if gap.corrupt:
        return dropped("corrupt", detail="damaged frames lie between the two shots")
    if gap.edge:
        return dropped("edge", detail="frames without a picture lie between the two shots")
    if gap.resized:
        return dropped("resized", detail="the pictures of the two shots differ in size")
    if not unbroken:
        return dropped("shot_dropped", detail="one of the two shots was dropped")
    if alike is None:
        return dropped("no_features", detail="scan has no features of the two shots")
    least, greatest = band
    if alike < least:
        return dropped("too_unlike", alike, least, "less alike than stitch.band.min: another scene")
    if alike > greatest:
        return dropped("too_alike", alike, greatest, "more alike than stitch.band.max: not a different shot")
    return KEPT


def likeness_of(one: tuple[int, ...], other: tuple[int, ...], similarity: Similarity) -> float | None:
    """None where one of the two was not described, or cannot be compared."""
    if not one or not other:
        return None
    alike = similarity(one, other)
    return None if isnan(alike) else alike
