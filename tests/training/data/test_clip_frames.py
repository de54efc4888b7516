"""Frames of clips by number, as pictures of a bucket."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.data.counted_clip import counted_clip, number_in
from training.data.buckets import Bucket
from training.data.clip_frames import ClipVideo, CorruptClipError, window_frames
from training.data.randomness import Draw
from training.data.resampling import ClipTiming
from training.data.windows import WindowSettings, choose_window

FRAMES = 90
VIDEO = ClipVideo("clip-7", counted_clip(FRAMES, cuts=(31, 60)), Fraction(24), FRAMES, 64, 36)
WHOLE = Bucket(frames=5, height=32, width=64)


@given(st.lists(st.integers(0, FRAMES - 1), min_size=1, max_size=12).map(sorted))
@settings(max_examples=40)
def test_frames_are_those_asked_for(numbers: list[int]) -> None:
    pictures = window_frames(VIDEO, numbers, WHOLE)
    assert pictures.shape == (len(numbers), 3, 32, 64)
    assert [number_in(picture) for picture in pictures] == numbers


@given(st.integers(0, FRAMES - 1))
@settings(max_examples=20)
def test_where_decoding_begins_changes_no_byte(number: int) -> None:
    alone = window_frames(VIDEO, [number], WHOLE)
    from_the_start = window_frames(VIDEO, range(number + 1), WHOLE)
    assert np.array_equal(alone[0], from_the_start[-1])


@pytest.mark.parametrize("fps", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)])
def test_a_windows_frames_come_out_at_any_rate(fps: Fraction) -> None:
    video = replace(VIDEO, data=counted_clip(FRAMES, fps), fps=fps)
    timing = ClipTiming(fps, ((0, 41), (41, FRAMES)))
    window = choose_window(timing, 17, WindowSettings(fps=12), Draw(0, 0, "clip", "window").stream())
    pictures = window_frames(video, window.clip_frames, WHOLE)
    assert [number_in(picture) for picture in pictures] == list(window.clip_frames)


def test_pictures_are_scaled_cropped_around_the_middle_and_not_mirrored() -> None:
    video = ClipVideo("wide", counted_clip(3, size=(192, 64)), Fraction(24), 3, 192, 64)
    (picture,) = window_frames(video, [0], Bucket(frames=1, height=32, width=32))
    left, right = picture[:, 16:30, 2:13].mean(axis=(1, 2)), picture[:, 16:30, 19:30].mean(axis=(1, 2))
    assert np.abs(left - (200, 40, 40)).max() < 5
    assert np.abs(right - (40, 40, 200)).max() < 5
    (whole,) = window_frames(video, [0], Bucket(frames=1, height=32, width=96))
    assert np.abs(whole[:, 16:, 32:64].astype(int) - picture[:, 16:]).max() <= 6


def refusal(video: ClipVideo, numbers: list[int] | None = None) -> str:
    with pytest.raises(CorruptClipError) as raised:
        window_frames(video, [0, 40] if numbers is None else numbers, WHOLE)
    assert raised.value.key == video.key
    assert str(raised.value) == f"{video.key}: {raised.value.cause}"
    return raised.value.cause


def test_a_video_that_is_not_what_its_record_says_is_refused() -> None:
    assert refusal(replace(VIDEO, frames=91)) == "the video has 90 frames, the record says 91"
    assert refusal(replace(VIDEO, fps=Fraction(25))) == "frame 1 is not at 1 / 25 s"
    assert refusal(replace(VIDEO, width=66)) == "a frame of 64 x 36, the record says 66 x 36"
    assert refusal(VIDEO, [90]) == "frame 90 is missing from the video"


@pytest.mark.parametrize("data", [b"", b"\0" * 4096, b"no film", VIDEO.data[:900], VIDEO.data[: len(VIDEO.data) // 2]])
def test_bytes_that_are_no_whole_clip_are_refused(data: bytes) -> None:
    refusal(replace(VIDEO, data=data), list(range(0, 90, 10)))


def test_damaged_pictures_are_refused() -> None:
    data = bytearray(VIDEO.data)
    begin = VIDEO.data.index(b"mdat")
    random = np.random.default_rng(0)
    for at in range(begin + 2000, len(data) - 200, 97):
        data[at : at + 8] = random.bytes(8)
    refusal(replace(VIDEO, data=bytes(data)), list(range(90)))


def test_a_codec_that_nobody_decodes_is_a_corrupt_clip() -> None:
    strange = replace(VIDEO, data=VIDEO.data.replace(b"avc1", b"zzzz"))
    assert refusal(strange) == "there is no decoder for its codec"


def test_whatever_bytes_are_changed_nothing_but_a_corrupt_clip_comes_of_it() -> None:
    random = np.random.default_rng(0)
    head = VIDEO.data.index(b"mdat")
    corrupt = 0
    for _ in range(600):
        data = bytearray(VIDEO.data)
        for at in random.integers(0, random.choice([head, len(data)]), random.integers(1, 6)):
            data[at] = random.integers(256)
        try:
            window_frames(replace(VIDEO, data=bytes(data)), [0, 40], WHOLE)
        except CorruptClipError as error:
            assert error.key == VIDEO.key
            corrupt += 1
    assert corrupt > 300


def test_a_clip_may_not_name_other_files(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(VIDEO.data)
    for text in (f"#EXTM3U\n#EXTINF:1,\n{film}\n", f"ffconcat version 1.0\nfile {film}\n"):
        refusal(replace(VIDEO, data=text.encode()))


def test_sound_alone_is_no_clip() -> None:
    memory = io.BytesIO()
    with av.open(memory, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert refusal(replace(VIDEO, data=memory.getvalue())) == "it has no video stream"
