from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from formats.cinebench import cinebench_json, read_cinebench
from formats.cinebench_export import export_cinebench, source_seconds
from formats.cinebench_timeline import import_cinebench
from formats.clip_record import ClipRecord, Event
from formats.exact_time import parse_rational
from formats.timeline import Timeline

NAMES = st.sampled_from(["{transition}", "{shot_transition}"])


def with_file_names(record: ClipRecord) -> ClipRecord:
    """``record`` with references, where it has any, that are names of files."""
    named = (e.model_copy(update={"reference": f"ref_{e.id}.png" if e.reference else ""}) for e in record.entities)
    return record.model_copy(update={"entities": tuple(named)})


def through_cinebench(record: ClipRecord, name: str) -> Timeline:
    data = cinebench_json(export_cinebench(record, transition_name=name))
    fps, seconds = parse_rational(record.video.fps), record.video.duration
    back = import_cinebench(read_cinebench(data), name="x", fps=fps, origin="measured", duration=seconds)
    assert back.findings == ()
    return back.timeline


@given(st.from_type(ClipRecord).map(with_file_names), NAMES)
def test_entities_and_events_survive_export_and_import_to_the_frame(record: ClipRecord, name: str) -> None:
    back = through_cinebench(record, name)
    assert sorted((e.id, e.kind, e.name, e.description, e.reference) for e in back.entities) == sorted(
        (e.id, e.kind, e.name, e.description, e.reference) for e in record.entities
    )

    def told(events: tuple[Event, ...]) -> list[tuple[object, ...]]:
        return sorted((e.entity, e.frames, e.start, e.prompt, e.origin) for e in events)

    assert told(back.events) == told(record.events)  # type: ignore[arg-type]
    assert back.frames == record.video.frames
    assert set(back.cuts) <= {shot.frames[0] for shot in record.shots}
    assert back.soft_transitions == ()


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
    for entity in clip.global_entities:
        assert all(start < end <= record.video.duration for start, end in entity.time_intervals)
        assert all(one[1] < other[0] for one, other in pairwise(entity.time_intervals))


def test_the_example_is_exported_as_their_files_are(example: ClipRecord) -> None:
    exported = json.loads(cinebench_json(export_cinebench(example)))
    stamps = exported.pop("frame_timestamps")
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
        "data_id": hashlib.md5(example.key.encode()).hexdigest(),
    }
    assert len(stamps) == 153


def test_a_cut_at_the_end_of_a_very_fast_clip_stays_inside_it(example: ClipRecord) -> None:
    camera, cut = example.events
    late = cut.model_copy(update={"frames": (242, 242), "start": 0.000242, "end": 0.000242})
    video = example.video.model_copy(update={"fps": "1000000/1", "duration": 0.000246})
    clip = export_cinebench(example.model_copy(update={"video": video, "events": (camera, late)}))
    assert clip.dense_entities[-1].time_intervals == (0.000242, 0.000246)


@given(st.from_type(ClipRecord))
def test_timestamps_are_those_of_the_frames_on_screen_in_the_source(record: ClipRecord) -> None:
    stamps = source_seconds(record)
    assert len(stamps) == int(Fraction(record.video.frames) / parse_rational(record.video.fps) * 15)
    assert list(stamps) == sorted(stamps)
    tick = parse_rational(record.source.time_base)
    for stamp in stamps:
        inside = [s for s in record.shots if s.source_pts[0] * tick - 1e-6 <= stamp <= s.source_pts[1] * tick + 1e-6]
        assert inside
