"""What a request says and the model is not told: no word is left out in silence."""

from __future__ import annotations

from collections.abc import Iterator

from training.model.sample_plan import TimeMode
from training.sampling.request import VideoRequest
from training.text_plan import TextPolicy
from training.words import ClipWords


def fitting_text(words: ClipWords) -> TextPolicy:
    """``shots``, unless there is nothing but events to tell."""
    return "events" if words.events and not any(text.strip() for text in words.captions) else "shots"


def untold(request: VideoRequest, text: TextPolicy, time: TimeMode) -> Iterator[str]:
    """In sentences, for people. ``text`` and ``time``: how the model is told."""
    words = request.words
    captions = sum(1 for caption in words.captions if caption.strip())
    descriptions = sum(1 for entity in words.entities if entity.description.strip())
    if request.soft:
        yield f"{len(request.soft)} transitions that take time: no mask keeps the shots on their two sides apart"
    if text == "shots" and (words.events or descriptions):
        yield f"not told: {len(words.events)} events and {descriptions} descriptions; text 'events' or 'both' tells them"
    if text == "events" and captions:
        yield f"not told: {captions} captions of shots; text 'both' tells them"
    if text != "shots" and time == "off" and words.events:
        yield f"not told: the times of {len(words.events)} events; times 'sampled' tells them to a model that was trained with it"
    if request.references:
        yield f"not used: {len(request.references)} reference images; no model here looks at any yet"
    if request.left_out:
        yield f"not in the timeline: {len(request.left_out)} things that cannot be read, the first: {request.left_out[0]}"


def too_long(texts: tuple[str, ...]) -> Iterator[str]:
    """``texts``: those that have more tokens than are encoded."""
    if texts:
        yield f"{len(texts)} texts are longer than what is encoded and are cut, for example: {texts[0][:80]}"
