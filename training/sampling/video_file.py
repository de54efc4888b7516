"""A video as H.264 in an mp4 file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt


def write_video(pixels: npt.NDArray[np.uint8], fps: Fraction, file: Path) -> None:
    """``pixels``: ``(F, H, W, 3)`` uint8, RGB, height and width even."""
    _, height, width, _ = pixels.shape
    with av.open(str(file), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "16", "preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in pixels:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
