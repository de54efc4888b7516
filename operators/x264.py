"""How x264 is asked for the same bytes on every x86-64 machine, and which build answers."""

from __future__ import annotations

import io
import re
from fractions import Fraction
from functools import cache
from math import floor

import av
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from operators.clip_colour import ClipColour

# One thread: x264's decisions depend on the thread count. cpu-independent: SIMD paths differ in result otherwise, and that of
# macroblock trees for AVX-512 differs from run to run on one machine.
DETERMINISM = "cpu-independent=1:threads=1:lookahead-threads=1:sliced-threads=0"
_MIN_TIMESCALE = 10_000


def muxer_options(fps: Fraction) -> dict[str, str]:
    """MP4 with the index in front and no date. The movie's time scale holds every frame's instant exactly: in the usual
    milliseconds, the edit list would end a clip a fraction of a frame early.
    """
    scale = fps.numerator * -(-_MIN_TIMESCALE // fps.numerator)
    return {"movflags": "+faststart", "fflags": "+bitexact", "movie_timescale": str(scale)}


def add_clip_stream(
    container: OutputContainer,
    size: tuple[int, int],
    fps: Fraction,
    colour: ClipColour,
    *,
    crf: float,
    preset: str,
    gop_seconds: float,
) -> VideoStream:
    """Adds the H.264 stream of a clip; ``size`` is (width, height). Frames go in with time base 1 / ``fps``."""
    options = {
        "crf": f"{crf:g}",
        "preset": preset,
        "profile": "high",
        "g": str(max(1, floor(gop_seconds * fps))),
        "forced-idr": "1",
        "flags": "+bitexact+cgop",
        "a53cc": "0",
        "x264-params": DETERMINISM,
    }
    stream = container.add_stream("libx264", rate=fps, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = 1 / fps
    context.thread_count = 1
    context.sample_aspect_ratio = Fraction(1, 1)
    context.color_range = 1
    context.colorspace = colour.matrix
    context.color_primaries = colour.primaries
    context.color_trc = colour.transfer
    return stream


@cache
def encoder_fingerprint() -> str:
    """The build that decides the bytes: ``"x264 165, libavcodec 62.28.102, libavformat ..., libswscale ..., ..."``."""
    names = ("libavcodec", "libavformat", "libavutil", "libswscale", "libswresample")
    versions = [f"{name} {'.'.join(map(str, av.library_versions[name]))}" for name in names]
    return ", ".join([f"x264 {_x264_build()}", *versions, DETERMINISM])


def _x264_build() -> str:
    """x264 names its build in the first packet it writes; no library call tells it."""
    memory = io.BytesIO()
    with av.open(memory, "w", format="mp4") as container:
        stream = add_clip_stream(
            container, (16, 16), Fraction(1), ClipColour(1, 1, 1), crf=18, preset="ultrafast", gop_seconds=1
        )
        frame = VideoFrame(16, 16, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts, frame.time_base = 0, Fraction(1)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    found = re.search(rb"x264 - core (\d+(?: r\d+ [0-9a-f]+)?)", memory.getvalue())
    if found is None:
        raise RuntimeError("this PyAV build's libx264 does not name its version")
    return found.group(1).decode()
