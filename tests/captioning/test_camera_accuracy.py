"""Holds the figures that ``benchmarks/camera.py`` reaches, on a few rendered shots of known moves."""

from __future__ import annotations

import importlib.util
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from captioning.camera_moves import camera_moves
from operators.decode import FrameScaler, decode_film
from operators.picture_motion import MotionMeter, measuring_size
from operators.sample_films.films import render_sample_films
from operators.sample_films.truth import TrueCamera, read_truth


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "camera.py"
    spec = importlib.util.spec_from_file_location("camera_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["camera_benchmark"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("condition", ["grain", "sprite", "parallax"])
def test_moves_are_named_and_timed(benchmark: ModuleType, condition: str) -> None:
    total, _ = benchmark.run(condition, 8, 5)
    assert total.moves_right / total.moves >= 0.93
    assert total.right / total.frames >= 0.92
    assert np.median(total.borders) <= 2


@pytest.mark.slow
def test_a_third_of_the_picture_moving_by_itself_seldom_fools_it(benchmark: ModuleType) -> None:
    total, _ = benchmark.run("large sprite", 8, 5)
    assert total.moves_right / total.moves >= 0.7


@pytest.mark.slow
def test_the_camera_of_a_sample_film_is_told_as_its_truth_says(tmp_path: Path) -> None:
    (film,) = render_sample_films(tmp_path, ["01-quiet-morning"])
    truth = read_truth(film)
    size = measuring_size(truth.width, truth.height)
    scaler = FrameScaler()
    pictures = [scaler.to_array(frame.picture, *size) for frame in decode_film(film)]
    told = {}
    for shot in truth.shots:
        meter = MotionMeter()
        motions = [meter.see(picture) for picture in pictures[slice(*shot.frames)]][1:]
        told[shot.frames] = [move.kinds for move in camera_moves(motions, shot.frames, Fraction(truth.fps))]
    expected = {shot.frames: [expected_kinds(shot.camera)] for shot in truth.shots if shot.camera.kind != "handheld"}
    assert {frames: told[frames] for frames in expected} == expected


def expected_kinds(camera: TrueCamera) -> tuple[str, ...]:
    """For a camera with one move. The sample films' gentle hand, a slow sway of two pixels, is not asked."""
    return {
        "pan": ("pan_right" if camera.dx > 0 else "pan_left",),
        "tilt": ("tilt_down" if camera.dy > 0 else "tilt_up",),
        "zoom": ("zoom_in" if camera.zoom > 0 else "zoom_out",),
        "roll": ("roll_clockwise" if camera.roll > 0 else "roll_anticlockwise",),
        "static": ("static",),
    }[camera.kind]
