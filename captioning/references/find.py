"""The reference images of one clip: its subjects looked for in its frames, the best box of each, cut out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from captioning.protocol import ClipAnnotation
from captioning.references.boxes import FoundBox, touches_edge
from captioning.references.choice import Candidate, Choice, choose, seen_by_shot
from captioning.references.crop import Picture, cropped, fitted, png, sharpness
from captioning.references.entity_frames import frames_of, subjects_of
from captioning.references.frames_file import read_frames
from captioning.references.identity import one_subject_each
from captioning.references.models import ReferenceModels
from captioning.references.one_name import with_one_name
from captioning.references.phrase import phrase_of
from captioning.references.same_box import LookedFor, one_box_each
from captioning.references.settings import ReferenceSettings
from captioning.references.stored import OneSubject, ReferenceCounts
from formats.clip_plan import MadeClip
from formats.clip_record import Entity, Reference
from formats.exact_time import parse_rational
from formats.references import ReferenceImage, image_name, mask_name


@dataclass(frozen=True)
class WantedFrames:
    """``frames`` of the clip, rising, and for each subject of ``words`` in which of them it is looked for."""

    words: ClipAnnotation
    subjects: tuple[tuple[Entity, tuple[int, ...]], ...]

    @property
    def frames(self) -> tuple[int, ...]:
        return tuple(sorted({frame for _, frames in self.subjects for frame in frames}))


@dataclass(frozen=True)
class FoundReferences:
    """``same``: names that were given up; ``images`` by the entity's id, one for each of ``references``, which have the names that
    stay."""

    same: tuple[OneSubject, ...]
    references: tuple[Reference, ...]
    images: Mapping[str, ReferenceImage]
    counts: ReferenceCounts


def wanted_frames(annotation: ClipAnnotation, made: MadeClip, settings: ReferenceSettings) -> WantedFrames:
    fps = parse_rational(made.fps)
    subjects = subjects_of(annotation)
    return WantedFrames(
        annotation, tuple((each, frames_of(each.id, annotation, made.shots, fps, settings)) for each in subjects)
    )


def find_references(
    frames: Path, made: MadeClip, wanted: WantedFrames, models: ReferenceModels, settings: ReferenceSettings
) -> FoundReferences:
    """``frames``: the file that ``frames_task.py`` wrote of ``wanted``; not read where nothing is wanted. The pictures of one
    batch are held at a time, and two or three more. Raises ``FramesFileError`` and ``OSError``."""
    searches = _searches(frames, made, wanted) if wanted.frames else iter(())
    candidates = list(_candidates(searches, made, models, settings.detector_batch))
    same = _same(candidates, made, wanted, settings)
    names = {each.also: each.entity for each in same}
    looked_for: Counter[str] = Counter()
    for entity, own in wanted.subjects:
        looked_for[names.get(entity.id, entity.id)] += len(own)
    choice = choose(_renamed(candidates, same), list(looked_for.items()), settings.min_side)
    found = _cut_out(frames, made, choice, models, settings)
    pictures = sum(len(own) for _, own in wanted.subjects)
    return FoundReferences(
        same=same,
        references=tuple(found[each.entity][0] for each, _ in choice.taken),
        images={entity: image for entity, (_, image) in found.items()},
        counts=ReferenceCounts(
            two_names=len(same),
            subjects=len(looked_for),
            found=len(found),
            masks=sum(bool(image.mask) for _, image in found.values()),
            pictures=pictures,
            missing=tuple(sorted(Counter(why for _, why in choice.missing).items())),
        ),
    )


def _same(
    candidates: Sequence[Candidate], made: MadeClip, wanted: WantedFrames, settings: ReferenceSettings
) -> tuple[OneSubject, ...]:
    """First those that act together, then, as what these have become, those that do not."""
    if settings.same_subject is None:
        return ()
    frames = {entity.id: own for entity, own in wanted.subjects}
    together = one_box_each(wanted.words, LookedFor(frames, candidates))
    seen = seen_by_shot(_renamed(candidates, together), settings.min_side)
    apart = one_subject_each(with_one_name(wanted.words, together), made.shots, seen, settings.same_subject)
    names = {each.also: each.entity for each in apart}
    final = (each.model_copy(update={"entity": names.get(each.entity, each.entity)}) for each in together)
    return (*final, *apart)


def _renamed(candidates: Sequence[Candidate], same: Sequence[OneSubject]) -> list[Candidate]:
    names = {each.also: each.entity for each in same}
    return [replace(each, entity=names.get(each.entity, each.entity)) for each in candidates]


@dataclass(frozen=True, eq=False)
class _Search:
    """A frame in which an entity is looked for."""

    frame: int
    picture: Picture
    entity: Entity


def _searches(frames: Path, made: MadeClip, wanted: WantedFrames) -> Iterator[_Search]:
    for frame, picture in read_frames(frames, made, wanted.frames):
        yield from (_Search(frame, picture, entity) for entity, own in wanted.subjects if frame in own)


def _candidates(
    searches: Iterator[_Search], made: MadeClip, models: ReferenceModels, batch: int
) -> Iterator[Candidate]:
    while some := list(islice(searches, batch)):
        found = models.detector.find([(each.picture, phrase_of(each.entity)) for each in some])
        for search, boxes in zip(some, found, strict=True):
            yield from _found_by(search, boxes, made, models)


def _found_by(
    search: _Search, boxes: Sequence[FoundBox], made: MadeClip, models: ReferenceModels
) -> Iterator[Candidate]:
    shot = next(i for i, (start, end) in enumerate(made.shots) if start <= search.frame < end)
    crops = [cropped(search.picture, each.box) for each in boxes]
    for each, crop, vector in zip(boxes, crops, _vectors(crops, models), strict=True):
        cut_off = touches_edge(each.box, made.width, made.height)
        yield Candidate(search.entity.id, shot, search.frame, each, sharpness(crop), cut_off, vector)


def _vectors(crops: Sequence[Picture], models: ReferenceModels) -> list[tuple[float, ...]]:
    if models.embedder is None or not crops:
        return [()] * len(crops)
    return [tuple(row) for row in models.embedder.measure([np.ascontiguousarray(crop) for crop in crops]).tolist()]


def _cut_out(
    frames: Path, made: MadeClip, choice: Choice, models: ReferenceModels, settings: ReferenceSettings
) -> dict[str, tuple[Reference, ReferenceImage]]:
    found: dict[str, tuple[Reference, ReferenceImage]] = {}
    for frame, picture in _read(frames, made, {each.frame for each, _ in choice.taken}):
        for each, likeness in ((each, likeness) for each, likeness in choice.taken if each.frame == frame):
            found[each.entity] = _image(each, likeness, picture, models, settings)
    return found


def _read(frames: Path, made: MadeClip, wanted: Iterable[int]) -> Iterator[tuple[int, Picture]]:
    ordered: Sequence[int] = sorted(wanted)
    return read_frames(frames, made, ordered) if ordered else iter(())


def _image(
    each: Candidate, likeness: float, picture: Picture, models: ReferenceModels, settings: ReferenceSettings
) -> tuple[Reference, ReferenceImage]:
    box = each.found.box
    image = fitted(cropped(picture, box), settings.longest_side)
    mask = _mask(picture, each, models, settings)
    height, width = image.shape[:2]
    reference = Reference(
        entity=each.entity,
        image=image_name(each.entity),
        mask=mask_name(each.entity) if mask else "",
        frame=each.frame,
        box=box,
        width=width,
        height=height,
        confidence=each.found.confidence,
        likeness=round(likeness, 4),
        origin=models.detector.model.id,
    )
    return reference, ReferenceImage(png(image), mask)


def _mask(picture: Picture, each: Candidate, models: ReferenceModels, settings: ReferenceSettings) -> bytes:
    """Empty without a segmenter, and where it finds nothing in the box."""
    if models.segmenter is None:
        return b""
    inside = cropped(models.segmenter.mask(picture, each.found.box).astype(np.uint8) * np.uint8(255), each.found.box)
    return png(fitted(inside, settings.longest_side)) if inside.any() else b""
