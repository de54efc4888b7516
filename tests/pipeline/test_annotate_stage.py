"""The annotate stage where its engine is the test's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from captioning.asks import BackendUnusableError
from captioning.conversation.result import ConversationCounts, FaultCount
from captioning.settings import CaptionSettings
from formats.clip_plan import MadeClip
from formats.film_scan import AudioStream
from formats.ledger import KEPT
from pipeline.caption_task import CaptionReply, CaptionTask
from pipeline.config import Config
from pipeline.corpus_folder import AnnotationRow, ClipRow, CorpusFolder
from pipeline.progress import Reporter
from pipeline.sandbox import SandboxReply
from pipeline.stages.annotate import annotate_clips
from pipeline.stages.run import Run

COUNTS = ConversationCounts(asks=8, prompt_tokens=80, faults=(FaultCount(fault="refused", outcome="retried", count=2),))
REFUSED = SandboxReply("failed", reason="ask_refused", detail="http://gpu/v1 answered 400: no such schema")
BUSY = SandboxReply("failed", reason="server_busy", detail="http://gpu/v1 answered 429")


class ScriptedEngine:
    """Gives each clip the reply of its number, the last one from there on; says how often it was asked."""

    def __init__(self, *replies: SandboxReply) -> None:
        self.replies = replies
        self.asked: list[str] = []

    def caption(self, tasks: Sequence[CaptionTask], *_: Any) -> Iterator[CaptionReply]:
        for task in tasks:
            reply = self.replies[min(len(self.asked), len(self.replies) - 1)]
            self.asked.append(task.id)
            if reply.outcome == "done":
                task.annotation.parent.mkdir(parents=True, exist_ok=True)
                task.annotation.write_text("{}")
            yield CaptionReply(id=task.id, reply=reply, passing=reply == BUSY, counts=COUNTS, seconds=1.0)


def a_clip(number: int) -> ClipRow:
    key = f"aa{number:02d}-0-0-12"
    made = MadeClip(
        key=key,
        fps="12/1",
        frames=12,
        width=64,
        height=36,
        shots=((0, 12),),
        audio=AudioStream(),
        bytes=1,
        sha256="0" * 64,
        borders=(),
        encoder="test",
    )
    return ClipRow(key=key, artifact=f"clips/aa/{key}", seconds=1.0, made=made, verdict=KEPT)


def annotated(folder: Path, engine: ScriptedEngine, clips: int = 3, retry: bool = False) -> list[AnnotationRow]:
    captions = CaptionSettings.model_validate({"backend": "server", "models": {"clip": {"id": "m"}}})
    config = Config().model_copy(update={"captions": captions})
    run = Run(CorpusFolder(str(folder)), config, SimpleNamespace(caption=engine.caption), Reporter(quiet=True), retry)
    return annotate_clips(run, [a_clip(number) for number in range(clips)])


def test_counts_of_every_clip_are_in_its_row(tmp_path: Path) -> None:
    (row,) = annotated(tmp_path, ScriptedEngine(SandboxReply("done")), clips=1)
    assert (row.asks, row.prompt_tokens, row.faults) == (8, 80, {"retried:refused": 2})
    (again,) = annotated(tmp_path, ScriptedEngine(REFUSED), clips=1)
    assert again == row


def test_what_passes_is_asked_again_and_what_stands_only_when_told_to(tmp_path: Path) -> None:
    rows = annotated(tmp_path, ScriptedEngine(SandboxReply("done"), REFUSED, BUSY))
    assert [row.verdict.reason for row in rows] == ["", "ask_refused", "server_busy"]
    engine = ScriptedEngine(BUSY)
    assert [row.verdict.reason for row in annotated(tmp_path, engine)] == ["", "ask_refused", "server_busy"]
    assert engine.asked == [rows[2].key]
    engine = ScriptedEngine(SandboxReply("done"))
    assert {row.verdict.outcome for row in annotated(tmp_path, engine, retry=True)} == {"kept"}
    assert engine.asked == [rows[1].key, rows[2].key]


def test_a_run_whose_first_clips_are_all_refused_ends_and_none_of_them_stands(tmp_path: Path) -> None:
    engine = ScriptedEngine(REFUSED)
    with pytest.raises(BackendUnusableError, match="no such schema"):
        annotated(tmp_path, engine, clips=50)
    assert len(engine.asked) == 16
    assert not CorpusFolder(str(tmp_path)).annotations.exists()


def test_one_clip_that_is_answered_shows_that_refusals_are_the_clips_own(tmp_path: Path) -> None:
    rows = annotated(tmp_path, ScriptedEngine(SandboxReply("done"), REFUSED), clips=30)
    assert [row.verdict.outcome for row in rows].count("failed") == 29
