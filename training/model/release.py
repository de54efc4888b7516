"""Where a model's release lies: a folder, or the hub's copy of it in its own cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class CheckpointError(ValueError):
    """A checkpoint that is missing or not what it should be; the text names it and what to do."""


@dataclass(frozen=True)
class Release:
    """``commit``: on the hub; empty for a folder of one's own."""

    folder: Path
    commit: str


def find_release(source: str, revision: str, files: Sequence[str]) -> Release:
    """``source``: a folder, or a hub id with its ``revision`` (empty: main); ``files``: patterns of what is wanted of it. Raises
    ``CheckpointError``."""
    own = folder_of(source)
    if own is not None:
        return Release(own, "")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(source, revision=revision or None, allow_patterns=list(files)))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise CheckpointError(
            f"{source} (revision {revision or 'main'}) cannot be loaded from the hub: {error}"
        ) from error
    return Release(folder, folder.name)


def folder_of(source: str) -> Path | None:
    """The folder that ``source`` names; None for a hub id. Raises ``CheckpointError`` for what is neither."""
    path = Path(source).expanduser()
    if path.is_dir():
        return path
    if path.exists() or source.startswith(("/", "~", ".")):
        raise CheckpointError(f"there is no folder {source}: give a folder or a hub id")
    return None
