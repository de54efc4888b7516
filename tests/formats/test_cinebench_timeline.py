from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.cinebench import CineBenchError, cinebench_json, read_cinebench
from formats.cinebench_timeline import ImportedTimeline, export_timeline, import_cinebench
from formats.timeline import TimelineError, read_timeline, timeline_json

FOREIGN = {
    "global_entities": [
        {"name": "{camera}", "description": "", "time_intervals": [[0.0, 4.2], [4.20001, 10.2]]},
        {"name": "{shot_transition}", "description": "", "time_intervals": [[4.2, 4.20001]]},
        {
            "name": "{woman_red}",
            "description": "{woman_red} is tall.",
            "time_intervals": [[0.0, 10.2]],
            "ref_image_path": "00007_ref_image_00_woman_red.png",
        },
        {"name": "{scene_pier}", "description": "{scene_pier} is wet.", "time_intervals": [[0.0, 10.2]]},
        {"name": "{Man Old}", "description": "", "time_intervals": []},
        {"name": "{woman_red}", "description": "again", "time_intervals": []},
    ],
    "dense_entities": [
        {"name": "{camera}", "description": "{camera} holds a static wide shot", "time_intervals": [0.0, 4.2]},
        {"name": "{shot_transition}", "description": "{shot_transition} is a cut", "time_intervals": [4.2, 4.20001]},
        {"name": "{shot_transition}", "description": "{shot_transition} is a dissolve", "time_intervals": [7.0, 7.5]},
        {"name": "{woman_red}", "description": "waves before the {shot_transition}.", "time_intervals": [1.0, 3.5]},
        {"name": "{flame}", "description": "{flame} burns", "time_intervals": [1.0, 3.5]},
        {"name": "{woman_red}", "description": "{woman_red} blinks", "time_intervals": [1.0, 1.00001]},
        {"name": "{woman_red}", "description": "{woman_red} stands", "time_intervals": [1.0]},
        {"name": "{woman_red}", "description": "{woman_red} runs", "time_intervals": [2.0, 1.0]},
        {"name": "{woman_red}", "description": "{woman_red} stays", "time_intervals": [9.0, 99.0]},
        {"name": "{woman_red}", "description": "{woman_red} left long ago", "time_intervals": [20.0, 21.0]},
    ],
    "summary": '"A woman waves."',
    "data_id": "0123",
    "frame_timestamps": [0.0, 0.066667],
    "seed": 7,
}  # fmt: skip


def imported(document: object, duration: float | None = 10.2) -> ImportedTimeline:
    clip = read_cinebench(json.dumps(document).encode())
    return import_cinebench(clip, name="00007", fps=Fraction(24), origin="cinebench", duration=duration)


@pytest.mark.parametrize("name", ["{transition}", "{shot_transition}"])
def test_a_foreign_file_is_read_and_what_is_left_out_is_named(name: str) -> None:
    found = imported(json.loads(json.dumps(FOREIGN).replace("{shot_transition}", name)))
    timeline = found.timeline
    assert [entity.name for entity in timeline.entities] == ["{camera}", "{transition}", "{woman_red}", "{scene_pier}"]
    assert timeline.entities[2].reference == "00007_ref_image_00_woman_red.png"
    assert timeline.entities[0].presence == ((0.0, 4.2), (4.20001, 10.2))
    assert [(event.entity, event.frames, event.prompt) for event in timeline.events] == [
        ("camera", (0, 101), "{camera} holds a static wide shot"),
        ("transition", (101, 101), "{transition} is a cut"),
        ("transition", (168, 180), "{transition} is a dissolve"),
        ("woman_red", (24, 84), "{woman_red} waves before the {transition}."),
        ("woman_red", (24, 25), "{woman_red} blinks"),
        ("woman_red", (216, 245), "{woman_red} stays"),
    ]
    assert (timeline.cuts, timeline.soft_transitions) == ((101,), ((168, 180),))
    assert timeline.events[1].end == 4.20001
    assert timeline.summary == "A woman waves."
    assert timeline.also == {"data_id": "0123", "frame_timestamps": [0.0, 0.066667], "seed": 7}
    assert Counter(finding.kind for finding in found.findings) == {
        "bad_name": 1,
        "repeated_name": 1,
        "dangling_event": 1,
        "no_interval": 1,
        "backwards": 1,
        "outside": 1,
        "clamped": 1,
        "widened": 1,
        "name_added": 1,
    }


WORDS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda word: word not in ("camera", "transition", "shot_transition")
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}"), max_size=20)


@st.composite
def annotations(draw: st.DrawFn) -> dict[str, object]:
    """Of what both can say: good names, intervals of at least a frame or hard cuts, prompts that begin with their name."""
    transition = draw(st.sampled_from(["{transition}", "{shot_transition}"]))
    names = [f"{{{word}}}" for word in draw(st.lists(WORDS, unique=True, max_size=3))] + ["{camera}", transition]
    length = draw(st.floats(1, 40))
    spans = st.tuples(st.floats(0, length - 0.5), st.floats(0.1, 0.5)).map(lambda span: [span[0], span[0] + span[1]])
    cuts = st.floats(0, length - 0.5).map(lambda at: [at, at + 1e-5])
    dense = []
    for name in draw(st.lists(st.sampled_from(names), max_size=6)):
        span = draw(st.one_of(spans, cuts) if name == transition else spans)
        text = draw(TEXT) + draw(st.sampled_from(["", f" before {transition}"]))
        dense.append({"name": name, "description": f"{name}{text}", "time_intervals": span, "note": draw(TEXT)})
    entities = [
        {"name": name, "description": draw(TEXT), "time_intervals": draw(st.lists(spans, max_size=2)), "x": draw(TEXT)}
        for name in draw(st.permutations(names))
    ]
    entities[0]["time_intervals"] = [[0.0, length]]
    entities[0]["ref_image_path"] = "00000_ref_image_00_a.png"
    entities[1]["ref_image_path"] = draw(st.sampled_from([None, ""]))
    source = {"data_id": "ab", "frame_timestamps": [0.5]} if draw(st.booleans()) else {}
    summaries = st.one_of(TEXT.map(lambda text: {"summary": f'"{text}"'}), st.sampled_from([{}, {"summary": None}]))
    summary = draw(st.one_of(summaries, st.just({"summary": '""'})))
    return {"global_entities": entities, "dense_entities": dense, **summary, **source, "later": draw(TEXT)}


@given(annotations())
def test_what_both_can_say_survives_import_and_export_exactly(document: dict[str, object]) -> None:
    found = imported(document, duration=None)
    assert found.findings == ()
    kept = read_timeline(timeline_json(found.timeline))
    assert kept == found.timeline
    spelled = "{transition}" if '"{transition}"' in json.dumps(document) else "{shot_transition}"
    assert json.loads(cinebench_json(export_timeline(kept, transition_name=spelled))) == document


@pytest.mark.parametrize(
    ("interval", "frames"),
    [
        ([4.2, 4.2], (101, 101)),
        ([4.2, 4.20001], (101, 101)),
        ([4.2, 4.20004], (101, 101)),
        ([4.2, 4.201], (101, 101)),
        ([4.2, 4.2416], (101, 101)),
        ([4.0, 4.5], (96, 108)),
        ([0.0, 0.5], (0, 12)),
        ([9.7, 10.2], (233, 245)),
        ([10.2, 10.20001], (245, 245)),
    ],
)
def test_a_transition_shorter_than_a_frame_is_a_hard_cut_whatever_its_width(
    interval: list[float], frames: tuple[int, int]
) -> None:
    dense = [{"name": "{transition}", "description": "{transition} is a change", "time_intervals": interval}]
    document = {"global_entities": [{"name": "{transition}", "description": ""}], "dense_entities": dense}
    assert imported(document).timeline.events[0].frames == frames


def test_a_transition_under_both_names_is_one_entity_with_the_intervals_of_both() -> None:
    entities = [
        {"name": "{shot_transition}", "description": "{shot_transition} cuts.", "time_intervals": [[4.2, 4.20001]]},
        {
            "name": "{transition}",
            "description": "{transition} dissolves.",
            "time_intervals": [[6.0, 6.5], [99.0, 100.0]],
        },
        {"name": "{transition}", "description": "a third", "time_intervals": [[1.0, 2.0]]},
    ]
    dense = [{"name": "{transition}", "description": "{transition} dissolves", "time_intervals": [6.0, 6.5]}]
    found = imported({"global_entities": entities, "dense_entities": dense})
    (entity,) = found.timeline.entities
    assert (entity.description, entity.presence) == ("{transition} cuts.", ((4.2, 4.20001), (6.0, 6.5)))
    assert [finding.kind for finding in found.findings] == ["two_spellings", "outside", "repeated_name"]
    assert found.timeline.soft_transitions == ((144, 156),)


def test_what_the_page_says_is_made_uniform_is_and_nothing_is_said_of_it() -> None:
    document = {"global_entities": [{"name": "{a}"}], "dense_entities": [], "summary": "A man waits."}
    found = imported(document)
    assert found.findings == ()
    assert json.loads(cinebench_json(export_timeline(found.timeline))) == {
        "global_entities": [{"name": "{a}", "description": "", "time_intervals": []}],
        "dense_entities": [],
        "summary": '"A man waits."',
    }


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("00007_ref_image_00_a.png", "00007_ref_image_00_a.png"),
        ("/data/refs/a.png", "a.png"),
        ("..\\..\\a.png", "a.png"),
        ("../..", ""),
        ("refs/", ""),
        (".hidden", ""),
        ("a\n.png", ""),
    ],
)
def test_a_reference_is_a_bare_file_name(path: str, kept: str) -> None:
    document = {"global_entities": [{"name": "{a}", "time_intervals": [[0, 1]], "ref_image_path": path}]}
    found = imported(document | {"dense_entities": []})
    assert found.timeline.entities[0].reference == kept
    assert [finding.kind for finding in found.findings] == ([] if kept == path else ["bad_reference"])


@pytest.mark.parametrize("latest", [0.0, -3.0, 1e7])
def test_an_annotation_without_a_sensible_length_is_refused(latest: float) -> None:
    document = {"global_entities": [{"name": "{a}", "time_intervals": [[-4.0, latest]]}], "dense_entities": []}
    with pytest.raises(CineBenchError, match="its latest time"):
        imported(document, duration=None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"entity": "camera"', b'"entity": "nobody"'),
        (b'"frames": 245', b'"frames": 3'),
        (b'"duration": 10.2', b'"duration": 1.0'),
        (b'"kind": "scene"', b'"kind": "subject"'),
        (b"timeline/1", b"timeline/2"),
        (b'"fps": "24/1"', b'"fps": "24"'),
        (b'"summary"', b'"sumary"'),
        (b'"00007_ref_image_00_woman_red.png"', b'"../../secret.png"'),
        (b'"00007_ref_image_00_woman_red.png"', b'"/etc/passwd"'),
        (b'"00007_ref_image_00_woman_red.png"', b'".."'),
        (b'"00007_ref_image_00_woman_red.png"', b'"inside/a.png"'),
        (b'"00007_ref_image_00_woman_red.png"', b'"a\\\\b.png"'),
    ],
)
def test_a_timeline_whose_parts_do_not_fit_is_refused(old: bytes, new: bytes) -> None:
    data = timeline_json(imported(FOREIGN).timeline)
    spaced = data.replace(b'":', b'": ').replace(b'":  ', b'": ')
    assert read_timeline(spaced) == imported(FOREIGN).timeline
    assert old in spaced
    with pytest.raises(TimelineError):
        read_timeline(spaced.replace(old, new, 1))
