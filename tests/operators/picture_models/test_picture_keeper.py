from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.picture_models.picture_keeper import OLDER, RECENT, FragmentPictures, PictureKeeper, picture_size
from operators.picture_models.protocol import Picture


def picture(index: int) -> Picture:
    """A picture that says which frame it is."""
    return np.full((2, 2, 3), (index // 256, 0, index % 256), np.uint8)


def frame_of(shown: Picture) -> int:
    return int(shown[0, 0, 0]) * 256 + int(shown[0, 0, 2])


def keeper(frames: int, step: int = 8) -> PictureKeeper:
    made = PictureKeeper()
    for index in range(0, frames, step):
        made.add(index, picture(index))
    return made


def frames_of(found: FragmentPictures | None) -> tuple[int, int, int]:
    assert found is not None
    return frame_of(found.head), frame_of(found.middle), frame_of(found.tail)


def test_pictures_are_a_few_frames_inside_the_fragment() -> None:
    kept = keeper(400)
    assert frames_of(kept.finish_fragment(0, 97)) == (8, 48, 88)
    assert frames_of(kept.finish_fragment(101, 233)) == (112, 168, 224)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8), st.integers(1, 12))
def test_every_picture_lies_in_its_fragment_and_in_order(lengths: list[int], step: int) -> None:
    kept = keeper(sum(lengths), step)
    start = 0
    for length in lengths:
        found = kept.finish_fragment(start, start + length)
        if found is not None:
            head, middle, tail = frames_of(found)
            assert start <= head <= middle <= tail < start + length
        elif RECENT * step > sum(lengths):
            assert not any(start <= index < start + length for index in range(0, sum(lengths), step))
        start += length


def test_a_fragment_between_two_samples_has_no_picture() -> None:
    kept = keeper(80)
    assert kept.finish_fragment(0, 41) is not None
    assert kept.finish_fragment(41, 47) is None
    assert frames_of(kept.finish_fragment(47, 80))[0] in (48, 56)


def test_an_hour_without_a_cut_keeps_its_head_and_a_bounded_number() -> None:
    kept = keeper(60_000)
    assert len(kept._older) + len(kept._recent) <= OLDER + RECENT
    head, middle, tail = frames_of(kept.finish_fragment(0, 60_000))
    assert head < 60_000 / 16
    assert abs(middle - 30_000) < 60_000 / 16
    assert tail >= 60_000 - 16


@pytest.mark.parametrize(
    ("film", "side", "size"),
    [
        ((1920, 1080), 224, (398, 224)),
        ((1080, 1920), 224, (224, 398)),
        ((10, 6), 224, (10, 6)),
        ((4000, 100), 224, (672, 16)),
    ],
)
def test_pictures_keep_the_films_shape_and_are_never_enlarged(
    film: tuple[int, int], side: int, size: tuple[int, int]
) -> None:
    assert picture_size(*film, side) == size
