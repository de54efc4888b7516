"""What CineBenchSyn calls the files of reference images: ``ID_ref_image_NN_ENTITY.png`` and, beside it, its mask."""

from __future__ import annotations

from pathlib import PurePosixPath

from formats.clip_record import ClipRecord, Entity
from formats.references import ReferenceImage

_MARK, _MASK_MARK = "ref_image", "ref_image_mask"


def cinebench_image_name(clip: str, number: int, entity: str) -> str:
    """``number`` counts the images of one clip from 0."""
    return f"{clip}_{_MARK}_{number:02d}_{entity}.png"


def cinebench_mask_name(image: str) -> str:
    """Where their evaluation looks for the mask of ``image``, a bare file name (``derive_ref_mask_path``)."""
    if _MARK in image:
        return image.replace(_MARK, _MASK_MARK, 1)
    path = PurePosixPath(image)
    return f"{path.stem}_mask{path.suffix}"


def with_cinebench_names(record: ClipRecord, clip: str) -> ClipRecord:
    """``record`` whose entities name their images as there, where they are unique over all clips."""
    names = _names(record, clip)

    def renamed(entity: Entity) -> Entity:
        return entity.model_copy(update={"reference": names.get(entity.id, "")})

    return record.model_copy(update={"entities": tuple(renamed(entity) for entity in record.entities)})


def cinebench_images(record: ClipRecord, images: dict[str, ReferenceImage], clip: str) -> dict[str, bytes]:
    """The files of ``images``, which are those of ``record`` by the entity's id: name and PNG."""
    files: dict[str, bytes] = {}
    for entity, name in _names(record, clip).items():
        files[name] = images[entity].image
        if images[entity].mask:
            files[cinebench_mask_name(name)] = images[entity].mask
    return files


def _names(record: ClipRecord, clip: str) -> dict[str, str]:
    return {row.entity: cinebench_image_name(clip, number, row.entity) for number, row in enumerate(record.references)}
