"""Buckets: the sizes (frames, height, width) at which clips are trained, and which clip goes where. Pictures are scaled until they
cover the bucket and cropped around the middle; never mirrored, which would falsify what is said of the camera.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from formats.manifest import ManifestRow
from training.data.resampling import ClipTiming
from training.data.windows import WindowSettings, why_no_window
from training.latent_mapping import latents_of

SIDE_STEP = 16
"""Wan's VAE halves a side three times, and its patches take two of what is left."""


def _whole_latents(frames: int) -> int:
    latents_of(frames)
    return frames


class Bucket(BaseModel):
    """``frames`` at the windows' rate, sides in pixels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    frames: Annotated[int, AfterValidator(_whole_latents)] = Field(description="frames of a window, 4n + 1")
    height: int = Field(ge=SIDE_STEP, multiple_of=SIDE_STEP, description="pixels, a multiple of 16")
    width: int = Field(ge=SIDE_STEP, multiple_of=SIDE_STEP, description="pixels, a multiple of 16")
    batch: int = Field(1, ge=1, description="samples of a micro-batch")

    def __str__(self) -> str:
        return f"{self.frames} x {self.height} x {self.width}"


class BucketSettings(BaseModel):
    """A clip goes to the bucket with the most frames that it fits; of these to the one that crops it least; then to the largest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    buckets: tuple[Bucket, ...] = Field(min_length=1, description="sizes that are trained")
    largest_scale: float = Field(
        1.0, gt=0, le=16, description="how far a clip may be enlarged to cover a bucket; 1: not at all"
    )
    largest_crop: float = Field(0.35, ge=0, lt=1, description="share of a clip's picture that may be cropped off")


UnfitKind = Literal["no_window", "too_small", "too_cropped"]


@dataclass(frozen=True)
class Unfit:
    """Why a clip does not fit a bucket. ``detail`` is a sentence with its figures."""

    kind: UnfitKind
    detail: str


@dataclass(frozen=True)
class Placement:
    """How a picture comes into a bucket: scaled to ``width`` x ``height``, then cut from ``left``, ``top`` at the bucket's size."""

    width: int
    height: int
    left: int
    top: int


@dataclass(frozen=True)
class ClipShape:
    """What buckets must know of a clip. ``width`` and ``height`` in pixels."""

    key: str
    timing: ClipTiming
    width: int
    height: int

    @classmethod
    def of_row(cls, row: ManifestRow) -> ClipShape:
        return cls(row.key, ClipTiming.of_row(row), row.width, row.height)


@dataclass(frozen=True)
class LeftOut:
    """A clip that fits no bucket. ``reasons``: one for each bucket, in their order."""

    key: str
    reasons: tuple[Unfit, ...]


@dataclass(frozen=True)
class LeftOutGroup:
    """Clips left out for the same kinds of reason, bucket by bucket; ``example`` is the first of them."""

    clips: int
    example: LeftOut


@dataclass(frozen=True)
class BucketLine:
    """Of one bucket: its clips, how many of them have 1, 2, ... shots, the largest share that is cropped off any, and how many are
    slower than the windows' rate, so that frames repeat."""

    bucket: Bucket
    clips: int
    shots: tuple[int, ...]
    largest_crop: Fraction
    repeating: int


@dataclass(frozen=True)
class BucketTable:
    """``assigned``: of each clip that is trained its key and its bucket's number, in the order given. Every clip is there or in
    ``left_out``."""

    lines: tuple[BucketLine, ...]
    assigned: tuple[tuple[str, int], ...]
    left_out: tuple[LeftOut, ...]

    @property
    def left_out_groups(self) -> tuple[LeftOutGroup, ...]:
        """The largest group first."""
        groups: dict[tuple[UnfitKind, ...], list[LeftOut]] = {}
        for clip in self.left_out:
            groups.setdefault(tuple(reason.kind for reason in clip.reasons), []).append(clip)
        made = [LeftOutGroup(len(clips), clips[0]) for clips in groups.values()]
        return tuple(sorted(made, key=lambda group: -group.clips))


def place(width: int, height: int, bucket: Bucket) -> Placement:
    """A ``width`` x ``height`` picture in ``bucket``: its sides' ratio is kept to within half a pixel."""
    scale = _scale(width, height, bucket)
    scaled = max(bucket.width, round(width * scale)), max(bucket.height, round(height * scale))
    return Placement(*scaled, (scaled[0] - bucket.width) // 2, (scaled[1] - bucket.height) // 2)


def cropped_share(width: int, height: int, bucket: Bucket) -> Fraction:
    """How much of the picture's area the bucket does not show."""
    return 1 - Fraction(bucket.width * bucket.height) / (width * height * _scale(width, height, bucket) ** 2)


def why_unfit(clip: ClipShape, bucket: Bucket, sizes: BucketSettings, windows: WindowSettings) -> Unfit | None:
    """``None`` if ``clip`` fits ``bucket``."""
    scale = _scale(clip.width, clip.height, bucket)
    if scale > sizes.largest_scale:
        detail = f"{clip.width} x {clip.height} pixels would be enlarged {float(scale):.2f} times"
        return Unfit("too_small", detail)
    cropped = cropped_share(clip.width, clip.height, bucket)
    if cropped > sizes.largest_crop:
        return Unfit("too_cropped", f"{float(cropped):.0%} of its {clip.width} x {clip.height} pixels would be cropped")
    reason = why_no_window(clip.timing, bucket.frames, windows)
    return None if reason is None else Unfit("no_window", reason)


def table_of(clips: Sequence[ClipShape], sizes: BucketSettings, windows: WindowSettings) -> BucketTable:
    """Where each of ``clips`` goes, or why it goes nowhere."""
    assigned: list[tuple[str, int]] = []
    left_out: list[LeftOut] = []
    inside: list[list[ClipShape]] = [[] for _ in sizes.buckets]
    for clip in clips:
        reasons = tuple(why_unfit(clip, bucket, sizes, windows) for bucket in sizes.buckets)
        fitting = [number for number, reason in enumerate(reasons) if reason is None]
        if fitting:
            number = min(fitting, key=lambda number: _preference(clip, sizes.buckets[number]))
            assigned.append((clip.key, number))
            inside[number].append(clip)
        else:
            left_out.append(LeftOut(clip.key, tuple(reason for reason in reasons if reason is not None)))
    lines = tuple(_line(bucket, members, windows.fps) for bucket, members in zip(sizes.buckets, inside, strict=True))
    return BucketTable(lines, tuple(assigned), tuple(left_out))


def _preference(clip: ClipShape, bucket: Bucket) -> tuple[int, Fraction, int]:
    """The least is preferred."""
    return -bucket.frames, cropped_share(clip.width, clip.height, bucket), -bucket.width * bucket.height


def _line(bucket: Bucket, clips: Sequence[ClipShape], fps: int) -> BucketLine:
    shots = [len(clip.timing.shots) for clip in clips]
    return BucketLine(
        bucket=bucket,
        clips=len(clips),
        shots=tuple(_counts(shots)),
        largest_crop=max((cropped_share(clip.width, clip.height, bucket) for clip in clips), default=Fraction(0)),
        repeating=sum(clip.timing.fps < fps for clip in clips),
    )


def _counts(shots: Sequence[int]) -> Iterator[int]:
    for count in range(1, max(shots, default=0) + 1):
        yield shots.count(count)


def _scale(width: int, height: int, bucket: Bucket) -> Fraction:
    """The least that makes the picture cover the bucket."""
    return max(Fraction(bucket.width, width), Fraction(bucket.height, height))
