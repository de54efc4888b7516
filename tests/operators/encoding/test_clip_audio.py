from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from formats.film_scan import AudioStream
from operators.clip_audio import SoundSpan, read_clip_sound
from operators.encode import EncodeSettings
from operators.verify import make_clip, verify_clip

RATE = 48000
SETTINGS = EncodeSettings(preset="veryfast", audio="aac")
RANGES = ((12, 36), (60, 90))


def rising(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """300 Hz and a loudness that names the half second: 0.1, 0.2, ... so that any moment can be told from its sound."""
    return 0.1 * (1 + np.floor(seconds * 2) % 9) * np.sin(2 * np.pi * 300 * seconds)


@pytest.fixture(scope="module")
def source(film_spec: Any, film: Any) -> Any:
    return film(film_spec(frames=96, sound=rising))


def heard(clip: Path) -> NDArray[np.float32]:
    """Mono samples as presented: what the edit list cuts off at the start is not there."""
    with av.open(clip) as container:
        audio = container.streams.audio[0]
        out = np.zeros(RATE * 10, np.float32)
        for frame in container.decode(audio):
            at = round(frame.pts * audio.time_base * RATE)
            data = frame.to_ndarray()[0]
            skipped = max(0, -at)
            out[at + skipped : at + len(data)] = data[skipped:]
        return out


def loudness(samples: NDArray[np.float32], start: float, end: float) -> float:
    part = samples[round(start * RATE) : round(end * RATE)]
    return float(np.sqrt(2 * np.mean(part**2)))


def test_each_shots_sound_starts_and_ends_with_its_picture(source: Any, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    made = make_clip(source.plan(*RANGES), source.path, clip, SETTINGS, source.pts)
    assert made.audio == AudioStream(codec="aac", channels=1, rate=RATE)
    assert verify_clip(clip, made) == ()
    sound = heard(clip)
    expected = [(0.02, 0.48, 0.2), (0.52, 0.98, 0.3), (1.02, 1.48, 0.6), (1.52, 1.98, 0.7), (2.02, 2.23, 0.8)]
    for start, end, level in expected:
        assert loudness(sound, start, end) == pytest.approx(level, abs=0.02)
    assert np.all(np.abs(sound[round((2.25 + 0.03) * RATE) :]) < 0.01)


def test_joins_are_faded_over_five_milliseconds(source: Any) -> None:
    spans = [
        SoundSpan(Fraction(1, 2), Fraction(3, 2), Fraction(0), Fraction(1)),
        SoundSpan(Fraction(5, 2), Fraction(7, 2), Fraction(1), Fraction(2)),
    ]
    sound = read_clip_sound(source.path, 0, spans)
    assert sound is not None
    assert sound.samples.shape == (1, 2 * RATE)
    faded = 240
    for join in (0, RATE, 2 * RATE):
        near = sound.samples[0, max(0, join - 3) : join + 3]
        assert np.all(np.abs(near) < 0.02)
    untouched = rising(np.arange(round(0.6 * RATE), round(0.9 * RATE)) / RATE)
    found = sound.samples[0, round(0.1 * RATE) : round(0.4 * RATE)]
    assert len(found) == len(untouched) > faded
    assert np.corrcoef(found, untouched)[0, 1] > 0.99


def test_a_film_without_sound_gives_a_clip_without_sound(film_spec: Any, film: Any, tmp_path: Path) -> None:
    source = film(film_spec(frames=24))
    made = make_clip(source.plan((2, 20)), source.path, tmp_path / "clip.mp4", SETTINGS, source.pts)
    assert made.audio == AudioStream()


def test_sound_is_dropped_by_default_and_its_loss_would_be_noticed(source: Any, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    made = make_clip(source.plan((2, 20)), source.path, clip, EncodeSettings(preset="veryfast"), source.pts)
    assert made.audio == AudioStream()
    claimed = made.model_copy(update={"audio": AudioStream(codec="aac", channels=1, rate=RATE)})
    assert [problem.code for problem in verify_clip(clip, claimed)] == ["audio"]


@pytest.mark.parametrize("frames", [1, 2, 7, 23])
def test_sound_lasts_as_long_as_the_picture_to_one_aac_frame(frames: int, source: Any, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    made = make_clip(source.plan((40, 40 + frames)), source.path, clip, SETTINGS, source.pts)
    assert verify_clip(clip, made) == ()
    with av.open(clip) as container:
        audio, video = container.streams.audio[0], container.streams.video[0]
        assert abs(audio.duration * audio.time_base - video.duration * video.time_base) <= Fraction(1024, RATE)


def test_where_the_film_has_no_samples_there_is_silence(source: Any) -> None:
    spans = [SoundSpan(Fraction(3), Fraction(9), Fraction(0), Fraction(6))]
    sound = read_clip_sound(source.path, 0, spans)
    assert sound is not None
    assert loudness(sound.samples[0], 0.1, 0.4) > 0.5
    assert loudness(sound.samples[0], 2, 5) == 0
