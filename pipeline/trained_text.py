"""What a model in training sees of a clip, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.clip_text import one_line
from training.feeding.seen_clip import SeenClip, SeenText
from training.latent_mapping import STRIDE, first_frame_of

_SHOWN_TIMES = 8
_MASKED = {"both": "video and text", "video": "video", "text": "text"}


def trained_text(seen: SeenClip) -> str:
    """Lines joined by newlines. Text from outside is on one line each."""
    return "\n".join([*_head(seen), *_shots(seen), *_texts(seen), *_attention(seen)])


def trained_facts(seen: SeenClip) -> dict[str, Any]:
    """The same for machines. Times are in latent steps."""
    window = seen.view.window
    return {
        "key": seen.view.row.key,
        "visit": seen.view.visit.name,
        "split": seen.split,
        "epoch": seen.epoch,
        "fps": window.fps,
        "size": [seen.view.bucket.frames, seen.view.bucket.height, seen.view.bucket.width],
        "clip_frames": list(window.clip_frames),
        "shots": [
            {"shot": piece.shot, "frames": [start, start + piece.frames], "latents": list(latents)}
            for piece, start, latents in zip(window.pieces, window.starts, seen.shot_latents(), strict=True)
        ],
        "told": list(window.told()),
        "texts": [
            {
                "text": text.text,
                "tokens": [text.first, text.first + text.part.tokens],
                "entity": text.part.entity,
                "interval": text.part.interval,
                "times": list(text.times),
                "shots": text.part.shots,
            }
            for text in seen.texts
        ],
        "masked_layers": seen.plan.masked_layers,
        "first_frame": seen.plan.first_frame,
        "time": seen.plan.time,
        "dropped": {"captions": seen.dropped.captions, "masks": seen.dropped.masks},
    }


def _head(seen: SeenClip) -> Iterator[str]:
    window, bucket, row = seen.view.window, seen.view.bucket, seen.view.row
    yield f"clip {row.key}, {seen.split}, as visit {seen.view.visit.name} in epoch {seen.epoch}"
    yield (
        f"  {window.frames} frames at {window.fps} a second ({window.frames / window.fps:.3f} s), "
        f"{float(window.coverage):.0%} of the clip, {window.latents.latents} latents"
    )
    yield f"  {row.width}x{row.height} pixels, scaled and cropped to {bucket.width}x{bucket.height}"


def _shots(seen: SeenClip) -> Iterator[str]:
    window = seen.view.window
    yield "shots"
    for number, (piece, start, latents) in enumerate(
        zip(window.pieces, window.starts, seen.shot_latents(), strict=True)
    ):
        end = start + piece.frames
        shown = window.clip_frames[start:end]
        yield (
            f"  {number}  latents {latents[0]} to {latents[1]}, frames {start} to {end}, "
            f"shot {piece.shot} of the clip from its frame {shown[0]} to {shown[-1]}"
        )
        if number:
            yield f"     its first latent shows frames from {first_frame_of(latents[0])} on"
    yield from (f"  {said}" for said in window.told())


def _texts(seen: SeenClip) -> Iterator[str]:
    yield f"texts, in the order of their tokens; times in latent steps of {STRIDE} frames"
    for text in seen.texts:
        last = text.first + text.part.tokens
        yield f"  {text.first} to {last}  {_of(text)}: {one_line(text.text) or '(the empty prompt)'}"
        if text.times:
            yield f"     its tokens at {_times(text.times)}"
        if text.cut:
            yield "     longer than what is encoded: its end is cut off"


def _of(text: SeenText) -> str:
    part = text.part
    if part.interval is not None:
        when = f"{part.interval[0]:.2f} to {part.interval[1]:.2f}"
        return f"entity {part.entity}, {when}" + ("" if text.times else " (not told when)")
    if part.shots is not None:
        return f"seen by shot {', '.join(map(str, part.shots))}"
    return f"entity {part.entity}, always" if part.entity else "the whole clip, padded"


def _times(times: tuple[float, ...]) -> str:
    shown = [f"{time:.2f}" for time in times]
    if len(shown) > _SHOWN_TIMES:
        half = _SHOWN_TIMES // 2
        shown = [*shown[:half], "...", *shown[-half:]]
    return " ".join(shown)


def _attention(seen: SeenClip) -> Iterator[str]:
    yield "attention"
    layers = seen.plan.masked_layers
    if layers is None:
        yield "  no layer keeps shots apart"
    else:
        visible = "; all see the first latent" if seen.plan.first_frame else ""
        yield f"  layers {layers[0]} to {layers[1]} keep shots apart in {_MASKED[seen.plan.masked]}{visible}"
    yield f"  events in time: {seen.plan.time}"
    dropped = [name for name, gone in (("captions", seen.dropped.captions), ("masks", seen.dropped.masks)) if gone]
    yield f"  this visit goes without: {', '.join(dropped) or 'nothing'}"
