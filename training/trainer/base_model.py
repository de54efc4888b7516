"""Which weights a run stands on, kept with every checkpoint: adapters mean nothing over others."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from training.caches.release_parts import ReleaseParts
from training.model.checkpoint import LoadedTransformer


class OtherBaseError(ValueError):
    """The base model is not the one that a checkpoint was made with. ``fields`` names the parts that differ."""

    def __init__(self, where: str, fields: tuple[str, ...]) -> None:
        super().__init__(
            f"{where}: model.source holds other weights than the checkpoint was made with; what differs: {', '.join(fields)}. "
            "Put the old release back (for a hub id: model.revision, its commit), or begin a run of its own"
        )
        self.fields = fields


class BaseModelIdentity(BaseModel):
    """Of each part: of a release of the hub its commit, of a folder a digest of its files. Empty where nothing is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    transformer: str = ""
    vae: str = ""
    text_encoder: str = ""

    @classmethod
    def of(cls, transformer: LoadedTransformer, parts: ReleaseParts) -> Self:
        return cls(transformer=transformer.identity(), vae=parts.vae, text_encoder=parts.text_encoder)

    def require_same(self, stored: BaseModelIdentity, where: str) -> None:
        """``where``: the checkpoint. Raises ``OtherBaseError``."""
        here, there = self.model_dump(), stored.model_dump()
        differing = tuple(f"{name} (was {there[name]}, is {here[name]})" for name in here if here[name] != there[name])
        if differing:
            raise OtherBaseError(where, differing)
