"""Filling caches: what a run will see is looked up, and what is not there yet is made. May be stopped and begun again at any time,
and run by several processes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from training.caches.entry import DamagedEntryError, EntryFolder, EntryKey, MissingEntryError
from training.caches.identity import note_run
from training.caches.moments import DTYPES, VideoEncoder
from training.caches.texts import LiveTexts
from training.data.epoch_plan import Visit
from training.data.samples import ClipView, CorruptCount
from training.data.windows import Window
from training.feeding.opened_data import OpenedData
from training.feeding.told import texts_of
from training.latent_mapping import latents_of
from training.text_encoding import TextEncoder, cut_texts, token_counts
from training.text_plan import PADDED_TOKENS, null_texts

_SPATIAL = 8
_DAY = 24 * 3600.0


@dataclass(frozen=True)
class SeenWindow:
    """A window of a clip that the run sees, first at this visit of this epoch. ``bucket``: frames, height, width."""

    visit: Visit
    epoch: int
    bucket: tuple[int, int, int]


@dataclass(frozen=True)
class CutCosts:
    """Of all windows together: their cuts, the frames left out so that cuts are exact in latents, and the cuts that are not."""

    cuts: int = 0
    left_out: int = 0
    off: int = 0

    def plus(self, window: Window) -> CutCosts:
        return CutCosts(
            cuts=self.cuts + len(window.pieces) - 1,
            left_out=self.left_out + sum(piece.dropped for piece in window.pieces),
            off=self.off + sum(off != 0 for off in window.latents.off),
        )


@dataclass(frozen=True)
class Survey:
    """What a run needs, each once, and what of it is not cached yet."""

    cuts: CutCosts
    windows: tuple[SeenWindow, ...]
    texts: tuple[str, ...]
    missing_windows: tuple[SeenWindow, ...]
    missing_texts: tuple[str, ...]


class CacheFiller:
    """``corrupt`` counts what cannot be read; its threshold stops the work."""

    def __init__(self, data: OpenedData) -> None:
        self._data = data
        self._moments = data.cached_moments()
        self._texts = data.cached_texts()
        self.corrupt = CorruptCount(data.settings.corrupt)

    def survey(self, epochs: int, verify: bool, after: Callable[[], None]) -> Survey:
        """What validation and the first ``epochs`` see. Reads every record, decodes nothing; ``after`` is called for each.
        ``verify``: entries are read whole, and damaged ones are missing. Raises ``TooManyCorruptError``."""
        windows: dict[str, SeenWindow] = {}
        missing: list[SeenWindow] = []
        cuts = CutCosts()
        texts = dict.fromkeys(planned.text for planned in null_texts())
        for visit, epoch in self._data.windows(epochs):
            view = self._look(visit, epoch)
            if view is not None:
                key = self._moments.key(view)
                name = key.name("")
                if name not in windows:
                    windows[name] = SeenWindow(visit, epoch, key.bucket)
                    cuts = cuts.plus(view.window)
                    if not _held(self._moments.entries, key, verify):
                        missing.append(windows[name])
                texts.update(dict.fromkeys(planned.text for planned in texts_of(view, self._data.settings.text)))
            after()
        return Survey(
            cuts=cuts,
            windows=tuple(windows.values()),
            texts=tuple(texts),
            missing_windows=tuple(missing),
            missing_texts=tuple(
                text for text in texts if not _held(self._texts.entries, self._texts.key(text), verify)
            ),
        )

    def sweep(self) -> None:
        """Removes what killed processes wrote aside more than a day ago."""
        self._data.cache_store.remove_leftovers(older_than=_DAY)

    def make_window(self, window: SeenWindow, encoder: VideoEncoder) -> bool:
        """Whether it could be made. Raises ``TooManyCorruptError``."""
        return self.corrupt.counted(lambda: self._encoded(window, encoder, kept=True)) is not None

    def try_window(self, window: SeenWindow, encoder: VideoEncoder) -> None:
        """Encodes it and keeps nothing; one that cannot be read is passed over."""
        self.corrupt.counted(lambda: self._encoded(window, encoder, kept=False))

    def make_text(self, text: str, encoder: TextEncoder) -> None:
        self._texts.entries.write(self._texts.key(text), LiveTexts(encoder).states(text))

    def note(self, epochs: int) -> None:
        """To be called when all that could be made is there: what runs of so many epochs ask for."""
        note_run(self._data.cache_store, self._data.cache_identity(epochs))

    def window_bytes(self, window: SeenWindow) -> int:
        """Of its moments."""
        frames, height, width = window.bucket
        values = 2 * self._data.parts.scale.z_dim * latents_of(frames) * (height // _SPATIAL) * (width // _SPATIAL)
        return values * DTYPES[self._data.settings.latents.precision].itemsize

    def text_bytes(self, texts: Sequence[str]) -> int:
        """Of the states of ``texts``. Raises ``CheckpointError``."""
        counts = token_counts(self._data.parts.tokenizer(), texts)
        tokens = sum(min(count, PADDED_TOKENS) for count in counts)
        return tokens * self._data.parts.text_width * DTYPES[self._data.settings.text.precision].itemsize

    def cut_texts(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Those of ``texts`` that have more tokens than are encoded. Raises ``CheckpointError``."""
        return cut_texts(self._data.parts.tokenizer(), texts)

    def _look(self, visit: Visit, epoch: int) -> ClipView | None:
        return self.corrupt.counted(lambda: self._data.reader.look(visit, epoch))

    def _encoded(self, window: SeenWindow, encoder: VideoEncoder, kept: bool) -> Tensor:
        view = self._data.reader.look(window.visit, window.epoch)
        moments = encoder.moments(self._data.reader.pictures(view))
        if kept:
            self._moments.entries.write(self._moments.key(view), moments)
        return moments


def _held(entries: EntryFolder, key: EntryKey, verify: bool) -> bool:
    if not verify:
        return entries.holds(key)
    try:
        entries.read(key)
    except (MissingEntryError, DamagedEntryError):
        return False
    return True
