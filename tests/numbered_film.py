"""Films whose every picture carries a number that ``tests/chat_server.py`` reads: blocks along the top, white for a 1."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

from tests.chat_server import BLOCKS

RATE = 12


def write_numbered(path: Path, shots: Sequence[tuple[int, int]], width: int = 192, height: int = 112) -> Path:
    """``shots``: number and frames of each, hard cuts between them. Below the blocks, shots differ in grey and in texture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "12", "preset": "ultrafast"})
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        stream.codec_context.thread_count = 1
        for number, frames in shots:
            picture = np.random.default_rng(number).integers(0, 120, (height // 16, width // 16, 3), dtype=np.uint8)
            picture = np.kron(picture, np.ones((16, 16, 1), np.uint8)) + np.uint8(10 * (number % 12))
            for i in range(BLOCKS):
                picture[: height // 7, i * width // BLOCKS : (i + 1) * width // BLOCKS] = 255 if number >> i & 1 else 0
            for _ in range(frames):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path
