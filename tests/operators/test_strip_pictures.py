from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from operators.decode import FrameScaler, decode_film
from operators.film_error import FilmError
from operators.strip_pictures import read_strip_sheet, strip_pictures_task, write_strip_sheet


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    """60 frames, each brighter than the one before, with B-frames."""
    path = tmp_path_factory.mktemp("clip") / "grey.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(24), options={"g": "24", "bf": "2", "qp": "4"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(60):
            picture = np.full((48, 64, 3), 16 + 3 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def test_the_sheet_holds_the_frames_that_were_asked_for(clip, tmp_path):
    found = write_strip_sheet(clip, (3, 20, 59), 32, 24, tmp_path / "s.png")
    pictures = read_strip_sheet(tmp_path / "s.png", found)
    scaler = FrameScaler()
    decoded = [scaler.to_array(frame.picture, 32, 24) for frame in decode_film(clip)]
    assert found == tuple(pictures) == (3, 20, 59)
    for index, picture in pictures.items():
        equal = [number for number, other in enumerate(decoded) if np.array_equal(picture, other)]
        assert equal == [index], "this frame and no other"


def test_frames_past_the_end_are_left_out(clip, tmp_path):
    assert write_strip_sheet(clip, (10, 500), 32, 24, tmp_path / "s.png") == (10,)
    assert write_strip_sheet(clip, (500,), 32, 24, tmp_path / "none.png") == ()
    assert not (tmp_path / "none.png").exists()
    assert read_strip_sheet(tmp_path / "none.png", ()) == {}


def test_the_task_takes_and_gives_plain_values(clip, tmp_path):
    out = tmp_path / "deep" / "s.png"
    arguments = {"clip": str(clip), "frames": [5], "width": 32, "height": 24, "out": str(out)}
    assert strip_pictures_task(arguments) == {"frames": [5]}
    assert [path.name for path in out.parent.iterdir()] == ["s.png"]


def test_a_file_that_is_no_film_is_refused(tmp_path):
    (tmp_path / "x.mp4").write_text("ffconcat version 1.0\nfile other.mp4\n")
    with pytest.raises(FilmError):
        write_strip_sheet(tmp_path / "x.mp4", (0,), 32, 24, tmp_path / "s.png")


def test_a_sheet_of_another_number_of_pictures_is_refused(clip, tmp_path):
    write_strip_sheet(clip, (3, 20, 59), 32, 25, tmp_path / "s.png")
    with pytest.raises(ValueError, match="not a sheet of 4 pictures"):
        read_strip_sheet(tmp_path / "s.png", (1, 2, 3, 4))


def test_more_pictures_than_a_sheet_holds_are_refused(clip, tmp_path):
    with pytest.raises(ValueError, match="more than fit"):
        write_strip_sheet(clip, range(10_000), 1920, 1080, tmp_path / "s.png")
