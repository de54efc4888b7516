"""One text of an answer, looked through for every fault of ``TEXT_RULES``, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass

from captioning.conversation.settings import Language
from captioning.faults.found import FaultLog, Reading
from captioning.faults.language import is_language
from captioning.faults.looping import is_looping
from captioning.faults.prompt_echo import echoes
from captioning.faults.refusal import is_refusal
from captioning.faults.sentence_end import ending, whole_sentences
from captioning.faults.text_marks import without_control, without_markdown, without_preamble, without_stray_braces


@dataclass(frozen=True)
class TextRules:
    """``asked``: word runs of the question (``prompt_echo.word_runs``). ``names``: entities that may stand in braces."""

    language: Language
    asked: frozenset[tuple[str, ...]] = frozenset()
    names: frozenset[str] = frozenset()


def checked_phrase(text: str, where: str, rules: TextRules, most: int) -> Reading[str]:
    """A text that need not be a sentence: on one line, repaired; None where a fault asks for another attempt. ``most``:
    characters that the field may have; a text of as many was cut off.
    """
    log = FaultLog()
    phrase = log.take(_cleaned(text, where, rules))
    if len(text) >= most:
        log.add("unfinished", where)
        return log.reading(None)
    return log.reading(phrase)


def checked_sentences(text: str, where: str, rules: TextRules, most: int) -> Reading[str]:
    """As ``checked_phrase``, of one or more sentences; one that was cut off goes, and the whole ones before it stay."""
    log = FaultLog()
    phrase = log.take(_cleaned(text, where, rules))
    if phrase is None:
        return log.reading(None)
    match ending(phrase, at_limit=len(text) >= most):
        case "whole":
            return log.reading(phrase)
        case "no_full_stop":
            log.add("no_full_stop", where)
            return log.reading(f"{phrase}.")
        case "broken":
            whole = whole_sentences(phrase)
            log.add("cut_off_end" if whole else "unfinished", where)
            return log.reading(whole or None)


def _cleaned(text: str, where: str, rules: TextRules) -> Reading[str]:
    log = FaultLog()
    plain = _repaired(text, where, rules, log)
    _look_through(plain, where, rules, log)
    return log.reading(None if any(fault.asks_again for fault in log.found) else plain)


def _repaired(text: str, where: str, rules: TextRules, log: FaultLog) -> str:
    plain, controlled = without_control(text)
    plain, marked = without_markdown(plain)
    plain = " ".join(plain.split())
    plain, introduced = without_preamble(plain)
    plain, braced = without_stray_braces(plain, rules.names)
    for kind, there in (
        ("control_characters", controlled),
        ("markdown", marked),
        ("preamble", introduced),
        ("stray_braces", braced),
    ):
        if there:
            log.add(kind, where)
    return " ".join(plain.split())


def _look_through(text: str, where: str, rules: TextRules, log: FaultLog) -> None:
    if not any(character.isalnum() for character in text):
        log.add("empty", where)
        return
    for kind, there in (
        ("refused", is_refusal(text)),
        ("looping", is_looping(text)),
        ("prompt_echo", echoes(text, rules.asked)),
        ("language", not is_language(text, rules.language)),
    ):
        if there:
            log.add(kind, where)
