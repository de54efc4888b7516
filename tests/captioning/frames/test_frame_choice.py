from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.asks import AskPicture
from captioning.frames.frame_choice import chosen_frames, picture_size, picture_tokens, thinned
from captioning.frames.sampled_clip import SampledClip, SampledFrame, SampledShot
from captioning.frames.sampling_settings import PATCH_SIDE, SamplingSettings

RATES = st.sampled_from([Fraction(24), Fraction(24000, 1001), Fraction(60), Fraction(1)])


def picture(frame: int) -> SampledFrame:
    return SampledFrame(frame, float(frame), AskPicture(b"", 28, 28))


def test_pictures_stand_evenly_inside_a_shot() -> None:
    assert chosen_frames((100, 196), Fraction(24), SamplingSettings(pictures_per_shot=4)) == (115, 137, 158, 180)


@given(st.integers(0, 10**6), st.integers(1, 10**5), RATES, st.integers(1, 64), st.floats(0, 5))
def test_pictures_keep_away_from_the_edges_of_their_shot(
    start: int, length: int, fps: Fraction, count: int, edge: float
) -> None:
    settings = SamplingSettings(pictures_per_shot=count, edge_seconds=edge)
    frames = chosen_frames((start, start + length), fps, settings)
    assert list(frames) == sorted(set(frames))
    assert 1 <= len(frames) <= count
    away = min(float(edge * fps), length // 10)
    assert start + away - 1e-3 * fps <= frames[0]
    assert frames[-1] <= start + length - 1 - away + 1e-3 * fps


@given(st.integers(1, 8192), st.integers(1, 8192), st.integers(4, 4096))
def test_a_picture_costs_no_more_tokens_than_allowed(width: int, height: int, most: int) -> None:
    across, down = picture_size(width, height, most)
    assert across % PATCH_SIDE == 0 and down % PATCH_SIDE == 0
    assert 1 <= picture_tokens(across, down) <= most
    assert across <= width + PATCH_SIDE and down <= height + PATCH_SIDE


@pytest.mark.parametrize(
    ("clip", "tokens", "size"),
    [((1920, 1080), 256, (588, 336)), ((608, 1080), 256, (336, 588)), ((320, 180), 256, (308, 168))],
)
def test_a_picture_keeps_its_shape(clip: tuple[int, int], tokens: int, size: tuple[int, int]) -> None:
    assert picture_size(*clip, tokens) == size


@given(st.lists(st.integers(1, 12), min_size=1, max_size=20), st.integers(1, 60))
def test_the_pictures_of_a_clip_are_shared_out_fairly(counts: list[int], most: int) -> None:
    shots = tuple(
        SampledShot(i, (20 * i, 20 * i + 20), tuple(picture(20 * i + n) for n in range(count)))
        for i, count in enumerate(counts)
    )
    left = [len(shot.pictures) for shot in thinned(SampledClip("a", Fraction(24), shots), most)]
    assert sum(left) == min(most, sum(counts))
    short = [n for n, had in zip(left, counts, strict=True) if n < had]
    assert not short or max(left) - min(short) <= 1


def test_a_shot_takes_no_picture_of_another() -> None:
    with pytest.raises(ValueError, match="a picture is of none of them"):
        SampledShot(1, (24, 48), (picture(24), picture(48)))
    with pytest.raises(ValueError, match="not in the order"):
        SampledShot(0, (0, 24), (picture(4), picture(4)))


def test_a_clip_is_all_of_its_shots_in_order() -> None:
    first, second = SampledShot(0, (0, 24), ()), SampledShot(1, (24, 48), ())
    assert SampledClip("a", Fraction(24), (first, second)).frames == 48
    for shots in ((second, first), (first, SampledShot(1, (25, 48), ())), (second,), ()):
        with pytest.raises(ValueError, match="shot"):
            SampledClip("a", Fraction(24), shots)
