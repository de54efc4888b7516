"""What select writes: for every transition, border, shot and candidate of a film what was decided, and why."""

from __future__ import annotations

from typing import Literal

from formats.clip_plan import ClipPlan
from formats.exact_time import FrameRange
from formats.film_scan import FoundTransition, Record
from formats.ledger import Verdict

SplitName = Literal["train", "validation", "test"]


class TransitionRow(Record):
    """An accepted transition: kept, or dropped as ``false_cut``. ``similarity`` compares the pictures on its two sides;
    it is absent where it was not needed (a confident transition) or could not be measured."""

    transition: FoundTransition
    similarity: float | None
    verdict: Verdict


class LinkRow(Record):
    """The border between shot ``after_shot`` and the next: kept if both belong to one scene.

    ``frames`` are all frames left out between the two, margins included. ``transition`` is absent where only damaged
    or pictureless frames lie between. ``returned``: how alike the shots around one of the two are, where that linked them
    or would have (A-B-A). Reasons: ``corrupt``, ``edge``, ``shot_dropped``, ``no_features``, ``too_unlike``, ``too_alike``.
    """

    after_shot: int
    frames: FrameRange
    transition: FoundTransition | None
    similarity: float | None
    returned: float | None = None
    verdict: Verdict


class ShotRow(Record):
    """A shot, or one part of a shot that stitching divided. Kept means: part of the candidate named in ``candidate``.

    ``shot`` numbers the film's shots from 0; parts of one shot share it. ``run`` is the shot between its transitions
    before margins were taken off; ``frames`` is this part of what was left (empty if nothing was). Reasons:
    ``too_short``, ``corrupt``, ``over_long``, ``shots_min``, ``duration_min``, ``duration_max``.
    """

    shot: int
    run: FrameRange
    frames: FrameRange
    candidate: str
    verdict: Verdict


class CandidateRow(Record):
    """Consecutive shots of one scene. ``similarities`` has one value per join; ``scores`` are means over the clip's
    frames; a score that was not measured is absent. ``hashes`` has 48 hex digits per shot, or nothing where a shot has no structure
    to tell it by. What becomes of it is decided over the whole corpus."""

    plan: ClipPlan
    similarities: tuple[float, ...]
    scores: dict[str, float]
    hashes: tuple[str, ...]


class FilmSelection(Record):
    """One film's decisions. Rows are in film order; every shot part is in exactly one row."""

    schema_version: Literal["shotloom.film-selection/1"] = "shotloom.film-selection/1"
    sha256: str
    transitions: tuple[TransitionRow, ...]
    links: tuple[LinkRow, ...]
    shots: tuple[ShotRow, ...]
    candidates: tuple[CandidateRow, ...]


class TopCutOff(Record):
    """Where a top share ended: candidates with a greater ``value``, or the same value and a key up to ``key``, are in.

    ``considered`` and ``kept`` are the counts at the time of the cut; a frozen cut-off keeps them as they were.
    """

    score: str
    share: float
    value: float
    key: str
    considered: int
    kept: int


class QuantileBar(Record):
    """Values that stood at the quantiles asked for, over ``considered`` candidates; a side not asked for is absent."""

    name: str
    min: float | None
    max: float | None
    considered: int


class BalanceCap(Record):
    """How many clips each value of ``tag`` may have."""

    tag: str
    cap: int


class CorpusBars(Record):
    """Everything that was read off the corpus as a whole. Kept, it judges films added later by the same measure."""

    quantiles: tuple[QuantileBar, ...] = ()
    balance: tuple[BalanceCap, ...] = ()
    top: TopCutOff | None = None
