"""A perceptual hash of a picture: 64 bits that stay when it is encoded again, scaled or brightened.

After pHash (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010; the ``phash`` of the ImageHash
package is its kin): the luma at 32x32, its discrete cosine transform, of that the 8x8 lowest frequencies without those that
are constant along an axis; a bit says whether a coefficient is above their median. Black bars are cut off first.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

SIDE, LOW = 32, 8
BITS = LOW * LOW
FLAT = 4.0
"""Standard deviation of luma (0..255) below which a picture has no structure to tell it by."""
Frame = npt.NDArray[np.uint8]


def perceptual_hash(picture: Frame) -> str:
    """``(H, W, 3) uint8 RGB`` without bars -> 16 hex digits; empty for a picture that is nearly of one brightness."""
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(luma, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    if float(small.std()) < FLAT:
        return ""
    low = cv2.dct(small)[1 : LOW + 1, 1 : LOW + 1]
    return np.packbits(low > np.median(low)).tobytes().hex()
