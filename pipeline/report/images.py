"""Pictures of the report: JPEG and PNG bytes are written beside the page, named by content, and paths become links."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import quote

from pipeline.report.model import ImageSource

FOLDER = "pictures"
_PNG = b"\x89PNG"


class Pictures:
    """Hands out links for ``<img src>``. Call ``remove_others`` last, so that an older report's pictures go."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._names: set[str] = set()

    def link(self, image: ImageSource) -> str:
        """A link relative to the page, ``""`` for no picture. Bytes are written unless they are there."""
        if isinstance(image, str):
            return relative_link(image)
        if not image:
            return ""
        suffix = "png" if image.startswith(_PNG) else "jpg"
        name = f"{hashlib.sha256(image).hexdigest()[:20]}.{suffix}"
        path = self._folder / name
        if name not in self._names:
            self._names.add(name)
            self._folder.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.stat().st_size != len(image):
                path.write_bytes(image)
        return f"{FOLDER}/{name}"

    def remove_others(self) -> None:
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if path.suffix in (".jpg", ".png") and path.name not in self._names:
                    path.unlink()


def relative_link(path: str) -> str:
    """``path`` percent-encoded for ``src``; a leading ``/`` goes, so no text can name a scheme, a host or the root."""
    return quote(path.lstrip("/\\"), safe="/", errors="replace")
