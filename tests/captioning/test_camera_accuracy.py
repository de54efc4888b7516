"""Holds the figures that ``benchmarks/camera.py`` reaches, on a few rendered shots of known moves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks.camera import judged, together
from benchmarks.camera_shots.plans import Family, shot_plan
from captioning.camera_meter import CameraMeter
from operators.decode import decode_film
from operators.picture_motion import measuring_size
from operators.sample_films.films import render_sample_films
from operators.sample_films.truth import TrueCamera, read_truth
from operators.scores.picture_luma import PictureLuma


@pytest.mark.slow
@pytest.mark.parametrize(("family", "least"), [("slow hand", 0.95), ("large subject", 0.85), ("edge subjects", 0.95)])
def test_moves_are_named_and_timed(family: Family, least: float) -> None:
    total = together(judged(shot_plan("tune", family, number) for number in range(4)).values())
    assert total.right / total.frames >= least
    assert np.median(total.borders) <= 3


@pytest.mark.slow
def test_the_camera_of_a_sample_film_is_told_as_its_truth_says(tmp_path: Path) -> None:
    (film,) = render_sample_films(tmp_path, ["01-quiet-morning"])
    truth = read_truth(film)
    size = measuring_size(truth.width, truth.height)
    pictures = [PictureLuma(frame.picture).halved(*size) for frame in decode_film(film)]
    told = {}
    for shot in truth.shots:
        meter = CameraMeter(Fraction(truth.fps))
        for picture in pictures[slice(*shot.frames)]:
            meter.see(lambda picture=picture: picture)  # type: ignore[misc]
        told[shot.frames] = [move.kinds for move in meter.finish_shot(shot.frames).moves]
    expected = {shot.frames: [expected_kinds(shot.camera)] for shot in truth.shots if shot.camera.kind != "handheld"}
    assert {frames: told[frames] for frames in expected} == expected


def expected_kinds(camera: TrueCamera) -> tuple[str, ...]:
    """For a camera with one move. The sample films' gentle hand, a slow sway of two pixels over two seconds, is not asked."""
    return {
        "pan": ("pan_right" if camera.dx > 0 else "pan_left",),
        "tilt": ("tilt_down" if camera.dy > 0 else "tilt_up",),
        "zoom": ("zoom_in" if camera.zoom > 0 else "zoom_out",),
        "roll": ("roll_clockwise" if camera.roll > 0 else "roll_anticlockwise",),
        "static": ("static",),
    }[camera.kind]
