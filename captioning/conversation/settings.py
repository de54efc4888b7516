"""Settings of the conversation with a model about a clip. They shape the words: all of them are in the fingerprint."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from captioning.frames.sampling_settings import SamplingSettings
from captioning.taxonomy.nodes import Pillar

Language = Literal["en", "any"]
OnReject = Literal["fail", "measured"]
StoryForm = Literal["prose", "numbered", "events"]


class ConversationSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sampling: SamplingSettings = Field(default_factory=SamplingSettings)
    entities: bool = Field(True, description="ask for subjects and places and for what they do over time")
    most_entities: int = Field(8, ge=1, le=32, description="most subjects of a clip, and most places")
    most_events: int = Field(4, ge=1, le=16, description="most events of one entity in one shot")
    tags: tuple[Pillar, ...] = Field(
        (),
        max_length=4,
        description="pillars of cinematic language to ask tags of, shot by shot: Camera, Lighting, Setup, Events; one more "
        "question per shot for each",
    )
    story_forms: tuple[StoryForm, ...] = Field(
        ("prose", "numbered", "events"),
        min_length=1,
        description="forms of the clip's caption; which one a clip gets follows from its key, so that cuts do not come "
        "to depend on one way of writing",
    )
    language: Language = Field("en", description="of all words; any: not checked")
    attempts: int = Field(3, ge=1, le=10, description="how often one question is asked before its answer is given up")
    on_reject: OnReject = Field(
        "fail",
        description="a question without a usable answer: the clip fails with the reason, or its measured words stand in",
    )
    temperature: float = Field(0.0, ge=0, le=2, description="of the first attempt")
    retry_temperature: float = Field(0.4, ge=0, le=2, description="of further attempts, at least that of the first")
    seed: int = Field(
        0, ge=0, lt=2**31, description="of a model that draws its words; each question draws with its own name"
    )
    answer_tokens: int = Field(2048, ge=64, le=8192, description="most tokens of one answer")
