"""A machine's desk for scores of words: real clips in real children, and a CLIP of random weights."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from captioning.alignment.stored import StoredAlignment, read_stored_alignment
from captioning.asks import BackendUnusableError
from captioning.conversation.result import ConversationCounts
from captioning.protocol import ClipAnnotation
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from captioning.stored_annotation import stored_json
from formats.clip_record import Caption
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from pipeline.alignment_look import open_alignment_desk
from pipeline.caption_task import CaptionReply, CaptionTask, DeskWork
from tests.captioning.conftest import write_mp4
from tests.captioning.made_clip import made_clip
from tests.captioning.references.conftest import pictures


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("squares") / "clip.mp4"
    write_mp4(path, pictures())
    return path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-clip")
    write_tiny_checkpoint("clip", folder)
    return folder


def work(weights: Path) -> DeskWork:
    chosen = {"scorer": "clip", "weights": {"source": str(weights)}}
    captions = {"backend": "server", "models": {"clip": {"id": "m"}}, "alignment": chosen}
    return DeskWork(
        captions=CaptionSettings.model_validate(captions),
        serving=CaptionServingSettings.model_validate({"device": "cpu"}),
        in_flight=8,
        workers=1,
        part="alignment",
    )


def told(*texts: str, origin: str = "vlm") -> ClipAnnotation:
    said = tuple(Caption(shot=shot, kind="shot", text=text, origin=origin) for shot, text in enumerate(texts))
    return ClipAnnotation(captions=said, entities=(), events=(), scores=(), tags=(), models=())


def scored(clip: Path, tiny: Path, folder: Path, words: ClipAnnotation, at: Path | None = None) -> CaptionReply:
    """``at``: where the clip is looked for."""
    made = made_clip(clip)
    said = folder / "words.json"
    said.write_bytes(stored_json(words, ConversationCounts()))
    task = CaptionTask(
        id=made.key,
        clip=at or clip,
        made=made,
        annotation=folder / "out" / "a",
        words=said,
        wall_seconds=60,
        memory_mb=1000,
    )

    async def run() -> CaptionReply:
        desk = await open_alignment_desk(work(tiny))
        try:
            return await desk.caption(task)
        finally:
            await desk.close()

    return asyncio.run(run())


def found(folder: Path) -> StoredAlignment:
    assert [path.name for path in (folder / "out").iterdir()] == ["a.json"]
    return read_stored_alignment((folder / "out" / "a.json").read_bytes())


def test_shots_that_a_model_spoke_of_are_scored(clip: Path, tiny: Path, tmp_path: Path) -> None:
    assert scored(clip, tiny, tmp_path, told("A red square grows.", "A blue square stands.")).reply.outcome == "done"
    stored = found(tmp_path)
    assert [(score.shot, score.name) for score in stored.scores] == [(0, "alignment"), (1, "alignment")]
    assert [model.role for model in stored.models] == ["aligner"]


def test_measured_words_are_not_looked_at(clip: Path, tiny: Path, tmp_path: Path) -> None:
    reply = scored(clip, tiny, tmp_path, told("A still shot.", origin="measured"), tmp_path / "nowhere.mp4")
    assert reply.reply.outcome == "done"
    assert found(tmp_path) == StoredAlignment(scores=(), models=())


def test_a_clip_that_cannot_be_decoded_fails_alone_and_leaves_nothing(clip: Path, tiny: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(clip.read_bytes()[:3000])
    reply = scored(clip, tiny, tmp_path, told("A red square."), broken)
    assert reply.reply.outcome == "failed" and reply.reply.reason and not reply.passing
    assert list((tmp_path / "out").iterdir()) == []


def test_weights_that_are_not_there_end_the_run(tmp_path: Path) -> None:
    with pytest.raises(BackendUnusableError, match=r"captions.alignment: there are no weights at"):
        asyncio.run(open_alignment_desk(work(tmp_path / "none")))
