"""A video as H.264 in an mp4 file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

_SAME_BYTES_EVERYWHERE = {"x264-params": "cpu-independent=1:threads=1"}


def write_video(pixels: npt.NDArray[np.uint8], fps: Fraction, file: Path) -> None:
    """``pixels``: ``(F, H, W, 3)`` uint8, RGB, height and width even. The same pixels give the same bytes."""
    _, height, width, _ = pixels.shape
    with av.open(str(file), "w", format="mp4", options={"movflags": "faststart", "fflags": "bitexact"}) as container:
        stream = container.add_stream(
            "libx264", rate=fps, options={"crf": "16", "preset": "medium", **_SAME_BYTES_EVERYWHERE}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1
        for picture in pixels:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
