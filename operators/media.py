"""The only door to untrusted media: a file is opened here or not at all.

A film is read through a file object of ours with a demuxer chosen by content (``operators/containers.py``). FFmpeg
never sees the file's name, and everything else that it might want to open is refused.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final, NoReturn, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.container import InputContainer
from av.container.core import Flags
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

from formats.exact_time import format_rational
from formats.film_scan import AudioStream, FilmProbe
from operators.containers import HEAD_BYTES, refusal, sniff_container
from operators.film_error import REASONS, FilmError
from operators.orientation import Orientation, display_size, orientation_of, pixel_aspect
from operators.packet_decoder import Damage, PacketDecoder
from operators.scrambled import is_scrambled
from operators.still_streams import stills_among

__all__ = [
    "REASONS",
    "FilmError",
    "choose_stream",
    "demux_only",
    "open_chosen",
    "open_film",
    "open_stream",
    "probe_film",
]

MAX_PIXELS: Final = 8192 * 4320
"""Largest picture that is decoded, in coded pixels."""

MAX_STREAMS: Final = 100
_READ_BYTES: Final = 1 << 18
_NOT_FILM = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image | Disposition.dependent


class _FilmBytes:
    """What FFmpeg may see of a file: bytes, and no name."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.tell = file.tell

    def read(self, size: int) -> bytes:
        """Raises ``FilmError``: unreadable, which PyAV hands on to whoever made FFmpeg read."""
        try:
            return self._file.read(size)
        except OSError as error:
            raise FilmError("unreadable", f"The file cannot be read: {_plain(error)}.") from error

    def seek(self, offset: int, whence: int) -> int:
        """Where a damaged header points to nowhere, FFmpeg expects a negative error number, not an exception."""
        try:
            return self._file.seek(offset, whence)
        except OSError as error:
            return -(error.errno or errno.EIO)


def _refuse_other_files(*_: object) -> NoReturn:
    raise FilmError("format_not_allowed", "The film asks for another file to be opened.")


@contextmanager
def open_film(path: Path) -> Iterator[InputContainer]:
    """The container at ``path``, readable and seekable; closed on leaving.

    Raises ``FilmError``: empty_file, unreadable, not_a_video, format_not_allowed, encrypted, damaged.
    """
    with _open_regular(path) as file:
        head = _FilmBytes(file).read(HEAD_BYTES)
        if not head:
            raise FilmError("empty_file", "The file has no bytes.")
        demuxer = sniff_container(head)
        if demuxer is None:
            raise FilmError(*refusal(head))
        if is_scrambled(head, demuxer):
            raise FilmError("encrypted", "The pictures are encrypted: the stream says that it is scrambled.")
        file.seek(0)
        with _open_container(file, demuxer) as container:
            yield container


def _open_container(file: BinaryIO, demuxer: str) -> InputContainer:
    try:
        return av.open(
            _FilmBytes(file),
            mode="r",
            format=demuxer,
            options={"max_pixels": str(MAX_PIXELS)},
            container_options={"max_streams": str(MAX_STREAMS), "protocol_whitelist": "file"},
            metadata_errors="replace",
            buffer_size=_READ_BYTES,
            io_open=_refuse_other_files,
        )
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError) as error:
        raise FilmError("damaged", f"The container cannot be read as {demuxer}: {_plain(error)}.") from error


def _open_regular(path: Path) -> BinaryIO:
    try:
        # Non-blocking, because a named pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise FilmError("unreadable", f"The file cannot be opened: {_plain(error)}.") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FilmError("unreadable", "This is a folder, a device or a pipe, not a file.")
    return os.fdopen(descriptor, "rb", buffering=0)


@contextmanager
def open_chosen(path: Path, threads: int) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The film at ``path`` and the stream that ``choose_stream`` chooses, knowing which streams are stills.

    Raises ``FilmError`` as ``open_film`` and ``choose_stream`` do.
    """
    with open_film(path) as container:
        if len(_films(container)) < 2:
            yield container, open_stream(container, None, threads)
            return
        chosen = choose_stream(container, stills_among(container)).index
    with open_film(path) as container:
        yield container, open_stream(container, chosen, threads)


def _films(container: InputContainer) -> list[VideoStream]:
    return [stream for stream in container.streams.video if not stream.disposition & _NOT_FILM]


def choose_stream(container: InputContainer, stills: Collection[int] = ()) -> VideoStream:
    """The video stream that is the film: most pixels, then marked as default, then most frames, then lowest index.

    Cover pictures, thumbnails, stills and layers of other streams do not count; of ``stills`` (indices) one is taken
    only where there is nothing else. Raises ``FilmError``: no_video_stream,
    codec_unsupported, encrypted, frame_too_large, no_timestamps.
    """
    films = _films(container)
    if not films:
        raise FilmError("no_video_stream", "The file holds no moving pictures.")
    known = [stream for stream in films if stream.codec_context is not None]
    if not known:
        raise FilmError("codec_unsupported", "There is no decoder for the pictures.")
    best = max([stream for stream in known if stream.index not in stills] or known, key=_rank)
    if "enc_key_id" in best.metadata:
        raise FilmError("encrypted", "The pictures are encrypted.")
    if best.width * best.height > MAX_PIXELS:
        raise FilmError("frame_too_large", f"Frames of {best.width}x{best.height} exceed {MAX_PIXELS} pixels.")
    if best.time_base is None or best.time_base <= 0:
        raise FilmError("no_timestamps", "The video stream has no time base.")
    return best


def _rank(stream: VideoStream) -> tuple[int, bool, int, int]:
    pixels = stream.width * stream.height
    return (pixels, bool(stream.disposition & Disposition.default), stream.frames, -stream.index)


def open_stream(container: InputContainer, index: int | None, threads: int) -> VideoStream:
    """Stream ``index`` (``None``: the chosen one), set to decode with ``threads`` threads; other streams are not read.

    Raises ``FilmError`` as ``choose_stream`` does.
    """
    if index is None:
        stream = choose_stream(container)
    else:
        stream = next((one for one in container.streams.video if one.index == index), None) or _no_stream(index)
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    stream.codec_context.thread_count = threads
    stream.codec_context.thread_type = "AUTO" if threads > 1 else "NONE"
    demux_only(container, stream)
    # What FFmpeg makes up where a container stores no timestamps (AVI) is in decoding order; see ``FrameClock``.
    container.flags &= ~cast(int, Flags.gen_pts.value)
    return stream


def _no_stream(index: int) -> NoReturn:
    raise FilmError("no_video_stream", f"The file has no video stream {index}.")


def demux_only(container: InputContainer, stream: Stream) -> None:
    """Lets the demuxer skip the packets of all other streams."""
    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all


def probe_film(path: Path) -> FilmProbe:
    """What the container and its first frame say.

    Raises ``FilmError``: as ``open_film`` and ``choose_stream``; encrypted; no_frames.
    """
    with open_chosen(path, threads=1) as (container, stream):
        audio = _audio_beside(container, stream)
        width, height, turned = _first_picture(container, stream)
        aspect = pixel_aspect(stream.sample_aspect_ratio)
        shown = display_size(width, height, aspect, turned)
        return FilmProbe(
            container=container.format.name,
            codec=stream.codec_context.codec.canonical_name,
            stream=stream.index,
            time_base=format_rational(Fraction(stream.time_base or 0)),
            width=shown[0],
            height=shown[1],
            coded_width=width,
            coded_height=height,
            rotation=turned.clockwise,
            sample_aspect_ratio=format_rational(aspect),
            audio=audio,
        )


def _first_picture(container: InputContainer, stream: VideoStream) -> tuple[int, int, Orientation]:
    """Size and rotation as the first frame has them: rotation is not to be had from the container alone."""
    for picture, _ in PacketDecoder(container, stream, Damage()).pictures():
        return picture.width, picture.height, orientation_of(picture)
    raise FilmError("no_frames", "Not one frame could be decoded.")


def _audio_beside(container: InputContainer, stream: VideoStream) -> AudioStream:
    audio = container.streams.best("audio", related=stream)
    if audio is None or audio.codec_context is None:
        return AudioStream()
    context = cast(AudioCodecContext, audio.codec_context)
    return AudioStream(codec=context.codec.canonical_name, channels=context.channels, rate=context.sample_rate)


def _plain(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)
