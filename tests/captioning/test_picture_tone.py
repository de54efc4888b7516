from __future__ import annotations

import numpy as np
import pytest

from captioning.picture_tone import ToneMeter, brightness_word


def plain(*rgb: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    return np.broadcast_to(np.array(rgb, np.uint8), (36, 64, 3)).copy()


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((10, 10, 12), "black"),
        ((250, 250, 248), "white"),
        ((128, 128, 130), "grey"),
        ((220, 20, 20), "red"),
        ((240, 140, 20), "orange"),
        ((110, 65, 25), "brown"),
        ((240, 230, 40), "yellow"),
        ((40, 170, 50), "green"),
        ((20, 200, 210), "cyan"),
        ((30, 60, 200), "blue"),
        ((120, 40, 190), "purple"),
        ((240, 90, 180), "pink"),
    ],
)
def test_plain_colours_have_their_names(rgb: tuple[int, int, int], name: str) -> None:
    meter = ToneMeter()
    meter.see(plain(*rgb))
    assert meter.tone().colours == (name,)


def test_tone_is_a_mean_over_the_pictures() -> None:
    meter = ToneMeter()
    meter.see(plain(0, 0, 0))
    meter.see(plain(255, 255, 255))
    tone = meter.tone()
    assert (tone.brightness, tone.contrast) == (0.5, 0.0)


def test_half_black_half_white_has_all_the_contrast_there_is() -> None:
    picture = plain(0, 0, 0)
    picture[:, 32:] = 255
    meter = ToneMeter()
    meter.see(picture)
    assert meter.tone().contrast == pytest.approx(0.5)
    assert meter.tone().colours == ("black", "white")


def test_the_tone_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture"):
        ToneMeter().tone()


def test_brighter_pictures_get_brighter_words() -> None:
    words = [brightness_word(level) for level in (0.02, 0.15, 0.4, 0.7, 0.95)]
    assert words == ["very dark", "dark", "moderately bright", "bright", "very bright"]
