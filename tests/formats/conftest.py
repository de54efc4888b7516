"""Valid clip records for hypothesis: ``st.from_type(ClipRecord)`` draws from the strategy that is registered here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from formats.clip_json import clip_json, read_clip_json
from formats.clip_plan import BorderFrame, MadeClip
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
from formats.clip_schema import EXAMPLE_FILE
from formats.exact_time import parse_rational, seconds_at
from formats.filesystem import CorpusStore
from formats.film_scan import TransitionKind
from formats.manifest import ManifestRow, manifest_row
from formats.references import references_zip
from formats.shard_layout import MEMBERS
from formats.shard_writer import MemberFile, PackRow, plan_shards, write_shard
from tests.formats.reference_images import images_for

# Times differ too much between machines for hypothesis' own limits on them.
settings.register_profile(
    "shotloom", max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shotloom")

RATES = ("24/1", "25/1", "24000/1001", "30000/1001", "60/1", "120/1", "15/1")
FADED: tuple[TransitionKind, ...] = ("dissolve", "fade", "wipe")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SHARES = st.floats(0, 1)


@st.composite
def shots_and_joins(draw: st.DrawFn, ticks: int) -> tuple[tuple[Shot, ...], tuple[Join, ...]]:
    """1 to 4 shots of a constant-rate source with ``ticks`` time-base ticks per frame."""
    source, clip = draw(st.integers(0, 10**6)), 0
    first_pts = draw(st.integers(-(10**6), 10**6)) - source * ticks
    shots: list[Shot] = []
    joins: list[Join] = []
    for index in range(draw(st.integers(1, 4))):
        if shots:
            gap = draw(st.integers(0, 40))
            kind = draw(st.sampled_from(FADED)) if gap else "cut"
            joins.append(
                Join(after_shot=index - 1, kind=kind, source_frames=(source, source + gap), confidence=draw(SHARES))
            )
            source += gap
        length = draw(st.integers(1, 400))
        span = (first_pts + source * ticks, first_pts + (source + length) * ticks)
        frames, source_frames = (clip, clip + length), (source, source + length)
        shots.append(Shot(index=index, frames=frames, source_frames=source_frames, source_pts=span))
        clip, source = clip + length, source + length
    return tuple(shots), tuple(joins)


@st.composite
def entities(draw: st.DrawFn) -> tuple[Entity, ...]:
    """Some of camera, transition, a few subjects and scenes, in any order."""
    words = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True).filter(
        lambda word: word not in ("camera", "transition", "shot_transition") and not word.startswith("scene_")
    )
    subjects = [("subject", word) for word in draw(st.lists(words, unique=True, max_size=3))]
    scenes = [("scene", f"scene_{word}") for word in draw(st.lists(words, unique=True, max_size=2))]
    special = draw(st.lists(st.sampled_from(["camera", "transition"]), unique=True))
    names = draw(st.permutations([*subjects, *scenes, *((word, word) for word in special)]))
    return tuple(
        Entity.model_validate(
            {"id": word, "kind": kind, "name": f"{{{word}}}", "description": draw(TEXT), "reference": ""}
        )
        for kind, word in names
    )


@st.composite
def events(draw: st.DrawFn, actors: tuple[Entity, ...], shots: tuple[Shot, ...], fps: Fraction) -> tuple[Event, ...]:
    """Events of ``actors``: transitions stand at inner cuts, all others last at least a frame."""
    frames = shots[-1].frames[1]
    made = []
    for actor in actors:
        for _ in range(draw(st.integers(0, 3))):
            if actor.kind == "transition":
                if len(shots) == 1:
                    continue
                start = end = draw(st.sampled_from([shot.frames[0] for shot in shots[1:]]))
            else:
                start = draw(st.integers(0, frames - 1))
                end = draw(st.integers(start + 1, frames))
            made.append(
                Event(
                    entity=actor.id,
                    frames=(start, end),
                    start=seconds_at(start, fps),
                    end=seconds_at(end, fps),
                    prompt=actor.name + draw(TEXT),
                    origin="measured",
                )
            )
    return tuple(made)


@st.composite
def references(draw: st.DrawFn, actors: tuple[Entity, ...], acts: tuple[Event, ...]) -> tuple[Reference, ...]:
    """Of some of the subjects that have events, a frame of one of these."""
    made = []
    for actor in actors:
        own = [event for event in acts if event.entity == actor.id]
        if actor.kind == "subject" and own and draw(st.booleans()):
            start, end = draw(st.sampled_from(own)).frames
            made.append(
                Reference(
                    entity=actor.id,
                    image=f"{actor.id}.png",
                    mask=draw(st.sampled_from(["", f"{actor.id}.mask.png"])),
                    frame=draw(st.integers(start, end - 1)),
                    box=(0, 1, draw(st.integers(1, 16)), draw(st.integers(2, 16))),
                    width=draw(st.integers(1, 512)),
                    height=draw(st.integers(1, 512)),
                    confidence=draw(SHARES),
                    likeness=draw(st.floats(-1, 1)),
                    origin="grounding-dino",
                )
            )
    return tuple(made)


@st.composite
def clip_records(draw: st.DrawFn) -> ClipRecord:
    """Records that keep every rule of ``check_clip``."""
    rate = draw(st.sampled_from(RATES))
    fps = parse_rational(rate)
    time_base = Fraction(1, fps.numerator * draw(st.integers(1, 512)))
    ticks = int(1 / (fps * time_base))
    shots, joins = draw(shots_and_joins(ticks))
    frames = shots[-1].frames[1]
    actors = draw(entities())
    acts = draw(events(actors, shots, fps))
    pictured = draw(references(actors, acts))
    images = {row.entity: row.image for row in pictured}
    actors = tuple(actor.model_copy(update={"reference": images.get(actor.id, "")}) for actor in actors)
    shot = st.integers(-1, len(shots) - 1)
    audio = st.sampled_from([Audio(codec="", channels=0, rate=0), Audio(codec="aac", channels=2, rate=48000)])
    width, height, box = draw(st.sampled_from([(0, 0, (0, 0, 0, 0)), (640, 360, (0, 40, 640, 320))]))
    return ClipRecord(
        key=draw(st.from_regex(r"[0-9a-z][0-9a-z-]{0,30}", fullmatch=True)),
        source=Source(
            sha256=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
            uri=draw(st.sampled_from(["films/a.mp4", "a b'\"<script>.mp4", "été/ü\n.mkv"])),
            stream=draw(st.integers(0, 3)),
            time_base=f"{time_base.numerator}/{time_base.denominator}",
            fps=rate,
            vfr=False,
            frames=(shots[0].source_frames[0], shots[-1].source_frames[1]),
            license=draw(TEXT),
            attribution=draw(TEXT),
            url=draw(TEXT),
            width=width,
            height=height,
            picture=box,
        ),
        video=Video(
            fps=rate,
            frames=frames,
            width=2 * draw(st.integers(8, 2000)),
            height=2 * draw(st.integers(8, 2000)),
            duration=seconds_at(frames, fps),
            crop=draw(st.sampled_from([box, (0, 0, width, height)])),
        ),
        audio=draw(audio),
        shots=shots,
        joins=joins,
        captions=tuple(
            draw(st.lists(st.builds(Caption, shot=shot, kind=TEXT, text=TEXT, origin=st.just("measured")), max_size=3))
        ),
        entities=actors,
        events=acts,
        scores=tuple(
            draw(
                st.lists(
                    st.builds(
                        Score, shot=shot, name=TEXT, value=st.floats(allow_nan=False, allow_infinity=False), model=TEXT
                    ),
                    max_size=3,
                )
            )
        ),
        tags=tuple(draw(st.lists(st.builds(Tag, shot=shot, node=TEXT, value=TEXT, origin=st.just("vlm")), max_size=3))),
        models=tuple(draw(st.lists(st.builds(Model, role=TEXT, id=TEXT, revision=TEXT, license=TEXT), max_size=2))),
        references=pictured,
    )


st.register_type_strategy(ClipRecord, clip_records())


@pytest.fixture
def example() -> ClipRecord:
    """The published example."""
    return read_clip_json(EXAMPLE_FILE.read_bytes())


def made_clip(record: ClipRecord, video: bytes) -> MadeClip:
    audio = {"codec": record.audio.codec, "channels": record.audio.channels, "rate": record.audio.rate}
    borders = tuple(
        BorderFrame(frame=shot.frames[0], signature="00" * 144, neighbours=("ff" * 144,)) for shot in record.shots
    )
    return MadeClip.model_validate(
        {
            "key": record.key,
            "fps": record.video.fps,
            "frames": record.video.frames,
            "width": record.video.width,
            "height": record.video.height,
            "crop": record.video.crop,
            "shots": [shot.frames for shot in record.shots],
            "audio": audio,
            "bytes": len(video),
            "sha256": hashlib.sha256(video).hexdigest(),
            "borders": borders,
            "encoder": "x264",
        }
    )


@pytest.fixture(scope="session")
def pack_corpus() -> Callable[..., list[ManifestRow]]:
    """Packs records with stand-in videos into shards of a few clips, and gives their manifest rows."""
    return pack


def pack(store: CorpusStore, records: list[ClipRecord], members: tuple[str, ...] = MEMBERS) -> list[ManifestRow]:
    made: dict[str, tuple[ClipRecord, MadeClip]] = {}
    pack_rows = []
    for record in records:
        files = []
        contents = {"mp4": video_of(record), "json": clip_json(record), "zip": references_zip(images_for(record))}
        for member, data in ((member, contents[member]) for member in members):
            store.write_atomic(f"clips/{record.key}.{member}", data)
            sha256 = hashlib.sha256(data).hexdigest()
            files.append(MemberFile(file=f"clips/{record.key}.{member}", size=len(data), sha256=sha256))
        pack_rows.append(PackRow(key=record.key, split=split_of(record), members=tuple(files)))
        made[record.key] = (record, made_clip(record, video_of(record)))
    rows = []
    for shard in plan_shards(pack_rows, 40_000):
        written = write_shard(store, shard, store, members)
        for sample in written.samples:
            record, clip = made[sample.key]
            rows.append(
                manifest_row(
                    record,
                    clip,
                    split=shard.split,
                    shard=written.name,
                    members=sample.members,
                    plan_hash="0" * 16,
                    metadata='{"shoot": 3}',
                )
            )
    return rows


def video_of(record: ClipRecord) -> bytes:
    return b"video of " + record.key.encode()


def split_of(record: ClipRecord) -> str:
    """One source in eight is for testing."""
    return "test" if record.source.sha256[0] in "01" else "train"
