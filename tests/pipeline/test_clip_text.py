from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.clip_json import read_clip_json
from formats.clip_record import ClipRecord
from pipeline.clip_text import clip_text, one_line

EXAMPLE = Path(__file__).parents[2] / "formats" / "clip_record.example.json"


@pytest.fixture(scope="module")
def record() -> ClipRecord:
    return read_clip_json(EXAMPLE.read_bytes())


def test_the_text_tells_shots_joins_and_events_in_order(record):
    lines = clip_text(record).splitlines()
    assert lines[0] == f"clip {record.key}"
    assert lines[4:8] == [
        "shots",
        "  0  frames 0 to 118, 0.000 to 4.917 s, source frames 812 to 930",
        "     dissolve, 24 frames removed (confidence 0.98)",
        "  1  frames 118 to 246, 4.917 to 10.250 s, source frames 954 to 1082",
    ]
    assert lines[8:12] == [
        "camera",
        "  0.000 to 4.917 s  pans left slowly [measured]",
        "transition",
        "  at 4.917 s  is a hard cut [measured]",
    ]


def test_nothing_from_outside_can_start_a_line_or_speak_to_the_terminal(record):
    caption = record.captions[0].model_copy(update={"text": "one\n  score 9\x1b[2J\u202e\ud800 end"})
    text = clip_text(record.model_copy(update={"captions": (caption,)}))
    assert "one score 9\\x1b[2J\\u202e\\ud800 end" in text
    assert len(text.splitlines()) == len(clip_text(record).splitlines())


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_one_printable_line(text):
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    line.encode()


def test_letters_of_all_scripts_stay():
    assert one_line("café 船 شراع") == "café 船 شراع"
