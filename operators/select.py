"""Select: from one film's scan to its candidates. What becomes of them is decided in ``operators/decisions``. No pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from formats.film_scan import FilmScan, FoundTransition
from formats.selection import CandidateRow, FilmSelection, LinkRow, ShotRow
from operators.border_features import BorderFeatures
from operators.candidates import candidate_key, plan_of, scores_of, span_of
from operators.defade import DefadeSettings
from operators.film_clock import FilmClock
from operators.filter import FilterSettings
from operators.fragment_hashes import hash_shot
from operators.scene_division import Part, Placement, divide_scene
from operators.shot_returns import link_returns
from operators.shots import ShotSettings, gaps_for_shots, shots_of_film
from operators.stitch import Similarity, link_shots, undo_false_cuts
from operators.stitch_settings import StitchSettings


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
    """One film's candidates; duration and shot count are kept by how scenes are divided.

    ``accepted``: the transitions at the chosen thresholds, in any order. ``pts``: ``(frames,)`` int64, presentation
    order. Raises ``ValueError`` if ``pts`` does not fit the scan.
    """
    clock = FilmClock.of_film(scan, pts)
    transitions = undo_false_cuts(scan, accepted, similarity, settings.stitch.rejoin)
    true = [row.transition for row in transitions if row.verdict.outcome == "kept"]
    shots = shots_of_film(scan, true, settings.defade, settings.shots)
    gaps = gaps_for_shots(scan, true, settings.shots)
    neighbours = link_shots(scan, shots, gaps, similarity, settings.stitch.band)
    links = link_returns(scan, shots, neighbours, similarity, settings.stitch.returns)
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
        candidates=_candidates(groups, links, scan, clock),
    )


def _candidates(
    groups: Iterable[tuple[Part, ...]],
    links: Iterable[LinkRow],
    scan: FilmScan,
    clock: FilmClock,
) -> tuple[CandidateRow, ...]:
    features, link_after = BorderFeatures.of_film(scan), {link.after_shot: link for link in links}
    rows = []
    for parts in groups:
        measured = [link_after[part.shot].similarity for part in parts[:-1]]
        rows.append(
            CandidateRow(
                plan=plan_of(parts, link_after, scan, clock, features),
                similarities=tuple(value for value in measured if value is not None),
                scores=scores_of(parts, features),
                hashes=tuple(hash_shot(part.frames, features.within(part.frames)) for part in parts),
            )
        )
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
