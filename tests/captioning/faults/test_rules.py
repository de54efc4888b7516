from __future__ import annotations

import re
from pathlib import Path

import pytest

from captioning.faults.found import Fault
from captioning.faults.page import PAGE, rules_page
from captioning.faults.rules import (
    ANSWER_RULES,
    CAMERA_RULES,
    ENTITY_RULES,
    EVENT_RULES,
    QUESTION_RULES,
    REASONS,
    RULES,
    TAG_RULES,
    TEXT_RULES,
    TOO_MANY_SHOTS,
)

CODE = Path(__file__).parents[3] / "captioning"


def test_the_page_of_rules_is_that_of_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page()


def test_every_fault_has_one_rule_and_is_looked_for_somewhere() -> None:
    tables = (*ANSWER_RULES, *TEXT_RULES, *ENTITY_RULES, *EVENT_RULES, *CAMERA_RULES, *TAG_RULES, *QUESTION_RULES)
    assert len(tables) == len(RULES)
    code = "\n".join(p.read_text(encoding="utf-8") for p in CODE.rglob("*.py") if p.name != "rules.py")
    assert [kind for kind in RULES if f'"{kind}"' not in code] == []


def test_a_fault_without_a_rule_cannot_be_found() -> None:
    with pytest.raises(ValueError, match="no kind of fault"):
        Fault("bad_luck", "caption")


def test_only_what_is_asked_again_can_fail_a_clip() -> None:
    asked_again = {f"answer_{kind}" for kind, rule in RULES.items() if rule.rule == "retry"}
    assert set(REASONS) == {TOO_MANY_SHOTS, *asked_again}


def test_what_a_model_is_told_is_a_sentence() -> None:
    for rule in RULES.values():
        if rule.rule == "retry":
            assert re.fullmatch(r"[A-Z].*\.", rule.remedy)
