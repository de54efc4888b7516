from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.cinebench import (
    CineBenchError,
    ImportedTimeline,
    cinebench_json,
    export_cinebench,
    import_cinebench,
    read_cinebench,
)
from formats.clip_record import ClipRecord, Event
from formats.exact_time import parse_rational

NAMES = st.sampled_from(["{transition}", "{shot_transition}"])

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
    ],
    "summary": '"A woman waves."',
    "data_id": "0123",
    "frame_timestamps": [0.0, 0.066667],
}  # fmt: skip


def through_cinebench(record: ClipRecord, name: str) -> ImportedTimeline:
    fps = parse_rational(record.video.fps)
    data = cinebench_json(export_cinebench(record, transition_name=name))
    return import_cinebench(read_cinebench(data), fps=fps, frames=record.video.frames, origin="measured")


@given(st.from_type(ClipRecord), NAMES)
def test_entities_and_events_survive_export_and_import_to_the_frame(record: ClipRecord, name: str) -> None:
    back = through_cinebench(record, name)
    assert back.dropped == ()
    assert sorted(back.entities, key=lambda entity: entity.id) == sorted(record.entities, key=lambda entity: entity.id)

    def order(event: Event) -> tuple[object, ...]:
        return (event.frames, event.entity, event.prompt)

    assert sorted(back.events, key=order) == sorted(record.events, key=order)


@given(st.from_type(ClipRecord))
def test_the_export_is_in_the_order_that_their_evaluation_cuts_off_by(record: ClipRecord) -> None:
    clip = export_cinebench(record)
    starts = [event.time_intervals[0] for event in clip.dense_entities]
    assert starts == sorted(starts)
    names = [entity.name for entity in clip.global_entities]
    scenes = [name.startswith("{scene_") for name in names]
    assert scenes == sorted(scenes)
    assert "{camera}" not in names[1:]
    assert all(len(event.time_intervals) == 2 for event in clip.dense_entities)
    assert all(start < end for entity in clip.global_entities for start, end in entity.time_intervals)


def test_the_example_is_exported_as_their_files_are(example: ClipRecord) -> None:
    exported = json.loads(cinebench_json(export_cinebench(example)))
    assert exported == {
        "global_entities": [
            {"name": "{camera}", "description": "", "time_intervals": [[0.0, 4.916667]]},
            {"name": "{shot_transition}", "description": "", "time_intervals": [[4.916667, 4.916677]]},
        ],
        "dense_entities": [
            {"name": "{camera}", "description": "{camera} pans left slowly", "time_intervals": [0.0, 4.916667]},
            {
                "name": "{shot_transition}",
                "description": "{shot_transition} is a hard cut",
                "time_intervals": [4.916667, 4.916677],
            },
        ],
        "summary": '"Two shots over 10.25 seconds, joined by a hard cut."',
    }


@pytest.mark.parametrize("name", ["{transition}", "{shot_transition}"])
def test_a_foreign_file_is_read_and_what_is_left_out_is_named(name: str) -> None:
    data = json.dumps(FOREIGN).replace("{shot_transition}", name).encode()
    timeline = import_cinebench(read_cinebench(data), fps=Fraction(24), frames=245, origin="cinebench")
    assert [entity.name for entity in timeline.entities] == ["{camera}", "{transition}", "{woman_red}", "{scene_pier}"]
    assert timeline.entities[2].reference == "00007_ref_image_00_woman_red.png"
    assert [(event.entity, event.frames, event.prompt) for event in timeline.events] == [
        ("camera", (0, 101), "{camera} holds a static wide shot"),
        ("transition", (101, 101), "{transition} is a cut"),
        ("transition", (168, 180), "{transition} is a dissolve"),
        ("woman_red", (24, 84), "{woman_red} waves before the {transition}."),
        ("woman_red", (216, 245), "{woman_red} stays"),
    ]
    assert timeline.summary == "A woman waves."
    assert len(timeline.dropped) == 5
    assert any("no entity of this name" in sentence for sentence in timeline.dropped)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"global_entities": [], "dense_entities": [{"name": "a", "description": "", "time_intervals": [0, 1e999]}]}',
        b'{"global_entities": [], "dense_entities": [{"name": "a", "description": "", "time_intervals": [NaN, 1]}]}',
        b'{"global_entities": [{"name": "a", "time_intervals": [0, 1]}], "dense_entities": []}',
        b" " * (8 * 1024 * 1024 + 1),
    ],
)
def test_what_is_not_an_annotation_is_refused(data: bytes) -> None:
    with pytest.raises(CineBenchError):
        read_cinebench(data)
