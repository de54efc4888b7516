from __future__ import annotations

import pytest

from captioning.camera_moves import CameraMove, MoveKind
from captioning.camera_words import camera_prompt
from captioning.conversation.camera_wording import (
    cut_words,
    move_style,
    without_camera_talk,
    without_shot_talk,
    worded_cut,
    worded_move,
)
from captioning.faults.camera_claims import contradicts
from captioning.faults.text_check import TextRules

RULES = TextRules("en")
STILL, UNKNOWN = "is static", "could not be measured"


@pytest.mark.parametrize(
    ("words", "measured"),
    [
        ("panning right", "pans left"),
        ("with a slow drift to the right", "pans left"),
        ("trucking right", "pans left"),
        ("pulling back", "zooms in"),
        ("moving away from him", "zooms in"),
        ("retreating slowly", "zooms in"),
        ("tilting up", "pans left"),
        ("rising above the roofs", "tilts down"),
        ("rolling clockwise", "rolls anticlockwise"),
        ("held still", "pans left"),
        ("locked off", "is handheld"),
        ("following her", STILL),
        ("handheld", STILL),
        ("panning", STILL),
        ("drifting", UNKNOWN),
        ("panning left", UNKNOWN),
    ],
)
def test_words_against_the_measurement_are_known(words: str, measured: str) -> None:
    assert contradicts(words, measured)


@pytest.mark.parametrize(
    ("words", "measured"),
    [
        ("smoothly, keeping the runner centred", "pans left slowly"),
        ("a slow leftward drift", "pans left"),
        ("dollying left past the crates", "pans left"),
        ("gently pushing in on her face", "zooms in slowly"),
        ("moving closer to the door", "zooms in"),
        ("panning and tilting up with the bird", "pans left and tilts up slowly"),
        ("with a hand-held wobble", "pans left"),
        ("shaky, as if running", "is handheld"),
        ("perfectly still", STILL),
        ("as she walks in the rain", STILL),
        ("in a smooth arc", "pans left"),
        ("dreamlike and quiet", UNKNOWN),
    ],
)
def test_words_that_agree_are_let_through(words: str, measured: str) -> None:
    assert not contradicts(words, measured)


MOVES: tuple[tuple[MoveKind, ...], ...] = (
    ("static",),
    ("handheld",),
    ("unknown",),
    ("pan_left",),
    ("pan_right",),
    ("tilt_up",),
    ("tilt_down",),
    ("zoom_in",),
    ("zoom_out",),
    ("roll_clockwise",),
    ("roll_anticlockwise",),
    ("pan_left", "tilt_up"),
    ("zoom_out", "roll_clockwise"),
)


@pytest.mark.parametrize("kinds", MOVES)
def test_every_measured_phrase_agrees_with_itself_and_with_no_opposite(kinds: tuple[MoveKind, ...]) -> None:
    own = camera_prompt(CameraMove((0, 24), kinds, 0.1)).removeprefix("{camera} ")
    if kinds != ("unknown",):
        assert not contradicts(own, own)
    for other in MOVES:
        stated = camera_prompt(CameraMove((0, 24), other, 0.1)).removeprefix("{camera} ")
        if other != ("unknown",) and not set(other) <= set(kinds) and other != ("handheld",):
            assert contradicts(stated, own), (stated, own)


def test_the_measured_words_stand_first_and_whole() -> None:
    move = worded_move("{camera} pans left slowly", "extreme close-up", "eye level", "gliding")
    assert move == "{camera} pans left slowly in an extreme close-up at eye level, gliding."
    assert (
        worded_move("{camera} is static", "insert", "overhead", "")
        == "{camera} is static in an insert shot from overhead."
    )
    assert worded_cut("{transition} is a hard cut", "") == "{transition} is a hard cut"


@pytest.mark.parametrize(
    ("words", "style", "fault"),
    [
        ("Smoothly.", "smoothly", None),
        ("", "", None),
        ("ｐａｎｎｉｎｇ　ｒｉｇｈｔ", "", "contradicts_measurement"),
        ("pan\u200bning right", "", "contradicts_measurement"),
        ("I cannot say", "", "unusable_words"),
        ("плавно", "", "unusable_words"),
    ],
)
def test_only_usable_words_are_added(words: str, style: str, fault: str | None) -> None:
    reading = move_style(words, "camera[0]", "pans left", RULES)
    assert reading.value == style
    assert [f.kind for f in reading.faults if f.kind != "control_characters"] == ([fault] if fault else [])


@pytest.mark.parametrize(
    "words", ["from a to b in a dissolve", "from a, cross-fading to b", "from a wiping to b", "fades to b"]
)
def test_a_cut_is_not_softened(words: str) -> None:
    reading = cut_words(words, "cuts[0]", RULES)
    assert (reading.value, [f.kind for f in reading.faults]) == ("", ["contradicts_measurement"])


def test_a_cut_goes_from_something_to_something() -> None:
    assert cut_words("From the man to the sea.", "cuts[0]", RULES).value == "from the man to the sea"
    assert [f.kind for f in cut_words("A nice one", "cuts[0]", RULES).faults] == ["unusable_words"]


def test_sentences_on_the_cameras_moves_leave_a_caption() -> None:
    text = "A man runs. The camera pans right to follow him. He stops."
    assert without_camera_talk(text, "caption").value == "A man runs. He stops."
    for kept in ("The camera pans right.", "She lifts the camera to her eye. He smiles."):
        assert without_camera_talk(kept, "caption").value == kept


@pytest.mark.parametrize(
    "talk",
    [
        "The scene cuts to a street.",
        "In the next shot, a dog barks.",
        "The view then fades to black.",
        "The camera pans.",
    ],
)
def test_sentences_on_cuts_leave_a_shots_caption(talk: str) -> None:
    assert without_shot_talk(f"A man runs. {talk} He stops.", "caption").value == "A man runs. He stops."


def test_a_story_may_tell_of_its_cuts() -> None:
    story = "A man runs. In the next shot, he stops. The view cuts to a dog."
    assert without_camera_talk(story, "caption").value == story
    assert without_shot_talk("She cuts to the bone. He pours another shot.", "caption").faults == ()
