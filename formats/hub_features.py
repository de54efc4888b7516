"""The types of a sample's fields as the Hub's front matter spells them, generated from the clip record's own types.

Without them, readers guess types from the first five samples of a shard: lists that are empty there become lists of
nothing, and what later samples hold in them fails to load or is lost.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin

from pydantic import BaseModel

from formats.clip_record import ClipRecord
from formats.shard_layout import MEMBERS, REFERENCES

Feature: TypeAlias = dict[str, "str | Feature | list[Feature]"]
"""One field in the front matter: ``{"name": "key", "dtype": "string"}``, or with ``struct`` or ``list``."""

_SCALARS: Final[dict[object, str]] = {str: "string", int: "int64", float: "float64", bool: "bool"}


def sample_features(members: tuple[str, ...] = MEMBERS) -> list[Feature]:
    """The columns of a sample: its members, and the two that the reader adds."""
    columns: dict[str, Feature] = {
        "mp4": {"name": "mp4", "dtype": "video"},
        "json": {"name": "json", "struct": model_features(ClipRecord)},
        REFERENCES: {"name": REFERENCES, "dtype": "binary"},
    }
    return [
        *(columns[member] for member in members),
        {"name": "__key__", "dtype": "string"},
        {"name": "__url__", "dtype": "string"},
    ]


def model_features(model: type[BaseModel]) -> list[Feature]:
    """The fields of a pydantic model, under their JSON names. Raises ``TypeError`` for a type without a counterpart."""
    return [{"name": field.alias or name, **_feature(field.annotation)} for name, field in model.model_fields.items()]


def _feature(kind: Any) -> Feature:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {"struct": model_features(kind)}
    if kind in _SCALARS:
        return {"dtype": _SCALARS[kind]}
    if get_origin(kind) is Annotated:
        return _feature(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return {"dtype": _SCALARS[type(get_args(kind)[0])]}
    if get_origin(kind) is tuple:
        return {"list": _item(get_args(kind))}
    raise TypeError(f"{kind} has no counterpart in the front matter")


def _item(arguments: tuple[Any, ...]) -> str | list[Feature]:
    """What a list holds: a scalar's name, or the fields of a struct. Ranges are lists of two equal types."""
    item = _feature(arguments[0])
    if any(_feature(other) != item for other in arguments[1:] if other is not Ellipsis):
        raise TypeError(f"a list of {arguments} has no counterpart in the front matter")
    inner = item.get("dtype") or item.get("struct")
    if not isinstance(inner, (str, list)):
        raise TypeError(f"a list of {arguments} has no counterpart in the front matter")
    return inner
