"""From a video's words to the texts that are encoded, each with what the transformer is told of it.

``shots``: a caption per shot, seen by that shot alone in masked layers (CineTrans, arXiv 2508.11484). ``events``: a description per
entity and its events at their times (CineOrchestra, arXiv 2606.13768; how their texts are laid out is unpublished, this is our
reading). ``both``: both. The summary, or the empty prompt, is seen by all and always there: Wan was trained with one text, padded
with zeros that it sees, so that one keeps its padding and no other text has any.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from formats.invariants import ENTITY_NAME
from training.latent_mapping import latent_time
from training.model.sample_plan import TextPart
from training.words import ClipWords, SpokenEntity

TextPolicy = Literal["shots", "events", "both"]
EventPrefix = Literal["name", "none"]

PADDED_TOKENS = 512
"""The length to which Wan pads its one text."""

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class PlannedText:
    """``padded``: filled with zeros to ``PADDED_TOKENS`` after encoding. ``entity`` and ``shots`` as in ``TextPart``; ``seconds``
    is its interval."""

    text: str
    padded: bool = False
    entity: int = 0
    seconds: tuple[Fraction, Fraction] | None = None
    shots: tuple[int, ...] | None = None

    def part(self, tokens: int, fps: Fraction) -> TextPart:
        """``tokens``: of the encoded text, padding included."""
        interval = None if self.seconds is None else _latent_interval(self.seconds, fps)
        return TextPart(tokens, self.entity, interval, self.shots)


def _latent_interval(seconds: tuple[Fraction, Fraction], fps: Fraction) -> tuple[float, float]:
    return latent_time(seconds[0], fps), latent_time(seconds[1], fps)


def plan_texts(words: ClipWords, policy: TextPolicy, prefix: EventPrefix = "name") -> tuple[PlannedText, ...]:
    """The summary first. Entities are labelled 1, 2, and so on, in their order. Raises ``ValueError`` for an event of an entity
    that is not there."""
    texts = [PlannedText(as_words(words.summary or ""), padded=True)]
    if policy != "events":
        texts += [
            PlannedText(as_words(text), shots=(shot,)) for shot, text in enumerate(words.captions) if text.strip()
        ]
    if policy != "shots":
        label_of = {entity.id: label for label, entity in enumerate(words.entities, 1)}
        name_of = {entity.id: entity.name for entity in words.entities}
        texts += [_description(entity, label_of) for entity in words.entities if entity.description.strip()]
        for event in words.events:
            if event.entity not in label_of:
                raise ValueError(f"an event of {event.entity!r}, but there is no such entity")
            text = event_words(event.prompt, name_of[event.entity], prefix)
            texts.append(PlannedText(text, entity=label_of[event.entity], seconds=(event.start, event.end)))
    return tuple(texts)


def _description(entity: SpokenEntity, label_of: dict[str, int]) -> PlannedText:
    return PlannedText(as_words(entity.description), entity=label_of[entity.id])


def event_words(prompt: str, name: str, prefix: EventPrefix) -> str:
    """``name``: the text begins with the entity's words, which is what binds it to the entity (its label alone does not: measured
    on a toy task). ``none``: the name that opens it is left out."""
    opened = prompt.removeprefix(name).lstrip(" ,:")
    return as_words(f"{name} {opened}" if prefix == "name" else opened)


def as_words(text: str) -> str:
    """Names in braces become words: ``{woman_red}`` is "woman red"."""
    return _SPACES.sub(" ", ENTITY_NAME.sub(lambda name: name[1].replace("_", " ").strip(), text)).strip()


def null_texts() -> tuple[PlannedText, ...]:
    """What an unconditional sample is told: the empty prompt, padded. Its shots stay masked."""
    return (PlannedText("", padded=True),)
