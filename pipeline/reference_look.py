"""Reference images of clips that have their words: frames in which their subjects act come out of a child, and the models look at
them."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

from captioning.asks import BackendUnusableError
from captioning.protocol import ClipAnnotation
from captioning.references.find import WantedFrames, find_references, wanted_frames
from captioning.references.frames_file import most_frame_bytes
from captioning.references.models import ReferenceModels, open_reference_models
from captioning.references.settings import ReferenceSettings
from captioning.references.stored import StoredReferences, stored_references_json
from formats.clip_plan import MadeClip
from formats.references import references_zip
from operators.aside import written_aside
from operators.picture_models.weights import WeightsError
from pipeline.caption_task import CaptionTask, DeskWork
from pipeline.look_desk import ChildTask, LookDesk

_PICTURES_HELD = 8


async def open_reference_desk(work: DeskWork) -> LookDesk:
    """Raises ``BackendUnusableError`` where a model cannot be loaded."""
    chosen = work.captions.references
    try:
        models = await asyncio.to_thread(open_reference_models, chosen, work.serving.device)
    except (WeightsError, ValueError) as error:
        raise BackendUnusableError(f"captions.references: {error}") from error
    return LookDesk(work, ReferenceLook(chosen, models))


@dataclass(frozen=True)
class ReferenceLook:
    settings: ReferenceSettings
    models: ReferenceModels
    preload: tuple[str, ...] = ("captioning.references.frames_task",)

    def most_bytes(self, made: MadeClip) -> int:
        return (_PICTURES_HELD + self.settings.detector_batch) * most_frame_bytes(made)

    def at(self, task: CaptionTask, words: ClipAnnotation) -> _SubjectsOfClip:
        return _SubjectsOfClip(self, task, wanted_frames(words, task.made, self.settings))


@dataclass(frozen=True)
class _SubjectsOfClip:
    look: ReferenceLook
    task: CaptionTask
    wanted: WantedFrames

    def taking_out(self, pictures: Path) -> ChildTask | None:
        if not self.wanted.frames:
            return None
        arguments = {
            "clip": str(self.task.clip),
            "made": self.task.made.model_dump(mode="json"),
            "frames": self.wanted.frames,
            "out": str(pictures),
        }
        return ChildTask("captioning.references.frames_task:whole_frames_task", arguments)

    def write(self, pictures: Path) -> None:
        """The images, and after them what they are."""
        models = self.look.models
        found = find_references(pictures, self.task.made, self.wanted, models, self.look.settings)
        data = references_zip(found.images)
        stored = StoredReferences(
            same=found.same,
            references=found.references,
            models=models.models if found.references or found.same else (),
            counts=found.counts,
            bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )
        out = self.task.annotation
        for suffix, contents in ((".zip", data), (".json", stored_references_json(stored))):
            with written_aside(out.with_name(out.name + suffix)) as aside:
                aside.write_bytes(contents)
