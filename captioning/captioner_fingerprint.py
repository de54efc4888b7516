"""What an annotation depends on beside its clip: settings, models, prompts, and the code that words it."""

from __future__ import annotations

from captioning.settings import REVISIONS, CaptionSettings, Role
from operators.picture_models.weights import folder_revision

_ROLES: tuple[Role, ...] = ("clip", "shot")


def captioner_fingerprint(settings: CaptionSettings) -> str:
    """``"measured/1"``; where a model is asked, its names and settings and the bytes of every prompt too, and of a model in a
    folder here its weights' content. A hub id stands for what its revision names. Scores of the words and reference images
    are made after them: their settings shape none."""
    name = f"{settings.backend}/{REVISIONS[settings.backend]}"
    if settings.backend == "measured":
        return name
    from captioning.conversation.converse import conversation_fingerprint

    measured = f"measured/{REVISIONS['measured']}"
    chosen = settings.model_dump_json(exclude={"alignment", "references"})
    return " ".join((name, measured, conversation_fingerprint(), chosen, *_contents(settings)))


def _contents(settings: CaptionSettings) -> list[str]:
    """Of the folders that this backend would load; what lies on other machines alone, or is no checkpoint, says nothing."""
    if settings.backend == "server":
        return []
    folders = {settings.models.of(role).id for role in _ROLES}
    return [revision for revision in map(folder_revision, sorted(folders)) if revision]
