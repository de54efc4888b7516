"""Finds the transitions of a whole film in constant memory: overlapping windows, each sure of its middle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from formats.film_scan import FoundTransition
from operators.film_network import FilmNetwork, Heads, not_asked
from operators.gradual_network import SIGHT
from operators.layout_embedding import layout_embedding
from operators.network_gate import doubtful_frames
from operators.split import FEWEST_FRAMES, disjoint, find_transitions, picture_evidence
from operators.transition_window import Window

CONTEXT_SECONDS = 6.0
LEAST_WINDOW = 1200
"""Long, because neighbouring windows share twice the context, which is looked at twice."""
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

    ``network`` is asked where pictures alone leave a cut in doubt, or of every frame if ``everywhere``.
    """

    def __init__(self, fps: float, network: FilmNetwork, *, everywhere: bool = False) -> None:
        self._fps = min(max(fps, 1.0), HIGHEST_RATE)
        self._network, self._everywhere = network, everywhere
        self._context = max(round(CONTEXT_SECONDS * self._fps), SIGHT) + 2 * FEWEST_FRAMES
        self._window = max(LEAST_WINDOW, 4 * self._context)
        self._frames: list[Frames] = []
        self._heads = not_asked(0)
        self._final_heads: list[Heads] = []
        self._first = 0
        self._held = 0
        self._settled = 0
        self._open: list[Boundary] = []

    def feed(self, frames: Frames) -> list[Boundary]:
        """``frames``: ``(N, 27, 48, 3) uint8 RGB``."""
        self._frames.append(frames)
        self._held += len(frames)
        done: list[Boundary] = []
        while self._held >= self._window:
            done += self._look(self._window, last=False)
        return done

    def finish(self) -> list[Boundary]:
        """The rest."""
        return self._look(self._held, last=True)

    def take_heads(self) -> Heads:
        """``(M, 2)``: what the network said of the next ``M`` frames that it will not be asked of again; NaN where it
        was not asked."""
        taken, self._final_heads = self._final_heads, []
        return np.concatenate([not_asked(0), *taken])

    def _look(self, count: int, *, last: bool) -> list[Boundary]:
        frames = np.concatenate(self._frames)
        until = self._first + count - (0 if last else self._context)
        for found in self._found(frames[:count], last=last):
            start, end = found.frames[0] + self._first, found.frames[1] + self._first
            if end >= self._settled and (start < until or last):
                self._add(_boundary(found, frames[:count], (start, end)))
        self._settled = until
        self._keep(frames, count if last else max(0, count - 2 * self._context))
        ready = len(self._open) if last else sum(b.transition.frames[1] < until - FEWEST_FRAMES for b in self._open)
        done, self._open = self._open[:ready], self._open[ready:]
        return done

    def _found(self, frames: Frames, *, last: bool) -> tuple[FoundTransition, ...]:
        heads = np.concatenate([self._heads, not_asked(len(frames) - len(self._heads))])
        window = Window(frames, heads[:, 0], heads[:, 1], self._fps)
        seen = picture_evidence(window) if len(frames) >= FEWEST_FRAMES else None
        wanted = np.isnan(heads[:, 0])
        if not self._everywhere:
            wanted &= doubtful_frames(window, seen) if seen else False
        if wanted.any():
            answers = self._network.answer(frames, self._first, wanted, last=last)
            heads = np.where(np.isnan(answers), heads, answers)
        self._heads = heads
        return find_transitions(replace(window, single=heads[:, 0], many=heads[:, 1]), seen)

    def _keep(self, frames: Frames, drop: int) -> None:
        self._final_heads.append(self._heads[:drop])
        self._frames, self._heads = [frames[drop:].copy()], self._heads[drop:].copy()
        self._first += drop
        self._held = len(self._frames[0])

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
