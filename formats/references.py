"""The member ``zip`` of a sample: the reference images of its clip's entities, in a corpus that has them.

A ZIP without compression of ``ENTITY.png`` and, where there is one, ``ENTITY.mask.png``; of a clip without reference images a ZIP
without entries. Not ``.npz``, nor one image per member: ``datasets`` decodes those, and wants the same members in every sample.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from formats.clip_record import ClipRecord

MOST_IMAGES: Final = 512
MOST_IMAGE_BYTES: Final = 64 * 1024 * 1024
MOST_SIDE: Final = 8192

_NAME = re.compile(r"([a-z0-9][a-z0-9_]{0,199})(\.mask)?\.png")
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_SIZE_END = len(_PNG_HEAD) + 8


class ReferencesError(ValueError):
    """The member is not one, or not the one that the record speaks of."""


@dataclass(frozen=True)
class ReferenceImage:
    """Two PNG files of the same size. ``mask``: 8-bit grey, above 127 where the entity is; empty where there is none."""

    image: bytes
    mask: bytes = b""


def image_name(entity: str) -> str:
    """The image of the entity with this id."""
    return f"{entity}.png"


def mask_name(entity: str) -> str:
    """An id has no dot, so no entity's image is called so."""
    return f"{entity}.mask.png"


def references_zip(images: Mapping[str, ReferenceImage]) -> bytes:
    """The member for ``images`` by the entity's id. Equal images, equal bytes. Raises ``ReferencesError`` for what
    ``read_references`` would refuse."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for entity in sorted(images):
            _add(archive, image_name(entity), images[entity].image)
            if images[entity].mask:
                _add(archive, mask_name(entity), images[entity].mask)
    data = out.getvalue()
    read_references(data)
    return data


def read_references(data: bytes) -> dict[str, ReferenceImage]:
    """The images of a member by the entity's id. Nothing is unpacked to disk, and no picture is decoded. Raises only
    ``ReferencesError``."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = _files(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        if isinstance(error, ReferencesError):
            raise
        raise ReferencesError(f"is no ZIP of reference images: {error}") from error
    entities = sorted({_entity(name) for name in files})
    return {entity: _checked(entity, files) for entity in entities}


def references_of(record: ClipRecord, data: bytes) -> dict[str, ReferenceImage]:
    """``read_references`` for the member of ``record``'s sample. Raises ``ReferencesError`` if its images are not just those
    that the record names."""
    images = read_references(data)
    named = {row.entity: bool(row.mask) for row in record.references}
    if {entity: bool(found.mask) for entity, found in images.items()} != named:
        raise ReferencesError(f"{record.key}: the images are not those that the record names")
    for row in record.references:
        width, height = png_size(images[row.entity].image)
        if (width, height) != (row.width, row.height):
            raise ReferencesError(f"{row.image} is {width}x{height}, the record says {row.width}x{row.height}")
    return images


def png_size(data: bytes) -> tuple[int, int]:
    """``(width, height)`` as a PNG's head says (ISO/IEC 15948, 11.2.2). Raises ``ReferencesError`` for what is no PNG."""
    if not data.startswith(_PNG_HEAD) or len(data) < _SIZE_END:
        raise ReferencesError("an image is no PNG")
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (_SIZE_END - 8, _SIZE_END - 4))
    return width, height


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _FIXED_DATE)
    entry.create_system = _UNIX
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)


def _files(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_IMAGES:
        raise ReferencesError(f"holds {len(entries)} files, at most {MOST_IMAGES} are read")
    found: dict[str, bytes] = {}
    for entry in entries:
        if not _NAME.fullmatch(entry.filename) or entry.filename in found:
            raise ReferencesError(f"holds {entry.filename!r}: names are ENTITY.png and ENTITY.mask.png, each once")
        if entry.compress_type != zipfile.ZIP_STORED or not 0 < entry.file_size <= MOST_IMAGE_BYTES:
            raise ReferencesError(f"{entry.filename} is compressed, empty or larger than {MOST_IMAGE_BYTES} bytes")
        found[entry.filename] = archive.read(entry)
    return found


def _entity(name: str) -> str:
    return name.split(".")[0]


def _checked(entity: str, files: Mapping[str, bytes]) -> ReferenceImage:
    if image_name(entity) not in files:
        raise ReferencesError(f"holds a mask of {entity} without its image")
    found = ReferenceImage(files[image_name(entity)], files.get(mask_name(entity), b""))
    width, height = png_size(found.image)
    if not 0 < width <= MOST_SIDE or not 0 < height <= MOST_SIDE:
        raise ReferencesError(f"{image_name(entity)} is {width}x{height}, at most {MOST_SIDE} a side are read")
    if found.mask and png_size(found.mask) != (width, height):
        raise ReferencesError(f"the mask of {entity} is not as large as its image")
    return found
