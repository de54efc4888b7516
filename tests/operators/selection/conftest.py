"""Synthetic film scans: a row of pieces with features, and the transitions between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from formats.film_scan import AudioStream, FilmProbe, FilmScan, FilmTiming, FoundTransition, Fragment, TransitionKind


@dataclass(frozen=True)
class Film:
    scan: FilmScan
    pts: NDArray[np.int64]

    @property
    def accepted(self) -> tuple[FoundTransition, ...]:
        return self.scan.transitions


@dataclass(frozen=True)
class Piece:
    """A fragment of ``frames`` frames that looks like ``look`` (0-255), and the transition that follows it."""

    frames: int
    look: int = 100
    kind: TransitionKind = "cut"
    gap: int = 0
    confidence: float = 0.9
    scores: dict[str, float] = field(default_factory=dict)


BuildFilm = Callable[..., Film]


def _build(
    pieces: Sequence[Piece],
    *,
    fps: str = "10/1",
    time_base: str = "1/1000",
    deltas: Sequence[int] | None = None,
    edges: Sequence[tuple[int, int]] = (),
    corrupt: Sequence[tuple[int, int]] = (),
    sha256: str = "ab" * 32,
    first_pts: int = 0,
) -> Film:
    """``deltas``: ticks of each frame, which makes the rate variable; otherwise 100 milliseconds each."""
    fragments, transitions, at = [], [], 0
    for number, piece in enumerate(pieces):
        look = (piece.look,)
        frames = (at, at + piece.frames)
        fragments.append(Fragment(frames=frames, head=look, tail=look, scores=piece.scores, thumbnail=number))
        at += piece.frames
        if number < len(pieces) - 1:
            found = FoundTransition(
                kind=piece.kind, frames=(at, at + piece.gap), confidence=piece.confidence, evidence={}
            )
            transitions.append(found)
            at += piece.gap
    ticks = np.array(deltas if deltas is not None else [100] * at, dtype=np.int64)
    assert len(ticks) == at, "one delta per frame"
    borders = first_pts + np.concatenate([[0], np.cumsum(ticks)])
    timing = FilmTiming(frames=at, fps=fps, vfr=deltas is not None, first_pts=int(borders[0]), end_pts=int(borders[-1]))
    probe = FilmProbe(
        container="mp4",
        codec="h264",
        stream=0,
        time_base=time_base,
        width=64,
        height=36,
        coded_width=64,
        coded_height=36,
        rotation=0,
        sample_aspect_ratio="1/1",
        audio=AudioStream(),
    )
    scan = FilmScan(
        sha256=sha256,
        probe=probe,
        timing=timing,
        transitions=tuple(transitions),
        edges=tuple(edges),
        fragments=tuple(fragments),
        corrupt=tuple(corrupt),
        decode_errors=len(corrupt),
        thumbnail_size=(64, 36),
        embedder="one-number",
    )
    return Film(scan, borders[:-1].astype(np.int64))


@st.composite
def _films(draw: st.DrawFn) -> Film:
    kinds = st.sampled_from(["cut", "cut", "cut", "dissolve", "fade", "wipe"])
    pieces = []
    for _ in range(draw(st.integers(1, 14))):
        kind = draw(kinds)
        pieces.append(
            Piece(
                frames=draw(st.integers(1, 60) | st.integers(61, 400)),
                look=draw(st.integers(0, 255)),
                kind=kind,
                gap=0 if kind == "cut" else draw(st.integers(1, 20)),
                confidence=draw(st.floats(0, 1)),
                scores=draw(st.dictionaries(st.sampled_from(["contrast", "sharpness"]), st.floats(0, 1), max_size=2)),
            )
        )
    total = sum(piece.frames for piece in pieces) + sum(piece.gap for piece in pieces[:-1])
    spans = st.tuples(st.integers(0, total), st.integers(0, 30)).map(lambda at: (at[0], min(total, at[0] + at[1])))
    edges = draw(st.sampled_from([(), ((0, min(total, 7)),), ((0, min(total, 5)), (max(0, total - 6), total))]))
    corrupt = draw(st.lists(spans.filter(lambda span: span[0] < span[1]), max_size=1))
    deltas = None
    if draw(st.booleans()):
        pattern = draw(st.lists(st.integers(1, 300), min_size=1, max_size=7))
        deltas = [pattern[frame % len(pattern)] for frame in range(total)]
    return _build(pieces, deltas=deltas, edges=edges, corrupt=corrupt, first_pts=draw(st.integers(-500, 500)))


@pytest.fixture(scope="session")
def build_film() -> BuildFilm:
    return _build


@pytest.fixture(scope="session")
def piece() -> type[Piece]:
    return Piece


@pytest.fixture(scope="session")
def films() -> st.SearchStrategy[Film]:
    return _films()


@pytest.fixture(scope="session")
def similarity() -> Callable[[tuple[int, ...], tuple[int, ...]], float]:
    """1 for the same look, 0 for black against white."""
    return lambda one, other: 1 - abs(one[0] - other[0]) / 255
