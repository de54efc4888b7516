"""Reading a YAML file of settings, and saying in words what is wrong with one."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

_MAX_CONFIG_BYTES = 1 << 20


class ConfigError(ValueError):
    """The configuration cannot be used; the text names the key, the value and what is allowed."""


def read_yaml(path: Path) -> dict[str, Any]:
    """The sections of the file at ``path``. Raises ``ConfigError``."""
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


def apply_override(values: dict[str, Any], override: str) -> None:
    """Puts ``section.key=value`` into ``values``. Raises ``ConfigError``."""
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


def explained(error: ValidationError, model: type[BaseModel], not_repeated: tuple[str, ...] = ()) -> str:
    """A line for each thing that is wrong with the settings of ``model``. Values of keys that begin as in ``not_repeated`` are not
    told."""
    return "\n".join(_explain(item, model, not_repeated) for item in error.errors())


def _explain(item: Any, model: type[BaseModel], not_repeated: tuple[str, ...]) -> str:
    location = [str(part) for part in item["loc"]]
    key = ".".join(location) or "the configuration"
    if item["type"] == "extra_forbidden":
        known = _known_keys(location[:-1], model)
        close = difflib.get_close_matches(location[-1], known, n=1)
        hint = f"; did you mean {'.'.join([*location[:-1], close[0]])}?" if close else "."
        return f"{key}: there is no such setting{hint} Known here: {', '.join(known) or 'none'}"
    told = isinstance(item["input"], dict) or key.startswith(not_repeated)
    return f"{key}: {item['msg']}" if told else f"{key}: got {item['input']!r}: {item['msg']}"


def _known_keys(location: list[str], model: Any) -> list[str]:
    for part in location:
        if part.isdigit():
            model = get_args(model)[0]
            continue
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            return []
        model = field.annotation
    return list(getattr(model, "model_fields", {}))
