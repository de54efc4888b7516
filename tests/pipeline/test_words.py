"""What is asked anew and what is looked at anew when settings change, where the engine is the test's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from captioning import prompts
from captioning.alignment.stored import StoredAlignment, stored_alignment_json
from captioning.asks import BackendUnusableError
from captioning.conversation import converse
from captioning.conversation.prompt_file import prompt, prompt_names, read_prompt
from captioning.conversation.result import ConversationCounts
from captioning.protocol import ClipAnnotation
from captioning.settings import CaptionSettings
from captioning.stored_annotation import stored_json
from formats.clip_record import Score
from pipeline.alignment_books import alignment_books
from pipeline.caption_task import CaptionReply, CaptionTask
from pipeline.config import Config
from pipeline.corpus_folder import CorpusFolder
from pipeline.progress import Reporter
from pipeline.sandbox import SandboxReply
from pipeline.stages.run import Run
from pipeline.stages.words import ClipWords, words_of_clips
from tests.pipeline.test_annotate_stage import a_clip
from tests.pipeline.test_references_stage import write_found

CLIPS = 3
REFERENCES = {"references": {"detector": "grounding-dino"}}
ALIGNMENT = {"alignment": {"scorer": "clip"}}


class CountingEngine:
    """``done``: how many clips each part was given. ``damaged``: parts that fail, with what."""

    def __init__(self, **damaged: SandboxReply) -> None:
        self.done: Counter[str] = Counter()
        self.damaged = damaged

    def caption(
        self, tasks: Sequence[CaptionTask], captions: Any, watch: Any, part: str = "words"
    ) -> Iterator[CaptionReply]:
        for task in tasks:
            self.done[part] += 1
            reply = self.damaged.get(part, SandboxReply("done"))
            if reply.outcome == "done":
                _write(task, part)
            yield CaptionReply(id=task.id, reply=reply, passing=False, counts=ConversationCounts(asks=8), seconds=1.0)


def _write(task: CaptionTask, part: str) -> None:
    path = task.annotation
    path.parent.mkdir(parents=True, exist_ok=True)
    if part == "words":
        nothing = ClipAnnotation(captions=(), entities=(), events=(), scores=(), tags=(), models=())
        path.write_bytes(stored_json(nothing, ConversationCounts(asks=8)))
    elif part == "references":
        write_found(path)
    else:
        scores = tuple(Score(shot=i, name="alignment", value=0.1 * i, model="clip") for i in range(3))
        path.with_name(f"{path.name}.json").write_bytes(
            stored_alignment_json(StoredAlignment(scores=scores, models=()))
        )


def words(folder: Path, engine: CountingEngine, **chosen: Any) -> list[ClipWords]:
    values = {"backend": "server", "models": {"clip": {"id": "m"}}, **chosen}
    config = Config().model_copy(update={"captions": CaptionSettings.model_validate(values)})
    run = Run(CorpusFolder(str(folder)), config, SimpleNamespace(caption=engine.caption), Reporter(quiet=True), False)  # type: ignore[arg-type]
    return words_of_clips(run, [a_clip(number) for number in range(CLIPS)])


def test_a_scorer_scores_what_was_said_and_asks_no_captioner(tmp_path: Path) -> None:
    engine = CountingEngine()
    plain = words(tmp_path, engine)
    assert engine.done == {"words": CLIPS} and {each.alignment for each in plain} == {""}
    scored = words(tmp_path, engine, **ALIGNMENT)
    assert engine.done == {"words": CLIPS, "alignment": CLIPS}
    assert [each.annotation for each in scored] == [each.annotation for each in plain]
    assert all((tmp_path / f"{each.alignment}.json").is_file() for each in scored)
    books = alignment_books(CorpusFolder(str(tmp_path)))
    assert books is not None and books.line == "alignment: 3 clips: 9 shots scored, lowest 0.000, mean 0.100"


@pytest.mark.parametrize(
    "other", [{"scorer": "siglip2"}, {"scorer": "clip", "weights": {"source": "org/other", "revision": "1"}}]
)
def test_another_scorer_scores_anew_and_the_first_finds_its_scores_again(tmp_path: Path, other: dict[str, Any]) -> None:
    engine = CountingEngine()
    first = words(tmp_path, engine, **ALIGNMENT)
    second = words(tmp_path, engine, alignment=other)
    assert {each.alignment for each in first}.isdisjoint(each.alignment for each in second)
    assert words(tmp_path, engine, **ALIGNMENT) == first
    assert engine.done == {"words": CLIPS, "alignment": 2 * CLIPS}


def test_other_weights_in_the_scorers_folder_score_anew(tmp_path: Path) -> None:
    engine, folder = CountingEngine(), tmp_path / "weights"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"first")
    chosen = {"alignment": {"scorer": "clip", "weights": {"source": str(folder)}}}
    words(tmp_path, engine, **chosen)
    (folder / "model.safetensors").write_bytes(b"second")
    words(tmp_path, engine, **chosen)
    assert engine.done == {"words": CLIPS, "alignment": 2 * CLIPS}


@pytest.mark.parametrize("name", prompt_names())
def test_another_byte_in_a_prompt_asks_about_every_clip_anew_and_going_back_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    engine = CountingEngine()
    first = words(tmp_path, engine)
    changed = read_prompt(name, (Path(prompts.__file__).parent / f"{name}.md").read_bytes() + b" ")
    with monkeypatch.context() as patch:
        patch.setattr(converse, "prompt", lambda asked: changed if asked == name else prompt(asked))
        assert {each.annotation for each in words(tmp_path, engine)}.isdisjoint(each.annotation for each in first)
    assert words(tmp_path, engine) == first
    assert engine.done == {"words": 2 * CLIPS}


def test_without_a_scorer_there_is_no_table(tmp_path: Path) -> None:
    engine = CountingEngine()
    words(tmp_path, engine, **ALIGNMENT)
    words(tmp_path, engine)
    assert alignment_books(CorpusFolder(str(tmp_path))) is None


def test_images_and_scores_know_nothing_of_each_other(tmp_path: Path) -> None:
    engine = CountingEngine()
    words(tmp_path, engine, **ALIGNMENT)
    both = words(tmp_path, engine, **ALIGNMENT, **REFERENCES)
    words(tmp_path, engine, **REFERENCES)
    assert engine.done == {"words": CLIPS, "alignment": CLIPS, "references": CLIPS}
    assert all(each.references and each.alignment for each in both)


@pytest.mark.parametrize("part", ["references", "alignment"])
def test_a_clip_of_which_not_all_is_there_that_was_wanted_is_not_packed(tmp_path: Path, part: str) -> None:
    damaged = SandboxReply("failed", reason="frame_missing", detail="The clip has 11 frames, its shots cover 12.")
    assert words(tmp_path, CountingEngine(**{part: damaged}), **ALIGNMENT, **REFERENCES) == []
    again = CountingEngine()
    assert words(tmp_path, again, **ALIGNMENT, **REFERENCES) == [] and again.done == {}
    table = getattr(CorpusFolder(str(tmp_path)), part)
    assert [row.verdict.reason for row in table.rows()] == ["frame_missing"] * CLIPS


def test_who_cannot_be_asked_is_not_asked_for_scores(tmp_path: Path) -> None:
    class Gone(CountingEngine):
        def caption(self, *task: Any) -> Iterator[CaptionReply]:
            raise BackendUnusableError("no server answers")

    with pytest.raises(BackendUnusableError):
        words(tmp_path, Gone(), **ALIGNMENT)
    assert not CorpusFolder(str(tmp_path)).alignment.exists()
