"""Who and where: the entities of a clip, decided once over all of its shots."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from captioning.answers.cast_answer import DESCRIPTION_LENGTH, NAME_LENGTH, CastAnswer, NamedEntity
from captioning.faults.found import FaultLog, Reading
from captioning.faults.text_check import TextRules, checked_sentences

_SPECIAL = frozenset({"camera", "transition", "shot_transition"})
_SCENE = "scene_"
_ARTICLE = re.compile(r"^(?:an?|two|three|several|some)\s", re.IGNORECASE)


@dataclass(frozen=True)
class CastMember:
    """``name`` without braces; a scene's begins with ``scene_``."""

    name: str
    kind: Literal["subject", "scene"]
    description: str

    @property
    def braced(self) -> str:
        return f"{{{self.name}}}"


def read_cast(answer: CastAnswer, rules: TextRules, most: int) -> Reading[tuple[CastMember, ...]]:
    """Subjects, then scenes, each in the order of the answer and at most ``most``. One is left out if its description has a
    fault that asks for another attempt, or its name is that of what is measured. Those of one name are one entity, as are
    those of one kind with the same description.
    """
    log = FaultLog()
    members: list[CastMember] = []
    for where, kind, entity in _listed(answer, most, log):
        member = _member(entity, kind, where, rules, log)
        if member is None:
            continue
        if any(_same(member, other) for other in members):
            log.add("repeated_entity", where)
        else:
            members.append(member)
    if not members:
        log.add("no_entities", "answer")
    return log.reading(tuple(members) or None)


def snake_name(text: str, kind: Literal["subject", "scene"]) -> str:
    """``text`` as a name of at most 40 characters that ``formats/invariants.py`` takes for one of ``kind``; of a
    text without a Latin letter, ``thing_`` and four hex digits that follow from it.
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    words = re.sub(r"[^a-z0-9]+", "_", ascii_text).strip("_")
    while words.startswith(_SCENE):
        words = words.removeprefix(_SCENE).strip("_")
    if not re.search("[a-z]", words):
        words = f"thing_{hashlib.sha256(text.encode()).hexdigest()[:4]}"
    prefix = _SCENE if kind == "scene" else ""
    return prefix + words[: NAME_LENGTH - len(prefix)].strip("_")


def described(member: CastMember) -> str:
    """``"{woman_red} is a woman in a red coat."``; a description that does not begin with an article stays as it is."""
    text = member.description
    if _ARTICLE.match(text):
        return f"{member.braced} is {text[:1].lower()}{text[1:]}"
    return text


def _listed(
    answer: CastAnswer, most: int, log: FaultLog
) -> Iterable[tuple[str, Literal["subject", "scene"], NamedEntity]]:
    kinds: tuple[tuple[Literal["subject", "scene"], tuple[NamedEntity, ...]], ...] = (
        ("subject", answer.subjects),
        ("scene", answer.scenes),
    )
    for kind, entities in kinds:
        for i, entity in enumerate(entities):
            if i < most:
                yield f"{kind}s[{i}]", kind, entity
            else:
                log.add("too_many", f"{kind}s[{i}]")


def _member(
    entity: NamedEntity, kind: Literal["subject", "scene"], where: str, rules: TextRules, log: FaultLog
) -> CastMember | None:
    stated = entity.name.strip().removeprefix("{").removesuffix("}")
    name = snake_name(stated, kind)
    if snake_name(stated, "subject") in _SPECIAL:
        log.add("special_name", where)
        return None
    description = log.take(checked_sentences(entity.description, f"{where}.description", rules, DESCRIPTION_LENGTH))
    if description is None:
        return None
    if name not in (stated, f"{_SCENE}{stated}"):
        log.add("bad_name", where)
    return CastMember(name, kind, description)


def _same(one: CastMember, other: CastMember) -> bool:
    alike = one.kind == other.kind and one.description.casefold() == other.description.casefold()
    return alike or one.name == other.name
