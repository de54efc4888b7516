"""What shapes the words of a corpus: who describes the clips, and how it is asked. Where and how fast is ``serving.py``."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from captioning.alignment.settings import AlignmentSettings
from captioning.conversation.settings import ConversationSettings
from captioning.references.settings import ReferenceSettings

BackendName = Literal["measured", "server", "vllm", "transformers"]
Role = Literal["clip", "shot"]

REVISIONS: dict[BackendName, str] = {"measured": "6", "server": "1", "vllm": "1", "transformers": "1"}
"""Raised when a backend would say something else about the same clip: its annotations are then made anew."""


class ModelChoice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field("", max_length=500, description="Hub id or folder of the model, as its server knows it.")
    revision: str = Field(
        "", max_length=100, description="Exact revision of the model, such as a commit of the hub; every clip says it."
    )
    license: str = Field("", max_length=200, description="License of the model; every clip and the corpus card say it.")


class ShotModelChoice(ModelChoice):
    id: str = Field(
        "",
        max_length=500,
        description="Another model for single shots; empty: the clip's, with its revision and license.",
    )


class RoleModels(BaseModel):
    """Who speaks of the clip as a whole and of its entities, and who of single shots."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: ModelChoice = ModelChoice()
    shot: ShotModelChoice = ShotModelChoice()

    def of(self, role: Role) -> ModelChoice:
        return self.shot if role == "shot" and self.shot.id else self.clip


class CaptionSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: BackendName = Field(
        "measured",
        description="Who describes the clips. 'measured': camera moves, cuts and tone, by measurement alone. 'server': a "
        "vision-language model behind OpenAI-compatible servers, named in engine.captions.endpoints. 'vllm': one in vLLM's engine, "
        "run by the pipeline itself on its GPUs. 'transformers': one without further installation, slowly.",
    )
    models: RoleModels = RoleModels()
    conversation: ConversationSettings = ConversationSettings()
    alignment: AlignmentSettings = AlignmentSettings()
    references: ReferenceSettings = ReferenceSettings()

    @model_validator(mode="after")
    def _model_named(self) -> Self:
        if self.backend != "measured" and not self.models.clip.id:
            raise ValueError(f"backend {self.backend!r} needs captions.models.clip.id: the hub id or folder of a model")
        if self.backend == "measured" and self.alignment.scorer != "none":
            raise ValueError("captions.alignment.scorer scores words of a model, and backend 'measured' has none")
        if self.backend == "measured" and self.references.detector != "none":
            raise ValueError(
                "captions.references looks for subjects that a model named, and backend 'measured' names none"
            )
        return self
