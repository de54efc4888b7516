"""Where a model's weights come from, and which exactly they are.

A hub id stands for the commit that its revision names now; a folder, or a file, for the sha256 of its weight files. A
hub's files are downloaded once, into its own cache; ``HF_HUB_OFFLINE=1`` takes them from there alone. A file at an
address is downloaded once too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

WEIGHT_ENDINGS = (".safetensors", ".pth", ".pt", ".bin")
_HUB_FILES = ["*.safetensors", "*.json", "*.pth", "*.txt", "*.jinja"]


class WeightsError(ValueError):
    """Weights that are missing or not what they should be; the text names them and what to do."""


class WeightsSettings(BaseModel):
    """Other weights than those that a model's name stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(
        "", description="a hub id, or a folder or file on every machine; empty: what the model's name stands for"
    )
    revision: str = Field("", description="a commit, tag or branch of the hub id; empty: the name's own, or main")
    license: str = Field("", description="of the weights that source names; it goes into the record and the card")


@dataclass(frozen=True)
class Weights:
    """``path``: a folder, or a file for formats of one file. ``revision``: a commit, or ``sha256:`` and 16 digits."""

    id: str
    path: Path
    revision: str


def find_weights(source: str, revision: str) -> Weights:
    """Finds or downloads. ``source``: an existing path or a hub id. Raises ``WeightsError``."""
    path = Path(source).expanduser()
    if path.exists():
        return Weights(path.name, path, _content_revision(path))
    if source.startswith("https://"):
        return _from_address(source)
    if source.startswith(("/", "~", ".")):
        raise WeightsError(f"there are no weights at {source}: give an existing folder or a hub id")
    return _from_hub(source, revision)


def folder_revision(source: str) -> str:
    """Of the weights in a folder here; empty for what is no folder or holds none: opening it will tell."""
    try:
        return find_weights(source, "").revision if source and Path(source).expanduser().is_dir() else ""
    except WeightsError:
        return ""


def _from_address(address: str) -> Weights:
    """One file, downloaded once into torch's own cache; it appears there whole or not at all."""
    import torch

    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(address).name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(address, str(file))
        except OSError as error:
            raise WeightsError(
                f"{address} cannot be downloaded: {error}. Put the file at {file}, or name where it is"
            ) from error
    return Weights(file.name, file, _content_revision(file))


@cache
def _from_hub(hub_id: str, revision: str) -> Weights:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(hub_id, revision=revision, allow_patterns=_HUB_FILES))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise WeightsError(
            f"the weights {hub_id!r} at {revision!r} cannot be had: {str(error).splitlines()[0]} "
            "Name a folder that holds them, or download them where there is a network"
        ) from error
    return Weights(hub_id, folder, folder.name)


def _content_revision(path: Path) -> str:
    files = [path] if path.is_file() else sorted(each for each in path.iterdir() if each.suffix in WEIGHT_ENDINGS)
    if not files:
        raise WeightsError(f"{path} holds no weights: none of its files ends with {', '.join(WEIGHT_ENDINGS)}")
    digest = hashlib.sha256()
    for file in files:
        facts = file.stat()
        digest.update(_file_digest(file, facts.st_size, facts.st_mtime_ns))
    return f"sha256:{digest.hexdigest()[:16]}"


@cache
def _file_digest(file: Path, size: int, mtime_ns: int) -> bytes:
    """Once per process and state of the file: the largest weights are gigabytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()
