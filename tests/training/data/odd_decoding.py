"""A decoding process in which clips of certain keys do harm."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.buckets import Bucket
from training.data.clip_frames import ClipVideo, window_frames
from training.data.decoding_process import serve


def decode(video: ClipVideo, numbers: Sequence[int], bucket: Bucket) -> NDArray[np.uint8]:
    if video.key == "hangs":
        time.sleep(600)
    if video.key == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    if video.key == "exits":
        os._exit(3)
    if video.key == "hogs":
        np.ones(1 << 30, np.uint8)
    if video.key == "prints":
        os.write(1, b"noise\n" * 100)
    return window_frames(video, numbers, bucket)


if __name__ == "__main__":
    serve(decode)
