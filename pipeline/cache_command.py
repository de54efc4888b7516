"""``shotloom cache``: latents and texts of a training run, made before it."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console

from pipeline.bucket_tables import print_bucket_tables
from pipeline.progress import Reporter
from pipeline.torch_device import chosen_device
from training.caches.moments import VideoEncoder
from training.caches.release_parts import load_text_encoder, load_video_encoder
from training.data.clip_frames import CorruptClipError
from training.data.corpora import SharedSourceError
from training.data.decoder import DecoderStartError
from training.data.samples import TooManyCorruptError
from training.feeding.cache_filler import CacheFiller, SeenWindow, Survey
from training.feeding.opened_data import OpenedData, RunLength, open_data
from training.model.release import CheckpointError
from training.settings import TrainingSettings
from training.text_encoding import TextEncoder

_PART = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")
_TIMED_TEXTS = 3
_SHOWN = 20


class CacheError(ValueError):
    """The caches cannot be filled as was asked."""


@dataclass(frozen=True)
class CacheWish:
    """What was asked for on the command line."""

    settings: TrainingSettings
    dry_run: bool
    verify: bool
    part: str
    device: str


def fill_caches(wish: CacheWish) -> int:
    """The exit code: 0, or 1 where too much cannot be read. Raises ``CacheError``."""
    reporter = Reporter(to_stdout=True)
    try:
        device, part = chosen_device(wish.device), _part(wish.part)
        settings = wish.settings
        data = _opened(settings)
        for split, corpora in (("train", data.train), ("validation", data.validation)):
            print_bucket_tables(Console(), split, corpora)
        epochs = data.epochs(RunLength(settings.run.epochs, settings.run.steps))
        return _Filling(data, epochs, device, reporter).run(wish, part)
    except TooManyCorruptError as error:
        reporter.say(f"stopped: {error}; data.corrupt says how many are allowed")
        return 1
    except DecoderStartError as error:
        reporter.say(f"stopped: {error}")
        return 1
    except (CheckpointError, SharedSourceError, FileNotFoundError, ValueError) as error:
        raise CacheError(str(error)) from error


def _part(text: str) -> tuple[int, int]:
    """Number from 0, and how many."""
    match = _PART.fullmatch(text)
    if match is None or int(match[1]) > int(match[2]):
        raise CacheError(f"--part {text}: write 1/4 for the first of four")
    return int(match[1]) - 1, int(match[2])


def _opened(settings: TrainingSettings) -> OpenedData:
    if not settings.data.cache:
        raise CacheError("data.cache names no folder; set it, or train without caches")
    run, model = settings.run, settings.model
    return open_data(settings.data, model.source, model.revision, run.seed, run.group)


class _Filling:
    def __init__(self, data: OpenedData, epochs: int, device: torch.device, reporter: Reporter) -> None:
        self._data = data
        self._epochs = epochs
        self._device = device
        self._reporter = reporter
        self._filler = CacheFiller(data)

    def run(self, wish: CacheWish, part: tuple[int, int]) -> int:
        survey = self._surveyed(wish.verify)
        needed = self._tell_sizes(survey)
        if wish.dry_run:
            self._tell_time(survey)
            return 0
        free = shutil.disk_usage(_existing(Path(self._data.settings.cache))).free
        if needed > free:
            raise CacheError(f"{_size(needed)} are needed, {_size(free)} are free at {self._data.settings.cache}")
        self._filler.sweep()
        self._fill(survey, part)
        self._tell_corrupt()
        return 0

    def _surveyed(self, verify: bool) -> Survey:
        visits = sum(1 for _ in self._data.windows(self._epochs))
        with self._reporter.stage("survey", "records", visits, 0) as advance:
            return self._filler.survey(self._epochs, verify, advance)

    def _tell_sizes(self, survey: Survey) -> int:
        """Bytes that are missing."""
        everything, missing = (
            sum(self._filler.window_bytes(window) for window in windows)
            for windows in (survey.windows, survey.missing_windows)
        )
        texts, missing_texts = (self._filler.text_bytes(each) for each in (survey.texts, survey.missing_texts))
        turns = self._data.settings.windows.per_clip
        windows = (
            f"at most {turns} of each clip" if turns else "another window at every visit (data.windows.per_clip: 0)"
        )
        say = self._reporter.say
        say(f"what epochs 0 to {self._epochs - 1} and validation see, {windows}:")
        say(
            f"  latents: {_count(survey.windows, survey.missing_windows)}, {_size(everything)}, {_size(missing)} to make"
        )
        say(f"  texts: {_count(survey.texts, survey.missing_texts)}, {_size(texts)}, {_size(missing_texts)} to make")
        cuts = survey.cuts
        if cuts.cuts:
            cost = f"{cuts.left_out} frames are left out before them" if cuts.left_out else "no frame is left out"
            say(f"  cuts: {cuts.cuts}; {cost}, {cuts.off} are not exact in latents (data.windows.cuts)")
        cut = self._filler.cut_texts(survey.texts)
        if cut:
            say(f"  {len(cut)} texts are longer than what is encoded and are cut, for example: {cut[0][:80]}")
        return missing + missing_texts

    def _tell_time(self, survey: Survey) -> None:
        """Measured: one window of each size, and some texts."""
        if not survey.missing_windows and not survey.missing_texts:
            self._reporter.say("time: nothing is to be made")
            return
        self._reporter.say("time: one window of each size and a few texts are encoded, to measure")
        seconds = self._text_seconds(survey.missing_texts) + self._window_seconds(survey.missing_windows)
        self._reporter.say(f"time: about {_duration(seconds)} for one process on {self._device}, as measured just now")

    def _text_seconds(self, texts: Sequence[str]) -> float:
        if not texts:
            return 0
        encoder, some = self._text_encoder(), texts[:_TIMED_TEXTS]
        start = time.perf_counter()
        for text in some:
            encoder.encode([text])
        return (time.perf_counter() - start) * len(texts) / len(some)

    def _window_seconds(self, windows: Sequence[SeenWindow]) -> float:
        if not windows:
            return 0
        encoder, total = self._video_encoder(), 0.0
        for size in sorted({window.bucket for window in windows}):
            own = [window for window in windows if window.bucket == size]
            start = time.perf_counter()
            self._filler.try_window(own[0], encoder)
            total += (time.perf_counter() - start) * len(own)
        return total

    def _text_encoder(self) -> TextEncoder:
        return load_text_encoder(self._data.parts, self._data.settings.text.precision, self._device)

    def _video_encoder(self) -> VideoEncoder:
        return load_video_encoder(self._data.parts, self._data.settings.latents.precision, self._device)

    def _fill(self, survey: Survey, part: tuple[int, int]) -> None:
        number, parts = part
        self._make_texts(survey.missing_texts[number::parts], len(survey.texts) - len(survey.missing_texts))
        self._make_windows(survey.missing_windows[number::parts], len(survey.windows) - len(survey.missing_windows))
        if parts > 1:
            self._reporter.say("this part is done; when all are, run shotloom cache once more without --part")
            return
        self._filler.note(self._epochs)
        self._reporter.say(f"cache: {self._data.settings.cache} holds what the run needs")

    def _make_texts(self, texts: Sequence[str], done: int) -> None:
        with self._reporter.stage("texts", "texts", len(texts), done) as advance:
            if not texts:
                return
            encoder = self._text_encoder()
            for text in texts:
                self._filler.make_text(text, encoder)
                advance()

    def _make_windows(self, windows: Sequence[SeenWindow], done: int) -> None:
        with self._reporter.stage("latents", "windows", len(windows), done) as advance:
            if not windows:
                return
            encoder = self._video_encoder()
            for window in windows:
                advance(failed=not self._filler.make_window(window, encoder))

    def _tell_corrupt(self) -> None:
        skipped: dict[str, CorruptClipError] = {error.key: error for error in self._filler.corrupt.skipped}
        if skipped:
            self._reporter.say(f"{len(skipped)} clips cannot be read; the run will go without them:")
        for error in list(skipped.values())[:_SHOWN]:
            self._reporter.say(f"  {error}")
        if len(skipped) > _SHOWN:
            self._reporter.say(f"  and {len(skipped) - _SHOWN} more")


def _count(all_of_them: Sequence[object], missing: Sequence[object]) -> str:
    return f"{len(all_of_them)}, {len(all_of_them) - len(missing)} of them cached before"


def _existing(folder: Path) -> Path:
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder


def _size(size: float) -> str:
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
