"""Which frames of a clip are trained: a window of exactly F target frames, F = 4n + 1, whose cuts lie where latents begin.

Clips are 8 to 15 s, 81 frames at 16 fps are 5.06 s, and of random windows 29 % hold no cut; so where a window lies is a policy,
and the choice within it is a draw. All here follows from shots and frame rate: the manifest's row is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from training.data.randomness import DrawStream
from training.data.resampling import ClipTiming
from training.latent_mapping import STRIDE, CutPolicy, LatentShots, ShotTooShortError, latents_of, map_shots

WindowPolicy = Literal["around_cuts", "head", "uniform", "full"]


class WindowSettings(BaseModel):
    """Everything here changes which frames are seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fps: int = Field(16, ge=1, le=120, description="frames per second that the model sees; Wan2.1 was trained at 16")
    windows: WindowPolicy = Field(
        "around_cuts",
        description="around_cuts: a window that holds a cut, every cut of a clip as likely; head: from the first frame; "
        "uniform: any; full: from the first frame, and only of clips whose last shot it then reaches",
    )
    single_shot_fraction: float = Field(
        0.1,
        ge=0,
        le=1,
        description="how often a window without a cut is taken of a clip that has both, with around_cuts",
    )
    shortest_piece: int = Field(
        8, ge=1, le=81, description="frames of its first and last shot that a window around a cut shows, where it can"
    )
    cuts: CutPolicy = Field(
        "trim",
        description="trim: up to three frames are left out before a cut, or before the window, so that every cut is exact in "
        "latents; majority: none are, and a latent across a cut is the shot's that most of its frames are of",
    )
    per_clip: int = Field(
        0,
        ge=0,
        description="how many windows of a clip are ever seen, in turn, all of which a cache holds; 0: another at every visit",
    )


class NoWindowError(ValueError):
    """The clip has no window of so many frames; the text says why."""


@dataclass(frozen=True)
class Piece:
    """What a window shows of one shot: target frames ``[first, first + frames)`` of ``shot`` (its number in the clip). ``dropped``:
    target frames between it and the cut that ends it, left out so that the cut is exact; 0 where the window ends first."""

    shot: int
    first: int
    frames: int
    dropped: int


@dataclass(frozen=True)
class Window:
    """``clip_frames``: ``(F,)`` numbers of the clip's frames to decode, not falling. ``latents``: where the pieces lie in latents.
    ``clip_length``: target frames of the whole clip."""

    fps: int
    pieces: tuple[Piece, ...]
    clip_frames: tuple[int, ...]
    latents: LatentShots
    clip_length: int

    @property
    def frames(self) -> int:
        return len(self.clip_frames)

    @property
    def coverage(self) -> Fraction:
        """The share of the clip that it shows."""
        return Fraction(self.frames, self.clip_length)

    @property
    def starts(self) -> tuple[int, ...]:
        """The window's frame at which each piece begins."""
        ends = [0]
        for piece in self.pieces[:-1]:
            ends.append(ends[-1] + piece.frames)
        return tuple(ends)

    def told(self) -> tuple[str, ...]:
        """A sentence for each cut that costs frames or moves."""
        said = [
            f"{piece.dropped} of the frames of shot {piece.shot} before the cut are left out"
            for piece in self.pieces
            if piece.dropped
        ]
        for piece, off in zip(self.pieces[1:], self.latents.off, strict=True):
            if off:
                side = "after" if off > 0 else "before"
                said.append(f"shot {piece.shot} begins in latents {abs(off)} frames {side} its cut")
        return tuple(said)


def choose_window(timing: ClipTiming, frames: int, settings: WindowSettings, draw: DrawStream) -> Window:
    """The window of ``frames`` frames that ``draw`` chooses. Raises ``NoWindowError`` as ``why_no_window`` says, and ``ValueError``
    unless ``frames`` is 4n + 1."""
    reason = why_no_window(timing, frames, settings)
    if reason is not None:
        raise NoWindowError(reason)
    lengths = timing.lengths(settings.fps)
    pieces = _choose(lengths, frames, settings, draw)
    shown = tuple(
        timing.frame(piece.shot, piece.first + target, settings.fps)
        for piece in pieces
        for target in range(piece.frames)
    )
    latents = map_shots([piece.frames for piece in pieces], settings.cuts)
    return Window(settings.fps, pieces, shown, latents, sum(lengths))


def why_no_window(timing: ClipTiming, frames: int, settings: WindowSettings) -> str | None:
    """Why a clip has no window of ``frames`` frames; ``None`` if it has one. Raises ``ValueError`` unless they are 4n + 1."""
    latents_of(frames)
    lengths = timing.lengths(settings.fps)
    if sum(lengths) < frames:
        return f"it has {sum(lengths)} frames at {settings.fps} fps, fewer than {frames}"
    window = next(_candidates(lengths, frames, settings), None)
    if window is None:
        whole = sum(length - _surplus(length, number == 0, settings.cuts) for number, length in enumerate(lengths))
        if whole < frames:
            return f"cut to whole latents, its shots have {whole} frames at {settings.fps} fps, fewer than {frames}"
        return f"no window of {frames} frames is without a shot too short for a latent of its own"
    if settings.windows == "full" and window[-1].shot != len(lengths) - 1:
        return f"its first {frames} frames end before its last shot begins"
    return None


def _choose(lengths: Sequence[int], frames: int, settings: WindowSettings, draw: DrawStream) -> tuple[Piece, ...]:
    candidates = list(_candidates(lengths, frames, settings))
    if settings.windows == "around_cuts":
        candidates = _around_cuts(candidates, settings, draw)
    return candidates[draw.below(len(candidates))]


def _around_cuts(every: list[tuple[Piece, ...]], settings: WindowSettings, draw: DrawStream) -> list[tuple[Piece, ...]]:
    """Those windows among which an even choice is left: around one cut, or without any."""
    single: list[tuple[Piece, ...]] = [pieces for pieces in every if len(pieces) == 1]
    several = [pieces for pieces in every if len(pieces) > 1]
    if not several or (single and draw.unit() < settings.single_shot_fraction):
        return single
    ample = [
        pieces for pieces in several if min(pieces[0].frames, pieces[-1].frames) >= settings.shortest_piece
    ] or several
    cuts = sorted({piece.shot for pieces in ample for piece in pieces[1:]})
    cut = cuts[draw.below(len(cuts))]
    return [pieces for pieces in ample if pieces[0].shot < cut <= pieces[-1].shot]


def _candidates(lengths: Sequence[int], frames: int, settings: WindowSettings) -> Iterator[tuple[Piece, ...]]:
    """The windows that begin at each target frame of the clip, or at its first, as far as there is one."""
    for shot, length in enumerate(lengths):
        for first in range(length):
            pieces = _from(lengths, shot, first, frames, settings.cuts)
            if pieces is not None:
                yield pieces
            if settings.windows in ("head", "full"):
                return


def _from(lengths: Sequence[int], shot: int, first: int, frames: int, policy: CutPolicy) -> tuple[Piece, ...] | None:
    """The window that begins at target frame ``first`` of ``shot``; up to three later where that makes its first cut exact, which
    costs nothing before the cut."""
    rest = lengths[shot] - first
    if rest >= frames:
        return (Piece(shot, first, frames, 0),)
    begin = first + _surplus(rest, True, policy)
    pieces = [Piece(shot, begin, lengths[shot] - begin, 0)]
    left = frames - pieces[0].frames
    for number in range(shot + 1, len(lengths)):
        dropped = _surplus(lengths[number], False, policy)
        kept = min(left, lengths[number] - dropped)
        left -= kept
        if kept == 0:
            return None
        pieces.append(Piece(number, 0, kept, dropped if left else 0))
        if left == 0:
            return tuple(pieces) if policy == "trim" or _has_latents(pieces) else None
    return None


def _has_latents(pieces: Sequence[Piece]) -> bool:
    """Whether each piece has the most of a latent."""
    try:
        map_shots([piece.frames for piece in pieces], "majority")
    except ShotTooShortError:
        return False
    return True


def _surplus(frames: int, is_first: bool, policy: CutPolicy) -> int:
    """How many of a shot's frames are too many for its end to be a latent's."""
    if policy == "majority":
        return 0
    return (frames - 1) % STRIDE if is_first else frames % STRIDE
