"""Interlaced frames become whole pictures: one out for one in, each with the timestamp that it had.

A frame that its decoder calls interlaced holds two instants in its odd and even lines. FFmpeg's bwdif (field order as
the frame says, one picture per frame) keeps the lines of the first and interpolates the others from lines above and
below and from the frames before and after. All other frames are passed on untouched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from av.filter import Graph
from av.video.frame import VideoFrame

from operators.decode import DecodedFrame

_SMALLEST: Final = 4
"""bwdif takes no picture of fewer lines or columns."""


def deinterlaced(
    frames: Iterable[DecodedFrame], borders: Collection[int] = (), *, every: bool = False
) -> Iterator[DecodedFrame]:
    """``frames``, in order of ``index``, with every interlaced picture replaced by a whole one of the same time.

    ``every``: pictures that do not say so count as interlaced too, their upper field first.

    A picture is made from its own frame and the two beside it. Frames whose indices do not follow one another, or with
    an index of ``borders`` between them (the first frames of shots), never touch each other.
    """
    run = _Run(every)
    last: int | None = None
    for frame in frames:
        if last is not None and (frame.index != last + 1 or frame.index in borders):
            yield from run.finish()
        yield from run.feed(frame)
        last = frame.index
    yield from run.finish()


class _Run:
    """Frames that follow one another. The filter is made at the first interlaced frame: most films have none."""

    def __init__(self, every: bool) -> None:
        self._every = every
        self._filter: _Filter | None = None
        self._before: DecodedFrame | None = None
        self._waiting: deque[DecodedFrame | None] = deque()

    def feed(self, frame: DecodedFrame) -> Iterator[DecodedFrame]:
        """The frames that are ready: the filter looks one frame ahead."""
        if self._before is not None and _shape(self._before.picture) != _shape(frame.picture):
            yield from self.finish()
        if self._filter is None and self._is_interlaced(frame.picture):
            self._filter = _Filter(frame.picture)
            if self._before is not None:
                self._waiting.append(None)
                self._filter.push(self._before.picture)
        self._before = frame
        if self._filter is None:
            yield frame
            return
        self._waiting.append(frame)
        self._filter.push(frame.picture)
        yield from self._ready()

    def finish(self) -> Iterator[DecodedFrame]:
        """The frames still waiting. The next one that is fed begins a new run."""
        if self._filter is not None:
            self._filter.push(None)
            yield from self._ready()
        self._filter, self._before = None, None

    def _ready(self) -> Iterator[DecodedFrame]:
        assert self._filter is not None
        for picture in self._filter.pull():
            frame = self._waiting.popleft()
            if frame is not None:
                yield _with_picture(frame, picture) if self._is_interlaced(frame.picture) else frame

    def _is_interlaced(self, picture: VideoFrame) -> bool:
        return (picture.interlaced_frame or self._every) and min(picture.width, picture.height) >= _SMALLEST


class _Filter:
    """bwdif for pictures of one shape; as many come out as went in, the last after ``push(None)``."""

    def __init__(self, picture: VideoFrame) -> None:
        self._graph = Graph()
        self._graph.threads = 1
        source = self._graph.add(
            "buffer",
            video_size=f"{picture.width}x{picture.height}",
            pix_fmt=picture.format.name,
            time_base="1/1",
            colorspace=str(int(picture.colorspace)),
            range=str(int(picture.color_range)),
        )
        # Every frame goes through: bwdif's own choice leaves an interlaced frame beside a progressive one combed.
        bwdif = self._graph.add("bwdif", mode="send_frame", parity="auto", deint="all")
        self._graph.link_nodes(source, bwdif, self._graph.add("buffersink")).configure()

    def push(self, picture: VideoFrame | None) -> None:
        self._graph.vpush(picture)

    def pull(self) -> Iterator[VideoFrame]:
        while True:
            try:
                yield self._graph.vpull()
            except (BlockingIOError, EOFError):
                return


def _shape(picture: VideoFrame) -> tuple[int, int, str, int, int]:
    return picture.width, picture.height, picture.format.name, int(picture.colorspace), int(picture.color_range)


def _with_picture(frame: DecodedFrame, picture: VideoFrame) -> DecodedFrame:
    picture.pts = frame.picture.pts
    return replace(frame, picture=picture)
