from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from captioning.colour_temperature import COLD_FROM, COOL_FROM, WARM_BELOW
from captioning.measured import MeasuredCaptioner
from captioning.picture_tone import HIGH_CONTRAST, LOW_CONTRAST
from captioning.protocol import ClipAnnotation, annotation_json
from formats.exact_time import seconds_at

Pictures = list[NDArray[np.uint8]]
Mover = Callable[[Sequence[tuple[float, float, float, float]]], Pictures]
AsClip = Callable[..., Any]
SHOTS = ((0, 24), (24, 54))


@pytest.fixture(scope="module")
def annotation(two_shots: Pictures, as_clip: AsClip) -> ClipAnnotation:
    return MeasuredCaptioner().describe(as_clip(two_shots, SHOTS))


def test_camera_and_cut_become_events_in_order(annotation: ClipAnnotation) -> None:
    assert [(e.entity, e.frames, e.prompt) for e in annotation.events] == [
        ("camera", (0, 24), "{camera} pans left"),
        ("transition", (24, 24), "{transition} is a hard cut"),
        ("camera", (24, 54), "{camera} is static"),
    ]


def test_seconds_are_derived_from_frames(as_clip: AsClip, two_shots: Pictures) -> None:
    fps = Fraction(24000, 1001)
    for event in MeasuredCaptioner().describe(as_clip(two_shots, SHOTS, fps)).events:
        assert (event.start, event.end) == (seconds_at(event.frames[0], fps), seconds_at(event.frames[1], fps))


def test_every_word_is_labelled_as_measured(annotation: ClipAnnotation) -> None:
    origins = {row.origin for row in (*annotation.captions, *annotation.events, *annotation.tags)}
    assert origins == {"measured"}
    (model,) = annotation.models
    assert (model.role, model.id, model.revision, model.license) == ("captioner", "measured", "6", "Apache-2.0")


def test_captions_say_what_was_measured(annotation: ClipAnnotation) -> None:
    assert [(c.shot, c.kind) for c in annotation.captions] == [(-1, "summary"), (0, "shot"), (1, "shot")]
    summary, first, second = (c.text for c in annotation.captions)
    assert summary.startswith("Two shots over 2.25 seconds, joined by a hard cut. Shot 1: a ")
    assert "1 second long" in first
    assert first.endswith("the camera pans left.")
    assert "dark shot" in second
    assert second.endswith("1.25 seconds long, mostly brown and black; the camera is static.")


def test_scores_are_per_shot_and_for_the_clip(annotation: ClipAnnotation) -> None:
    motion = {s.shot: s.value for s in annotation.scores if s.name == "motion"}
    assert motion[0] == pytest.approx(0.1, abs=0.01)
    assert motion[1] < 0.005
    assert motion[-1] == pytest.approx((24 * motion[0] + 30 * motion[1]) / 54, abs=0.0002)
    assert {s.name for s in annotation.scores} == {"motion", "tone_brightness", "tone_contrast", "light_kelvin"}
    assert {s.shot for s in annotation.scores if s.name == "light_kelvin"} <= {0, 1}
    assert {s.model for s in annotation.scores if s.name == "motion"} == {"background-motion/1"}


def test_every_score_is_on_the_page_with_the_limits_of_its_tags(annotation: ClipAnnotation) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "camera.md").read_text(encoding="utf-8")
    assert [name for name in {score.name for score in annotation.scores} if f"`{name}`" not in page] == []
    assert f"below {LOW_CONTRAST} the shot is tagged as of Low, from {HIGH_CONTRAST} on" in page
    assert f"below {WARM_BELOW:,.0f} it is tagged Warm, from {COOL_FROM:,.0f} on Cool, from {COLD_FROM:,.0f} on" in page


def test_the_camera_is_tagged_per_shot(annotation: ClipAnnotation) -> None:
    camera = [(t.shot, t.node, t.value) for t in annotation.tags if t.node.startswith("Camera")]
    assert camera == [
        (0, "Camera -> Trajectory -> Camera Movement -> 2D", "Pan left"),
        (1, "Camera -> Trajectory -> Camera Movement -> Static", "present"),
    ]


def test_a_clip_without_a_cut_has_no_transition(as_clip: AsClip, two_shots: Pictures) -> None:
    annotation = MeasuredCaptioner().describe(as_clip(two_shots[:24], ((0, 24),)))
    assert [e.id for e in annotation.entities] == ["camera"]
    assert {e.entity for e in annotation.events} == {"camera"}
    assert annotation.captions[0].text.startswith("One shot over 1 second. A ")


def test_what_cannot_be_measured_is_not_scored(as_clip: AsClip) -> None:
    flat = [np.full((108, 192, 3), 60, np.uint8)] * 30
    annotation = MeasuredCaptioner().describe(as_clip(flat, ((0, 30),)))
    assert "motion" not in {s.name for s in annotation.scores}
    assert [e.prompt for e in annotation.events] == ["{camera} could not be measured"]


def test_the_border_of_a_move_within_a_shot_is_found(as_clip: AsClip, moved: Mover) -> None:
    still, zoom = (0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.2 / 24, 0.0)
    pictures = moved([still] * 40 + [zoom] * 40)
    first, second = MeasuredCaptioner().describe(as_clip(pictures, ((0, 81),))).events
    assert (first.prompt, second.prompt) == ("{camera} is static", "{camera} zooms or dollies in")
    assert first.frames[1] == second.frames[0]
    assert abs(first.frames[1] - 40) <= 2


def test_the_same_clip_gets_the_same_bytes(as_clip: AsClip, two_shots: Pictures, annotation: ClipAnnotation) -> None:
    again = MeasuredCaptioner().describe(as_clip(two_shots, SHOTS))
    assert annotation_json(again) == annotation_json(annotation)
