"""Images for records that name some."""

from __future__ import annotations

import io

from PIL import Image

from formats.clip_record import ClipRecord
from formats.references import ReferenceImage


def png(width: int = 4, height: int = 3, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 7).save(out, "PNG")
    return out.getvalue()


def images_for(record: ClipRecord) -> dict[str, ReferenceImage]:
    return {
        row.entity: ReferenceImage(png(row.width, row.height), png(row.width, row.height, "L") if row.mask else b"")
        for row in record.references
    }
