"""What a clip record says of a window: events clipped and in the window's own time, shots and captions numbered anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from formats.clip_record import ClipRecord, Entity, Event
from training.data.resampling import ClipTiming
from training.data.windows import Window

SUMMARY_COVERAGE = Fraction(4, 5)
"""What speaks of the whole clip is used of windows that show at least this share of it; ours."""


@dataclass(frozen=True)
class WindowEvent:
    """``start`` and ``end`` in seconds of the window, exact, half-open. An instant (``start == end``) is a hard cut."""

    entity: str
    start: Fraction
    end: Fraction
    prompt: str
    origin: str


@dataclass(frozen=True)
class WindowCaption:
    """``shot``: the piece of the window that it speaks of; -1: all of it."""

    shot: int
    kind: str
    text: str
    origin: str


@dataclass(frozen=True)
class WindowWords:
    """``entities``: those that a caption or an event of the window names. ``dropped_events``: how many have no frame in it."""

    captions: tuple[WindowCaption, ...]
    entities: tuple[Entity, ...]
    events: tuple[WindowEvent, ...]
    dropped_events: int


def words_of(record: ClipRecord, window: Window) -> WindowWords:
    """``window`` must be one of ``record``'s clip."""
    clock = _WindowClock(ClipTiming.of_record(record), window)
    events = tuple(timed for event in record.events if (timed := clock.timed(event)) is not None)
    captions = tuple(_captions(record, window))
    acting = {event.entity for event in events}
    texts = [caption.text for caption in captions] + [event.prompt for event in events]
    entities = tuple(
        entity for entity in record.entities if entity.id in acting or any(entity.name in text for text in texts)
    )
    return WindowWords(captions, entities, events, len(record.events) - len(events))


def _captions(record: ClipRecord, window: Window) -> Iterator[WindowCaption]:
    pieces = {piece.shot: number for number, piece in enumerate(window.pieces)}
    for caption in record.captions:
        if caption.shot == -1:
            if window.coverage >= SUMMARY_COVERAGE:
                yield WindowCaption(-1, caption.kind, caption.text, caption.origin)
        elif caption.shot in pieces:
            yield WindowCaption(pieces[caption.shot], caption.kind, caption.text, caption.origin)


class _WindowClock:
    """From the clip's frames to the window's seconds. What is left out of the clip takes no time."""

    def __init__(self, timing: ClipTiming, window: Window) -> None:
        self._timing = timing
        self._window = window
        self._pieces = tuple(zip(window.pieces, window.starts, strict=True))
        self._cuts = {
            timing.shots[piece.shot][0]: Fraction(start, window.fps) for piece, start in self._pieces if start > 0
        }

    def timed(self, event: Event) -> WindowEvent | None:
        """``None`` if the window shows nothing of it."""
        start, end = event.frames
        if start == end:
            cut = self._cuts.get(start)
            return None if cut is None else WindowEvent(event.entity, cut, cut, event.prompt, event.origin)
        if not any(start <= frame < end for frame in self._window.clip_frames):
            return None
        return WindowEvent(event.entity, self._at(start), self._at(end), event.prompt, event.origin)

    def _at(self, border: int) -> Fraction:
        """When the border before clip frame ``border`` is passed. The end of a shot is the end of its piece."""
        passed = Fraction(0)
        for piece, start in self._pieces:
            first, end = self._timing.shots[piece.shot]
            if border <= first:
                break
            length = Fraction(piece.frames, self._window.fps)
            into = (border - first) / self._timing.fps - Fraction(piece.first, self._window.fps)
            inside = length if border >= end else min(max(into, Fraction(0)), length)
            passed = Fraction(start, self._window.fps) + inside
        return passed
