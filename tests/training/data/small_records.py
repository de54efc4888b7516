"""Clip records of a wanted cut list, valid by all rules."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from formats.clip_json import clip_json, read_clip_json
from formats.clip_record import Audio, Caption, ClipRecord, Entity, Event, Join, Shot, Source, Video
from formats.exact_time import format_rational, seconds_at

SIZE = (64, 36)


def small_record(
    lengths: Sequence[int],
    fps: Fraction = Fraction(24),
    events: Sequence[tuple[str, int, int]] = (),
    captions: Sequence[tuple[int, str]] = (),
    key: str = "clip-0",
) -> ClipRecord:
    """``lengths``: frames of each shot. ``events``: entity, first and last-but-one frame. ``captions``: shot and text."""
    rate, tick = format_rational(fps), 1000
    borders = [sum(lengths[:number]) for number in range(len(lengths) + 1)]
    spans = list(pairwise(borders))
    names = dict.fromkeys(["camera", "transition", *(name for name, _, _ in events)])
    record = ClipRecord(
        key=key,
        source=Source(
            sha256="ab" * 32, uri="films/a.mp4", stream=0, time_base=format_rational(1 / (fps * tick)), fps=rate,
            vfr=False, frames=(0, borders[-1]), license="CC-BY-4.0", attribution="", url="",
        ),
        video=Video(
            fps=rate, frames=borders[-1], width=SIZE[0], height=SIZE[1], duration=seconds_at(borders[-1], fps)
        ),
        audio=Audio(codec="", channels=0, rate=0),
        shots=tuple(
            Shot(index=i, frames=span, source_frames=span, source_pts=(tick * span[0], tick * span[1]))
            for i, span in enumerate(spans)
        ),
        joins=tuple(
            Join(after_shot=i, kind="cut", source_frames=(end, end), confidence=1.0)
            for i, (_, end) in enumerate(spans[:-1])
        ),
        captions=tuple(
            Caption(shot=shot, kind="summary" if shot == -1 else "shot", text=text, origin="measured")
            for shot, text in captions
        ),
        entities=tuple(
            Entity.model_validate(
                {"id": name, "kind": name if name in ("camera", "transition") else "subject", "name": f"{{{name}}}",
                 "description": f"what {name} is", "reference": ""}
            )
            for name in names
        ),
        events=tuple(
            Event(
                entity=name, frames=(start, end), start=seconds_at(start, fps), end=seconds_at(end, fps),
                prompt=f"{{{name}}} acts", origin="measured",
            )
            for name, start, end in events
        ),
        scores=(), tags=(), models=(),
    )  # fmt: skip
    return read_clip_json(clip_json(record))
