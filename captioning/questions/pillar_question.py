"""What is asked about a prompt and one pillar, and how the answer is held to the prompt's words.

After the question generation of SCINE (arXiv 2509.26555, appendix A.3): explicit mention only, a score and a reason that cites the
words, one question rated from 1 to 5. The words of our prompt are our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from captioning.answers.answer_text import read_answer
from captioning.answers.prompt_answer import SENTENCE_LENGTH, PromptAnswer, StatedCategory, prompt_schema
from captioning.answers.schema import schema_text
from captioning.asks import Answer
from captioning.conversation.prompt_file import prompt
from captioning.conversation.question import Question, text_rules
from captioning.conversation.settings import ConversationSettings
from captioning.conversation.tags_question import node_line
from captioning.faults.found import FaultLog, Reading
from captioning.faults.text_check import TextRules, checked_phrase, checked_sentences
from captioning.taxonomy.nodes import Pillar, taxonomy

PROMPT = "questions/nodes"
MOST_PROMPT_CHARACTERS = 8_000


@dataclass(frozen=True)
class NodeQuestion:
    """``words`` stand in the prompt. ``score``: 0 to 1, how plainly. ``question``: to be answered from 1 to 5."""

    node: str
    words: tuple[str, ...]
    score: float
    reason: str
    question: str


@dataclass(frozen=True)
class PillarQuestions:
    """``words``: of the prompt, to do with the pillar. ``questions`` in the taxonomy's order."""

    pillar: Pillar
    words: tuple[str, ...]
    questions: tuple[NodeQuestion, ...]


def pillar_question(text: str, pillar: Pillar, settings: ConversationSettings) -> Question[PillarQuestions]:
    """``text``: the prompt. Raises ``ValueError`` for one without words, or of more than ``MOST_PROMPT_CHARACTERS``."""
    if not text.strip() or len(text) > MOST_PROMPT_CHARACTERS:
        raise ValueError(f"a prompt has words, and at most {MOST_PROMPT_CHARACTERS} characters")
    asked = prompt(PROMPT)
    nodes = taxonomy().of(pillar)
    words = {"pillar": pillar, "nodes": "\n".join(node_line(node) for node in nodes)}
    rules = text_rules(asked, settings)
    return Question(
        name=f"questions-{pillar.lower()}",
        prompt=asked,
        parts=(f"Prompt:\n{text}", asked.filled(words)),
        schema=schema_text(prompt_schema(nodes)),
        read=lambda answer: _read(answer, text, pillar, rules),
    )


def stands_in(phrase: str, text: str) -> bool:
    """Whether ``phrase`` is in ``text`` as whole words, whatever their case and the spaces between them."""
    words = phrase.split()
    pattern = r"\s+".join(re.escape(word) for word in words)
    return bool(words) and re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE) is not None


def _read(answer: Answer, text: str, pillar: Pillar, rules: TextRules) -> Reading[PillarQuestions]:
    log = FaultLog()
    said = log.take(read_answer(answer, PromptAnswer))
    if said is None:
        return log.reading(None)
    words = _of_prompt(said.words, text, "words", log)
    categories = {path.strip(): category for path, category in said.categories.items()}
    nodes = taxonomy().of(pillar)
    for _ in categories.keys() - {node.path for node in nodes}:
        log.add("unknown_node", "categories")
    found = [
        question
        for node in nodes
        if node.path in categories
        and (question := _question(node.path, categories[node.path], text, rules, log)) is not None
    ]
    return log.reading(PillarQuestions(pillar, words, tuple(found)))


def _question(path: str, said: StatedCategory, text: str, rules: TextRules, log: FaultLog) -> NodeQuestion | None:
    """None where a fault asks for another attempt."""
    words = _of_prompt(said.words, text, f"{path}.words", log)
    if not words:
        log.add("no_words", f"{path}.words")
    if not 0 <= said.score <= 1:
        log.add("score_out_of_range", f"{path}.score")
    reason = log.take(checked_sentences(said.reason, f"{path}.reason", rules, SENTENCE_LENGTH))
    question = log.take(checked_phrase(said.question, f"{path}.question", rules, SENTENCE_LENGTH))
    if question is not None and (question.count("?") != 1 or not question.endswith("?")):
        log.add("no_question", f"{path}.question")
        question = None
    if not words or reason is None or question is None or not 0 <= said.score <= 1:
        return None
    if not any(stands_in(each, reason) for each in words):
        log.add("reason_without_words", f"{path}.reason")
        reason = f'"{words[0]}": {reason}'
    return NodeQuestion(path, words, said.score, reason, question)


def _of_prompt(words: Iterable[str], text: str, where: str, log: FaultLog) -> tuple[str, ...]:
    kept: dict[str, None] = {}
    for i, phrase in enumerate(words):
        plain = " ".join(phrase.split()).strip("\"'“”‘’ .,;:")
        if stands_in(plain, text):
            kept[plain] = None
        else:
            log.add("foreign_words", f"{where}[{i}]")
    return tuple(kept)
