from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from captioning.annotate import annotate_clip_task
from captioning.clip_file import ClipFile
from captioning.protocol import ClipInput, read_annotation
from operators.film_error import FilmError
from tests.captioning.made_clip import made_clip


def arguments_for(clip: Path, out: Path, shots: list[list[int]]) -> dict[str, object]:
    made = made_clip(clip, tuple((start, end) for start, end in shots)).model_dump(mode="json")
    return {"clip": str(clip), "made": made, "settings": {"backend": "measured"}, "annotation": str(out)}


def test_a_task_of_plain_json_writes_the_annotation(two_shot_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "a.json"
    arguments = json.loads(json.dumps(arguments_for(two_shot_file, out, [[0, 24], [24, 54]])))
    reply = annotate_clip_task(arguments)
    annotation = read_annotation(out.read_bytes())
    assert json.loads(json.dumps(reply)) == {"bytes": out.stat().st_size, "events": 3}
    assert [e.prompt for e in annotation.events] == [
        "{camera} pans left",
        "{transition} is a hard cut",
        "{camera} is static",
    ]
    assert [p.name for p in out.parent.iterdir()] == ["a.json"]


def test_another_process_writes_the_same_bytes(two_shot_file: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here.json", tmp_path / "there.json"
    annotate_clip_task(arguments_for(two_shot_file, here, [[0, 24], [24, 54]]))
    code = "import json, sys; from captioning.annotate import annotate_clip_task as t; t(json.load(sys.stdin))"
    arguments = arguments_for(two_shot_file, there, [[0, 24], [24, 54]])
    subprocess.run([sys.executable, "-c", code], input=json.dumps(arguments), text=True, check=True)
    assert here.read_bytes() == there.read_bytes()


@pytest.mark.parametrize("last", [53, 55])
def test_a_clip_with_another_number_of_frames_is_refused(two_shot_file: Path, tmp_path: Path, last: int) -> None:
    out = tmp_path / "a.json"
    with pytest.raises(FilmError, match=f"has 54 frames, its shots cover {last}"):
        annotate_clip_task(arguments_for(two_shot_file, out, [[0, 24], [24, last]]))
    assert list(tmp_path.iterdir()) == []


def test_a_clip_that_is_no_film_is_refused(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_text("not a film at all\n")
    with pytest.raises(FilmError):
        annotate_clip_task(arguments_for(clip, tmp_path / "a.json", [[0, 24]]))
    assert not (tmp_path / "a.json").exists()


def test_every_pass_over_a_clip_begins_at_its_first_frame(two_shot_file: Path) -> None:
    clip = ClipFile(ClipInput(path=two_shot_file, shots=((0, 54),), fps="24/1", width=384, height=216))
    first, second = list(clip.pictures(48, 27)), list(clip.pictures(48, 27))
    assert len(first) == 54
    assert first[0].shape == (27, 48, 3)
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
