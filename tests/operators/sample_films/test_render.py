from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from formats.exact_time import parse_rational
from operators.sample_films.plans import EncodingPlan, FilmPlan, TimingPlan
from operators.sample_films.render import render_film
from operators.sample_films.truth import read_truth

ENCODINGS = [
    EncodingPlan("h264", "mp4", 24),
    EncodingPlan("h264", "mkv", 24),
    EncodingPlan("hevc", "mp4", 26),
    EncodingPlan("vp9", "webm", 36),
    EncodingPlan("mpeg4", "avi", 4),
]


def _decoded_times(film: Path) -> tuple[Fraction, list[int]]:
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        return Fraction(stream.time_base or 0), [frame.pts or 0 for frame in container.decode(stream)]


@pytest.mark.parametrize("rate", ["24/1", "30000/1001", "60/1", "10/1"])
@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda encoding: f"{encoding.codec}-{encoding.container}")
def test_the_decoded_timestamps_are_those_of_the_truth(
    every_join: FilmPlan, encoding: EncodingPlan, rate: str, tmp_path: Path
) -> None:
    truth = render_film(replace(every_join, encoding=encoding, rate=rate), tmp_path / "film")
    time_base, pts = _decoded_times(tmp_path / "film")
    assert time_base == parse_rational(truth.time_base)
    assert tuple(pts) == truth.pts
    assert len(pts) == truth.frames
    assert not truth.vfr


@pytest.mark.parametrize("encoding", ENCODINGS[:4], ids=lambda encoding: f"{encoding.codec}-{encoding.container}")
@pytest.mark.parametrize(
    "timing",
    [TimingPlan("drops", 0.2), TimingPlan("jitter", 0.25), TimingPlan("two_rates", 1.25)],
    ids=lambda t: t.kind,
)
def test_the_timestamps_of_a_variable_rate_film_are_exact(
    every_join: FilmPlan, timing: TimingPlan, encoding: EncodingPlan, tmp_path: Path
) -> None:
    truth = render_film(replace(every_join, encoding=encoding, timing=timing), tmp_path / "film")
    time_base, pts = _decoded_times(tmp_path / "film")
    assert (time_base, tuple(pts)) == (parse_rational(truth.time_base), truth.pts)
    assert truth.vfr
    assert len({late - early for early, late in itertools.pairwise(pts)}) > 1


def test_the_decoded_film_jumps_at_every_hard_cut_and_nowhere_else_in_clean_shots(every_join_film: Path) -> None:
    truth = read_truth(every_join_film)
    with av.open(str(every_join_film)) as container:
        luma = [frame.to_ndarray(format="gray").astype(np.float64) for frame in container.decode(video=0)]
    jump = [0.0, *(float(np.abs(late - early).mean()) for early, late in itertools.pairwise(luma))]
    flashes = {frame for flash in truth.distractions for frame in range(flash.frames[0], flash.frames[1] + 1)}
    inside = [jump[f] for shot in truth.shots for f in range(shot.frames[0] + 1, shot.frames[1]) if f not in flashes]
    cuts = [jump[transition.frames[0]] for transition in truth.transitions if transition.kind == "cut"]
    assert cuts
    assert min(cuts) > 3 * max(inside)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda encoding: f"{encoding.codec}-{encoding.container}")
def test_two_renderings_are_byte_equal_and_another_seed_is_not(
    every_join: FilmPlan, encoding: EncodingPlan, tmp_path: Path
) -> None:
    film = replace(every_join, encoding=encoding)
    other = replace(film, shots=tuple(replace(shot, seed=shot.seed + 1) for shot in film.shots))
    for name, plan in (("a", film), ("b", film), ("c", other)):
        render_film(plan, tmp_path / name)
    hashes = [hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in "abc"]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_film_that_cannot_be_rendered_leaves_nothing_behind(every_join: FilmPlan, tmp_path: Path) -> None:
    broken = replace(every_join, shots=(*every_join.shots[:-1], replace(every_join.shots[-1], grade="no such grade")))
    with pytest.raises(KeyError):
        render_film(broken, tmp_path / "film.mp4")
    assert list(tmp_path.iterdir()) == []
