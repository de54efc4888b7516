"""The stretches of a film that belong to no shot: transitions, pictureless edges, and (if asked) damaged frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from formats.exact_time import FrameRange
from formats.film_scan import FilmScan, FoundTransition
from operators.picture_sizes import size_changes


@dataclass(frozen=True)
class Gap:
    """``frames`` may be empty (a hard cut). ``transition`` is the longest in it, then the most confident; absent if
    it has none. ``gradual``: a dissolve, fade or wipe is part of it. ``edge``, ``corrupt``: it touches such
    frames. ``resized``: pictures have another size after it than before."""

    frames: FrameRange
    transition: FoundTransition | None
    gradual: bool
    edge: bool
    corrupt: bool
    resized: bool = False


@dataclass(frozen=True)
class _Blocker:
    frames: FrameRange
    transition: FoundTransition | None


def gaps_of_film(scan: FilmScan, accepted: Iterable[FoundTransition], *, corrupt: bool) -> tuple[Gap, ...]:
    """Gaps in film order, with at least one frame between any two. Blockers that overlap or touch are one gap.
    Where pictures change their size there is a gap, if only an empty one.

    ``corrupt``: damaged frames are gaps of their own. A gap that holds damaged frames is marked in either case.
    """
    total = scan.timing.frames
    blockers = [_Blocker(found.frames, found) for found in accepted]
    blockers += [_Blocker(frames, None) for frames in (*scan.edges, *(scan.corrupt if corrupt else ()))]
    blockers += [_Blocker((frame, frame), None) for frame in size_changes(scan)]
    groups: list[list[_Blocker]] = []
    end = -1
    for blocker in sorted(blockers, key=lambda found: found.frames):
        if groups and blocker.frames[0] <= end:
            groups[-1].append(blocker)
        else:
            groups.append([blocker])
        end = max(end, blocker.frames[1])
    return tuple(_gap(group, scan, total) for group in groups)


def _gap(group: Sequence[_Blocker], scan: FilmScan, total: int) -> Gap:
    frames = min(group[0].frames[0], total), min(max(blocker.frames[1] for blocker in group), total)
    found = [blocker.transition for blocker in group if blocker.transition is not None]
    return Gap(
        frames=frames,
        transition=max(found, key=_weight) if found else None,
        gradual=any(transition.kind != "cut" for transition in found),
        edge=any(_overlap(frames, edge) for edge in scan.edges),
        corrupt=any(_overlap(frames, damaged) for damaged in scan.corrupt),
        resized=any(frames[0] <= frame <= frames[1] for frame in size_changes(scan)),
    )


def _weight(found: FoundTransition) -> tuple[int, float, str, int]:
    start, end = found.frames
    return end - start, found.confidence, found.kind, -start


def _overlap(one: FrameRange, other: FrameRange) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])
