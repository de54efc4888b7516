from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from formats.clip_plan import ClipPlan, MadeClip
from formats.exact_time import parse_rational
from operators import verify
from operators.encode import EncodedClip, EncodeSettings, encode_clip
from operators.verify import VerificationError, make_clip, verify_clip

SETTINGS = EncodeSettings(preset="veryfast")
RANGES = ((5, 25), (30, 52))
MEDIA = os.environ.get("SHOTLOOM_MEDIA", "")

Luma = NDArray[np.uint8]
Forge = Callable[[Sequence[Luma], Sequence[int], Fraction, Path], Path]


def slow_pan(number: int, width: int, height: int) -> Luma:
    """Half a pixel per frame over soft waves and soft-edged stripes."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x = x + number / 2
    waves = np.sin(x / 5) + np.sin(x / 11 + y / 7) + np.sin(y / 4 - x / 17)
    return np.asarray(120 + 15 * waves + 40 * np.tanh(12 * np.sin(x / 15 + y / 40)), np.uint8)


def still(_: int, width: int, height: int) -> Luma:
    return slow_pan(0, width, height)


def dark_marks(number: int, width: int, height: int) -> Luma:
    """Fourteen levels of contrast just above black, drifting by two pixels per frame."""
    y, x = np.mgrid[0:height, 0:width]
    return np.asarray(18 + 14 * (((x + 2 * number) // 24 + y // 24) % 2), np.uint8)


def black(_: int, width: int, height: int) -> Luma:
    return np.full((height, width), 16, np.uint8)


def codes(problems: Sequence[verify.Problem]) -> set[str]:
    return {problem.code for problem in problems}


def as_if_made(made: MadeClip, clip: Path) -> MadeClip:
    """The record with the checksum of another file, so that only the other checks can tell the two apart."""
    data = clip.read_bytes()
    return made.model_copy(update={"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})


@pytest.fixture(scope="module")
def source(film_spec: Any, film: Any) -> Any:
    return film(film_spec())


@pytest.fixture(scope="module")
def good(source: Any, tmp_path_factory: pytest.TempPathFactory, clip_lumas: Any) -> tuple[Path, MadeClip, list[Luma]]:
    clip = tmp_path_factory.mktemp("good") / "clip.mp4"
    made = make_clip(source.plan(*RANGES), source.path, clip, SETTINGS, source.pts)
    return clip, made, clip_lumas(clip)


def test_a_good_clip_has_no_problems_and_two_makes_agree(
    good: tuple[Path, MadeClip, list[Luma]], source: Any, tmp_path: Path
) -> None:
    clip, made, _ = good
    assert verify_clip(clip, made) == ()
    again = make_clip(source.plan(*RANGES), source.path, tmp_path / "again.mp4", SETTINGS, source.pts, threads=2)
    assert again == made
    assert made.frames == 42
    assert made.shots == ((0, 20), (20, 42))
    assert [border.frame for border in made.borders] == [0, 19, 20, 41]
    assert all(len(border.neighbours) == 2 for border in made.borders)


@pytest.mark.parametrize("luma", [slow_pan, still, dark_marks, black])
@pytest.mark.parametrize("crf", [18, 35, 51])
def test_slow_still_and_dark_scenes_pass_at_any_quality(
    luma: Callable[[int, int, int], Luma], crf: float, film_spec: Any, film: Any, tmp_path: Path
) -> None:
    source = film(film_spec(luma=luma, width=320, height=192))
    clip = tmp_path / "clip.mp4"
    made = make_clip(source.plan(*RANGES), source.path, clip, EncodeSettings(preset="veryfast", crf=crf), source.pts)
    assert verify_clip(clip, made) == ()


def order(*numbers: int | range) -> list[int]:
    return [k for part in numbers for k in (part if isinstance(part, range) else [part])]


FORGERIES: dict[str, tuple[list[int], tuple[int, ...], set[str]]] = {
    "shifted by one frame": (order(range(1, 42), 41), (0, 20), {"border"}),
    "one frame missing": (order(range(10), range(11, 42)), (0, 19), {"frames", "idr", "border", "duration"}),
    "one frame twice": (order(range(11), range(10, 42)), (0, 21), {"frames", "idr", "border", "duration"}),
    "one frame twice and one missing": (order(range(16), range(15, 19), range(20, 42)), (0, 20), {"border"}),
    "first frame of a shot from the shot before": (order(range(20), 19, range(21, 42)), (0, 20), {"border"}),
    "shots in the wrong order": (order(range(20, 42), range(20)), (0, 20, 22), {"border"}),
    "no IDR at the second shot": (order(range(42)), (0,), {"idr"}),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_clip_is_found_out_even_with_a_right_checksum(
    name: str, good: tuple[Path, MadeClip, list[Luma]], forge: Forge, tmp_path: Path
) -> None:
    numbers, idr, expected = FORGERIES[name]
    _, made, lumas = good
    clip = forge([lumas[k] for k in numbers], idr, Fraction(24), tmp_path / "forged.mp4")
    assert codes(verify_clip(clip, as_if_made(made, clip))) == expected
    assert "sha256" in codes(verify_clip(clip, made))


def test_the_forger_alone_raises_no_problem(
    good: tuple[Path, MadeClip, list[Luma]], forge: Forge, tmp_path: Path
) -> None:
    _, made, lumas = good
    clip = forge(lumas, (0, 20), Fraction(24), tmp_path / "same.mp4")
    assert verify_clip(clip, as_if_made(made, clip)) == ()


def test_another_rate_is_found_out(good: tuple[Path, MadeClip, list[Luma]], forge: Forge, tmp_path: Path) -> None:
    _, made, lumas = good
    clip = forge(lumas, (0, 20), Fraction(25), tmp_path / "forged.mp4")
    assert codes(verify_clip(clip, as_if_made(made, clip))) == {"pts", "duration"}
    fewer = forge(lumas[::2], (0, 10), Fraction(12), tmp_path / "half.mp4")
    assert {"frames", "pts", "idr"} <= codes(verify_clip(fewer, as_if_made(made, fewer)))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.99])
def test_a_truncated_file_is_found_out(share: float, good: tuple[Path, MadeClip, list[Luma]], tmp_path: Path) -> None:
    clip, made, _ = good
    data = clip.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: int(share * len(data))])
    assert {"bytes", "sha256"} <= codes(verify_clip(cut, made))
    assert codes(verify_clip(cut, as_if_made(made, cut))) - {"bytes", "sha256"}


def test_a_missing_file_is_one_problem(good: tuple[Path, MadeClip, list[Luma]], tmp_path: Path) -> None:
    assert codes(verify_clip(tmp_path / "none.mp4", good[1])) == {"unreadable"}


@pytest.mark.parametrize("luma", [slow_pan, dark_marks])
@pytest.mark.parametrize("shift", [-1, 1])
def test_a_make_that_is_off_by_one_frame_is_refused_and_leaves_nothing(
    shift: int,
    luma: Callable[[int, int, int], Luma],
    film_spec: Any,
    film: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = film(film_spec(luma=luma, width=320, height=192))

    def late(
        plan: ClipPlan, film: Path, out: Path, settings: EncodeSettings, pts: NDArray[np.int64], **rest: Any
    ) -> Any:
        wrong = source.plan(*((first + shift, end + shift) for first, end in RANGES))
        numbers = np.arange(len(pts))
        right = encode_clip(plan, film, out, settings, pts, also=numbers.tolist(), observe=rest["observe"])
        encode_clip(wrong, film, out, settings, pts)
        return right

    monkeypatch.setattr(verify, "encode_clip", late)
    with pytest.raises(VerificationError) as refusal:
        make_clip(source.plan(*RANGES), source.path, tmp_path / "clip.mp4", SETTINGS, source.pts)
    assert "border" in codes(refusal.value.problems)
    assert list(tmp_path.iterdir()) == []


def test_a_variable_rate_film_and_another_rate_are_proven_too(film_spec: Any, film: Any, tmp_path: Path) -> None:
    ticks = tuple(int(k * 40 + (k * k * 7) % 23) for k in range(60))
    source = film(film_spec(ticks=ticks, tick=Fraction(1, 1000), suffix=".mkv"))
    for fps in (None, "16/1", "60/1"):
        settings = EncodeSettings(preset="veryfast", fps=fps)
        clip = tmp_path / "clip.mp4"
        made = make_clip(source.plan(*RANGES), source.path, clip, settings, source.pts)
        assert verify_clip(clip, made) == ()
        assert parse_rational(made.fps) == (Fraction(25) if fps is None else Fraction(fps))


@pytest.mark.parametrize("rate", [(24, 1), (24000, 1001), (30000, 1001), (12800, 427), (60, 1)])
@pytest.mark.parametrize("frames", [1, 23, 59])
def test_times_are_exact_at_any_rate_and_length(
    rate: tuple[int, int], frames: int, film_spec: Any, film: Any, tmp_path: Path
) -> None:
    source = film(film_spec(frames=60, fps=Fraction(*rate), width=80, height=48))
    clip = tmp_path / "clip.mp4"
    made = make_clip(source.plan((0, frames)), source.path, clip, SETTINGS, source.pts)
    assert made.frames == frames
    assert verify_clip(clip, made) == ()


def test_a_shot_of_one_frame_and_a_film_from_first_to_last_frame_are_proven(source: Any, tmp_path: Path) -> None:
    made = make_clip(source.plan((0, 1), (1, 60)), source.path, tmp_path / "clip.mp4", SETTINGS, source.pts)
    assert made.shots == ((0, 1), (1, 60))
    assert verify_clip(tmp_path / "clip.mp4", made) == ()


@pytest.mark.skipif(not MEDIA, reason="SHOTLOOM_MEDIA names no folder of real films")
@pytest.mark.parametrize(
    ("name", "ranges"),
    [
        ("films/sintel_threejs_480x204.mp4", ((330, 380), (390, 420))),
        ("films/big-buck-bunny_trailer.webm", ((300, 330), (331, 370))),
        ("films/tears_v2.mp4", ((100, 150), (160, 200))),
    ],
)
def test_real_films_are_proven(
    name: str, ranges: tuple[tuple[int, int], ...], real_source: Any, tmp_path: Path
) -> None:
    source = real_source(Path(MEDIA) / name)
    clip = tmp_path / "clip.mp4"
    made = make_clip(source.plan(*ranges), source.path, clip, SETTINGS, source.pts)
    assert verify_clip(clip, made) == ()
    with av.open(clip) as container:
        assert container.streams.video[0].frames == sum(end - first for first, end in ranges)


def test_the_encoded_clip_says_what_was_shown(source: Any, tmp_path: Path) -> None:
    encoded = encode_clip(source.plan((3, 9)), source.path, tmp_path / "clip.mp4", SETTINGS, source.pts)
    assert isinstance(encoded, EncodedClip)
    assert encoded.frame_map.source_frames.tolist() == [3, 4, 5, 6, 7, 8]
