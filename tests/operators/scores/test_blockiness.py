from __future__ import annotations

import cv2
import numpy as np
import pytest

from operators.scores.blockiness import blockiness


def as_jpeg(picture, quality):
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def windows_of_picture(picture, shift=0):
    return [
        picture[y + shift : y + shift + 64, x + shift : x + shift + 64] for y in (32, 112, 208) for x in (80, 240, 400)
    ]


def test_stronger_compression_is_blockier(photograph):
    grey = cv2.cvtColor(photograph(), cv2.COLOR_RGB2GRAY)
    values = [blockiness(windows_of_picture(as_jpeg(grey, quality))) for quality in (95, 40, 15, 5)]
    assert values == sorted(values)
    assert values[0] < 0.1
    assert values[-1] > 1


def test_only_borders_on_the_grid_are_blocks(photograph):
    blocks = as_jpeg(cv2.cvtColor(photograph(), cv2.COLOR_RGB2GRAY), 5)
    assert blockiness(windows_of_picture(blocks, shift=4)) == 0


def test_blocks_of_known_step_on_grey():
    board = np.add.outer(np.arange(64) // 8, np.arange(64) // 8) % 2
    window = (100 + 10 * board).astype(np.uint8)
    assert blockiness([window]) == pytest.approx(10.5 / 0.5 - 1)
    assert blockiness([np.full((64, 64), 77, np.uint8)]) == 0
    assert blockiness([]) is None
