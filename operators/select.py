"""Select: from one film's scan to its candidates, and from all films' candidates to what becomes a clip. No pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from formats.film_scan import FilmScan, FoundTransition
from formats.ledger import KEPT, Verdict
from formats.selection import CandidateRow, CorpusSelection, FilmSelection, LinkRow, ShotRow, TopCutOff
from operators.border_features import BorderFeatures
from operators.candidates import candidate_key, plan_of, scores_of, span_of
from operators.defade import DefadeSettings
from operators.film_clock import FilmClock
from operators.filter import FilterSettings, TopShare, judge
from operators.scene_division import Part, Placement, divide_scene
from operators.shots import ShotSettings, gaps_for_shots, shots_of_film
from operators.stitch import Similarity, StitchSettings, link_shots, undo_false_cuts
from operators.top_share import above_cut_off, find_cut_off


class SelectSettings(BaseModel):
    """The sections of the config that select reads, besides ``split``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shots: ShotSettings = ShotSettings()
    defade: DefadeSettings = DefadeSettings()
    stitch: StitchSettings = StitchSettings()
    filter: FilterSettings = FilterSettings()


def select_film(
    scan: FilmScan,
    accepted: Iterable[FoundTransition],
    pts: NDArray[np.int64],
    similarity: Similarity,
    settings: SelectSettings,
) -> FilmSelection:
    """One film's candidates, judged by everything but the top share.

    ``accepted``: the transitions at the chosen thresholds, in any order. ``pts``: ``(frames,)`` int64, presentation
    order. Raises ``ValueError`` if ``pts`` does not fit the scan.
    """
    clock = FilmClock.of_film(scan, pts)
    transitions = undo_false_cuts(scan, accepted, similarity, settings.stitch.rejoin)
    true = [row.transition for row in transitions if row.verdict.outcome == "kept"]
    shots = shots_of_film(scan, true, settings.defade, settings.shots)
    gaps = gaps_for_shots(scan, true, settings.shots)
    links = link_shots(scan, shots, gaps, similarity, settings.stitch.band)
    placements = [
        placement
        for scene in scenes_of(shots, links)
        for placement in divide_scene(scene, clock, settings.filter, settings.shots.min_frames)
    ]
    rows = [row for row in shots if row.verdict.outcome != "kept"]
    rows += [row for placement in placements for row in _shot_rows(placement, shots, scan)]
    groups = [placement.parts for placement in placements if placement.verdict.outcome == "kept"]
    return FilmSelection(
        sha256=scan.sha256,
        transitions=transitions,
        links=links,
        shots=tuple(sorted(rows, key=lambda row: (row.shot, row.frames))),
        candidates=_candidates(groups, links, scan, clock, settings.filter),
    )


def _candidates(
    groups: Iterable[tuple[Part, ...]],
    links: Iterable[LinkRow],
    scan: FilmScan,
    clock: FilmClock,
    settings: FilterSettings,
) -> tuple[CandidateRow, ...]:
    features, link_after = BorderFeatures.of_film(scan), {link.after_shot: link for link in links}
    rows = []
    for parts in groups:
        measured = [link_after[part.shot].similarity for part in parts[:-1]]
        row = CandidateRow(
            plan=plan_of(parts, link_after, scan, clock, features),
            similarities=tuple(value for value in measured if value is not None),
            scores=scores_of(parts, features),
            verdict=KEPT,
        )
        rows.append(_judged(row, judge(row, settings)))
    return tuple(rows)


def scenes_of(shots: Sequence[ShotRow], links: Sequence[LinkRow]) -> tuple[tuple[Part, ...], ...]:
    """Runs of kept shots that are linked one to the next, as long as they go."""
    linked = {link.after_shot for link in links if link.verdict.outcome == "kept"}
    scenes: list[list[Part]] = []
    for row in shots:
        if row.verdict.outcome != "kept":
            continue
        if row.shot - 1 not in linked:
            scenes.append([])
        scenes[-1].append(Part(row.shot, row.frames))
    return tuple(tuple(scene) for scene in scenes)


def _shot_rows(placement: Placement, shots: Sequence[ShotRow], scan: FilmScan) -> list[ShotRow]:
    key = ""
    if placement.verdict.outcome == "kept":
        key = candidate_key(scan.sha256, scan.probe.stream, span_of(placement.parts))
    return [
        ShotRow(shot=part.shot, run=shots[part.shot].run, frames=part.frames, candidate=key, verdict=placement.verdict)
        for part in placement.parts
    ]


def select_corpus(
    films: Iterable[FilmSelection], settings: FilterSettings, frozen: TopCutOff | None = None
) -> CorpusSelection:
    """Final verdicts over the whole corpus, whatever the order of ``films``.

    Every candidate is judged again, so score limits and shares can change without another ``select_film``; how scenes
    are divided depends on duration and shot count, so those cannot. ``frozen``: a cut-off of an earlier run; films
    added since then change nothing for the others. Raises ``ValueError`` if a film comes twice, or if ``frozen`` is
    not for the score and share of ``settings.top``.
    """
    in_order = sorted(films, key=lambda film: film.sha256)
    for one, other in pairwise(in_order):
        if one.sha256 == other.sha256:
            raise ValueError(f"the film {one.sha256} was given twice")
    judged = [_with_verdicts(film, lambda row: judge(row, settings)) for film in in_order]
    passed = [row for film in judged for row in film.candidates if row.verdict.outcome == "kept"]
    cut_off = _cut_off(passed, settings.top, frozen)
    if cut_off is not None:
        judged = [_with_verdicts(film, lambda row: _final(row, cut_off)) for film in judged]
    return CorpusSelection(films=tuple(judged), cut_off=cut_off)


def _cut_off(passed: Sequence[CandidateRow], top: TopShare | None, frozen: TopCutOff | None) -> TopCutOff | None:
    if frozen is None:
        return find_cut_off(passed, top) if top is not None else None
    if top is None or (top.score, top.share) != (frozen.score, frozen.share):
        raise ValueError(
            f"the frozen cut-off is for the top {frozen.share:g} by {frozen.score}; the settings ask otherwise"
        )
    return frozen


def _final(row: CandidateRow, cut_off: TopCutOff) -> Verdict:
    return above_cut_off(row, cut_off) if row.verdict.outcome == "kept" else row.verdict


def _with_verdicts(film: FilmSelection, verdict_of: Callable[[CandidateRow], Verdict]) -> FilmSelection:
    return film.model_copy(update={"candidates": tuple(_judged(row, verdict_of(row)) for row in film.candidates)})


def _judged(row: CandidateRow, verdict: Verdict) -> CandidateRow:
    return row if row.verdict == verdict else row.model_copy(update={"verdict": verdict})
