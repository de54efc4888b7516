"""The pass over a film: every frame is decoded once and feeds signals, network, splitter, samples and timing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from formats.exact_time import parse_rational
from formats.film_scan import FilmProbe, FilmScan, Fragment
from operators.decode import DecodedFrame, FilmPass, decode_film, film_timing
from operators.deinterlace import deinterlaced
from operators.film_error import FilmError
from operators.film_network import FilmNetwork, NoNetwork, TransNetWindows
from operators.film_splitter import HIGHEST_RATE, Boundary, FilmSplitter
from operators.fragment_collector import FragmentCollector, OpenFragment
from operators.frame_scaler import FOR_MEASURING, FrameScaler
from operators.layout_embedding import layout_embedding
from operators.media import probe_film
from operators.picture_models.fragment_models import FragmentAnswers, FragmentModels
from operators.picture_models.protocol import PictureModel
from operators.runs import runs_of
from operators.scan import ScanSettings
from operators.scores.fragment import fragment_picture, fragment_scores
from operators.scores.frame_look import FrameLooks, jumps
from operators.signals import CORRUPT_FLAG, KEY_FLAG, SignalMeter, Signals
from operators.size_meter import SizeMeter
from operators.thumbnail_sheet import TilePicker, tile_size

Frame = npt.NDArray[np.uint8]

SMALL_WIDTH, SMALL_HEIGHT = 48, 27
BATCH = 50
SAMPLE_EVERY = 8


@dataclass(frozen=True)
class MeasuredFilm:
    """``tiles``: one JPEG per fragment. ``answers``: what each picture model said of each fragment."""

    scan: FilmScan
    signals: Signals
    tiles: tuple[bytes, ...]
    answers: tuple[FragmentAnswers, ...]


def measure_film(path: Path, sha256: str, settings: ScanSettings, models: Sequence[PictureModel] = ()) -> MeasuredFilm:
    """Scans the film in one pass; ``models`` look at pictures of its fragments. What several decoding threads make of
    damage is not repeatable: then once more with one.

    Raises ``FilmError``.
    """
    cv2.setNumThreads(1)
    probe = probe_film(path)
    if settings.decode_threads > 1:
        frames = decode_film(path, threads=settings.decode_threads, max_corrupt_share=1.0)
        measured = _FilmMeasuring(probe, settings, models).run(frames, sha256)
        if not frames.damaged:
            return measured
    frames = decode_film(path, threads=1, max_corrupt_share=settings.max_corrupt_share)
    return _FilmMeasuring(probe, settings, models).run(frames, sha256)


@dataclass(frozen=True)
class _Measured:
    """What a film's fragments are scored from. ``shown``: ``(frames + 1,)`` int64, when each frame's time begins, and
    when the last one's ends, in ticks."""

    signals: Signals
    shown: npt.NDArray[np.int64]
    answers: tuple[FragmentAnswers, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """What is kept of a frame until its batch is full. ``small``: ``(27, 48, 3) uint8 RGB``."""

    small: Frame
    pts: int
    flags: int


class _FilmMeasuring:
    """One film on its way through everything that measures it."""

    def __init__(self, probe: FilmProbe, settings: ScanSettings, models: Sequence[PictureModel]) -> None:
        self._probe, self._settings = probe, settings
        self._time_base = parse_rational(probe.time_base)
        self._meter = SignalMeter()
        self._scaler = FrameScaler(FOR_MEASURING)
        self._picker = TilePicker()
        self._tile = tile_size(probe.width, probe.height)
        self._splitter: FilmSplitter | None = None
        self._models = FragmentModels(models, probe.width, probe.height) if models else None
        self._looks = FrameLooks(probe.width, probe.height, self._time_base)
        self._fragments = FragmentCollector(self._picker, self._looks, self._models)
        self._sizes = SizeMeter(parse_rational(probe.sample_aspect_ratio))
        self._last: Frame | None = None
        self._last_duration = 0

    def run(self, frames: FilmPass, sha256: str) -> MeasuredFilm:
        decoded = deinterlaced(frames)
        while batch := [self._look(frame) for frame in islice(decoded, BATCH)]:
            small, pts = np.stack([look.small for look in batch]), [look.pts for look in batch]
            self._meter.measure(small, pts, [look.flags for look in batch])
            splitter = self._started(pts)
            self._take(splitter, splitter.feed(small))
        if frames.interlaced and self._settings.interlaced == "refuse":
            raise FilmError("interlaced", f"{frames.interlaced} of {frames.frames} frames are interlaced.")
        assert self._splitter is not None and self._last is not None
        self._take(self._splitter, self._splitter.finish())
        signals = self._meter.signals()
        fragments = self._fragments.finish(len(signals.pts), layout_embedding(self._last))
        timing = film_timing(signals.pts, self._last_duration, self._time_base)
        answers = self._models.finish() if self._models is not None else ()
        measured = _Measured(signals, np.append(signals.pts, timing.end_pts), answers)
        scan = FilmScan(
            sha256=sha256,
            probe=self._probe,
            timing=timing,
            transitions=self._fragments.transitions(len(signals.pts)),
            edges=self._fragments.edges(len(signals.pts)),
            fragments=tuple(self._scored(number, fragment, measured) for number, fragment in enumerate(fragments)),
            corrupt=tuple(runs_of(signals.flags & CORRUPT_FLAG > 0)),
            decode_errors=frames.errors,
            untimed=frames.left_out,
            interlaced=frames.interlaced,
            sizes=self._sizes.sizes(len(signals.pts)),
            thumbnail_size=self._tile,
            embedder=self._settings.embedder,
        )
        return MeasuredFilm(scan, signals, tuple(fragment.tile for fragment in fragments), answers)

    def _look(self, frame: DecodedFrame) -> _Look:
        """All that is done while the whole picture is at hand."""
        small = self._scaler.to_array(frame.picture, SMALL_WIDTH, SMALL_HEIGHT)
        self._sizes.see(frame.index, frame.picture)
        self._looks.see(frame, jumped=self._last is not None and jumps(self._last, small))
        if frame.index % SAMPLE_EVERY == 0:
            self._picker.add(frame.index, self._scaler.to_array(frame.picture, *self._tile))
            if self._models is not None and not frame.corrupt:
                self._models.add(frame.index, self._scaler.to_array(frame.picture, *self._models.size))
        if frame.index == 0:
            self._fragments.start(layout_embedding(small))
        self._last, self._last_duration = small, frame.duration
        return _Look(small, frame.pts, KEY_FLAG * frame.key | CORRUPT_FLAG * frame.corrupt)

    def _started(self, pts: Sequence[int]) -> FilmSplitter:
        """The rate that scales windows is that of the first frames; the film's exact timing is known at its end."""
        if self._splitter is None:
            ticks = float(np.median(np.diff(pts))) if len(pts) > 1 else 0.0
            fps = 1.0 / (ticks * float(self._time_base)) if ticks > 0 else 25.0
            network = _network(self._settings, fps)
            everywhere = self._settings.network != "none" and self._settings.network_windows == "all"
            self._splitter = FilmSplitter(fps, network, everywhere=everywhere)
        return self._splitter

    def _scored(self, number: int, fragment: OpenFragment, measured: _Measured) -> Fragment:
        box = fragment_picture(fragment.looks)
        scores = fragment_scores(fragment.frames, measured.signals, measured.shown, self._time_base, fragment.looks)
        for answer in measured.answers:
            scores |= answer.scores(number)
        return Fragment(
            frames=fragment.frames,
            head=fragment.head,
            tail=fragment.tail,
            scores=scores,
            picture=box.pixels(self._probe.width, self._probe.height) if box is not None else None,
            thumbnail=number,
            hashes=fragment.hashes,
        )

    def _take(self, splitter: FilmSplitter, boundaries: Sequence[Boundary]) -> None:
        self._meter.add_probabilities(splitter.take_heads())
        for boundary in boundaries:
            self._fragments.add(boundary)


def _network(settings: ScanSettings, fps: float) -> FilmNetwork:
    if settings.network == "none":
        return NoNetwork()
    return TransNetWindows(min(fps, HIGHEST_RATE), settings.precision, settings.device)
