"""The process that decodes clips for one that trains: a stranger's bytes are opened here and nowhere else.

``python -m training.data.decoding_process BYTES SECONDS``: address space that it may take on top of what it has, and time for a
clip. In: a line of JSON, a ``DecodeRequest``, then the mp4. Out: once a line to say that it is ready, then for each request a line,
and the pictures' bytes where there are any. It ends when its client does.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from training.data.buckets import Bucket
from training.data.clip_frames import ClipVideo, CorruptClipError, window_frames

Decode = Callable[[ClipVideo, Sequence[int], Bucket], NDArray[np.uint8]]


class DecodeRequest(BaseModel):
    """What the record says of a clip, and which of its frames are wanted in which size. ``size``: of the mp4, in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    fps: str
    frames: int
    width: int
    height: int
    numbers: tuple[int, ...]
    bucket: Bucket
    size: int

    @classmethod
    def of(cls, video: ClipVideo, numbers: Sequence[int], bucket: Bucket) -> DecodeRequest:
        return cls(
            key=video.key,
            fps=str(video.fps),
            frames=video.frames,
            width=video.width,
            height=video.height,
            numbers=tuple(numbers),
            bucket=bucket,
            size=len(video.data),
        )

    def video(self, data: bytes) -> ClipVideo:
        return ClipVideo(self.key, data, Fraction(self.fps), self.frames, self.width, self.height)


def serve(decode: Decode) -> None:
    """Until the client ends."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)  # what a decoder prints is no answer
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    taken = _address_space()
    if taken is not None:
        resource.setrlimit(resource.RLIMIT_AS, (taken + memory, taken + memory))
    _say(replies, {"ready": True})
    while line := requests.readline():
        asked = DecodeRequest.model_validate_json(line)
        video = asked.video(requests.read(asked.size))
        signal.alarm(seconds)  # ends this process also where its client is gone
        _answer(replies, partial(decode, video, asked.numbers, asked.bucket))
        signal.alarm(0)


def _answer(replies: BinaryIO, decode: Callable[[], NDArray[np.uint8]]) -> None:
    try:
        pictures = decode()
    except CorruptClipError as error:
        _say(replies, {"corrupt": error.cause})
    except MemoryError:
        _say(replies, {"corrupt": "decoding it takes too much memory"})
    else:
        replies.write(b"{}\n")
        replies.write(np.ascontiguousarray(pictures).data)
        replies.flush()


def _say(replies: BinaryIO, message: dict[str, object]) -> None:
    replies.write(json.dumps(message).encode() + b"\n")
    replies.flush()


def _address_space() -> int | None:
    """None where the system does not say: only Linux holds to the limit, too."""
    told = Path("/proc/self/statm")
    return int(told.read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE") if told.exists() else None


if __name__ == "__main__":
    serve(window_frames)
