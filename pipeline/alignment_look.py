"""The scores of words against pictures, of clips that have their words: the pictures that the model was shown come out of a child,
and the scorer compares them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from captioning.alignment.aligner import Aligner
from captioning.alignment.shot_scores import alignment_scores, sentences_by_shot
from captioning.alignment.stored import StoredAlignment, stored_alignment_json
from captioning.asks import BackendUnusableError
from captioning.frames.sampled_file import most_bytes, read_sampled
from captioning.frames.sampling_settings import SamplingSettings
from captioning.protocol import ClipAnnotation
from formats.clip_plan import MadeClip
from formats.clip_record import Score
from operators.aside import written_aside
from operators.picture_models.weights import WeightsError
from pipeline.caption_task import CaptionTask, DeskWork
from pipeline.look_desk import ChildTask, LookDesk


async def open_alignment_desk(work: DeskWork) -> LookDesk:
    """Raises ``BackendUnusableError`` where the scorer cannot be loaded."""
    try:
        aligner = await asyncio.to_thread(Aligner, work.captions.alignment, work.serving.device)
    except (WeightsError, ValueError) as error:
        raise BackendUnusableError(f"captions.alignment: {error}") from error
    return LookDesk(work, AlignmentLook(work.captions.conversation.sampling, aligner))


@dataclass(frozen=True)
class AlignmentLook:
    sampling: SamplingSettings
    aligner: Aligner
    preload: tuple[str, ...] = ("captioning.frames.sample_task",)

    def most_bytes(self, made: MadeClip) -> int:
        return most_bytes(made, self.sampling)

    def at(self, task: CaptionTask, words: ClipAnnotation) -> _WordsOfClip:
        return _WordsOfClip(self, task, words)


@dataclass(frozen=True)
class _WordsOfClip:
    look: AlignmentLook
    task: CaptionTask
    words: ClipAnnotation

    def taking_out(self, pictures: Path) -> ChildTask | None:
        if not sentences_by_shot(self.words):
            return None
        arguments = {
            "clip": str(self.task.clip),
            "made": self.task.made.model_dump(mode="json"),
            "sampling": self.look.sampling.model_dump(mode="json"),
            "sampled": str(pictures),
        }
        return ChildTask("captioning.frames.sample_task:sample_frames_task", arguments)

    def write(self, pictures: Path) -> None:
        scores = self._scores(pictures)
        stored = StoredAlignment(scores=scores, models=(self.look.aligner.model,) if scores else ())
        out = self.task.annotation
        with written_aside(out.with_name(f"{out.name}.json")) as aside:
            aside.write_bytes(stored_alignment_json(stored))

    def _scores(self, pictures: Path) -> tuple[Score, ...]:
        if not sentences_by_shot(self.words):
            return ()
        clip = read_sampled(pictures, self.task.made, self.look.sampling)
        return alignment_scores(self.words, clip, self.look.aligner)
