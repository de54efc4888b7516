"""The one configuration file: sections that belong to the operators, composed and checked as a whole."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from captioning.protocol import CaptionSettings
from operators.defade import DefadeSettings
from operators.encode import EncodeSettings
from operators.filter import FilterSettings
from operators.scan import ScanSettings
from operators.shots import ShotSettings
from operators.split import SplitSettings
from operators.splits import SplitShareSettings
from operators.stitch import StitchSettings

DEFAULT_CONFIG = Path(__file__).resolve().parent.parent / "configs" / "laptop.yaml"
_MAX_CONFIG_BYTES = 1 << 20


class ConfigError(ValueError):
    """The configuration cannot be used; the text names the key, the value and what is allowed."""


class ShardSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    max_bytes: int = Field(
        500_000_000, ge=100_000, description="A shard is closed before it would grow past this many bytes."
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
    values = _read_yaml(path)
    for override in overrides:
        _apply_override(values, override)
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(item) for item in error.errors())) from None


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


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_CONFIG_BYTES:
            raise ConfigError(f"{path}: larger than a configuration file can be ({_MAX_CONFIG_BYTES} bytes)")
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}. Give a file such as configs/laptop.yaml") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not readable as YAML: {error}") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: a configuration is sections of settings, not a {type(values).__name__}")
    return values


def _apply_override(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        raise ConfigError(f"--set {override}: write section.key=value, for example filter.duration.min=3")
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"--set {override}: the value is not readable: {error}") from None
    node = values
    for part in parts[:-1]:
        child = node.get(part)
        if child is None:
            child = node[part] = {}
        if not isinstance(child, dict):
            raise ConfigError(f"--set {override}: {part} holds a value, not further settings")
        node = child
    node[parts[-1]] = value


def _explain(item: Any) -> str:
    location = [str(part) for part in item["loc"]]
    key = ".".join(location) or "the configuration"
    if item["type"] == "extra_forbidden":
        known = _known_keys(location[:-1])
        close = difflib.get_close_matches(location[-1], known, n=1)
        hint = f"; did you mean {'.'.join([*location[:-1], close[0]])}?" if close else ""
        return f"{key}: there is no such setting{hint} Known here: {', '.join(known) or 'none'}"
    return f"{key}: got {item['input']!r}: {item['msg']}"


def _known_keys(location: list[str]) -> list[str]:
    model: Any = Config
    for part in location:
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            return []
        model = field.annotation
    return list(getattr(model, "model_fields", {}))


def _flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            flat.update(_flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat
