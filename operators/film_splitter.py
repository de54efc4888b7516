"""Finds the transitions of a whole film in constant memory: overlapping windows, each sure of its middle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from formats.film_scan import FoundTransition
from operators.gradual_network import SIGHT
from operators.layout_embedding import layout_embedding
from operators.split import FEWEST_FRAMES, disjoint, find_transitions
from operators.transition_window import Window

CONTEXT_SECONDS = 6.0
LEAST_WINDOW = 512
HIGHEST_RATE = 120.0

Frames = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Boundary:
    """A transition and the layout embeddings of the last frame before it and the first after it; empty where there is
    none."""

    transition: FoundTransition
    before: tuple[int, ...]
    after: tuple[int, ...]


class FilmSplitter:
    """Feed frames in order; boundaries come back in order once nothing that follows can change them.

    A transition is looked for with ``CONTEXT_SECONDS`` of film on either side, or as far as the gradual network sees.
    One that is longer, such as a black hold of a minute, is put together from the windows that see parts of it.
    """

    def __init__(self, fps: float, *, network: bool) -> None:
        self._fps = min(max(fps, 1.0), HIGHEST_RATE)
        self._network = network
        self._context = max(round(CONTEXT_SECONDS * self._fps), SIGHT) + 2 * FEWEST_FRAMES
        self._window = max(LEAST_WINDOW, 4 * self._context)
        self._frames: list[Frames] = []
        self._heads: list[npt.NDArray[np.float32]] = []
        self._first = 0
        self._held = 0
        self._answered = 0
        self._settled = 0
        self._open: list[Boundary] = []

    def feed(self, frames: Frames, heads: npt.NDArray[np.float32]) -> list[Boundary]:
        """``frames``: ``(N, 27, 48, 3) uint8 RGB``. ``heads``: ``(M, 2)`` network answers, which may lag behind."""
        self._frames.append(frames)
        self._heads.append(heads)
        self._held += len(frames)
        self._answered += len(heads)
        done: list[Boundary] = []
        while min(self._held, self._answered) >= self._window:
            done += self._look(self._window, last=False)
        return done

    def finish(self) -> list[Boundary]:
        """The rest. Every frame must have its answer by now."""
        if self._held != self._answered:
            raise ValueError(f"{self._held} frames are left, but {self._answered} answers")
        return self._look(self._held, last=True)

    def _look(self, count: int, *, last: bool) -> list[Boundary]:
        frames, heads = np.concatenate(self._frames), np.concatenate(self._heads)
        window = Window(frames[:count], heads[:count, 0], heads[:count, 1], self._fps, self._network)
        until = self._first + count - (0 if last else self._context)
        for found in find_transitions(window):
            start, end = found.frames[0] + self._first, found.frames[1] + self._first
            if end >= self._settled and (start < until or last):
                self._add(_boundary(found, frames[:count], (start, end)))
        self._settled = until
        self._keep(frames, heads, count - 2 * self._context)
        ready = len(self._open) if last else sum(b.transition.frames[1] < until - FEWEST_FRAMES for b in self._open)
        done, self._open = self._open[:ready], self._open[ready:]
        return done

    def _keep(self, frames: Frames, heads: npt.NDArray[np.float32], drop: int) -> None:
        drop = max(0, drop)
        self._frames, self._heads = [frames[drop:].copy()], [heads[drop:].copy()]
        self._first += drop
        self._held, self._answered = len(self._frames[0]), len(self._heads[0])

    def _add(self, boundary: Boundary) -> None:
        """Windows overlap, so what lies at the seam is seen twice: the same, in parts, or differently."""
        if not self._open or self._open[-1].transition.frames[1] < boundary.transition.frames[0]:
            self._open.append(boundary)
            return
        last = self._open.pop()
        if last.transition.kind != "cut" and boundary.transition.kind != "cut":
            self._open.append(_joined(last, boundary))
        else:
            kept = disjoint([last.transition, boundary.transition])[0]
            self._open.append(last if kept is last.transition else boundary)


def _boundary(found: FoundTransition, frames: Frames, at: tuple[int, int]) -> Boundary:
    start, end = found.frames
    before = layout_embedding(frames[start - 1]) if start > 0 else ()
    after = layout_embedding(frames[end]) if end < len(frames) else ()
    return Boundary(found.model_copy(update={"frames": at}), before, after)


def _joined(one: Boundary, other: Boundary) -> Boundary:
    left, right = one.transition, other.transition
    frames = min(left.frames[0], right.frames[0]), max(left.frames[1], right.frames[1])
    surer = left if left.confidence >= right.confidence else right
    first = one if left.frames[0] <= right.frames[0] else other
    later = one if left.frames[1] > right.frames[1] else other
    return replace(first, transition=surer.model_copy(update={"frames": frames}), after=later.after)
