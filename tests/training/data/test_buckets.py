"""Which clip goes to which bucket, and why others go nowhere."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from training.data.buckets import Bucket, BucketSettings, ClipShape, cropped_share, place, table_of, why_unfit
from training.data.resampling import ClipTiming
from training.data.windows import WindowSettings

WIDE = Bucket(frames=81, height=480, width=832)
SHORT = Bucket(frames=49, height=480, width=832)
TALL = Bucket(frames=81, height=832, width=480)
SMALL = Bucket(frames=81, height=240, width=416)


def clip(key: str, seconds: int, width: int = 1280, height: int = 720, fps: int = 24) -> ClipShape:
    half = seconds * fps // 2
    return ClipShape(key, ClipTiming(Fraction(fps), ((0, half), (half, seconds * fps))), width, height)


sides = st.integers(16, 4000)
buckets = st.builds(
    Bucket, frames=st.just(5), height=st.integers(1, 60).map(lambda n: 16 * n), width=st.integers(1, 60).map(lambda n: 16 * n)
)  # fmt: skip


@given(sides, sides, buckets)
def test_a_placed_picture_covers_its_bucket_just_so_and_keeps_its_shape(
    width: int, height: int, bucket: Bucket
) -> None:
    placed = place(width, height, bucket)
    assert placed.width == bucket.width or placed.height == bucket.height
    assert 0 <= placed.left <= placed.width - bucket.width - placed.left <= placed.left + 1
    assert 0 <= placed.top <= placed.height - bucket.height - placed.top <= placed.top + 1
    scale = max(bucket.width / width, bucket.height / height)
    assert abs(placed.width - width * scale) <= 0.5 + 1e-6
    assert abs(placed.height - height * scale) <= 0.5 + 1e-6
    assert 0 <= cropped_share(width, height, bucket) < 1


@given(st.lists(st.tuples(st.integers(1, 12), sides, sides), max_size=12), st.lists(buckets, min_size=1, max_size=4))
def test_every_clip_is_trained_or_left_out_with_a_reason_for_each_bucket(
    clips: list[tuple[int, int, int]], sizes: list[Bucket]
) -> None:
    shapes = [clip(f"clip-{i}", seconds, width, height) for i, (seconds, width, height) in enumerate(clips)]
    settings, windows = BucketSettings(buckets=tuple(sizes)), WindowSettings()
    table = table_of(shapes, settings, windows)
    assert sorted([key for key, _ in table.assigned] + [out.key for out in table.left_out]) == sorted(
        shape.key for shape in shapes
    )
    by_key = {shape.key: shape for shape in shapes}
    for key, number in table.assigned:
        assert why_unfit(by_key[key], sizes[number], settings, windows) is None
    for out in table.left_out:
        assert out.reasons == tuple(why_unfit(by_key[out.key], bucket, settings, windows) for bucket in sizes)
    for number, line in enumerate(table.lines):
        assert line.clips == sum(line.shots) == sum(bucket == number for _, bucket in table.assigned)
    assert sum(group.clips for group in table.left_out_groups) == len(table.left_out)


def test_a_clip_goes_where_it_has_the_most_frames_then_where_it_is_cropped_least_then_where_it_is_largest() -> None:
    settings = BucketSettings(buckets=(SHORT, SMALL, TALL, WIDE))
    clips = [clip("long", 10), clip("brief", 4), clip("upright", 10, 720, 1280), clip("little", 10, 480, 270)]
    table = table_of(clips, settings, WindowSettings())
    assert dict(table.assigned) == {"long": 3, "brief": 0, "upright": 2, "little": 1}
    assert table.left_out == ()
    assert [line.clips for line in table.lines] == [1, 1, 1, 1]
    assert table.lines[3].shots == (0, 1)


def test_what_does_not_fit_is_told_with_its_figures() -> None:
    settings = BucketSettings(buckets=(WIDE, TALL))
    clips = [clip("brief", 4), clip("little", 10, 640, 360), clip("square", 10, 1000, 1000), clip("also", 3)]
    table = table_of(clips, settings, WindowSettings())
    told = {out.key: tuple(reason.detail for reason in out.reasons) for out in table.left_out}
    assert told["brief"] == (
        "it has 64 frames at 16 fps, fewer than 81",
        "1280 x 720 pixels would be enlarged 1.16 times",
    )
    assert told["little"][0] == "640 x 360 pixels would be enlarged 1.33 times"
    assert told["square"] == ("42% of its 1000 x 1000 pixels would be cropped",) * 2
    assert [(group.clips, group.example.key) for group in table.left_out_groups] == [
        (2, "brief"),
        (1, "little"),
        (1, "square"),
    ]


def test_clips_slower_than_the_windows_are_counted() -> None:
    table = table_of([clip("slow", 10, fps=12), clip("fast", 10)], BucketSettings(buckets=(WIDE,)), WindowSettings())
    assert table.lines[0].repeating == 1


def test_enlarging_is_a_choice() -> None:
    settings = BucketSettings(buckets=(WIDE,), largest_scale=1.5)
    assert table_of([clip("little", 10, 640, 360)], settings, WindowSettings()).left_out == ()


def test_sizes_that_the_model_cannot_take_are_refused() -> None:
    for frames, height, width in [(80, 480, 832), (81, 470, 832), (81, 480, 0), (81, 8, 832)]:
        with pytest.raises(ValidationError):
            Bucket(frames=frames, height=height, width=width)
    with pytest.raises(ValidationError):
        BucketSettings(buckets=())
