from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning.references.frames_file import FramesFileError, most_frame_bytes, read_frames
from formats.clip_plan import MadeClip
from operators.film_error import FilmError
from tests.captioning.made_clip import made_clip
from tests.captioning.references.conftest import pictures, taken

FRAMES = (0, 7, 23, 24, 53)


@pytest.fixture
def whole(squares: Path, made: MadeClip, tmp_path: Path) -> Path:
    return taken(squares, made, FRAMES, tmp_path / "frames.zip")


def test_every_picture_is_of_the_frame_that_it_says(whole: Path, made: MadeClip) -> None:
    shown = pictures()
    read = dict(read_frames(whole, made, FRAMES))
    assert tuple(read) == FRAMES
    for frame, picture in read.items():
        errors = [float(np.abs(picture.astype(int) - each).mean()) for each in shown]
        assert int(np.argmin(errors)) == frame


def test_the_same_clip_gives_the_same_file(whole: Path, squares: Path, made: MadeClip, tmp_path: Path) -> None:
    assert taken(squares, made, FRAMES, tmp_path / "again.zip").read_bytes() == whole.read_bytes()


def test_a_clip_with_another_number_of_frames_is_refused(squares: Path, tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="has 54 frames, its shots cover 55"):
        taken(squares, made_clip(squares, ((0, 55),)), (0,), tmp_path / "frames.zip")
    assert list(tmp_path.iterdir()) == []


def written(path: Path, data: bytes, how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        archive.writestr("000000000.jpg", data)
    return path


def jpeg(width: int, height: int, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height)).save(out, kind)
    return out.getvalue()


def test_a_file_that_is_not_of_the_clip_is_refused(whole: Path, made: MadeClip, tmp_path: Path) -> None:
    """A child that held hostile media wrote it."""
    out = tmp_path / "bad.zip"
    for data, says in (
        (jpeg(384, 217), "is 384x217, not 384x216"),
        (jpeg(60_000, 10), "is 60000x10"),
        (jpeg(384, 216, "PNG"), "is no JPEG"),
        (jpeg(384, 216)[:300], "is no JPEG"),
        (b"", "is no JPEG"),
        (bytes(most_frame_bytes(made) + 1), "too large"),
    ):
        with pytest.raises(FramesFileError, match=says):
            list(read_frames(written(out, data), made, (0,)))
    with pytest.raises(FramesFileError, match="compressed"):
        list(read_frames(written(out, bytes(1000), zipfile.ZIP_DEFLATED), made, (0,)))
    with pytest.raises(FramesFileError, match="KeyError"):
        list(read_frames(whole, made, (1,)))
    out.write_bytes(whole.read_bytes()[:-30])
    with pytest.raises(FramesFileError, match="BadZipFile"):
        list(read_frames(out, made, (0,)))
