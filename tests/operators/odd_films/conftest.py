"""Odd films, each made on the spot (``tests/odd_film.py``), scanned and cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from formats.clip_plan import ClipPlan, MadeClip, PlannedShot
from formats.exact_time import FrameRange
from formats.film_scan import FilmScan
from operators.encode import EncodeSettings
from operators.film_measuring import MeasuredFilm, measure_film
from operators.scan import ScanSettings
from operators.signals import KEY_FLAG
from operators.verify import make_clip, verify_clip
from tests.odd_film import OddFilm, number_in, write


@pytest.fixture(scope="session")
def odd_film() -> Callable[[OddFilm, Path], Path]:
    return write


@pytest.fixture(scope="session")
def odd_spec() -> type[OddFilm]:
    return OddFilm


@dataclass(frozen=True)
class UsedFilm:
    """A film that was scanned without a network."""

    path: Path
    measured: MeasuredFilm

    @property
    def scan(self) -> FilmScan:
        return self.measured.scan

    def keys(self) -> list[int]:
        """Timestamps of the key frames, as the pipeline tells them to whoever seeks."""
        signals = self.measured.signals
        return signals.pts[signals.flags & KEY_FLAG > 0].tolist() if self.scan.seekable else []

    def plan(self, *ranges: FrameRange) -> ClipPlan:
        borders = np.append(self.measured.signals.pts, self.scan.timing.end_pts)
        return ClipPlan(
            key="0123456789abcdef-0-0-1",
            source_sha256="0" * 64,
            stream=self.scan.probe.stream,
            time_base=self.scan.probe.time_base,
            fps=self.scan.timing.fps,
            vfr=self.scan.timing.vfr,
            width=self.scan.probe.width,
            height=self.scan.probe.height,
            shots=tuple(
                PlannedShot(source_frames=each, source_pts=(int(borders[each[0]]), int(borders[each[1]])))
                for each in ranges
            ),
            joins=(),
        )

    def cut(self, out: Path, *ranges: FrameRange, settings: EncodeSettings | None = None) -> MadeClip:
        """A proven clip of these frames."""
        return self.make(self.plan(*ranges), out, settings)

    def make(self, plan: ClipPlan, out: Path, settings: EncodeSettings | None = None) -> MadeClip:
        """A proven clip, its frames sought as the pipeline seeks."""
        how = settings or EncodeSettings(preset="veryfast", crf=12)
        made = make_clip(plan, self.path, out, how, self.measured.signals.pts, key_pts=self.keys())
        assert verify_clip(out, made) == ()
        return made


@pytest.fixture(scope="session")
def used() -> Callable[..., UsedFilm]:
    """Scans a film: ``used(path, **scan settings)``."""

    def scanned(path: Path, **settings: object) -> UsedFilm:
        return UsedFilm(path, measure_film(path, "0" * 64, ScanSettings(network="none", **settings)))

    return scanned


def _numbers(path: Path) -> list[int]:
    with av.open(str(path)) as film:
        return [number_in(frame.reformat(format="gray").to_ndarray()) for frame in film.decode(video=0)]


@pytest.fixture(scope="session")
def numbers() -> Callable[[Path], list[int]]:
    """The numbers that the pictures of a clip carry."""
    return _numbers
