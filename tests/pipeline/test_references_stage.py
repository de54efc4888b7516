"""Annotate's second half where its engine is the test's own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from captioning.conversation.result import ConversationCounts
from captioning.references.stored import ReferenceCounts, StoredReferences, stored_references_json
from captioning.settings import CaptionSettings
from formats.ledger import KEPT
from formats.references import references_zip
from pipeline.caption_task import CaptionReply, CaptionTask
from pipeline.config import Config
from pipeline.corpus_folder import AnnotationRow, CorpusFolder, ReferenceRow
from pipeline.progress import Reporter
from pipeline.reference_books import reference_books
from pipeline.sandbox import SandboxReply
from pipeline.stages.references import refer_clips
from pipeline.stages.run import Run
from tests.pipeline.test_annotate_stage import a_clip

DONE = SandboxReply("done")
DAMAGED = SandboxReply("failed", reason="frame_missing", detail="The clip has 11 frames, its shots cover 12.")
FALLEN = SandboxReply("crashed", reason="exception", detail="CUDA error")
COUNTS = ReferenceCounts(two_names=1, subjects=3, found=1, masks=1, pictures=12, missing=(("no_box", 2),))
CHOSEN = {"detector": "grounding-dino"}


class ScriptedEngine:
    def __init__(self, *replies: SandboxReply) -> None:
        self.replies = replies
        self.asked: list[str] = []

    def caption(self, tasks: Sequence[CaptionTask], *more: Any) -> Iterator[CaptionReply]:
        assert more[-1] == "references"
        for task in tasks:
            reply = self.replies[min(len(self.asked), len(self.replies) - 1)]
            self.asked.append(task.id)
            if reply == DONE:
                write_found(task.annotation)
            yield CaptionReply(
                id=task.id, reply=reply, passing=reply == FALLEN, counts=ConversationCounts(), seconds=1.0
            )


def write_found(path: Path) -> None:
    data = references_zip({})
    digest = hashlib.sha256(data).hexdigest()
    stored = StoredReferences(references=(), models=(), counts=COUNTS, bytes=len(data), sha256=digest)
    path.with_name(f"{path.name}.zip").write_bytes(data)
    path.with_name(f"{path.name}.json").write_bytes(stored_references_json(stored))


def referred(
    folder: Path, engine: ScriptedEngine, chosen: dict[str, Any] = CHOSEN, words: str = "{}", retry: bool = False
) -> list[ReferenceRow]:
    """Of three clips, the last of which has no words."""
    values = {"backend": "server", "models": {"clip": {"id": "m"}}, "references": chosen}
    config = Config().model_copy(update={"captions": CaptionSettings.model_validate(values)})
    corpus = CorpusFolder(str(folder))
    run = Run(corpus, config, SimpleNamespace(caption=engine.caption), Reporter(quiet=True), retry)
    clips = [a_clip(number) for number in range(3)]
    rows = []
    for clip in clips:
        artifact = f"annotations/aa/{clip.key}.json"
        corpus.store.write_atomic(artifact, words.encode())
        rows.append(AnnotationRow(key=clip.key, artifact=artifact, seconds=1.0, verdict=KEPT))
    return refer_clips(run, clips, rows[:2])


def test_every_clip_with_words_is_looked_through_once(tmp_path: Path) -> None:
    engine = ScriptedEngine(DONE)
    rows = referred(tmp_path, engine)
    assert [row.key for row in rows] == engine.asked == [a_clip(0).key, a_clip(1).key]
    assert rows[0].missing == {"no_box": 2.0} and rows[0].found == rows[0].two_names == 1
    assert referred(tmp_path, engine) == rows and len(engine.asked) == 2
    books = reference_books(CorpusFolder(str(tmp_path)))
    assert books is not None
    assert books.line == "reference images: 2 clips: 2 of 6 subjects have one, 2 masks; none: no_box 4"


@pytest.mark.parametrize(
    "changed", [{"chosen": {**CHOSEN, "min_side": 32}}, {"chosen": {**CHOSEN, "segmenter": "sam2"}}, {"words": "{ }"}]
)
def test_other_settings_or_other_words_give_other_images(tmp_path: Path, changed: dict[str, Any]) -> None:
    engine = ScriptedEngine(DONE)
    before = referred(tmp_path, engine)
    after = referred(tmp_path, engine, **changed)
    assert len(engine.asked) == 4 and {row.artifact for row in before}.isdisjoint(row.artifact for row in after)
    assert referred(tmp_path, engine) == [row.model_copy(update={"seconds": 0.0}) for row in before]
    assert len(engine.asked) == 4


def test_what_passes_is_tried_again_and_what_stands_only_when_told_to(tmp_path: Path) -> None:
    rows = referred(tmp_path, ScriptedEngine(DAMAGED, FALLEN))
    assert [row.verdict.reason for row in rows] == ["frame_missing", "error"]
    engine = ScriptedEngine(FALLEN)
    assert referred(tmp_path, engine)[0] == rows[0] and engine.asked == [rows[1].key]
    engine = ScriptedEngine(DONE)
    assert {row.verdict.outcome for row in referred(tmp_path, engine, retry=True)} == {"kept"}


@pytest.mark.parametrize("gone", ["zip", "json"])
def test_half_of_what_was_written_is_nothing(tmp_path: Path, gone: str) -> None:
    """As after a run that was killed between the two files."""
    rows = referred(tmp_path, ScriptedEngine(DONE))
    (tmp_path / f"{rows[0].artifact}.{gone}").unlink()
    engine = ScriptedEngine(DONE)
    assert referred(tmp_path, engine) == rows and engine.asked == [rows[0].key]


def test_without_a_detector_there_is_no_table(tmp_path: Path) -> None:
    engine = ScriptedEngine(DONE)
    referred(tmp_path, engine)
    assert referred(tmp_path, engine, chosen={}) == [] and len(engine.asked) == 2
    assert reference_books(CorpusFolder(str(tmp_path))) is None
