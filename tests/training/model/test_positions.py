"""The axes of the rotary embeddings."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import pytest
import torch
from diffusers.models.transformers.transformer_wan import WanRotaryPosEmbed
from hypothesis import given
from hypothesis import strategies as st

from training.latent_mapping import latent_time
from training.model.positions import (
    Grid,
    entity_rotation,
    event_rotation,
    interval_amplitude,
    latent_centres,
    video_rotation,
)
from training.model.rotary import Rotation, geometric_frequencies, rotate, uniform_frequencies

TIME = geometric_frequencies(32, 100.0)
times = st.floats(0, 60)


def kernel(tokens: Rotation, at: float) -> torch.Tensor:
    """``(L,)``: mean cosine between a video token at ``at`` and the text's tokens: what matched content is weighted with."""
    query = Rotation.by(at * TIME, torch.float64)
    return (query.cos * tokens.cos + query.sin * tokens.sin).mean(-1)


def mass(tokens: Rotation, at: float, gain: float = 8.0) -> float:
    """Log-mean-exp over the tokens, in units of the kernel."""
    return float(torch.logsumexp(gain * kernel(tokens, at), 0) - torch.log(torch.tensor(float(len(tokens.cos))))) / gain


@pytest.mark.parametrize("head_width", [12, 24, 128])
def test_whole_positions_are_diffusers_rotary_table(head_width: int) -> None:
    ours = video_rotation(Grid(5, 3, 4), head_width, torch.float32)
    cos, sin = WanRotaryPosEmbed(head_width, (1, 2, 2), 32)(torch.zeros(1, 1, 5, 6, 8))
    assert torch.equal(ours.cos, cos[0, :, 0, 0::2])
    assert torch.equal(ours.sin, sin[0, :, 0, 1::2])


def test_latents_lie_in_the_middle_of_their_frames() -> None:
    fps = Fraction(16)
    middles = [Fraction(1, 2) / fps] + [Fraction(4 * latent - 1) / fps for latent in range(1, 21)]
    assert latent_centres(21).tolist() == [latent_time(seconds, fps) for seconds in middles]


@given(st.fractions(0, 100, max_denominator=1000), st.sampled_from([8, 16, 24]))
def test_a_second_is_the_same_moment_at_every_rate(seconds: Fraction, fps: int) -> None:
    assert latent_time(seconds, Fraction(2 * fps)) == 2 * latent_time(seconds, Fraction(fps))


@given(times, times, st.integers(1, 40))
def test_turning_keeps_lengths_and_the_number_of_tokens_is_the_texts(start: float, width: float, tokens: int) -> None:
    rotation = event_rotation((start, start + width), tokens, "sampled", TIME, torch.float64)
    assert rotation.cos.shape == (tokens, 32)
    x = torch.randn(tokens, 64, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(rotate(x, rotation).norm(dim=-1), x.norm(dim=-1), rtol=1e-12)


@given(times, st.floats(0, 20), st.floats(0, 30), st.sampled_from(["sampled", "integrated", "centre"]))
def test_only_the_distance_of_two_times_counts(start: float, width: float, shift: float, mode: str) -> None:
    here = event_rotation((start, start + width), 9, mode, TIME, torch.float64)
    there = event_rotation((start + shift, start + width + shift), 9, mode, TIME, torch.float64)
    assert torch.allclose(kernel(here, 5.0), kernel(there, 5.0 + shift), rtol=0, atol=1e-12)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 1.0, 3.0, 5.0, 8.0])
def test_an_event_is_strongest_inside_itself(seconds: float) -> None:
    start, end = 40.0, 40.0 + 4 * seconds
    rotation = event_rotation((start, end), 20, "sampled", TIME, torch.float64)
    best = max(range(1200), key=lambda tenth: mass(rotation, tenth / 10)) / 10
    assert start - 0.05 <= best <= end + 0.05


@pytest.mark.parametrize("seconds", [1.0, 3.0, 5.0, 8.0])
def test_a_sampled_event_is_as_strong_at_its_ends_as_in_its_middle_and_a_centred_one_is_not(seconds: float) -> None:
    start, end = 40.0, 40.0 + 4 * seconds
    inside = torch.linspace(start, end, 50).tolist()

    def spread(mode: str) -> float:
        rotation = event_rotation((start, end), 20, mode, TIME, torch.float64)
        masses = [mass(rotation, at) for at in inside]
        return max(masses) - min(masses)

    assert spread("sampled") <= 0.10
    assert spread("centre") > spread("sampled")
    if seconds >= 3:
        assert spread("centre") > 0.10


@pytest.mark.parametrize(
    ("tokens", "inside", "beside"), [(12, 5.3e-3, 1.76e-2), (24, 9.6e-4, 4.3e-3), (48, 2.3e-4, 1.05e-3)]
)
def test_how_many_words_an_event_has_hardly_matters(tokens: int, inside: float, beside: float) -> None:
    """Of an event of 20 latents, against 2048 words: bounds are what was measured, rounded up. Twice the words err a fourth, as the
    midpoint rule has it. 0.003 holds from a word per 1.25 latents on inside the event, and per 0.67 beside it, where few words
    carry all of the mass; at a word per 1.7 latents it does not hold."""
    many = event_rotation((10.0, 30.0), 2048, "sampled", TIME, torch.float64)
    few = event_rotation((10.0, 30.0), tokens, "sampled", TIME, torch.float64)

    def worst(times: Iterable[float]) -> float:
        return max(abs(mass(few, at) - mass(many, at)) for at in times)

    assert worst(10 + step / 10 for step in range(201)) <= inside
    assert worst(at / 2 for at in (*range(20), *range(61, 90))) <= beside


def test_the_mean_of_sampled_rotations_is_the_integral() -> None:
    sampled = event_rotation((10.0, 30.0), 4096, "sampled", TIME, torch.float64)
    at_centre = event_rotation((10.0, 30.0), 1, "centre", TIME, torch.float64)
    sinc = torch.sinc(TIME * 10.0 / torch.pi)
    assert torch.allclose(sampled.cos.mean(0), at_centre.cos[0] * sinc, rtol=0, atol=1e-5)
    assert torch.allclose(sampled.sin.mean(0), at_centre.sin[0] * sinc, rtol=0, atol=1e-5)


@given(times, st.floats(0, 20))
def test_an_integrated_event_is_as_strong_at_its_centre_whatever_its_length(start: float, width: float) -> None:
    rotation = event_rotation((start, start + width), 3, "integrated", TIME, torch.float64)
    assert torch.allclose(kernel(rotation, start + width / 2), torch.ones(3, dtype=torch.float64), rtol=0, atol=1e-9)
    assert torch.allclose(interval_amplitude(0.0, TIME), torch.ones(32, dtype=torch.float64))


def test_an_instant_and_an_event_past_the_clips_end_are_finite() -> None:
    for interval in ((0.0, 0.0), (2.918, 2.91801), (500.0, 900.0)):
        for mode in ("sampled", "integrated", "centre"):
            rotation = event_rotation(interval, 1, mode, TIME, torch.float32)
            assert rotation.cos.isfinite().all()
            assert rotation.sin.isfinite().all()


@pytest.mark.parametrize("interval", [(2.0, 1.0), (-1.0, 1.0), (0.0, float("inf")), (float("nan"), 1.0)])
def test_an_interval_that_is_none_is_refused(interval: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="0 <= start <= end"):
        event_rotation(interval, 3, "sampled", TIME, torch.float64)


@pytest.mark.parametrize("pairs", [1, 3, 8, 16])
def test_entities_are_told_apart_equally_well(pairs: int) -> None:
    labels = range(2 * pairs)
    rotation = entity_rotation(labels, uniform_frequencies(pairs), torch.float64)
    table = (rotation.cos @ rotation.cos.T + rotation.sin @ rotation.sin.T) / pairs
    assert torch.allclose(table, torch.eye(2 * pairs, dtype=torch.float64), rtol=0, atol=1e-12)
    assert torch.equal(rotation.cos[0], torch.ones(pairs, dtype=torch.float64))
