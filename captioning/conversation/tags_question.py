"""Which nodes of one pillar a shot shows. Built from that shot's pictures alone."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from captioning.answers.answer_text import read_answer
from captioning.answers.schema import schema_text
from captioning.answers.tags_answer import MOST_VALUES, VALUE_LENGTH, TagsAnswer, tags_schema
from captioning.asks import Answer
from captioning.conversation.prompt_file import prompt
from captioning.conversation.question import Question, shown, text_rules
from captioning.conversation.settings import ConversationSettings
from captioning.faults.found import FaultLog, Reading
from captioning.faults.text_check import TextRules, checked_phrase
from captioning.frames.sampled_clip import SampledShot
from captioning.taxonomy.nodes import Node, Pillar, taxonomy
from captioning.taxonomy.stated_tags import StatedTag, without_orphans

PROMPT = "tags"


def tags_question(
    shot: SampledShot, pillar: Pillar, fps: Fraction, settings: ConversationSettings
) -> Question[tuple[StatedTag, ...]]:
    """Its answer: tags that the taxonomy knows, each once; none is an answer too."""
    asked = prompt(PROMPT)
    nodes = taxonomy().of(pillar)
    words = {
        "seconds": f"{float((shot.frames[1] - shot.frames[0]) / fps):.2f}",
        "pillar": pillar,
        "nodes": "\n".join(node_line(node) for node in nodes),
        "most": str(MOST_VALUES),
    }
    rules = text_rules(asked, settings)
    return Question(
        name=f"tags-{shot.index}-{pillar.lower()}",
        prompt=asked,
        parts=(*shown(shot), asked.filled(words)),
        schema=schema_text(tags_schema(nodes)),
        read=lambda answer: _read(answer, pillar, rules),
    )


def node_line(node: Node) -> str:
    """``"- PATH: what it means. Values: a, b"``"""
    return f"- {node.path}: {node.means}. Values: {', '.join(node.closed) or 'open'}"


def _read(answer: Answer, pillar: Pillar, rules: TextRules) -> Reading[tuple[StatedTag, ...]]:
    log = FaultLog()
    said = log.take(read_answer(answer, TagsAnswer))
    if said is None:
        return log.reading(None)
    nodes = {node.path: node for node in taxonomy().of(pillar)}
    stated: list[StatedTag] = []
    for path, values in said.root.items():
        node = nodes.get(path.strip())
        if node is None:
            log.add("unknown_node", "answer")
        else:
            stated += _tags(node, (values,) if isinstance(values, str) else values, rules, log)
    standing, orphans = without_orphans(stated)
    for tag in orphans:
        log.add("orphan_tag", tag.node)
    return log.reading(standing)


def _tags(node: Node, values: tuple[str, ...], rules: TextRules, log: FaultLog) -> Iterator[StatedTag]:
    for i, value in enumerate(values):
        where = f"{node.path}[{i}]"
        if i >= MOST_VALUES:
            log.add("too_many", where)
            continue
        text = _closed(node, value, where, log) if node.closed else log.take(_open(value, where, rules))
        if text is not None:
            yield StatedTag(node.path, text)


def _closed(node: Node, value: str, where: str, log: FaultLog) -> str | None:
    if value in node.closed:
        return value
    alike = [known for known in node.closed if _loose(known) == _loose(value)]
    if not alike:
        log.add("unknown_value", where)
        return None
    log.add("value_spelling", where)
    return alike[0]


def _loose(value: str) -> str:
    return "".join(letter for letter in value.casefold() if letter.isalnum())


def _open(value: str, where: str, rules: TextRules) -> Reading[str]:
    return checked_phrase(value, where, rules, VALUE_LENGTH)
