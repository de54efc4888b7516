"""The parts of a release that encode: VAE, text encoder, tokenizer. What they are, and the loaded ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field

from training.caches.moments import DTYPES, LatentScale, VideoEncoder
from training.data.settings import Precision
from training.model.encoders import load_text_model, load_tokenizer, load_vae
from training.model.part_digest import part_digest
from training.model.release import CheckpointError, find_release
from training.text_encoding import TextEncoder

_FORMS = ("vae/config.json", "text_encoder/config.json", "tokenizer/*")
_VIDEO = ("vae/*.json", "vae/*.safetensors")
_TEXT = ("text_encoder/*.json", "text_encoder/*.safetensors")


class _TextForm(BaseModel):
    """A text encoder's ``config.json``."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    d_model: int = Field(ge=1)


@dataclass(frozen=True)
class ReleaseParts:
    """``vae``, ``text_encoder``: what they are: of a release of the hub its commit, of a folder digests of its files. ``folder``
    holds all of a folder's release, and of the hub's what says the form of its parts."""

    source: str
    revision: str
    folder: Path
    vae: str
    text_encoder: str

    @property
    def scale(self) -> LatentScale:
        """Raises ``CheckpointError``."""
        return LatentScale.read(self.folder / "vae")

    @property
    def text_width(self) -> int:
        """Of the states of a token. Raises ``CheckpointError``."""
        file = self.folder / "text_encoder" / "config.json"
        try:
            return _TextForm.model_validate_json(file.read_text("utf-8")).d_model
        except (OSError, ValueError) as error:
            raise CheckpointError(f"{file} is not that of a text encoder: {error}") from error

    def tokenizer(self) -> Any:
        """``transformers``'. Raises ``CheckpointError``."""
        return load_tokenizer(self.folder)


def identify_parts(source: str, revision: str) -> ReleaseParts:
    """``source``: a folder or a hub id with its ``revision``. No weights are loaded. Raises ``CheckpointError``."""
    release = find_release(source, revision, _FORMS)
    folder = release.folder
    if release.commit:
        return ReleaseParts(source, revision, folder, release.commit, release.commit)
    words = part_digest(folder / "text_encoder", folder / "tokenizer")
    return ReleaseParts(source, revision, folder, part_digest(folder / "vae"), words)


def load_video_encoder(parts: ReleaseParts, precision: Precision, device: torch.device) -> VideoEncoder:
    """The VAE, its moments in ``precision``. Raises ``CheckpointError``."""
    return VideoEncoder(load_vae(find_release(parts.source, parts.revision, _VIDEO).folder, device), precision)


def load_text_encoder(parts: ReleaseParts, precision: Precision, device: torch.device) -> TextEncoder:
    """It computes in ``precision``. Raises ``CheckpointError``."""
    folder = find_release(parts.source, parts.revision, _TEXT).folder
    return TextEncoder(parts.tokenizer(), load_text_model(folder, DTYPES[precision], device))
