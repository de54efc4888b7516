"""A made-up corpus for the report: valid records, real pictures, and on demand real H.264 clips."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from captioning.references.crop import png
from captioning.taxonomy.coverage import Coverage, CoverageCounter
from formats.clip_record import (
    Audio,
    Caption,
    ClipRecord,
    Entity,
    Event,
    Join,
    Model,
    Reference,
    Score,
    Shot,
    Source,
    Tag,
    Video,
)
from formats.exact_time import seconds_at
from formats.invariants import check_clip
from pipeline.film_strip import jpeg, strip_frames, strip_jpeg
from pipeline.report.model import (
    ClipCard,
    DroppedCandidate,
    FunnelStage,
    Histogram,
    Limit,
    ModelUse,
    ReasonCount,
    ReportData,
    SourceRow,
    Tally,
    Thumbnail,
)

FPS = Fraction(24)
KINDS = ("cut", "dissolve", "fade", "wipe")
MOVES = ("is still", "pans left slowly", "tilts up", "zooms in fast", "is handheld")
MakeRecord = Callable[..., ClipRecord]
MakeReport = Callable[..., ReportData]


def _record(number: int, uri: str = "films/harbour.mp4", words: str = "A boat leaves the pier.") -> ClipRecord:
    lengths = [48 + 17 * ((number + i) % 5) for i in range(2 + number % 3)]
    gaps = [0 if (number + i) % 4 == 0 else 12 + i for i in range(len(lengths) - 1)]
    kinds = [KINDS[(number + i) % 4] if gap else "cut" for i, gap in enumerate(gaps)]
    begin, clip_at, source_at = 1000 * number, 0, 1000 * number
    shots, joins = [], []
    for i, length in enumerate(lengths):
        pts = (source_at * 512, (source_at + length) * 512)
        shots.append(
            Shot(
                index=i,
                frames=(clip_at, clip_at + length),
                source_frames=(source_at, source_at + length),
                source_pts=pts,
            )
        )
        clip_at, source_at = clip_at + length, source_at + length
        if i < len(gaps):
            joins.append(
                Join(after_shot=i, kind=kinds[i], source_frames=(source_at, source_at + gaps[i]), confidence=0.93)
            )
            source_at += gaps[i]

    def event(entity: str, start: int, end: int, prompt: str) -> Event:
        times = (seconds_at(start, FPS), seconds_at(end, FPS))
        return Event(entity=entity, frames=(start, end), start=times[0], end=times[1], prompt=prompt, origin="measured")

    camera = [event("camera", *shot.frames, f"{{camera}} {MOVES[(number + shot.index) % 5]}") for shot in shots]
    changes = [event("transition", shot.frames[0], shot.frames[0], "{transition} is a hard cut") for shot in shots[1:]]
    sailor = [
        event("sailor", 10, clip_at // 2, f"{{sailor}} {words}"),
        event("sailor", 30, clip_at - 5, "{sailor} looks out to sea"),
    ]
    sha256 = f"{number + 1:016x}" * 4
    record = ClipRecord(
        key=f"{sha256[:16]}-0-{begin}-{source_at}",
        source=Source(
            sha256=sha256,
            uri=uri,
            stream=0,
            time_base="1/12288",
            fps="24/1",
            vfr=False,
            frames=(begin, source_at),
            license="CC-BY-3.0",
            attribution="",
            url="",
        ),
        video=Video(fps="24/1", frames=clip_at, width=320, height=180, duration=seconds_at(clip_at, FPS)),
        audio=Audio(codec="", channels=0, rate=0),
        shots=tuple(shots),
        joins=tuple(joins),
        captions=(
            Caption(shot=-1, kind="summary", text=words, origin="measured"),
            Caption(shot=0, kind="summary", text="The first shot, seen from the shore.", origin="measured"),
        ),
        entities=(
            Entity(
                id="sailor",
                kind="subject",
                name="{sailor}",
                description="a sailor in a blue coat",
                reference="sailor.png",
            ),
            Entity(id="camera", kind="camera", name="{camera}", description="", reference=""),
            Entity(id="transition", kind="transition", name="{transition}", description="", reference=""),
        ),
        events=(*sailor, *camera, *changes),
        scores=(
            Score(shot=-1, name="motion", value=round(0.1 + (number * 37 % 100) / 120, 4), model="global-motion/1"),
            Score(shot=-1, name="sharpness", value=round(12 + number * 53 % 90 / 7, 4), model="laplacian/1"),
            Score(shot=0, name="motion", value=0.3, model="global-motion/1"),
        ),
        tags=(Tag(shot=0, node="Camera -> Trajectory -> Camera Movement -> 2D", value="Pan left", origin="measured"),),
        models=(Model(role="captioner", id="measured", revision="1", license="Apache-2.0"),),
        references=(
            Reference(
                entity="sailor",
                image="sailor.png",
                mask="",
                frame=sailor[0].frames[0],
                box=(100, 20, 180, 140),
                width=80,
                height=120,
                confidence=0.71,
                origin="grounding-dino-base",
            ),
        ),
    )
    check_clip(record)
    return record


@cache
def _photographs() -> tuple[np.ndarray, ...]:
    return (photographs.astronaut(), photographs.coffee(), photographs.chelsea(), photographs.rocket())


def _frames(record: ClipRecord) -> dict[int, np.ndarray]:
    """Photographs under a slow pan, another one in every shot."""
    sheets = _photographs()
    frames = {}
    for frame in strip_frames(record, 16):
        shot = next(shot for shot in record.shots if frame < shot.frames[1])
        photo = sheets[(shot.index + record.source.frames[0] // 1000) % len(sheets)]
        left = min(frame - shot.frames[0], photo.shape[1] - 320)
        frames[frame] = np.ascontiguousarray(photo[60:240, left : left + 320])
    return frames


def _sources(count: int) -> tuple[SourceRow, ...]:
    kept = [
        SourceRow(f"films/reel-{i:04d}.mp4", "kept", "", "", 60.0 + 13 * i, 20 + i, 6, 3, "CC-BY-3.0")
        for i in range(count)
    ]
    broken = SourceRow("odd/locked.mp4", "failed", "encrypted", "All frames are encrypted (cenc).", 0, 0, 0, 0, "")
    copy = SourceRow("films/copy.mp4", "dropped", "duplicate_of", "films/reel-0000.mp4", 0, 0, 0, 0, "CC-BY-3.0")
    return (*kept, broken, copy)


def _dropped(count: int) -> tuple[DroppedCandidate, ...]:
    buffer = io.BytesIO()
    Image.fromarray(_photographs()[1][60:330, 40:520]).resize((480, 270)).save(buffer, "JPEG")
    rows = []
    for i in range(count):
        short = i % 3 != 0
        tiles = tuple(Thumbnail(buffer.getvalue(), 120, 68, 120 * (i + j) % 360, 68 * j) for j in range(2))
        rows.append(
            DroppedCandidate(
                f"{i + 500:016x}-0-{i}-{i + 40}",
                f"films/reel-{i % 7:04d}.mp4",
                (i, i + 40),
                1.6667,
                2,
                "duration_min" if short else "aesthetic_top_share",
                1.6667 if short else 0.31,
                3.0 if short else 0.52,
                "" if short else "rank 812 of 1,000",
                tiles,
            )
        )
    return tuple(rows)


def _report(
    clips: int = 5,
    dropped: int = 9,
    *,
    videos: dict[str, str] | None = None,
    pictures: bool = True,
    title: str = "harbour",
    uri: str = "films/harbour.mp4",
    words: str = "A boat leaves the pier.",
) -> ReportData:
    kinds = [_record(number, uri, words) for number in range(min(clips, 60))]
    records = [
        kinds[number % 60].model_copy(update={"key": f"{number:016x}-0-0-{number}"}) if number >= 60 else kinds[number]
        for number in range(clips)
    ]
    shown = [_frames(record) if pictures and number < 8 else {} for number, record in enumerate(records)]
    cards = tuple(
        ClipCard(
            record,
            video=(videos or {}).get(record.key, ""),
            strip=strip_jpeg(record, frames) if frames else "",
            poster=jpeg(Image.fromarray(frames[min(frames)])) if frames else "",
            references=(png(np.ascontiguousarray(_photographs()[0][:120, 180:260])),) if frames else (),
            split="train" if number % 10 else "validation",
            shard=f"train-{number // 1000:05d}.tar",
        )
        for number, (record, frames) in enumerate(zip(records, shown, strict=True))
    )
    short = sum(row.reason == "duration_min" for row in dropped_rows) if (dropped_rows := _dropped(dropped)) else 0
    sources = _sources(12)
    return ReportData(
        title=title,
        settings=(("filter.duration.min", "3.0"), ("filter.duration.max", "20.0"), ("encode.crf", "18")),
        funnel=(
            FunnelStage(
                "scan",
                "films",
                14,
                12,
                (ReasonCount("duplicate_of", "the same bytes as another film", 1),),
                (ReasonCount("encrypted", "the film is encrypted", 1),),
            ),
            FunnelStage(
                "select",
                "candidates",
                clips + dropped,
                clips,
                (
                    ReasonCount("duration_min", "shorter than the least duration", short),
                    ReasonCount("aesthetic_top_share", "not in the top share by aesthetics", dropped - short),
                ),
            ),
            FunnelStage("cut", "clips", clips, clips),
        ),
        distributions=(
            Histogram(
                "clip duration",
                "s",
                tuple(i * 1.0 for i in range(25)),
                tuple(max(0, 40 - (i - 8) ** 2) for i in range(24)),
                (Limit("min", 3.0), Limit("max", 20.0)),
            ),
            Histogram("shots per clip", "", (1.5, 2.5, 3.5, 4.5), (12, 9, 3), (Limit("min", 2), Limit("max", 4))),
            Histogram(
                "similarity of neighbouring shots",
                "",
                tuple(i / 20 for i in range(21)),
                tuple(i * i % 57 for i in range(20)),
                (Limit("least", 0.55),),
            ),
        ),
        tallies=(
            Tally("joins by kind", (("cut", 210), ("dissolve", 31), ("fade", 6), ("wipe", 1))),
            Tally("camera moves", tuple((move, 40 - 7 * i) for i, move in enumerate(MOVES))),
        ),
        sources=sources,
        clips=cards,
        clips_total=len(cards),
        dropped=dropped_rows,
        dropped_total=len(dropped_rows),
        models=(
            ModelUse(
                "captioner",
                "measured",
                "1",
                "Apache-2.0",
                "camera moves measured from global motion, no language model",
            ),
        ),
        coverage=_coverage(records),
    )


def _coverage(records: list[ClipRecord]) -> Coverage:
    counter = CoverageCounter()
    for record in records:
        counter.add(record)
    return counter.coverage()


def _write_clip(record: ClipRecord, path: Path) -> None:
    """H.264 whose even shots are red and odd ones blue."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"g": "24", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for shot in record.shots:
            picture = np.zeros((180, 320, 3), np.uint8)
            picture[..., 0 if shot.index % 2 == 0 else 2] = 220
            for _ in range(*shot.frames):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture
def make_record() -> MakeRecord:
    return _record


@pytest.fixture
def make_report() -> MakeReport:
    return _report


@pytest.fixture
def write_clip() -> Callable[[ClipRecord, Path], None]:
    return _write_clip
