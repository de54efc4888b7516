"""A machine's desk for reference images: real clips in real children, and a detector of the test's own."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from captioning.asks import BackendUnusableError
from captioning.conversation.result import ConversationCounts
from captioning.protocol import ClipAnnotation
from captioning.references.boxes import FoundBox
from captioning.references.models import ReferenceModels
from captioning.references.phrase import Phrase
from captioning.references.stored import read_stored_references
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from captioning.stored_annotation import stored_json
from formats.clip_plan import MadeClip
from formats.references import read_references
from operators.picture_models.protocol import Picture
from pipeline.caption_task import CaptionReply, CaptionTask, DeskWork
from pipeline.look_desk import LookDesk
from pipeline.reference_look import ReferenceLook, open_reference_desk
from tests.captioning.conftest import write_mp4
from tests.captioning.made_clip import made_clip
from tests.captioning.references.conftest import ColourDetector, pictures, words

BOTH = words(("woman_red", (0, 24)), ("man_blue", (24, 54)))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("squares") / "clip.mp4"
    write_mp4(path, pictures())
    return path


def work(**chosen: object) -> DeskWork:
    values = {"backend": "server", "models": {"clip": {"id": "m"}}}
    captions = CaptionSettings.model_validate(values | {"references": {"detector": "grounding-dino", **chosen}})
    serving = CaptionServingSettings.model_validate({"device": "cpu"})
    return DeskWork(captions=captions, serving=serving, in_flight=8, workers=1, part="references")


def task(clip: Path, made: MadeClip, annotation: ClipAnnotation, folder: Path) -> CaptionTask:
    said = folder / f"{made.key}.json"
    said.write_bytes(stored_json(annotation, ConversationCounts()))
    return CaptionTask(
        id=made.key, clip=clip, made=made, annotation=folder / "out" / "a", words=said, wall_seconds=60, memory_mb=1000
    )


def found(detector: ColourDetector, *tasks: CaptionTask) -> list[CaptionReply]:
    async def run() -> list[CaptionReply]:
        chosen = work()
        desk = LookDesk(chosen, ReferenceLook(chosen.captions.references, ReferenceModels(detector, None)))
        try:
            return await asyncio.gather(*(desk.caption(each) for each in tasks))
        finally:
            await desk.close()

    return asyncio.run(run())


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "out").iterdir())


def test_a_clips_images_and_what_they_are_are_written_beside_each_other(clip: Path, tmp_path: Path) -> None:
    (reply,) = found(ColourDetector(), task(clip, made_clip(clip), BOTH, tmp_path))
    assert reply.reply.outcome == "done" and not reply.passing
    assert files(tmp_path) == ["a.json", "a.zip"]
    data = (tmp_path / "out" / "a.zip").read_bytes()
    stored = read_stored_references((tmp_path / "out" / "a.json").read_bytes())
    assert (stored.bytes, stored.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert [row.entity for row in stored.references] == list(read_references(data))[::-1] == ["woman_red", "man_blue"]
    assert stored.models == (ColourDetector.model,)
    first = {name: (tmp_path / "out" / name).read_bytes() for name in files(tmp_path)}
    found(ColourDetector(), task(clip, made_clip(clip), BOTH, tmp_path))
    assert {name: (tmp_path / "out" / name).read_bytes() for name in files(tmp_path)} == first


def test_a_clip_without_subjects_has_an_empty_member_and_names_no_model(clip: Path, tmp_path: Path) -> None:
    nobody = Path("/nowhere/clip.mp4")
    (reply,) = found(ColourDetector(), task(nobody, made_clip(clip), words(("scene_wall", (0, 54))), tmp_path))
    assert reply.reply.outcome == "done"
    stored = read_stored_references((tmp_path / "out" / "a.json").read_bytes())
    assert stored.references == stored.models == () and stored.counts.subjects == 0
    assert read_references((tmp_path / "out" / "a.zip").read_bytes()) == {}


def test_a_clip_that_cannot_be_decoded_fails_alone_and_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(clip.read_bytes()[:3000])
    (reply,) = found(ColourDetector(), task(broken, made_clip(clip), BOTH, tmp_path))
    assert reply.reply.outcome == "failed" and reply.reply.reason and not reply.passing
    assert files(tmp_path) == []


class FallenDetector(ColourDetector):
    def find(self, asked: Sequence[tuple[Picture, Phrase]]) -> list[tuple[FoundBox, ...]]:
        raise RuntimeError("CUDA error: out of memory")


def test_a_model_that_fails_is_tried_again_another_day(clip: Path, tmp_path: Path) -> None:
    (reply,) = found(FallenDetector(), task(clip, made_clip(clip), BOTH, tmp_path))
    assert (reply.reply.outcome, reply.reply.reason, reply.passing) == ("crashed", "exception", True)
    assert "out of memory" in reply.reply.detail and files(tmp_path) == []


def test_words_that_are_damaged_fail_their_clip_alone(clip: Path, tmp_path: Path) -> None:
    bad = task(clip, made_clip(clip, key="bad"), BOTH, tmp_path)
    assert bad.words is not None
    bad.words.write_bytes(b"{")
    good = task(clip, made_clip(clip), BOTH, tmp_path)
    assert [reply.reply.outcome for reply in found(ColourDetector(), bad, good)] == ["crashed", "done"]


def test_weights_that_are_not_there_end_the_run(tmp_path: Path) -> None:
    missing = work(detector_weights={"source": str(tmp_path / "none")})
    with pytest.raises(BackendUnusableError, match=r"captions.references: there are no weights at"):
        asyncio.run(open_reference_desk(missing))
