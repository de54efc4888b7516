"""A picture's hash stays when it is encoded again, scaled or brightened, and differs from that of others."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from formats.film_scan import Fragment
from operators.fragment_hashes import hash_fragment, hash_shot
from operators.perceptual_hash import perceptual_hash


def _picture(seed: int) -> np.ndarray:
    """A landscape of soft patches, ``(90, 160, 3)``."""
    random = np.random.default_rng(seed)
    return cv2.resize(random.integers(0, 256, (7, 11, 3), dtype=np.uint8), (160, 90), interpolation=cv2.INTER_CUBIC)


def _bits(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "encoded again": lambda picture: cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], 1),
    "half the size": lambda picture: cv2.resize(picture, (80, 44), interpolation=cv2.INTER_AREA),
    "darker": lambda picture: (picture * 0.7).astype(np.uint8),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_hash_stays(change: str) -> None:
    far = [
        _bits(perceptual_hash(picture), perceptual_hash(CHANGES[change](picture)))
        for picture in map(_picture, range(40))
    ]
    assert max(far) <= 6
    assert np.mean(far) < 2


def test_other_pictures_have_other_hashes() -> None:
    hashes = [perceptual_hash(_picture(seed)) for seed in range(40)]
    assert min(_bits(one, other) for one in hashes for other in hashes if one != other) >= 12


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_without_structure_has_no_hash(level: int) -> None:
    assert perceptual_hash(np.full((90, 160, 3), level, np.uint8)) == ""


def test_black_bars_do_not_count() -> None:
    picture = _picture(5)
    barred = np.zeros((130, 160, 3), np.uint8)
    barred[20:110] = picture
    plain = hash_fragment((0, 9), [(4, picture)], lambda width, height: (0, 0, width, height))
    inside = hash_fragment((0, 9), [(4, barred)], lambda width, height: (0, 20, width, 110))
    assert plain == inside != ()


def test_few_evenly_spaced_frames_of_a_long_fragment_are_hashed_and_flat_ones_left_out() -> None:
    samples = [(index, _picture(index)) for index in range(100, 900, 8)]
    samples[50] = (samples[50][0], np.zeros((90, 160, 3), np.uint8))
    hashed = hash_fragment((100, 900), samples, lambda width, height: (0, 0, width, height))
    assert [index for index, _ in hashed] == [196, 300, 396, 596, 700, 796]
    assert hash_fragment((0, 5), [], lambda width, height: (0, 0, width, height)) == ()


def test_a_shot_is_told_by_three_of_its_own_frames() -> None:
    def fragment(frames: tuple[int, int], *hashes: tuple[int, str]) -> Fragment:
        return Fragment(frames=frames, head=(), tail=(), scores={}, thumbnail=0, hashes=hashes)

    a, b, c, d = (letter * 16 for letter in "abcd")
    fragments = (fragment((0, 50), (10, a), (40, b)), fragment((50, 100), (60, c), (90, d)))
    assert hash_shot((0, 100), fragments) == a + b + c
    assert hash_shot((50, 70), fragments) == c * 3
    assert hash_shot((70, 80), fragments) == ""
