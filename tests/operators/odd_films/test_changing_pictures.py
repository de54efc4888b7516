"""Films whose pictures change in mid-stream: each stretch is used as it is, and no clip spans two sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from formats.film_scan import FoundTransition, PictureSize
from operators.select import SelectSettings, select_film

SMALL, LARGE, WIDE = (160, 96), (320, 192), (320, 96)
FRAMES = 48


@pytest.fixture
def joined(odd_film: Any, odd_spec: Any, tmp_path: Path) -> Callable[..., Path]:
    """One MJPEG stream of ``FRAMES`` pictures of each spec, numbered through."""

    def make(*changes: dict[str, Any]) -> Path:
        base = odd_spec(codec="mjpeg", pixels="yuvj420p", frames=FRAMES, options={"q": "2"})
        parts = []
        for k, change in enumerate(changes):
            numbered = replace(base, picture=_numbered_from(base.picture, k * FRAMES), **change)
            parts.append(odd_film(numbered, tmp_path / f"part{k}.mkv"))
        with av.open(str(tmp_path / "film.mkv"), "w") as film, av.open(str(parts[0])) as first:
            out = film.add_stream_from_template(first.streams.video[0])
            for k, part in enumerate(parts):
                with av.open(str(part)) as source:
                    for packet in source.demux(video=0):
                        if packet.size:
                            packet.pts = packet.dts = packet.pts + k * FRAMES * 1000 // 24
                            packet.stream = out
                            film.mux(packet)
        return tmp_path / "film.mkv"

    return make


def _numbered_from(picture: Callable[..., Any], first: int) -> Callable[..., Any]:
    return lambda number, width, height: picture(number + first, width, height)


@pytest.mark.parametrize("second", [LARGE, WIDE])
def test_each_stretch_is_cut_at_its_own_size(
    second: tuple[int, int], joined: Any, used: Any, numbers: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    film = used(joined({"size": SMALL}, {"size": second}))
    assert film.scan.timing.frames == 2 * FRAMES
    assert film.scan.sizes == (
        PictureSize(frames=(0, FRAMES), width=SMALL[0], height=SMALL[1]),
        PictureSize(frames=(FRAMES, 2 * FRAMES), width=second[0], height=second[1]),
    )
    for start, size in ((4, SMALL), (FRAMES, second)):
        plan = film.plan((start, start + 40)).model_copy(update={"width": size[0], "height": size[1]})
        made = film.make(plan, tmp_path / "clip.mp4")
        assert (made.width, made.height) == size
        assert numbers(tmp_path / "clip.mp4") == [*range(start, start + 40)]


def test_no_shot_spans_two_sizes_and_no_clip_joins_them(joined: Any, used: Any) -> None:
    """Whatever else is found in the film: here nothing is, or the change of size is taken for a cut as well."""
    film = used(joined({"size": SMALL}, {"size": LARGE}, {"size": SMALL}))
    cut = FoundTransition(kind="cut", frames=(FRAMES, FRAMES), confidence=1.0, evidence={})
    settings = SelectSettings.model_validate({"filter": {"duration": {"min": 1}, "shots": {"min": 1}}})
    for accepted in ((), (cut,)):
        chosen = select_film(film.scan, accepted, film.measured.signals.pts, lambda one, other: 0.6, settings)
        assert [row.frames for row in chosen.shots] == [(0, 48), (48, 96), (96, 144)]
        assert {link.verdict.reason for link in chosen.links} == {"resized"}
        plans = [row.plan for row in chosen.candidates]
        assert [(plan.width, plan.height) for plan in plans] == [SMALL, LARGE, SMALL]
        assert all(len(plan.shots) == 1 for plan in plans)


def test_a_film_of_one_size_lists_none(joined: Any, used: Any) -> None:
    assert used(joined({"size": SMALL}, {"size": SMALL})).scan.sizes == ()


def test_a_change_of_pixel_format_is_nothing_to_see(
    joined: Any, used: Any, numbers: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    film = used(joined({}, {"pixels": "yuvj444p"}))
    made = film.cut(tmp_path / "clip.mp4", (20, 80))
    assert numbers(tmp_path / "clip.mp4") == [*range(20, 80)]
    assert made.losses == ("full range became limited range", "chroma was halved to 4:2:0")


def test_broadcasts_joined_with_one_clock_are_used_but_for_the_damage_at_the_join(
    odd_film: Any, odd_spec: Any, used: Any, numbers: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    part = odd_spec(container="mpegts", options={"bf": "2", "g": "12"}, frames=FRAMES)
    one = odd_film(part, tmp_path / "one.ts")
    late = replace(part, size=LARGE, mux_options={"output_ts_offset": "4"})
    other = odd_film(late, tmp_path / "other.ts")
    (tmp_path / "film.ts").write_bytes(one.read_bytes() + other.read_bytes())
    film = used(tmp_path / "film.ts")
    assert film.scan.timing.frames >= 2 * FRAMES - 2
    second = film.scan.sizes[1].frames
    assert all(start >= FRAMES - 6 and end <= second[0] + 2 for start, end in film.scan.corrupt)
    film.cut(tmp_path / "clip.mp4", (4, 40))
    assert numbers(tmp_path / "clip.mp4") == [*range(4, 40)]
    plan = film.plan((second[0] + 4, second[1] - 2)).model_copy(update={"width": LARGE[0], "height": LARGE[1]})
    film.make(plan, tmp_path / "clip.mp4")
    assert numbers(tmp_path / "clip.mp4") == [*range(4, second[1] - second[0] - 2)]
