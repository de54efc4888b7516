"""The section ``data`` of a training run's settings: which clips, what is seen and said of them, and where caches lie."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from training.data.buckets import BucketSettings
from training.data.corpora import CorpusSettings
from training.data.samples import CorruptSettings
from training.data.windows import WindowSettings
from training.text_plan import EventPrefix, TextPolicy

Precision = Literal["bfloat16", "float32"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextSettings(_Section):
    """What the model is told."""

    plan: TextPolicy = Field(
        "shots",
        description="shots: a caption per shot, seen by that shot alone in masked layers; events: descriptions of the entities and "
        "their events in time; both: all of it. The summary, or the empty prompt, is always there",
    )
    event_prefix: EventPrefix = Field(
        "name",
        description="name: an event's text begins with its entity's words, which binds the two; none: it is left out",
    )
    precision: Precision = Field("bfloat16", description="in which the text encoder computes and its states are kept")


class LatentSettings(_Section):
    """The VAE's latents."""

    precision: Precision = Field(
        "bfloat16", description="to which the VAE's moments are rounded, cached or not; the VAE itself runs in float32"
    )
    posterior: Literal["sample", "mean"] = Field(
        "sample", description="sample: drawn anew at each visit from the moments; mean: always their mean"
    )


class DropoutSettings(_Section):
    """What a visit goes without; never in validation."""

    captions: float = Field(
        0.1, ge=0, le=1, description="how often all words give way to the empty prompt; the shots stay masked"
    )
    masks: float = Field(
        0.1, ge=0, le=1, description="how often a visit is shown without shot masks, all its words seen by all of it"
    )


class DataSettings(_Section):
    """``cache``: a folder of this machine."""

    corpora: tuple[CorpusSettings, ...] = Field(min_length=1, description="what is trained on")
    sizes: BucketSettings = Field(description="sizes that are trained, and what may be done to clips to fit them")
    windows: WindowSettings = Field(default_factory=WindowSettings, description="which frames of a clip are seen")
    text: TextSettings = Field(default_factory=TextSettings, description="what is said of them")
    latents: LatentSettings = Field(default_factory=LatentSettings, description="the VAE's latents")
    dropout: DropoutSettings = Field(default_factory=DropoutSettings, description="what a visit goes without")
    corrupt: CorruptSettings = Field(default_factory=CorruptSettings, description="when unreadable clips stop the run")
    cache: str = Field(
        "",
        description="folder of `shotloom cache`; empty: all is encoded at every visit, with VAE and text encoder in memory",
    )
    ahead: int = Field(2, ge=1, le=64, description="batches made ahead of the step that takes them")
