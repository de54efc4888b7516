"""Holds the figures that ``benchmarks/camera.py`` reaches, on a few rendered shots of known moves."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


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
