"""No frame is decoded that is not needed: from the key frame before each run of needed frames to the run's last frame."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from av.video.frame import VideoFrame

from operators.decode import decode_film
from operators.encode import EncodeSettings, encode_clip
from operators.packet_decoder import PacketDecoder
from operators.verify import NEIGHBOUR_REACH, make_clip

FAST = EncodeSettings(preset="ultrafast")
FRAMES, GOP = 240, 24
READ_AHEAD = 4
"""Frames that may be decoded between two runs because a seek would not spare work: two B-frames' delay and a little."""


@pytest.fixture(scope="module", params=["0", "2"], ids=["no B-frames", "B-frames"])
def source(request: pytest.FixtureRequest, film_spec: Any, film: Any) -> Any:
    options = {"g": str(GOP), "bf": request.param, "x264-params": "scenecut=0:b-adapt=0"}
    return film(film_spec(frames=FRAMES, width=64, height=48, options=options))


@pytest.fixture(scope="module")
def keys(source: Any) -> list[int]:
    found = [frame.pts for frame in decode_film(source.path) if frame.key]
    assert found == source.pts[::GOP].tolist()
    return found


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Gets the PTS of every picture that a decoder puts out."""
    seen: list[int] = []
    original = PacketDecoder.pictures

    def watched(decoder: PacketDecoder) -> Iterator[tuple[VideoFrame, bool]]:
        for picture, corrupt in original(decoder):
            assert picture.pts is not None
            seen.append(picture.pts)
            yield picture, corrupt

    monkeypatch.setattr(PacketDecoder, "pictures", watched)
    return seen


def needed(runs: list[tuple[int, int]]) -> set[int]:
    """Frames from the key frame before each run on."""
    return {frame for first, end in runs for frame in range(first // GOP * GOP, end)}


def test_one_shot_is_decoded_from_its_key_frame_to_its_last_frame(
    source: Any, keys: list[int], decoded: list[int], tmp_path: Path
) -> None:
    encode_clip(source.plan((101, 131)), source.path, tmp_path / "clip.mp4", FAST, source.pts, key_pts=keys)
    assert decoded == source.pts[96:131].tolist()


def test_nothing_between_shots_far_apart_is_decoded(
    source: Any, keys: list[int], decoded: list[int], tmp_path: Path, clip_numbers: Any
) -> None:
    shots = [(5, 30), (76, 80), (120, 131), (217, 240)]
    encode_clip(source.plan(*shots), source.path, tmp_path / "clip.mp4", FAST, source.pts, key_pts=keys)
    assert decoded == source.pts[sorted(needed(shots))].tolist()
    assert clip_numbers(tmp_path / "clip.mp4") == [frame for shot in shots for frame in range(*shot)]


def test_a_key_frame_just_before_the_next_shot_is_sought(
    source: Any, keys: list[int], decoded: list[int], tmp_path: Path
) -> None:
    shots = [(26, 32), (49, 60)]
    encode_clip(source.plan(*shots), source.path, tmp_path / "clip.mp4", FAST, source.pts, key_pts=keys)
    assert decoded == source.pts[[*range(24, 32), *range(48, 60)]].tolist()


def test_proving_a_clip_decodes_the_neighbours_of_its_borders_and_no_more(
    source: Any, keys: list[int], decoded: list[int], tmp_path: Path
) -> None:
    make_clip(source.plan((55, 62), (150, 160)), source.path, tmp_path / "clip.mp4", FAST, source.pts, key_pts=keys)
    runs = [(55 - NEIGHBOUR_REACH, 62 + NEIGHBOUR_REACH), (150 - NEIGHBOUR_REACH, 160 + NEIGHBOUR_REACH)]
    assert decoded == source.pts[sorted(needed(runs))].tolist()


@pytest.mark.parametrize("seed", range(12))
def test_any_plan_decodes_at_most_a_few_frames_that_it_does_not_need(
    seed: int, source: Any, keys: list[int], decoded: list[int], tmp_path: Path, clip_numbers: Any
) -> None:
    dice = random.Random(seed)
    ends = sorted(dice.sample(range(FRAMES + 1), 2 * dice.randint(1, 4)))
    shots = list(zip(ends[::2], ends[1::2], strict=True))
    encode_clip(source.plan(*shots), source.path, tmp_path / "clip.mp4", FAST, source.pts, key_pts=keys)
    assert len(decoded) == len(set(decoded)), "no frame is decoded twice"
    assert needed(shots) <= {source.pts.tolist().index(pts) for pts in decoded}
    assert len(decoded) <= len(needed(shots)) + READ_AHEAD * (len(shots) - 1)
    assert clip_numbers(tmp_path / "clip.mp4") == [frame for shot in shots for frame in range(*shot)]
