from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.clip_json import read_clip_json
from formats.clip_record import ClipRecord
from formats.clip_schema import EXAMPLE_FILE
from formats.invariants import ClipError, check_clip, kind_of


@given(st.from_type(ClipRecord))
def test_records_that_keep_every_rule_pass(record: ClipRecord) -> None:
    check_clip(record)


EXAMPLE: Any = json.loads(EXAMPLE_FILE.read_text(encoding="utf-8"))
TRANSITION = EXAMPLE["entities"][1]
CUT = EXAMPLE["events"][1]
BROKEN: list[tuple[str, object, str]] = [
    ("source.uri", "/films/a.mp4", "source.uri"),
    ("source.uri", "C:\\films\\a.mp4", "source.uri"),
    ("source.uri", "file:///a.mp4", "source.uri"),
    ("source.uri", "s3://bucket/a.mp4", "source.uri"),
    ("source.uri", "~/a.mp4", "source.uri"),
    ("source.uri", "films/../a.mp4", "source.uri"),
    ("source.uri", "..", "source.uri"),
    ("source.uri", "", "source.uri"),
    ("source.fps", "0/1", "source.fps"),
    ("source.fps", "25/1", "shots[0].frames"),
    ("source.time_base", "0/1", "source.time_base"),
    ("source.frames", [811, 1082], "source.frames"),
    ("source.frames", [812, 1083], "source.frames"),
    ("source.stream", -1, "source.stream"),
    ("video.frames", 247, "video.duration"),
    ("video.duration", 10.250001, "video.duration"),
    ("video.fps", "0/1", "video.fps"),
    ("video.width", 0, "video.width"),
    ("video.height", -2, "video.height"),
    ("source.width", -1, "source.width"),
    ("source.width", 1900, "source.picture"),
    ("source.picture", [0, 132, 1921, 948], "source.picture"),
    ("source.picture", [10, 132, 10, 948], "source.picture"),
    ("video.crop", [0, 0, 1920, 1081], "video.crop"),
    ("video.crop", [-2, 0, 1920, 1080], "video.crop"),
    ("audio.channels", 2, "audio"),
    ("audio", {"codec": "aac", "channels": 0, "rate": 48000}, "audio.channels"),
    ("audio", {"codec": "aac", "channels": 2, "rate": 0}, "audio.rate"),
    ("shots", [], "shots"),
    ("shots.1.index", 2, "shots[1].index"),
    ("shots.0.frames", [1, 118], "shots[0].frames"),
    ("shots.1.frames", [119, 246], "shots[1].frames"),
    ("shots.1.frames", [118, 118], "shots[1].frames"),
    ("shots.1.frames", [118, 245], "shots"),
    ("shots.0.frames", [0, 117], "shots[1].frames"),
    ("shots.1.source_frames", [900, 1082], "shots[1].source_frames"),
    ("shots.1.source_frames", [955, 1082], "shots[1].frames"),
    ("shots.1.source_pts", [476159, 553984], "shots[1].source_pts"),
    ("shots.1.source_pts", [553984, 553984], "shots[1].source_pts"),
    ("joins", [], "joins"),
    ("joins.0.after_shot", 1, "joins[0].after_shot"),
    ("joins.0.source_frames", [930, 953], "joins[0].source_frames"),
    ("joins.0.kind", "cut", "joins[0].kind"),
    ("joins.0.confidence", 1.01, "joins[0].confidence"),
    ("events.0.confidence", 1.01, "events[0].confidence"),
    ("events.0.confidence", -0.01, "events[0].confidence"),
    ("captions.0.shot", 2, "captions[0].shot"),
    ("captions.0.shot", -2, "captions[0].shot"),
    ("scores.0.shot", 2, "scores[0].shot"),
    ("tags.0.shot", 2, "tags[0].shot"),
    ("entities.0.id", "transition", "entities[].id"),
    ("entities.0.id", "Camera", "entities[0].id"),
    ("entities.0.name", "camera", "entities[0].name"),
    ("entities.0.name", "{Camera}", "entities[0].name"),
    ("entities.0.name", "{transition}", "entities[0].kind"),
    ("entities.0.kind", "subject", "entities[0].kind"),
    ("entities.1.name", "{shot_transition}", "entities[1].name"),
    ("entities.1", {**TRANSITION, "kind": "camera", "name": "{camera}"}, "entities[].name"),
    ("events.0.entity", "nobody", "events[0].entity"),
    ("events.0.frames", [0, 247], "events[0].frames"),
    ("events.0.frames", [0, 117], "events[0].end"),
    ("events.0.start", 0.000001, "events[0].start"),
    ("events.0.end", 4.9166666, "events[0].end"),
    ("events.0.prompt", "pans left", "events[0].prompt"),
    ("events.0", {**CUT, "entity": "camera", "prompt": "{camera}"}, "events[0].frames"),
    ("events.1", {**CUT, "frames": [0, 0], "start": 0.0, "end": 0.0}, "events[1].frames"),
    ("events.1", {**CUT, "frames": [96, 120], "start": 4.0, "end": 5.0}, "events[1].frames"),
]


@pytest.mark.parametrize(("path", "value", "field"), BROKEN)
def test_a_broken_rule_is_named_with_its_field(path: str, value: object, field: str) -> None:
    with pytest.raises(ClipError) as refused:
        read_clip_json(changed(path, value))
    assert refused.value.field == field
    assert str(refused.value) == f"{field}: {refused.value.rule}"


WOMAN: Any = {"id": "woman", "kind": "subject", "name": "{woman}", "description": "", "reference": "woman.png"}
WAVES: Any = {**CUT, "entity": "woman", "frames": [120, 144], "start": 5.0, "end": 6.0, "prompt": "{woman} waves"}
IMAGE: Any = {
    "entity": "woman",
    "image": "woman.png",
    "mask": "",
    "frame": 118,
    "box": [0, 0, 1280, 544],
    "width": 512,
    "height": 218,
    "confidence": 0.5,
    "origin": "grounding-dino",
}


def pictured(entity: Any, event: Any, *images: Any) -> bytes:
    document = json.loads(EXAMPLE_FILE.read_text(encoding="utf-8"))
    document["entities"].append(entity)
    document["events"].append(event)
    document["references"] = list(images)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"entity": "nobody"}, "references[0].entity"),
        ({"entity": "camera"}, "references[0].entity"),
        ({"image": "../woman.png"}, "references[0].image"),
        ({"image": "man.png"}, "references[0].image"),
        ({"mask": "/etc/passwd"}, "references[0].mask"),
        ({"frame": 117}, "references[0].frame"),
        ({"frame": 246}, "references[0].frame"),
        ({"box": [0, 0, 1281, 544]}, "references[0].box"),
        ({"box": [8, 0, 8, 544]}, "references[0].box"),
        ({"width": 0}, "references[0].width"),
        ({"height": 9000}, "references[0].width"),
        ({"confidence": 1.5}, "references[0].confidence"),
        ({"likeness": -1.5}, "references[0].likeness"),
    ],
)
def test_an_image_is_of_a_subject_in_a_shot_in_which_it_acts(changes: dict[str, object], field: str) -> None:
    """The woman acts in the second shot, frames 118 to 246, alone."""
    read_clip_json(pictured(WOMAN, WAVES, IMAGE))
    with pytest.raises(ClipError) as refused:
        read_clip_json(pictured(WOMAN, WAVES, {**IMAGE, **changes}))
    assert refused.value.field == field


def test_an_entity_names_its_one_image() -> None:
    for entity, images, field in (
        (WOMAN, (), "entities[2].reference"),
        ({**WOMAN, "reference": ""}, (IMAGE,), "entities[2].reference"),
        (WOMAN, (IMAGE, IMAGE), "references[1].entity"),
    ):
        with pytest.raises(ClipError) as refused:
            read_clip_json(pictured(entity, WAVES, *images))
        assert refused.value.field == field


def test_a_record_from_before_there_were_images_is_read() -> None:
    document = json.loads(EXAMPLE_FILE.read_text(encoding="utf-8"))
    del document["references"]
    assert read_clip_json(json.dumps(document).encode()).references == ()


@pytest.mark.parametrize(
    "uri", ["~draft.mp4", "a:b.mp4", "c:film.mp4", "Films:/a.mp4", "a..b/c.mp4", "file: one.mp4", "a\nb <i>'\".mp4"]
)
def test_odd_but_relative_names_of_films_are_allowed(uri: str) -> None:
    assert read_clip_json(changed("source.uri", uri)).source.uri == uri


def test_a_hard_cut_has_no_frames_between_its_shots() -> None:
    document = json.loads(EXAMPLE_FILE.read_text(encoding="utf-8"))
    document["shots"][1] |= {"source_frames": [930, 1058], "source_pts": [476160, 541696]}
    document["source"]["frames"] = [812, 1058]
    document["joins"][0] |= {"kind": "cut", "source_frames": [930, 930]}
    read_clip_json(json.dumps(document).encode())
    document["joins"][0]["kind"] = "wipe"
    with pytest.raises(ClipError, match=r"joins\[0\]\.kind"):
        read_clip_json(json.dumps(document).encode())


def test_a_variable_rate_shot_lasts_as_long_as_in_its_source() -> None:
    document = json.loads(EXAMPLE_FILE.read_text(encoding="utf-8"))
    document["source"]["vfr"] = True
    document["shots"][0]["source_frames"] = [900, 930]
    document["source"]["frames"] = [900, 1082]
    read_clip_json(json.dumps(document).encode())
    document["shots"][0]["source_pts"] = [415744 + 2048, 476160]
    with pytest.raises(ClipError, match=r"shots\[0\]\.frames: must last as in the source: 114 frames"):
        read_clip_json(json.dumps(document).encode())


def test_a_resampled_shot_lasts_as_long_as_in_its_source() -> None:
    document = json.loads(EXAMPLE_FILE.read_text(encoding="utf-8"))
    document["source"]["fps"] = "48/1"
    document["events"] = []
    with pytest.raises(ClipError, match=r"shots\[0\]\.frames: must last as in the source: 59 frames"):
        read_clip_json(json.dumps(document).encode())
    document["video"] |= {"frames": 123, "duration": 5.125}
    document["shots"][0]["frames"], document["shots"][1]["frames"] = [0, 59], [59, 123]
    read_clip_json(json.dumps(document).encode())


def test_a_score_that_is_not_finite_is_refused() -> None:
    record = read_clip_json(EXAMPLE_FILE.read_bytes())
    score = record.scores[0].model_copy(update={"value": float("nan")})
    with pytest.raises(ClipError, match=r"scores\[0\]\.value"):
        check_clip(record.model_copy(update={"scores": (score,)}))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("{camera}", "camera"),
        ("{transition}", "transition"),
        ("{shot_transition}", "transition"),
        ("{scene_pier}", "scene"),
        ("{scenery}", "subject"),
        ("{camera_man}", "subject"),
    ],
)
def test_special_names_decide_the_kind(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def changed(path: str, value: object) -> bytes:
    document: Any = json.loads(EXAMPLE_FILE.read_text(encoding="utf-8"))
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    part = document
    for parent in parents:
        part = part[parent]
    part[last] = value
    return json.dumps(document).encode()
