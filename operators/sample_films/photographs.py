"""The photographs that ship inside the scikit-image and scikit-learn wheels, read as files: nothing is downloaded."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_SKIMAGE = ("skimage", "data")
_SKLEARN = ("sklearn", "datasets/images")

PHOTOGRAPHS: dict[str, tuple[tuple[str, str], str] | Path] = {
    "astronaut": (_SKIMAGE, "astronaut.png"),
    "camera": (_SKIMAGE, "camera.png"),
    "cat": (_SKIMAGE, "chelsea.png"),
    "clock": (_SKIMAGE, "clock_motion.png"),
    "coffee": (_SKIMAGE, "coffee.png"),
    "coins": (_SKIMAGE, "coins.png"),
    "flower": (_SKLEARN, "flower.jpg"),
    "galaxies": (_SKIMAGE, "hubble_deep_field.jpg"),
    "grass": (_SKIMAGE, "grass.png"),
    "gravel": (_SKIMAGE, "gravel.png"),
    "moon": (_SKIMAGE, "moon.png"),
    "motorcycle": (_SKIMAGE, "motorcycle_left.png"),
    "retina": (_SKIMAGE, "retina.jpg"),
    "rocket": (_SKIMAGE, "rocket.jpg"),
    "temple": (_SKLEARN, "china.jpg"),
    "tissue": (_SKIMAGE, "ihc.png"),
}
"""Each by package, folder and file; those that a benchmark adds are files of its own."""


def photograph_path(name: str) -> Path:
    """Raises ``KeyError`` for an unknown name, ``FileNotFoundError`` where its package is not installed."""
    known = PHOTOGRAPHS[name]
    if isinstance(known, Path):
        return known
    (package, folder), file = known
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the photograph {name!r} ships with the package {package}, which is not installed")
    return Path(spec.origin).parent / folder / file


@lru_cache(maxsize=16)
def load_photograph(name: str) -> Picture:
    """``(H, W, 3) uint8, RGB``, read-only. Raises ``FileNotFoundError`` where the wheel does not hold it,
    ``ValueError`` where it cannot be read.
    """
    path = photograph_path(name)
    data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
    if decoded is None:
        raise ValueError(f"{path} is not a picture")
    picture = np.asarray(decoded, dtype=np.uint8)
    picture.setflags(write=False)
    return picture
