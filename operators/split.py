"""Split: typed transitions as half-open ranges of their own frames, over-detected with confidences; thresholds come
later.

Hard cuts come from the difference of neighbouring frames (``cuts.py``), fades from their hold of black or white
(``fades.py``), dissolves and wipes from the runs of frames that the gradual network marks (``gradual_network.py``),
which lengthens fades too. What may be a cut, dissolve or wipe gets a second look (``candidate_network.py``). Between
transitions that overlap the more confident one stays, and a credible gradual one wins over a cut inside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from formats.film_scan import FilmScan, FoundTransition
from operators.candidate_network import looked_at, span_opinion
from operators.cut_evidence import CutEvidence, cut_evidence
from operators.cuts import cut_confidence, find_cuts, picture_likelihood
from operators.fade_range import fade_range, overlap, widest_range
from operators.fades import BLACK_LUMA, Hold, find_holds
from operators.gradual_network import GradualAnswers, gradual_answers
from operators.gradual_spans import Span, gradual_spans, span_over, structural_change
from operators.second_look import Scenery
from operators.transition_window import Floats, Window

FLOOR = 0.05
CREDIBLE = 0.5
FEWEST_FRAMES = 3
LEAST_CHANGE = 0.5
LEAST_CERTAIN = {"dissolve": 2.0, "fade": 0.8}
LIKE_A_WIPE = 3.0
"""Log-odds off a wipe's second opinion: things that pass close to the lens look like one."""
FLASH = 0.3
BRIGHTER, SUDDEN = 15.0, 0.5


class SplitSettings(BaseModel):
    """The confidence that a found transition needs to be one, per kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cut: float = Field(0.5, ge=0, le=1, description="least confidence of a hard cut")
    dissolve: float = Field(0.5, ge=0, le=1, description="least confidence of a dissolve")
    fade: float = Field(0.5, ge=0, le=1, description="least confidence of a fade through black or white")
    wipe: float = Field(0.5, ge=0, le=1, description="least confidence of a wipe")


def accepted_transitions(scan: FilmScan, settings: SplitSettings) -> tuple[FoundTransition, ...]:
    """The transitions of a scan that reach their kind's threshold, in order and without overlap. Reads no pixel."""
    least = {"cut": settings.cut, "dissolve": settings.dissolve, "fade": settings.fade, "wipe": settings.wipe}
    return disjoint(found for found in scan.transitions if found.confidence >= least[found.kind])


def disjoint(found: Iterable[FoundTransition]) -> tuple[FoundTransition, ...]:
    """Keeps the best of those that overlap or touch, and puts them in order."""
    kept: list[FoundTransition] = []
    for transition in sorted(found, key=_rank):
        if not any(_touch(transition, other) for other in kept):
            kept.append(transition)
    return tuple(sorted(kept, key=lambda transition: transition.frames))


def _rank(transition: FoundTransition) -> tuple[bool, float, tuple[int, int]]:
    credible_gradual = transition.kind != "cut" and transition.confidence >= CREDIBLE
    return not credible_gradual, -transition.confidence, transition.frames


def _touch(one: FoundTransition, other: FoundTransition) -> bool:
    return one.frames[0] <= other.frames[1] and other.frames[0] <= one.frames[1]


@dataclass(frozen=True)
class PictureEvidence:
    """What pictures alone say of a window, before TransNetV2 is asked."""

    cut: CutEvidence
    gradual: GradualAnswers
    likelihood: Floats
    scenery: Scenery


def picture_evidence(window: Window) -> PictureEvidence:
    """Of a window of at least ``FEWEST_FRAMES``."""
    evidence = cut_evidence(window)
    answers = gradual_answers(window, evidence)
    scenery = Scenery(window)
    likelihood = looked_at(picture_likelihood(evidence, answers), scenery, evidence, answers)
    return PictureEvidence(evidence, answers, likelihood, scenery)


def find_transitions(window: Window, seen: PictureEvidence | None = None) -> tuple[FoundTransition, ...]:
    """Everything in the window that may be a transition, disjoint and in order, frame numbers counted from the
    window's start. ``seen``: ``picture_evidence(window)``, where it is known already.

    A hold that touches the window's end or start is reported as a fade up to there.
    """
    if len(window) < FEWEST_FRAMES:
        return ()
    seen = seen or picture_evidence(window)
    evidence, answers = seen.cut, seen.gradual
    confidence = cut_confidence(window, seen.likelihood)
    cuts = find_cuts(seen.likelihood, confidence, FLOOR)
    strong = [cut for cut in cuts if confidence[cut] >= CREDIBLE]
    spans = gradual_spans(answers)
    fades = [_fade(window, seen, hold, spans) for hold in find_holds(window, strong)]
    lit = [fade.frames for fade in fades if _is_flash(window, seen, *fade.frames)]
    others = [cut for cut in cuts if not any(start <= cut <= end for start, end in lit)]
    found = [_cut(window, evidence, answers, confidence, cut) for cut in others] + fades
    for span in spans:
        held = [fade for fade in fades if overlap((span.start, span.end), fade.frames)]
        if not any(fade.confidence >= CREDIBLE or span.kind == "fade" for fade in held):
            found += _gradual(window, seen, span)
    return join_near(disjoint(found))


def join_near(found: Sequence[FoundTransition]) -> tuple[FoundTransition, ...]:
    """Makes one of credible transitions with fewer than three frames between them, if any is a fade: no shot fits
    there."""
    joined: list[FoundTransition] = []
    for transition in found:
        last = joined[-1] if joined else None
        if last is not None and _belong_together(last, transition):
            joined[-1] = _union(last, transition)
        else:
            joined.append(transition)
    return tuple(joined)


def _belong_together(one: FoundTransition, other: FoundTransition) -> bool:
    near = other.frames[0] - one.frames[1] < FEWEST_FRAMES
    credible = min(one.confidence, other.confidence) >= CREDIBLE
    return near and credible and "fade" in (one.kind, other.kind)


def _union(one: FoundTransition, other: FoundTransition) -> FoundTransition:
    longer = max((one, other), key=lambda transition: transition.frames[1] - transition.frames[0])
    frames = one.frames[0], max(one.frames[1], other.frames[1])
    return longer.model_copy(update={"frames": frames, "confidence": max(one.confidence, other.confidence)})


def _cut(
    window: Window, evidence: CutEvidence, answers: GradualAnswers, confidence: Floats, at: int
) -> FoundTransition:
    measured = {
        "difference": evidence.difference[at],
        "ratio": evidence.ratio[at],
        "change": evidence.change[at],
        "histogram": evidence.histogram[at],
        "cut": answers.cut[at],
    }
    return _found("cut", at, at, float(confidence[at]), measured | _heads(window, at, at))


def _fade(window: Window, seen: PictureEvidence, hold: Hold, spans: Sequence[Span]) -> FoundTransition:
    """A hold of black needs no second opinion; one of any other colour may be a flash, or something that fills the picture and
    goes by."""
    start, end = fade_range(hold, spans)
    ramps = hold.start - start + end - hold.end
    sure = 0.9 if ramps == 0 else 0.6 + 0.4 * hold.fit
    if window.mean[hold.start : hold.end].mean() >= BLACK_LUMA:
        sure = min(sure, *(_held_chance(window, seen, frames) for frames in {(start, end), widest_range(hold, spans)}))
    if _is_flash(window, seen, start, end):
        sure *= FLASH
    mean = float(seen.gradual.gradual[start:end].mean())
    measured = {"hold": hold.end - hold.start, "ramps": ramps, "fit": hold.fit, "mean": mean}
    return _found("fade", start, end, sure, measured | _heads(window, start, end))


def _held_chance(window: Window, seen: PictureEvidence, frames: tuple[int, int]) -> float:
    """Of what touches the window's ends only the first look is known: a plain picture that stays is no fade."""
    if frames[0] == 0 or frames[1] >= len(window):
        mean = float(seen.gradual.gradual[slice(*frames)].mean())
        return mean if mean < CREDIBLE else 1.0
    return _chance(span_opinion(seen.scenery, seen.cut, seen.gradual, span_over(seen.gradual, *frames)))


def held_spans(window: Window, likelihood: Floats, answers: GradualAnswers, spans: Sequence[Span]) -> Iterator[Span]:
    """What may be fades, as spans, to learn from; ``likelihood``: a cut's log-odds at each boundary."""
    confidence = cut_confidence(window, likelihood)
    for hold in find_holds(window, find_cuts(likelihood, confidence, CREDIBLE)):
        yield span_over(answers, *fade_range(hold, spans))


def _chance(likely: float) -> float:
    return 1 / (1 + math.exp(-max(-20.0, min(20.0, likely))))


def _gradual(window: Window, seen: PictureEvidence, span: Span) -> list[FoundTransition]:
    """A wipe is as likely as it seems at a second look; anything else as the less convinced says of that and a logistic
    sum, whose weights are set by hand. At the window's ends only fades are credible, and nothing clean lies beyond for a
    second look.
    """
    count = len(window)
    start = 0 if span.start < FEWEST_FRAMES else span.start
    end = count if span.end > count - FEWEST_FRAMES else span.end
    inside = start > 0 and end < count
    if not inside and span.kind != "fade":
        return []
    change = structural_change(window, start - 1, end) if inside else 1.0
    likely = _likely(seen, span, change) if inside else _first_sight(span, change)
    confidence = _chance(likely)
    confidence *= FLASH if inside and span.kind == "fade" and _is_flash(window, seen, start, end) else 1.0
    measured = {"median": span.median, "peak": span.peak, "change": change, **_heads(window, start, end)}
    return [_found(span.kind, start, end, confidence, measured)]


def _likely(seen: PictureEvidence, span: Span, change: float) -> float:
    second = span_opinion(seen.scenery, seen.cut, seen.gradual, span)
    return second - LIKE_A_WIPE if span.kind == "wipe" else min(second, _first_sight(span, change))


def _first_sight(span: Span, change: float) -> float:
    certain = math.log((span.median + 0.01) / (1.01 - span.median))
    return 2.0 * (certain - LEAST_CERTAIN[span.kind]) + 14.0 * min(0.0, change - LEAST_CHANGE)


def _is_flash(window: Window, seen: PictureEvidence, start: int, end: int) -> bool:
    """Suddenly brighter than the frames on either side, and the same scene goes on."""
    if start == 0 or end >= len(window):
        return False
    light = window.mean[start - 1 : end + 1]
    rise = light.max() - max(light[0], light[-1])
    sudden = np.diff(light).max() >= SUDDEN * rise
    return bool(rise > BRIGHTER and sudden) and seen.scenery.returns(start - 1, end)


def _heads(window: Window, start: int, end: int) -> dict[str, float]:
    """What TransNetV2 says inside, if it was asked: the most of its single-frame head, nearly the most of its all-frames
    head."""
    inside = slice(max(0, start - 1), end + 1)
    single, many = (head[inside][~np.isnan(head[inside])] for head in (window.single, window.many))
    return {"single": float(single.max()), "many": float(np.quantile(many, 0.8))} if len(single) else {}


def _found(kind: str, start: int, end: int, confidence: float, evidence: dict[str, float]) -> FoundTransition:
    rounded = {name: round(float(value), 4) for name, value in evidence.items()}
    return FoundTransition(
        kind=kind,
        frames=(start, end),
        confidence=round(min(max(confidence, 0.0), 1.0), 4),
        evidence=rounded,
    )
