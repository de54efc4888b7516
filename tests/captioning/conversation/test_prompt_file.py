from __future__ import annotations

import hashlib
import re
from importlib import resources

import pytest

from captioning.conversation.clip_notes import MOST_NOTE_CHARACTERS, clip_notes
from captioning.conversation.prompt_file import prompt, prompt_names, read_prompt
from captioning.conversation.story_question import story_form
from tests.captioning.conversation.scripted_backend import sampled_clip

GOOD = (
    b"version: 2\n--- system\nBe brief in $language.\n--- question\nWhat is $this, told in eight words or some more?\n"
)


def test_a_prompt_is_known_by_its_bytes() -> None:
    read = read_prompt("x", GOOD)
    assert (read.version, read.system_in("en")) == (2, "Be brief in English.")
    assert read.filled({"this": "that"}) == "What is that, told in eight words or some more?"
    assert read.model.model_dump() == {
        "role": "prompt",
        "id": "x/2",
        "revision": hashlib.sha256(GOOD).hexdigest(),
        "license": "Apache-2.0",
    }
    assert read_prompt("x", GOOD + b" ").sha256 != read.sha256


@pytest.mark.parametrize("data", [b"", b"version: 0\n" + GOOD[11:], GOOD[11:], GOOD.replace(b"--- question", b"")])
def test_a_file_of_another_form_is_no_prompt(data: bytes) -> None:
    with pytest.raises(ValueError, match="prompt x is not"):
        read_prompt("x", data)


def test_a_name_without_words_is_an_error() -> None:
    with pytest.raises(KeyError):
        read_prompt("x", GOOD).filled({})


def test_every_prompt_of_the_project_reads() -> None:
    assert {"shot", "cast", "events", "story-prose", "story-numbered", "story-events"} <= set(prompt_names())
    for name in prompt_names():
        data = (resources.files("captioning") / "prompts" / f"{name}.md").read_bytes()
        assert prompt(name).sha256 == hashlib.sha256(data).hexdigest()
        assert "$" not in prompt(name).system_in("en")
        assert not re.search(r"[^\x00-\x7f]", data.decode())


def test_only_a_prompts_fixed_words_count_as_an_echo() -> None:
    runs = prompt("cast").word_runs
    assert ("the", "same", "person", "or", "thing", "in", "several", "shots") in runs
    assert not any("notes" in run and "shots" in run and "most" in run for run in runs)


def test_notes_are_bounded_whatever_the_number_of_shots() -> None:
    for count in (1, 4, 64):
        clip = sampled_clip("x", [("a", 24)] * count)
        notes = clip_notes(clip, ["word " * 400] * count)
        assert len(notes) < MOST_NOTE_CHARACTERS + count * 60
        assert notes.count("\n") == count - 1
        assert notes.startswith("Shot 1, 0.00 to 1.00 s: word word")
    assert "…" not in clip_notes(sampled_clip("x", [("a", 24)] * 4), ["A man runs."] * 4)


def test_each_form_of_story_is_had_by_about_a_third_of_the_clips() -> None:
    forms = [story_form(f"clip-{i}", 3, ("prose", "numbered", "events")) for i in range(3000)]
    assert all(900 < forms.count(form) < 1100 for form in ("prose", "numbered", "events"))
    assert {story_form(f"clip-{i}", 1, ("prose", "numbered")) for i in range(20)} == {"prose"}
    assert story_form("a", 1, ("numbered",)) == "numbered"
