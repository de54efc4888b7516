"""The part of a picture that a box shows: how sharp it is, and as a file."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from formats.film_scan import PictureBox

Picture = NDArray[np.uint8]
"""``(H, W, 3)`` RGB, or ``(H, W)`` grey."""

_MEASURED_SIDE = 256


def cropped(picture: Picture, box: PictureBox) -> Picture:
    left, top, right, bottom = box
    return picture[top:bottom, left:right]


def sharpness(crop: Picture) -> float:
    """Fine detail against contrast: the variance of the Laplacian over that of the luminance, of the crop scaled so that its
    longer side is 256 pixels. 0 for a flat one. After Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy"
    (2000); the division makes it the same in dim and bright light.
    """
    grey: Picture = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.uint8)
    scaled = _scaled(grey, _MEASURED_SIDE / max(grey.shape))
    contrast = float(scaled.var())
    return float(cv2.Laplacian(scaled, cv2.CV_32F).var()) / contrast if contrast > 1.0 else 0.0


def fitted(crop: Picture, longest_side: int) -> Picture:
    """Scaled down, never up, until its longer side has at most ``longest_side`` pixels."""
    return crop if max(crop.shape[:2]) <= longest_side else _scaled(crop, longest_side / max(crop.shape[:2]))


def png(picture: Picture) -> bytes:
    """Without metadata. Equal pictures, equal bytes, with one version of OpenCV."""
    data = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, written = cv2.imencode(".png", data, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise ValueError("OpenCV could not encode a PNG")
    return bytes(written)


def _scaled(picture: Picture, scale: float) -> Picture:
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(picture, (width, height), interpolation=how).astype(np.uint8)
