"""Frames and latents at stride 4."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.latent_mapping import ShotTooShortError, first_frame_of, latent_of, latents_of, map_shots

lengths = st.lists(st.integers(8, 200), min_size=1, max_size=6)


@given(st.integers(0, 1000))
def test_every_frame_lies_in_the_latent_that_says_so(frame: int) -> None:
    latent = latent_of(frame)
    assert first_frame_of(latent) <= frame < first_frame_of(latent + 1)


def test_the_vae_takes_4n_plus_1_frames() -> None:
    assert (latents_of(1), latents_of(5), latents_of(81)) == (1, 2, 21)
    for frames in (0, -3, 4, 80):
        with pytest.raises(ValueError, match="4n \\+ 1"):
            latents_of(frames)


@given(lengths)
def test_trimmed_cuts_are_exact_and_cost_at_most_three_frames_a_shot(shots: list[int]) -> None:
    mapped = map_shots(shots, "trim")
    assert all(0 <= length - kept <= 3 for length, kept in zip(shots, mapped.kept, strict=True))
    cut = 0
    for kept, start in zip(mapped.kept[:-1], mapped.starts[1:], strict=True):
        cut += kept
        assert cut % 4 == 1
        assert first_frame_of(start) == cut
    assert mapped.latents == latents_of(mapped.frames)
    assert set(mapped.off) <= {0}


@given(lengths)
def test_by_majority_a_straddling_latent_is_the_earlier_shots_if_half_of_it_is(shots: list[int]) -> None:
    mapped = map_shots(shots, "majority")
    assert mapped.kept[:-1] == tuple(shots[:-1])
    assert 0 <= shots[-1] - mapped.kept[-1] <= 3
    cut = 0
    for length, start, off in zip(shots[:-1], mapped.starts[1:], mapped.off, strict=True):
        cut += length
        of_new = {latent: sum(first_frame_of(latent) + i >= cut for i in range(4)) for latent in (start - 1, start)}
        assert of_new[start] > 2
        assert of_new[start - 1] <= 2
        assert off == first_frame_of(start) - cut
        assert -1 <= off <= 2


@given(lengths, st.sampled_from(["trim", "majority"]))
def test_shots_start_at_rising_latents_inside_the_clip(shots: list[int], policy: str) -> None:
    mapped = map_shots(shots, policy)
    assert mapped.starts[0] == 0
    assert list(mapped.starts) == sorted(set(mapped.starts))
    assert mapped.starts[-1] < mapped.latents


def test_the_published_example_is_exact() -> None:
    """CineTrans's [11, 10] of 81 frames: the second shot begins at frame 41."""
    mapped = map_shots([41, 40], "trim")
    assert (mapped.kept, mapped.starts, mapped.latents) == ((41, 40), (0, 11), 21)
    assert map_shots([41, 40], "majority") == mapped


def test_a_shot_without_a_latent_of_its_own_is_named() -> None:
    with pytest.raises(ShotTooShortError, match="shot 1 has 3 frames"):
        map_shots([9, 3, 8], "trim")
    with pytest.raises(ShotTooShortError, match="shot 1 has 1 frames"):
        map_shots([9, 1, 8], "majority")
    with pytest.raises(ShotTooShortError, match="shot 1 has 2 frames"):
        map_shots([9, 2], "majority")
    for nothing in ([], [5, 0]):
        with pytest.raises(ValueError, match="at least a frame"):
            map_shots(nothing, "trim")
