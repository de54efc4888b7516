"""Which frames of a clip are shown to a model, and how large. A function of the clip and the settings alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from captioning.frames.sampled_clip import SampledClip, SampledShot
from captioning.frames.sampling_settings import PATCH_SIDE, SamplingSettings
from formats.exact_time import FrameRange


def chosen_frames(shot: FrameRange, fps: Fraction, settings: SamplingSettings) -> tuple[int, ...]:
    """Frames of ``shot``, rising: the middles of equal parts of what lies ``edge_seconds``, or a tenth of the shot where that
    is less, inside its edges. As many as there are frames there where that is fewer than ``pictures_per_shot``; at least one.
    """
    start, end = inside_edges(shot, fps, settings.edge_seconds)
    count = min(settings.pictures_per_shot, end - start)
    return tuple(start + (2 * i + 1) * (end - start) // (2 * count) for i in range(count))


def inside_edges(shot: FrameRange, fps: Fraction, edge_seconds: float) -> FrameRange:
    """What lies ``edge_seconds``, or a tenth of the shot where that is less, inside its edges. Never empty."""
    start, end = shot
    edge = min(math.ceil(Fraction(edge_seconds).limit_denominator(1000) * fps), (end - start) // 10)
    return start + edge, end - edge


def picture_size(width: int, height: int, most_tokens: int) -> tuple[int, int]:
    """``(width, height)`` of a picture of a clip of the given display size: multiples of 28 with its shape as nearly as can
    be, of at most ``most_tokens`` patches of 28x28, and not larger than the clip by more than a patch a side.
    """
    shrink = min(1.0, math.sqrt(most_tokens * PATCH_SIDE**2 / (width * height)))
    across = max(1, min(round(width * shrink / PATCH_SIDE), most_tokens))
    down = max(1, min(round(height * shrink / PATCH_SIDE), most_tokens))
    while across * down > most_tokens:
        if across >= down:
            across -= 1
        else:
            down -= 1
    return across * PATCH_SIDE, down * PATCH_SIDE


def picture_tokens(width: int, height: int) -> int:
    """What Qwen2.5-VL counts for a picture of a size that ``picture_size`` gave, its two marks left out."""
    return (width // PATCH_SIDE) * (height // PATCH_SIDE)


def thinned(clip: SampledClip, most: int) -> tuple[SampledShot, ...]:
    """The shots of ``clip`` with at most ``most`` pictures in all, spread over its shots: each gets an equal share, the first
    ones one more. With fewer pictures than shots, evenly spaced shots have one and the others none.
    """
    shares = _shares([len(shot.pictures) for shot in clip.shots], most)
    return tuple(
        replace(shot, pictures=tuple(shot.pictures[i] for i in spread(len(shot.pictures), share)))
        for shot, share in zip(clip.shots, shares, strict=True)
    )


def _shares(have: Sequence[int], most: int) -> list[int]:
    """As many of each as it has, the same for all where that is too much; what one cannot use the others get."""
    if len(have) > most:
        chosen = set(spread(len(have), most))
        return [min(1, count) if i in chosen else 0 for i, count in enumerate(have)]
    shares = [0] * len(have)
    left = most
    while left and (short := [i for i, count in enumerate(have) if shares[i] < count]):
        for i in short[:left]:
            shares[i] += 1
        left -= min(left, len(short))
    return shares


def spread(count: int, wanted: int) -> list[int]:
    """``wanted`` of the numbers 0 to ``count``, evenly spaced: the middles of equal parts."""
    wanted = min(count, wanted)
    return [(2 * i + 1) * count // (2 * wanted) for i in range(wanted)]
