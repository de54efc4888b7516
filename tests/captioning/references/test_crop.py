from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from captioning.references.crop import cropped, fitted, png, sharpness
from formats.references import png_size
from operators.sample_films.photographs import load_photograph

PHOTOGRAPH = np.ascontiguousarray(load_photograph("astronaut"))


@pytest.mark.parametrize("blur", [1, 2, 4, 8])
def test_a_blurred_picture_is_less_sharp(blur: int) -> None:
    less = cv2.GaussianBlur(PHOTOGRAPH, (0, 0), blur)
    assert sharpness(less) < 0.9 * sharpness(PHOTOGRAPH)
    assert sharpness(cv2.GaussianBlur(PHOTOGRAPH, (0, 0), 2 * blur)) < sharpness(less)


def test_dim_light_is_not_taken_for_blur() -> None:
    dim = (PHOTOGRAPH // 3).astype(np.uint8)
    assert sharpness(dim) == pytest.approx(sharpness(PHOTOGRAPH), rel=0.15)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (4, 4, 3), (3000, 2, 3)])
def test_odd_and_flat_crops_have_a_sharpness(shape: tuple[int, int, int]) -> None:
    assert sharpness(np.full(shape, 90, np.uint8)) == 0.0


def test_an_image_is_scaled_down_and_never_up() -> None:
    assert fitted(PHOTOGRAPH[:200, :400], 100).shape == (50, 100, 3)
    assert fitted(PHOTOGRAPH[:20, :40], 100).shape == (20, 40, 3)
    assert fitted(PHOTOGRAPH[:512, :2], 100).shape == (100, 1, 3)


def test_a_png_is_the_crop_itself() -> None:
    crop = cropped(PHOTOGRAPH, (7, 20, 107, 60))
    data = png(crop)
    assert png_size(data) == (100, 40) and png(crop) == data
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), PHOTOGRAPH[20:60, 7:107])
    mask = png(np.full((4, 5), 255, np.uint8))
    assert Image.open(io.BytesIO(mask)).mode == "L"
