"""Clips are decoded in another process, and whatever becomes of that is one corrupt clip."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import psutil
import pytest

from tests.training.data.counted_clip import counted_clip
from training.data.buckets import Bucket
from training.data.clip_frames import ClipVideo, CorruptClipError, window_frames
from training.data.decoder import ClipDecoder, DecoderStartError, shared_decoder

VIDEO = ClipVideo("clip-7", counted_clip(40), Fraction(24), 40, 64, 36)
SIZE = Bucket(frames=5, height=32, width=64)
NUMBERS = (0, 3, 3, 39)


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "odd_decoding" in " ".join(child.cmdline())]


@pytest.fixture
def decoder() -> Iterator[ClipDecoder]:
    decoder = ClipDecoder(wall_seconds=3, memory_mb=512, module="tests.training.data.odd_decoding")
    yield decoder
    decoder.close()


def test_the_pictures_are_those_that_decoding_here_would_give(decoder: ClipDecoder) -> None:
    wanted = window_frames(VIDEO, NUMBERS, SIZE)
    assert np.array_equal(decoder.window_frames(VIDEO, NUMBERS, SIZE), wanted)
    (child,) = children()
    for key in ("again", "prints"):
        assert np.array_equal(decoder.window_frames(replace(VIDEO, key=key), NUMBERS, SIZE), wanted)
    assert children() == [child], "one process decodes clip after clip"
    assert os.getpid() != child.pid


@pytest.mark.parametrize(
    ("key", "says", "ends"),
    [
        ("hangs", "was not done after 3 seconds", True),
        ("crashes", r"ended its process \(signal 11\)", True),
        ("exits", r"ended its process \(exit code 3\)", True),
        ("hogs", "too much memory", False),
    ],
)
def test_a_clip_that_does_harm_is_corrupt_and_the_next_one_is_decoded(
    decoder: ClipDecoder, key: str, says: str, ends: bool
) -> None:
    decoder.window_frames(VIDEO, NUMBERS, SIZE)
    before = children()
    with pytest.raises(CorruptClipError, match=f"^{key}: .*{says}"):
        decoder.window_frames(replace(VIDEO, key=key), NUMBERS, SIZE)
    assert decoder.window_frames(VIDEO, NUMBERS, SIZE).shape == (4, 3, 32, 64)
    assert (children() != before) == ends
    assert len(children()) == 1


def test_what_decoding_refuses_is_told_as_it_was(decoder: ClipDecoder) -> None:
    with pytest.raises(CorruptClipError, match="clip-7: the video has 40 frames, the record says 41"):
        decoder.window_frames(replace(VIDEO, frames=41), NUMBERS, SIZE)


def test_a_process_that_was_killed_meanwhile_is_no_clips_fault(decoder: ClipDecoder) -> None:
    decoder.window_frames(VIDEO, NUMBERS, SIZE)
    (child,) = children()
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert decoder.window_frames(VIDEO, NUMBERS, SIZE).shape == (4, 3, 32, 64)


def test_threads_take_turns(decoder: ClipDecoder) -> None:
    wanted, got = window_frames(VIDEO, NUMBERS, SIZE), []
    threads = [
        threading.Thread(target=lambda: got.append(decoder.window_frames(VIDEO, NUMBERS, SIZE))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert all(np.array_equal(wanted, pictures) for pictures in got)


def test_a_child_that_does_not_come_up_is_no_clips_fault() -> None:
    with pytest.raises(DecoderStartError, match=r"nowhere.*did not start \(exit code 1\)"):
        ClipDecoder(module="nowhere").window_frames(VIDEO, NUMBERS, SIZE)


def test_no_key_of_the_user_is_within_reach_and_the_child_ends_with_the_decoder(
    decoder: ClipDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    decoder.window_frames(VIDEO, NUMBERS, SIZE)
    (child,) = children()
    assert "SECRET_TOKEN" not in child.environ()
    decoder.close()
    assert children() == []


def test_a_process_has_one_decoder() -> None:
    assert shared_decoder() is shared_decoder()
