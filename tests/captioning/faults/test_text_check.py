from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.faults.prompt_echo import word_runs
from captioning.faults.text_check import TextRules, checked_phrase, checked_sentences

ASKED = word_runs("Two to four sentences that tell the whole shot to somebody who cannot see it.")
RULES = TextRules("en", asked=ASKED, names=frozenset({"woman_red"}))
MOST = 200


@pytest.mark.parametrize(
    "text",
    [
        "A woman in a red coat walks along the pier, past gulls, and waves.",
        "{woman_red} lifts a lamp; its light falls on the wall.",
        'A sign reads "I cannot lie, I am sorry" over the door.',
        "Two boys run, run and run, then stop.",
        "A café named Über Straße stands on the left.",
        "The man says nothing. He waits. Nothing moves.",
        "He points at the sea…",
        "A boy is unable to see over the fence; he cannot help laughing.",
        "She works as an assistant beside an artificial flower.",
        "Sam does not move. They do not speak.",
        "A man walks across a street. He stops near a red car.",
        "A sign reads <EXIT> and 3 < 4 > 2.",
        "A sign reads: I can't.",
        "He whispers I am not afraid.",
        "Unfortunately for the man the door is shut.",
        "Unable to see over the fence, the boy climbs.",
        "She is dressed as an AI out of a film.",
        "A man, Jean de la Cruz, waits.",
        "Van Gogh paints.",
        "El Capitan towers.",
        "Two men talk.",
    ],
)
def test_a_good_caption_stays_as_it_is(text: str) -> None:
    reading = checked_sentences(text, "caption", RULES, MOST)
    assert reading.faults == ()
    assert reading.value is not None and unicodedata.normalize("NFKC", text) == reading.value


@pytest.mark.parametrize(
    ("text", "repaired", "faults"),
    [
        ("```json\nA man runs.\n```", "A man runs.", ["markdown"]),
        ("**A man** runs.", "A man runs.", ["markdown"]),
        ("# Caption\n- A man runs.", "Caption A man runs.", ["markdown"]),
        ("<p>A <b>man</b> <i>runs</i>.</p><br/>", "A man runs.", ["markdown"]),
        ("<think> </think>A man runs.", "A man runs.", ["markdown"]),
        ('<SCRIPT src="x">A man</script > runs <img onerror=alert(1)> off.', "A man runs off.", ["markdown"]),
        ('"A man runs."', "A man runs.", ["markdown"]),
        ("Sure! Here is the caption: a man runs.", "A man runs.", ["preamble"]),
        ("The image shows a man who runs.", "A man who runs.", ["preamble"]),
        ("In this scene, a man runs.", "A man runs.", ["preamble"]),
        ("A man runs", "A man runs.", ["no_full_stop"]),
        ("A man runs. He turns to the", "A man runs.", ["cut_off_end"]),
        ("A man\u200b r\u0000uns.", "A man runs.", ["control_characters"]),
        ("A m\u0301\u0301\u0301\u0301an runs.", "A \u1e3f\u0301\u0301an runs.", ["control_characters"]),
        ("\u202eA man runs.", "A man runs.", ["control_characters"]),
        ("{camera} follows {old_man}.", "camera follows old man.", ["stray_braces"]),
        ("\uff5bcamera\uff5d follows.", "camera follows.", ["stray_braces"]),
        ("{woman_red} waves at {{him}.", "{woman_red} waves at him.", ["stray_braces"]),
        ("A man\n\n runs.", "A man runs.", []),
    ],
)
def test_what_can_be_repaired_is(text: str, repaired: str, faults: list[str]) -> None:
    reading = checked_sentences(text, "caption", RULES, MOST)
    assert (reading.value, [fault.kind for fault in reading.faults]) == (repaired, faults)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        (" \u200b ", "empty"),
        ("...", "empty"),
        ("I cannot help with that.", "refused"),
        ("I\u2019m sorry, but the pictures are unclear.", "refused"),
        ("As an AI language model, a man runs.", "refused"),
        ("Unfortunately no picture was provided.", "refused"),
        ("We are unable to describe this.", "refused"),
        ("A man runs. I can't really see his face.", "refused"),
        ("Unfortunately, I cannot provide a caption.", "refused"),
        ("Sorry, but I won't assist with it.", "refused"),
        ("I do not have enough information.", "refused"),
        ("I am an AI.", "refused"),
        ("Unfortunately, the picture is too dark.", "refused"),
        ("Unable to describe the video.", "refused"),
        ("A man a man a man a man runs.", "looping"),
        ("Runs runs runs runs.", "looping"),
        ("Aaaaaaaaaaaaaaaa.", "looping"),
        ("blablablablablablablabla.", "looping"),
        ("A man runs down the road. A man runs down the road.", "looping"),
        ("This will tell the whole shot to somebody who cannot see it.", "prompt_echo"),
        ("Eine Frau geht mit einem Hund und lacht auf der Straße.", "language"),
        ("Una mujer con un vestido rojo camina por la calle y mira.", "language"),
        ("Der Mann geht über die Straße.", "language"),
        ("Un homme marche.", "language"),
        ("Eine Frau lacht.", "language"),
        ("La mujer se sienta.", "language"),
        ("一个女人走在街上。", "language"),
        ("Женщина идёт по улице.", "language"),
        ("A man walks toward the", "unfinished"),
        ("A man (who is tall", "unfinished"),
        ("A man walks, turns,", "unfinished"),
    ],
)
def test_what_cannot_be_repaired_asks_for_another_attempt(text: str, fault: str) -> None:
    reading = checked_sentences(text, "caption", RULES, MOST)
    assert reading.value is None
    assert fault in [found.kind for found in reading.faults if found.asks_again]


def test_a_text_as_long_as_its_field_was_cut_off() -> None:
    text = "A man walks along a very long road"
    assert checked_sentences(text, "caption", RULES, len(text)).value is None
    assert checked_sentences(f"He waits. {text}", "caption", RULES, len(text) + 10).value == "He waits."


def test_a_phrase_as_long_as_its_field_was_cut_off() -> None:
    assert checked_phrase("a man in a lo", "subject", RULES, 14).value == "a man in a lo"
    cut_off = checked_phrase("a man in a lon", "subject", RULES, 14)
    assert (cut_off.value, [fault.kind for fault in cut_off.faults]) == (None, ["unfinished"])


def test_any_language_may_be_allowed() -> None:
    rules = TextRules("any")
    assert checked_sentences("Женщина идёт по улице.", "caption", rules, MOST).faults == ()


@given(st.text(max_size=200))
def test_what_comes_out_is_one_clean_line(text: str) -> None:
    value = checked_phrase(text, "subject", RULES, 1000).value
    if value is not None:
        assert value == " ".join(value.split()) != ""
        assert not any(unicodedata.category(c)[0] == "C" for c in value)
        assert "{" not in value.replace("{woman_red}", "")
        assert value.encode()
