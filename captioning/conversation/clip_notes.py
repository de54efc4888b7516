"""What a question about the whole clip is told of its shots: bounded in length, whatever the number of shots."""

from __future__ import annotations

from collections.abc import Sequence

from captioning.frames.sampled_clip import SampledClip
from formats.exact_time import seconds_at

MOST_NOTE_CHARACTERS = 8000


def clip_notes(clip: SampledClip, captions: Sequence[str]) -> str:
    """A line per shot: its number, its seconds and its caption, shortened at a word where all together would be too long."""
    most = MOST_NOTE_CHARACTERS // len(captions)
    lines = []
    for shot, caption in zip(clip.shots, captions, strict=True):
        start, end = (seconds_at(frame, clip.fps) for frame in shot.frames)
        lines.append(f"Shot {shot.index + 1}, {start:.2f} to {end:.2f} s: {_shortened(caption, most)}")
    return "\n".join(lines)


def shots_in_words(count: int) -> str:
    return "one shot" if count == 1 else f"{count} shots"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} …"
