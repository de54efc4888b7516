from __future__ import annotations

import io
import json
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning.clip_file import ClipFile
from captioning.frames.frame_choice import chosen_frames
from captioning.frames.sample_task import sample_frames_task
from captioning.frames.sampled_file import SampledFileError, most_bytes, read_sampled
from captioning.frames.sampling_settings import SamplingSettings
from captioning.protocol import ClipInput
from formats.clip_plan import MadeClip
from operators.film_error import FilmError
from tests.captioning.made_clip import made_clip

SETTINGS = SamplingSettings(pictures_per_shot=3, picture_tokens=64)


def sampled_to(out: Path, clip: Path, made: MadeClip) -> dict[str, object]:
    return sample_frames_task(
        {
            "clip": str(clip),
            "made": made.model_dump(mode="json"),
            "sampling": SETTINGS.model_dump(mode="json"),
            "sampled": str(out),
        }
    )


@pytest.fixture
def sampled(two_shot_file: Path, tmp_path: Path) -> Path:
    sampled_to(tmp_path / "pictures.zip", two_shot_file, made_clip(two_shot_file))
    return tmp_path / "pictures.zip"


def test_every_picture_is_of_the_frame_that_it_says(sampled: Path, two_shot_file: Path) -> None:
    clip = read_sampled(sampled, made_clip(two_shot_file), SETTINGS)
    everything = list(ClipFile(ClipInput.of_made(two_shot_file, made_clip(two_shot_file))).pictures(280, 168))
    for shot in clip.shots:
        assert tuple(p.frame for p in shot.pictures) == chosen_frames(shot.frames, Fraction(24), SETTINGS)
        for shown in shot.pictures:
            assert shown.seconds == pytest.approx(shown.frame / 24, abs=1e-6)
            assert (shown.picture.width, shown.picture.height) == (280, 168)
            seen = np.asarray(Image.open(io.BytesIO(shown.picture.jpeg)).convert("RGB"), np.int16)
            errors = [float(np.abs(seen - whole).mean()) for whole in everything]
            assert errors[shown.frame] < 4
            same = [i for i, error in enumerate(errors) if error <= errors[shown.frame] + 0.01]
            assert shown.frame in same and (shot.index == 1 or same == [shown.frame])


def test_the_same_clip_gives_the_same_file(sampled: Path, two_shot_file: Path, tmp_path: Path) -> None:
    reply = sampled_to(tmp_path / "again.zip", two_shot_file, made_clip(two_shot_file))
    assert (tmp_path / "again.zip").read_bytes() == sampled.read_bytes()
    assert json.loads(json.dumps(reply)) == {"bytes": sampled.stat().st_size, "pictures": 6}


def test_the_bound_on_a_file_holds(sampled: Path, two_shot_file: Path) -> None:
    assert sampled.stat().st_size < most_bytes(made_clip(two_shot_file), SETTINGS)


@pytest.mark.parametrize("last", [53, 55])
def test_a_clip_with_another_number_of_frames_is_refused(two_shot_file: Path, tmp_path: Path, last: int) -> None:
    with pytest.raises(FilmError, match=f"has 54 frames, its shots cover {last}"):
        sampled_to(tmp_path / "p.zip", two_shot_file, made_clip(two_shot_file, ((0, 24), (24, last))))
    assert list(tmp_path.iterdir()) == []


def test_pictures_of_another_clip_are_refused(sampled: Path, two_shot_file: Path) -> None:
    for other in (made_clip(two_shot_file, key="bb"), made_clip(two_shot_file, ((0, 20), (20, 54)))):
        with pytest.raises(SampledFileError, match="not those of clip"):
            read_sampled(sampled, other, SETTINGS)
    with pytest.raises(SampledFileError, match="are not 140x84"):
        read_sampled(sampled, made_clip(two_shot_file), SETTINGS.model_copy(update={"picture_tokens": 16}))


def test_a_damaged_file_is_refused(sampled: Path, two_shot_file: Path) -> None:
    whole = sampled.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"x" * 100, whole.replace(b"clip.json", b"clop.json")):
        sampled.write_bytes(damaged)
        with pytest.raises(SampledFileError):
            read_sampled(sampled, made_clip(two_shot_file), SETTINGS)


def test_a_file_that_would_unpack_to_much_is_refused(sampled: Path, two_shot_file: Path) -> None:
    with zipfile.ZipFile(sampled) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(sampled, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, bytes(10**8) if name == "00000.jpg" else data)
    with pytest.raises(SampledFileError, match="compressed or too large"):
        read_sampled(sampled, made_clip(two_shot_file), SETTINGS)


def test_a_file_larger_than_its_pictures_can_be_is_refused(sampled: Path, two_shot_file: Path) -> None:
    made = made_clip(two_shot_file)
    with sampled.open("r+b") as file:
        file.truncate(most_bytes(made, SETTINGS) + 1)
    with pytest.raises(SampledFileError, match="larger than"):
        read_sampled(sampled, made, SETTINGS)
