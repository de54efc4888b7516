"""What is true about a rendered film, frame by frame: written as JSON beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from formats.exact_time import FrameRange, Rational, format_rational, parse_rational
from formats.film_scan import Record, TransitionKind
from operators.sample_films.plans import CameraKind, FilmPlan, Half, plan_sha256
from operators.sample_films.timeline import Timeline, film_timeline, is_variable

TRUTH_FOLDER = ".truth"


class TrueCamera(Record):
    """The view's motion over the picture, per frame at the nominal rate: ``dx`` right and ``dy`` down in output pixels
    (a pan to the left has ``dx < 0``), ``zoom`` as the picture's relative growth, ``roll`` in degrees clockwise of the
    camera, ``shake`` in pixels.
    """

    kind: CameraKind
    dx: float
    dy: float
    zoom: float
    roll: float
    shake: float


class TrueShot(Record):
    """``frames`` are the clean ones. Shots with the same ``scene`` show the same photograph."""

    index: int
    frames: FrameRange
    scene: str
    camera: TrueCamera


class TrueTransition(Record):
    """``frames`` are the transition's own: ``[336, 336]`` is a hard cut whose new shot starts at 336."""

    after_shot: int
    kind: TransitionKind
    frames: FrameRange


class TrueEdge(Record):
    kind: Literal["black", "fade_in", "fade_out"]
    frames: FrameRange


class Distraction(Record):
    """Looks like a transition and is none."""

    kind: Literal["flash", "whip"]
    frames: FrameRange


class FilmTruth(Record):
    """``pts`` in ticks of ``time_base``, one per frame; ``end_pts`` is when the last frame stops being shown.

    Every frame is in exactly one of ``shots``, ``transitions`` and ``edges``.
    """

    schema_version: Literal["shotloom.film-truth/1"] = "shotloom.film-truth/1"
    film: str
    plan_sha256: str
    half: Half
    family: str
    width: int
    height: int
    frames: int
    fps: Rational
    vfr: bool
    time_base: Rational
    pts: tuple[int, ...]
    end_pts: int
    shots: tuple[TrueShot, ...]
    transitions: tuple[TrueTransition, ...]
    edges: tuple[TrueEdge, ...]
    distractions: tuple[Distraction, ...]


def truth_path(film: Path) -> Path:
    """``films/a.mp4`` has its truth in ``films/.truth/a.json``: hidden, so that a build of the folder sees only films."""
    return film.parent / TRUTH_FOLDER / f"{film.stem}.json"


def read_truth(film: Path) -> FilmTruth:
    """The truth beside ``film``. Raises ``FileNotFoundError`` or pydantic's ``ValidationError``."""
    return FilmTruth.model_validate_json(truth_path(film).read_bytes())


def film_truth(plan: FilmPlan, film: str) -> FilmTruth:
    timeline = film_timeline(plan)
    return FilmTruth(
        film=film,
        plan_sha256=plan_sha256(plan),
        half=plan.half,
        family=plan.family,
        width=plan.width,
        height=plan.height,
        frames=timeline.frames,
        fps=plan.rate,
        vfr=is_variable(timeline, parse_rational(plan.rate)),
        time_base=format_rational(timeline.time_base),
        pts=timeline.pts,
        end_pts=timeline.end_pts,
        shots=_shots(plan, timeline),
        transitions=tuple(
            TrueTransition(after_shot=segment.shot, kind=segment.kind, frames=(segment.start, segment.end))
            for segment in timeline.segments
            if segment.kind in ("cut", "dissolve", "fade", "wipe")
        ),
        edges=tuple(
            TrueEdge(kind=segment.kind, frames=(segment.start, segment.end))
            for segment in timeline.segments
            if segment.kind in ("black", "fade_in", "fade_out")
        ),
        distractions=_distractions(plan, timeline),
    )


def _shots(plan: FilmPlan, timeline: Timeline) -> tuple[TrueShot, ...]:
    shots = []
    for segment in timeline.segments:
        if segment.kind != "shot":
            continue
        shot = plan.shots[segment.shot]
        camera = shot.camera
        shots.append(
            TrueShot(
                index=segment.shot,
                frames=(segment.start, segment.end),
                scene=shot.photograph,
                camera=TrueCamera(
                    kind=camera.kind, dx=camera.dx, dy=camera.dy, zoom=camera.zoom, roll=camera.roll, shake=camera.shake
                ),
            )
        )
    return tuple(shots)


def _distractions(plan: FilmPlan, timeline: Timeline) -> tuple[Distraction, ...]:
    found = []
    for segment in timeline.segments:
        if segment.kind != "shot":
            continue
        shot = plan.shots[segment.shot]
        for flash in shot.flashes:
            found.append(
                Distraction(kind="flash", frames=(segment.start + flash.at, segment.start + flash.at + flash.frames))
            )
        if shot.camera.whip:
            start = segment.start + shot.camera.whip_at
            found.append(Distraction(kind="whip", frames=(start, start + shot.camera.whip_frames)))
    return tuple(found)
