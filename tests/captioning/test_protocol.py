from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from captioning.backends import open_captioner
from captioning.captioner_fingerprint import captioner_fingerprint
from captioning.measured import MeasuredCaptioner
from captioning.protocol import (
    ClipAnnotation,
    ClipInput,
    annotation_json,
    read_annotation,
)
from captioning.settings import CaptionSettings

ANNOTATION = ClipAnnotation.model_validate(
    {
        "captions": [{"shot": -1, "kind": "summary", "text": 'Ein Schuß – {x} "…"', "origin": "measured"}],
        "entities": [{"id": "camera", "kind": "camera", "name": "{camera}", "description": "", "reference": ""}],
        "events": [
            {
                "entity": "camera",
                "frames": [0, 24],
                "start": 0.0,
                "end": 1.0,
                "prompt": "{camera} is static",
                "origin": "measured",
            }
        ],
        "scores": [{"shot": 0, "name": "motion", "value": 0.1 + 0.2, "model": "m/1"}],
        "tags": [],
        "models": [],
    }
)


def test_an_annotation_survives_its_file() -> None:
    data = annotation_json(ANNOTATION)
    assert read_annotation(data) == ANNOTATION
    assert annotation_json(read_annotation(data)) == data
    assert set(json.loads(data)) == {"captions", "entities", "events", "scores", "tags", "models"}


def test_a_file_with_a_missing_part_is_refused() -> None:
    with pytest.raises(ValidationError, match="models"):
        read_annotation(b'{"captions":[],"entities":[],"events":[],"scores":[],"tags":[]}')


@pytest.mark.parametrize("shots", [(), ((1, 5),), ((0, 5), (6, 9)), ((0, 5), (5, 5))])
def test_shots_that_do_not_follow_each_other_are_refused(shots: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValidationError):
        ClipInput(path=Path("a.mp4"), shots=shots, fps="24/1", width=64, height=36)


def test_the_default_captioner_is_the_measured_one() -> None:
    assert isinstance(open_captioner(CaptionSettings()), MeasuredCaptioner)
    assert captioner_fingerprint(CaptionSettings()) == "measured/6"


def test_an_unknown_backend_is_refused_with_the_allowed_names() -> None:
    with pytest.raises(ValidationError, match="'measured'"):
        CaptionSettings.model_validate({"backend": "oracle"})


def test_reading_the_settings_loads_nothing_heavy() -> None:
    code = "import sys, captioning.backends; print(sorted({'cv2', 'torch', 'av', 'scipy'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
