"""Runs of marked frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.exact_time import FrameRange


def runs_of(marked: NDArray[np.bool_]) -> list[FrameRange]:
    """``marked``: ``(N,)`` bool. Its runs of true values, half-open, in order."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    return list(zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True))
