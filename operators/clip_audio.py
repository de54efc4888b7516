"""A clip's sound: the film's samples under each shot, back to back, with short fades where shots meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream as AvAudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from operators.media import open_film

FADE_SECONDS = Fraction(5, 1000)
AAC_FRAME = 1024
_BITS_PER_CHANNEL = 64_000
_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
# Timestamps rounded to milliseconds jitter; only a jump beyond this is a gap in the sound.
_GAP_SECONDS = Fraction(20, 1000)
_PREROLL_SECONDS = 1


@dataclass(frozen=True)
class SoundSpan:
    """Film seconds [``start``, ``end``) go to clip seconds [``at``, ``until``); the shorter of the two decides."""

    start: Fraction
    end: Fraction
    at: Fraction
    until: Fraction


@dataclass(frozen=True)
class ClipSound:
    """``samples``: ``(channels, n)`` float32 in [-1, 1] at ``rate`` Hz, as long as the clip to half a sample."""

    samples: NDArray[np.float32]
    rate: int


def read_clip_sound(film: Path, stream: int, spans: Sequence[SoundSpan]) -> ClipSound | None:
    """The sound of ``spans``, from the audio stream that belongs to video ``stream``; ``None`` if the film has none.

    Mono and stereo stay, more channels become stereo. Where the film has no samples there is silence.
    """
    with open_film(film) as container:
        audio = container.streams.best("audio", related=container.streams[stream])
        if not isinstance(audio, AvAudioStream) or not audio.codec_context.channels:
            return None
        rate = audio.rate if audio.rate in _RATES else 48000
        channels = min(2, audio.codec_context.channels)
        samples = np.zeros((channels, _sample(spans[-1].until, rate)), np.float32)
        for span in spans:
            at, until = _sample(span.at, rate), _sample(span.until, rate)
            heard = _read_span(container, audio, span, channels, rate)[:, : until - at]
            samples[:, at : at + heard.shape[1]] = _faded(heard, rate)
    return ClipSound(samples, rate)


def _sample(seconds: Fraction, rate: int) -> int:
    return floor(seconds * rate + Fraction(1, 2))


def _faded(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Linear fades at both ends, so that a join does not click."""
    length = min(_sample(FADE_SECONDS, rate), samples.shape[1] // 2)
    ramp = (np.arange(length, dtype=np.float32) + 0.5) / max(1, length)
    faded = samples.copy()
    faded[:, :length] *= ramp
    faded[:, faded.shape[1] - length :] *= ramp[::-1]
    return faded


def _read_span(
    container: InputContainer, audio: AvAudioStream, span: SoundSpan, channels: int, rate: int
) -> NDArray[np.float32]:
    out = np.zeros((channels, _sample(span.end - span.start, rate)), np.float32)
    resampler = AudioResampler(format="fltp", layout="mono" if channels == 1 else "stereo", rate=rate)
    position: int | None = None
    for frame in _audio_from(container, audio, span.start):
        if frame.pts is None or frame.time_base is None:
            continue
        begins = _sample(frame.pts * Fraction(frame.time_base) - span.start, rate)
        if position is None or abs(begins - position) > _GAP_SECONDS * rate:
            position = begins
        if position >= out.shape[1]:
            break
        for part in resampler.resample(frame):
            data = np.asarray(part.to_ndarray(), np.float32)
            _place(out, data, position)
            position += data.shape[1]
    return out


def _place(out: NDArray[np.float32], data: NDArray[np.float32], position: int) -> None:
    low, high = max(0, position), min(out.shape[1], position + data.shape[1])
    if low < high:
        out[:, low:high] = data[:, low - position : high - position]


def _audio_from(container: InputContainer, audio: AvAudioStream, start: Fraction) -> Iterator[AudioFrame]:
    """Decoded audio frames from a little before ``start``; undecodable packets leave a gap."""
    tick = Fraction(audio.time_base or Fraction(1, 1_000_000))
    container.seek(floor((start - _PREROLL_SECONDS) / tick), stream=audio, backward=True, any_frame=False)
    for packet in container.demux(audio):
        try:
            yield from packet.decode()
        except FFmpegError:
            continue


class AacTrack:
    """The AAC stream of a clip, written in step with the picture so that players need no seeking."""

    def __init__(self, container: OutputContainer, sound: ClipSound) -> None:
        channels = sound.samples.shape[0]
        options = {"b": str(_BITS_PER_CHANNEL * channels), "flags": "+bitexact"}
        self._layout = "mono" if channels == 1 else "stereo"
        self._stream = container.add_stream("aac", rate=sound.rate, options=options, layout=self._layout)
        self._container = container
        self._sound = sound
        self._written = 0

    def write_until(self, seconds: Fraction) -> None:
        """Writes whole AAC frames up to ``seconds`` of the clip."""
        while self._written + AAC_FRAME <= min(_sample(seconds, self._sound.rate), self._sound.samples.shape[1]):
            self._write(AAC_FRAME)

    def finish(self) -> None:
        while self._written < self._sound.samples.shape[1]:
            self._write(min(AAC_FRAME, self._sound.samples.shape[1] - self._written))
        self._container.mux(self._stream.encode(None))

    def _write(self, count: int) -> None:
        part = np.ascontiguousarray(self._sound.samples[:, self._written : self._written + count])
        frame = AudioFrame.from_ndarray(part, format="fltp", layout=self._layout)
        frame.sample_rate = self._sound.rate
        frame.pts, frame.time_base = self._written, Fraction(1, self._sound.rate)
        self._container.mux(self._stream.encode(frame))
        self._written += count
