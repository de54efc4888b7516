"""The one configuration file: sections that belong to the operators, composed and checked as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from operators.defade import DefadeSettings
from operators.encode import EncodeSettings
from operators.filter import FilterSettings
from operators.scan import ScanSettings
from operators.shots import ShotSettings
from operators.split import SplitSettings
from operators.splits import SplitShareSettings
from operators.stitch_settings import StitchSettings
from pipeline.config_file import ConfigError, apply_override, explained, read_yaml

DEFAULT_CONFIG = Path(__file__).resolve().parent.parent / "configs" / "laptop.yaml"
_NOT_REPEATED = ("engine.captions.endpoints", "engine.captions.api_key_env")
"""Settings where somebody may have written a key or a password."""


class ShardSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int = Field(
        500_000_000, ge=100_000, description="A shard is closed before it would grow past this many bytes."
    )
    min_alignment: float | None = Field(
        None,
        ge=-1,
        le=1,
        description="A clip with a shot whose words fit its pictures less (score 'alignment') is left out; null: none is. Needs "
        "captions.alignment.scorer; asks no model anew.",
    )


class LimitSettings(BaseModel):
    """Guards against bad input. They never change what a good film yields, so changing them redoes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    failed: float = Field(
        0.5, ge=0, le=1, description="Exit with code 4 when more than this share of a stage's rows failed."
    )
    memory_mb: int = Field(
        3000, ge=256, description="Memory that one film or clip may take in its child process, in MB."
    )
    film_seconds: float = Field(7200, gt=0, description="Wall time to scan one film, in seconds.")
    clip_seconds: float = Field(900, gt=0, description="Wall time to cut, check or caption one clip, in seconds.")


class EngineSettings(BaseModel):
    """Where the work runs. Never changes a result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: int = Field(0, ge=0, description="Films or clips worked on at once; 0 means one per processor core.")
    address: str = Field("", description="Ray cluster to join, such as 'auto'; empty starts Ray on this machine.")
    captions: CaptionServingSettings = CaptionServingSettings()


class Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    scan: ScanSettings = ScanSettings()
    split: SplitSettings = SplitSettings()
    defade: DefadeSettings = DefadeSettings()
    shots: ShotSettings = ShotSettings()
    stitch: StitchSettings = StitchSettings()
    filter: FilterSettings = FilterSettings()
    splits: SplitShareSettings = SplitShareSettings()
    encode: EncodeSettings = EncodeSettings()
    captions: CaptionSettings = CaptionSettings()
    shards: ShardSettings = ShardSettings()
    limits: LimitSettings = LimitSettings()
    engine: EngineSettings = EngineSettings()

    @model_validator(mode="after")
    def _embeddings_are_made(self) -> Self:
        if self.filter.duplicates.embedding is not None and self.scan.embedder == "layout":
            raise ValueError(
                "filter.duplicates.embedding needs a learned embedder: set scan.embedder to siglip2, clip, dinov2 or imagebind"
            )
        return self

    @model_validator(mode="after")
    def _limit_of_a_score(self) -> Self:
        if self.shards.min_alignment is not None and self.captions.alignment.scorer == "none":
            raise ValueError("shards.min_alignment goes by a score that is not there: choose captions.alignment.scorer")
        return self


STAGE_SECTIONS: dict[str, tuple[str, ...]] = {
    "scan": ("scan",),
    "select": ("split", "defade", "shots", "stitch", "filter", "splits"),
    "cut": ("encode",),
    "annotate": ("captions",),
    "pack": ("shards",),
}
"""Which sections shape which stage. ``limits`` and ``engine`` shape none."""


def load_config(path: Path, overrides: list[str]) -> Config:
    """The file at ``path`` with ``key.path=value`` overrides on top. Raises ``ConfigError``."""
    values = read_yaml(path)
    for override in overrides:
        apply_override(values, override)
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError(explained(error, Config, _NOT_REPEATED)) from None


def config_yaml(config: Config) -> str:
    """The whole configuration, defaults written out."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def changed_settings(old: Config, new: Config) -> list[tuple[str, Any, Any]]:
    """``(key, old value, new value)`` for every setting that differs, in the order of the file."""
    before, after = flat_settings(old), flat_settings(new)
    keys = list(after) + [key for key in before if key not in after]
    return [(key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)]


def flat_settings(config: Config) -> dict[str, Any]:
    """Every setting as ``section.key`` and value, in the order of the file."""
    return _flatten(config.model_dump(mode="json"))


def _flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat
