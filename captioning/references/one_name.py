"""An annotation in which subjects that are one have one name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from captioning.protocol import ClipAnnotation
from captioning.references.stored import OneSubject

_BRACED = re.compile(r"\{([a-z0-9][a-z0-9_]*)\}")


def with_one_name(annotation: ClipAnnotation, same: Sequence[OneSubject]) -> ClipAnnotation:
    """Events keep their frames, order and words but for the name; of two that are then the same one goes. The first one's
    description stays. In every text the name that was given up becomes the one that stays."""
    names = {each.also: each.entity for each in same}
    if not names:
        return annotation

    def renamed(text: str) -> str:
        return _BRACED.sub(lambda found: f"{{{names.get(found[1], found[1])}}}", text)

    events = [
        each.model_copy(update={"entity": names.get(each.entity, each.entity), "prompt": renamed(each.prompt)})
        for each in annotation.events
    ]
    return annotation.model_copy(
        update={
            "captions": tuple(each.model_copy(update={"text": renamed(each.text)}) for each in annotation.captions),
            "entities": tuple(
                each.model_copy(update={"description": renamed(each.description)})
                for each in annotation.entities
                if each.id not in names
            ),
            "events": tuple({(each.entity, each.frames, each.prompt): each for each in events}.values()),
        }
    )
