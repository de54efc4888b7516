from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from captioning.colour_temperature import ColourTemperatureMeter, planck_uv, temperature_word

TO_LINEAR = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
"""XYZ to linear sRGB, IEC 61966-2-1, as printed there: not computed from the code under test."""


def light_of(kelvin: float) -> NDArray[np.float64]:
    """A black body's linear sRGB, the greatest channel 1."""
    u, v = planck_uv(kelvin)
    x, y = 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)
    rgb = np.maximum(TO_LINEAR @ np.array([x / y, 1.0, (1 - x - y) / y]), 0)
    return rgb / rgb.max()


def under(picture: NDArray[np.uint8], kelvin: float) -> NDArray[np.uint8]:
    """``picture``, taken under daylight of 6,504 K, as another light shows it to a camera that is not told."""
    level = picture / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    gains = light_of(kelvin) / light_of(6504)
    shown = linear * gains / gains.max()
    encoded = np.where(shown <= 0.0031308, 12.92 * shown, 1.055 * shown ** (1 / 2.4) - 0.055)
    return np.rint(255 * np.clip(encoded, 0, 1)).astype(np.uint8)


def measured(*pictures: NDArray[np.uint8]) -> float | None:
    meter = ColourTemperatureMeter()
    for picture in pictures:
        meter.see(picture)
    return meter.kelvin()


GREY = np.full((64, 96, 3), 140, np.uint8)


@pytest.mark.parametrize("kelvin", [2000, 2500, 3200, 4500, 5600, 6504, 8000, 10_000])
def test_a_grey_card_has_the_temperature_of_its_light(kelvin: float) -> None:
    found = measured(under(GREY, kelvin))
    assert found is not None
    assert abs(1e6 / found - 1e6 / kelvin) < 14, "mired"


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
def test_a_photograph_is_called_warm_or_cool_as_its_light_is_changed(name: str) -> None:
    photograph = getattr(data, name)()
    words = [temperature_word(measured(under(photograph, kelvin))) for kelvin in (3000, 6504, 25_000)]
    assert words[:2] == ["Warm", ""]
    assert words[2] in ("Cool", "Cold")
    kelvins = [measured(under(photograph, kelvin)) for kelvin in (2500, 3500, 5000, 7000, 10_000, 15_000)]
    assert None not in kelvins
    assert kelvins == sorted(kelvins, key=float)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "colour", [(200, 30, 30), (30, 200, 30), (200, 60, 200), (0, 0, 0), (255, 255, 255), (3, 2, 1)]
)
def test_colours_that_no_light_has_and_what_is_black_or_clipped_have_no_temperature(
    colour: tuple[int, int, int],
) -> None:
    assert measured(np.full((32, 32, 3), colour, np.uint8)) is None
    assert temperature_word(None) == ""


def test_nothing_seen_is_nothing_measured() -> None:
    assert measured() is None
    assert measured(np.zeros((1, 1, 3), np.uint8)) is None


def test_brightness_and_the_order_of_pictures_do_not_matter() -> None:
    dim, bright = under(GREY // 2, 3200), under(GREY, 3200)
    assert measured(dim, bright) == measured(bright, dim)
    one, other = measured(dim), measured(bright)
    assert one is not None
    assert other == pytest.approx(one, rel=0.03)


def test_limits_belong_to_the_upper_word() -> None:
    assert [temperature_word(k) for k in (2000.0, 4699.9, 4700.0, 8499.9, 8500.0, 12_000.0)] == [
        "Warm",
        "Warm",
        "",
        "",
        "Cool",
        "Cold",
    ]
