"""Four ways to write down a request; what is none of them is refused with the file's name and the reason."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.clip_json import read_clip_json
from training.sampling.request import RequestError, VideoRequest, request_of_clip, snap
from training.sampling.request_file import read_request
from training.text_plan import plan_texts

ROOT = Path(__file__).parents[3]
YAML = """
duration: 5
summary: A woman waits on a pier; a man comes.
cuts: [2.5]
captions: [A woman waits., A man comes.]
entities: {woman: She wears a red coat.}
events:
  - [0, 2.5, "{woman} looks at the sea."]
  - {start: 0, end: 5, prompt: pans left, tag: camera}
  - [4, 4, hard cut, transition]
  - [4.5, 5, fades out, transition]
"""


def test_a_short_yaml(tmp_path: Path) -> None:
    file = tmp_path / "pier.yaml"
    file.write_text(YAML)
    request = read_request(file)
    assert request.duration == 5
    assert request.cuts == (Fraction(5, 2), Fraction(4))
    assert request.soft == ((Fraction(9, 2), Fraction(5)),)
    assert request.words.captions == ("A woman waits.", "A man comes.")
    assert [entity.name for entity in request.words.entities] == ["{woman}", "{camera}", "{transition}"]
    assert request.words.entities[0].description == "She wears a red coat."
    assert [(event.entity, event.start, event.end) for event in request.words.events[:2]] == [
        ("woman", 0, Fraction(5, 2)),
        ("camera", 0, 5),
    ]


def events_of(folder: Path, *lines: str) -> VideoRequest:
    file = folder / "events.yaml"
    file.write_text(
        "\n".join(["duration: 5", "entities: {woman: tall}", "events:", *(f"  - {line}" for line in lines)])
    )
    return read_request(file)


@pytest.mark.parametrize("end", ["2.5", "2.50001", "2.56"])
def test_a_transition_shorter_than_a_frame_is_a_hard_cut(tmp_path: Path, end: str) -> None:
    request = events_of(tmp_path, f"{{start: 2.5, end: {end}, prompt: cut, tag: transition}}")
    assert (request.cuts, request.soft) == ((Fraction(5, 2),), ())


def test_a_transition_of_a_frame_takes_time(tmp_path: Path) -> None:
    request = events_of(tmp_path, "[2.5, 2.5625, dissolves, transition]", "[3, 4, '{transition} fades']")
    assert request.cuts == ()
    assert request.soft == ((Fraction(5, 2), Fraction(41, 16)), (Fraction(3), Fraction(4)))


def test_five_parts_are_start_end_prompt_reference_and_tag(tmp_path: Path) -> None:
    request = events_of(
        tmp_path,
        "[0, 2, '{woman} looks.', woman.jpg, subject]",
        "[2, 3, walks, null, woman]",
        "[3, 4, '{man} sees {woman}', man.jpg, '']",
        "{start: 4, end: 5, prompt: sits, ref: woman.jpg, tag: '{woman}'}",
    )
    assert [event.entity for event in request.words.events] == ["woman", "woman", "man", "woman"]
    assert request.references == ("woman.jpg", "man.jpg")


def test_a_clip_record_is_made_anew_with_its_own_shots_and_times() -> None:
    record = json.loads((ROOT / "formats" / "clip_record.example.json").read_text())
    request = read_request(ROOT / "formats" / "clip_record.example.json")
    numerator, denominator = map(int, record["video"]["fps"].split("/"))
    rate = Fraction(numerator, denominator)
    assert request.duration == record["video"]["frames"] / rate
    assert request.cuts == tuple(shot["frames"][0] / rate for shot in record["shots"][1:])
    assert len(request.words.captions) == len(record["shots"])
    assert [event.prompt for event in request.words.events] == [event["prompt"] for event in record["events"]]


def test_a_clips_reference_images_are_known() -> None:
    record = read_clip_json((ROOT / "formats" / "clip_record.example.json").read_bytes())
    first, *others = record.entities
    pictured = first.model_copy(update={"reference": "first.jpg"})
    request = request_of_clip(record.model_copy(update={"entities": (pictured, *others)}))
    assert request.references == ("first.jpg",)


def test_a_cinebench_annotation(tmp_path: Path) -> None:
    cut = [2.5, 2.50001]
    annotation = {
        "global_entities": [
            {"name": "{camera}", "description": "", "time_intervals": [[0.0, 5.0]]},
            {"name": "{shot_transition}", "description": "", "time_intervals": [cut]},
            {"name": "{woman_red}", "description": "{woman_red} is tall.", "time_intervals": [[0.0, 2.5]]},
        ],
        "dense_entities": [
            {"name": "{camera}", "description": "{camera} holds.", "time_intervals": [0.0, 5.0]},
            {"name": "{shot_transition}", "description": "{shot_transition} is a hard cut.", "time_intervals": cut},
            {"name": "{woman_red}", "description": "{woman_red} waves.", "time_intervals": [0.0, 2.5]},
        ],
        "summary": '"A woman waves."',
    }
    file = tmp_path / "00001_ultra_dense.json"
    file.write_text(json.dumps(annotation))
    request = read_request(file)
    assert request.words.summary == "A woman waves."
    assert request.cuts == (Fraction(5, 2),)
    assert request.words.captions == ()
    assert request.left_out == ()
    annotation["dense_entities"].append({"name": "{nobody}", "description": "waves.", "time_intervals": [0.0, 1.0]})
    file.write_text(json.dumps(annotation))
    assert [left.split(":")[0] for left in read_request(file).left_out] == ["event of {nobody} at [0.0, 1.0]"]
    file.write_text(json.dumps([annotation, annotation]))
    with pytest.raises(RequestError, match="holds 2 annotations"):
        read_request(file)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file"),
        ("[]", "the file"),
        ("duration: .nan", "duration"),
        ("duration: -1", "duration"),
        ("duration: 1e300", "duration"),
        ("duration: 5\nevent: []", "event"),
        ("duration: 5\ncuts: [-1]", r"cuts\.0"),
        ("duration: 5\ncuts: [.nan]", r"cuts\.0"),
        ("duration: 5\nevents: [[-1, 2, '{a} b']]", r"events\.0\.start"),
        ("duration: 5\nevents: [[.nan, 2, '{a} b']]", r"events\.0\.start"),
        ("duration: 5\nevents: [[0, .inf, '{a} b']]", r"events\.0\.end"),
        ("duration: 5\ncuts: [7]", "a cut lies inside"),
        ("duration: 5\ncuts: [0]", "a cut lies inside"),
        ("duration: 5\nevents: [[0, 9, '{a} b']]", "lies from 0 to 9 s of 5"),
        ("duration: 5\nevents: [[3, 1, '{a} b']]", "lies from 3 to 1 s"),
        ("duration: 5\nevents: [[0, 1, nobody]]", "no tag says whose it is"),
        ("duration: 5\nevents: [[0, 1, nobody, subject]]", "tag it with the name"),
        ("duration: 5\nevents: [[0, 1, fades, trasition]]", "the tag 'trasition' of 'fades' is none of camera"),
        ("duration: 5\nevents: [[0, 1, x, Big Cat]]", "is no name"),
        ("duration: 5\nevents: [[0, 1, '{a} b', 3, subject]]", r"events\.0\.ref"),
        ("duration: 5\nevents: [[0, 1]]", "events.0"),
        ("duration: 5\nevents: [[0, 1, '{a} b', x.jpg, subject, more]]", "events.0"),
        ("duration: 5\nentities: {Big Cat: x}", "is no name"),
        ("duration: !!python/object/apply:os.system ['true']", "not readable as YAML"),
        ("a: &a [*a]", "."),
        ("[" * 5000, "YAML"),
    ],
)
def test_a_yaml_that_is_no_request_says_why(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(RequestError, match=says) as told:
        read_request(file)
    assert str(file) in str(told.value)


def test_ten_thousand_events_that_overlap_are_all_told(tmp_path: Path) -> None:
    lines = [f"  - [{number % 4}, {number % 4 + 1}, '{{cat}} jumps {number}.']" for number in range(10_000)]
    file = tmp_path / "many.yaml"
    file.write_text("\n".join(["duration: 5", "events:", *lines]))
    texts = plan_texts(snap(read_request(file), Fraction(16), 81).words, "events")
    assert len(texts) == 10_001
    assert {text.entity for text in texts[1:]} == {1}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_an_error_of_ours(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("any.json", "any.yaml"):
        (folder / name).write_bytes(data)
        with pytest.raises(RequestError):
            read_request(folder / name)


def test_json_that_is_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    for text in ("{}", "[]", "3", '{"schema": "shotloom.clip/1"}', '{"schema": "shotloom.timeline/1"}', "[" * 100_000):
        file.write_text(text)
        with pytest.raises(RequestError, match=r"bad\.json"):
            read_request(file)
    with pytest.raises(RequestError, match="No such file"):
        read_request(tmp_path / "absent.json")
