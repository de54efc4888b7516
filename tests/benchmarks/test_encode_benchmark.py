"""The ffmpeg command that encoding is measured against makes the same clip: same frames, same picture, same stream."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks import encode
from benchmarks.encode import Film, largest_difference, measure, plain, plan_shots, read_film
from benchmarks.ffmpeg_command import ffmpeg_command
from formats.clip_plan import ClipPlan
from operators.clip_reading import ClipReading, read_clip
from operators.encode import EncodeSettings, encode_clip

SETTINGS = EncodeSettings(preset="veryfast", max_short_side=64)
SHOTS = [(7, 30), (61, 80)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Ninety frames of noise, each unlike its neighbours, with B-frames and key frames that no shot starts at."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    dice = np.random.default_rng(3)
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"g": "20", "bf": "2", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 160, 128, "yuv420p"
        for number in range(90):
            small = dice.integers(0, 256, (4, 5, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(np.kron(small, np.ones((32, 32, 1), np.uint8)), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return read_film(path)


@pytest.fixture(scope="module")
def plan(film: Film) -> ClipPlan:
    return plan_shots(film, SHOTS)


@pytest.fixture(scope="module")
def ours(film: Film, plan: ClipPlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("ours") / "clip.mp4"
    encode_clip(plan, film.path, out, SETTINGS, film.pts, key_pts=film.key_pts)
    return out


def facts(reading: ClipReading) -> tuple[object, ...]:
    return reading.times, reading.sizes, reading.formats


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg command")
def test_the_command_makes_the_same_clip(film: Film, plan: ClipPlan, ours: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "clip.mp4"
    subprocess.run(ffmpeg_command(plan, film.path, theirs, SETTINGS, film.colour), check=True)
    assert facts(read_clip(theirs)) == facts(read_clip(ours))
    assert read_clip(theirs).idr == read_clip(ours).idr
    assert largest_difference(ours, theirs) < 4


def test_the_bare_loop_makes_the_same_clip(film: Film, plan: ClipPlan, ours: Path, tmp_path: Path) -> None:
    plain(plan, film, tmp_path / "clip.mp4", SETTINGS)
    assert (tmp_path / "clip.mp4").read_bytes() == ours.read_bytes()


def test_another_clip_is_told_apart(film: Film, ours: Path, tmp_path: Path) -> None:
    late = plan_shots(film, [(8, 31), SHOTS[1]])
    encode_clip(late, film.path, tmp_path / "late.mp4", SETTINGS, film.pts, key_pts=film.key_pts)
    assert largest_difference(ours, tmp_path / "late.mp4") > 20
    shorter = plan_shots(film, [SHOTS[0]])
    encode_clip(shorter, film.path, tmp_path / "shorter.mp4", SETTINGS, film.pts, key_pts=film.key_pts)
    with pytest.raises(ValueError, match="42 frames and 23"):
        largest_difference(ours, tmp_path / "shorter.mp4")


def test_costs_are_ratios_of_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(encode.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(encode, "_cpu_seconds", lambda: clock[0] / 2)

    def busy(*seconds: float) -> Callable[[], None]:
        turns = iter(seconds)

        def run() -> None:
            clock[0] += next(turns)

        return run

    base, twice = measure({"ffmpeg": busy(4, 2, 8), "twice": busy(8, 8, 8)}, rounds=3)
    assert base.ratio == base.wall_ratio == 1
    assert (twice.wall, twice.cpu) == (8, 4)
    assert (twice.lowest, twice.ratio, twice.highest, twice.wall_ratio) == (1, 2, 4, 2)
