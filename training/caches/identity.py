"""What a filled cache is good for. Entries are named after all that they are made of, so a cache may hold those of many runs; what
each finished ``shotloom cache`` made is noted beside them. A run that finds no fitting note is refused at its start, by the
names of the settings that differ, instead of missing an entry later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from formats.filesystem import CorpusStore
from training.data.settings import Precision
from training.data.windows import WindowSettings
from training.text_plan import EventPrefix, TextPolicy

FOLDER = "runs"
FORMAT = 1
_MAX_BYTES = 1 << 20


class CacheMismatchError(ValueError):
    """No finished run of ``shotloom cache`` made what this run needs. ``fields`` names what differs from the nearest."""

    def __init__(self, folder: str, fields: tuple[str, ...]) -> None:
        what = "nothing was cached there yet" if not fields else f"what differs: {', '.join(fields)}"
        super().__init__(f"the cache {folder} is not this run's; {what}. Run shotloom cache with this run's settings")
        self.fields = fields


class CacheIdentity(BaseModel):
    """``vae``, ``text_encoder``: digests. ``corpora``: name, and the fingerprints of what is trained on and of what is held out.
    ``weights``: of the corpora, by name. ``epochs``: how many are held from the first on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    vae: str
    text_encoder: str
    latent_precision: Precision
    text_precision: Precision
    text_plan: TextPolicy
    event_prefix: EventPrefix
    windows: WindowSettings
    sizes: tuple[tuple[int, int, int], ...]
    largest_scale: float
    largest_crop: float
    corpora: tuple[tuple[str, str, str], ...]
    weights: tuple[tuple[str, str], ...]
    seed: int
    epochs: int

    def differing(self, stored: CacheIdentity) -> tuple[str, ...]:
        """Names of what ``stored`` does not serve, with both values where they are short."""
        here, there = _flat(self), _flat(stored)
        return tuple(
            _told(name, here.get(name), there.get(name))
            for name in sorted(here.keys() | there.keys())
            if not _serves(name, here.get(name), there.get(name))
        )


def note_run(store: CorpusStore, identity: CacheIdentity) -> None:
    """To be called when all that ``identity`` needs is there."""
    text = identity.model_dump_json()
    store.write_atomic(f"{FOLDER}/{hashlib.sha256(text.encode()).hexdigest()[:16]}.json", text.encode())


def require_run(store: CorpusStore, identity: CacheIdentity) -> None:
    """Raises ``CacheMismatchError``. A note that cannot be read is as if it were not there."""
    found = [identity.differing(stored) for stored in _stored(store)]
    if not any(fields == () for fields in found):
        raise CacheMismatchError(store.root, min(found, key=len, default=()))


def _stored(store: CorpusStore) -> Sequence[CacheIdentity]:
    out = []
    for name in store.list(FOLDER):
        try:
            out.append(CacheIdentity.model_validate_json(store.read_bytes(name, max_bytes=_MAX_BYTES)))
        except (OSError, ValueError, ValidationError):
            continue
    return out


def _flat(identity: CacheIdentity) -> dict[str, Any]:
    """``windows.fps`` and the like; each corpus is a name of its own."""
    values = identity.model_dump(mode="json")
    flat = {f"windows.{name}": value for name, value in values.pop("windows").items()}
    flat |= {f"corpus {name}": marks for name, *marks in values.pop("corpora")}
    flat |= {f"weight of {name}": weight for name, weight in values.pop("weights")}
    return flat | values


def _serves(name: str, here: Any, there: Any) -> bool:
    if name == "epochs":
        return bool(there >= here)
    return bool(here == there)


def _told(name: str, here: Any, there: Any) -> str:
    if isinstance(here, list | None) or isinstance(there, list | None):
        return name
    return f"{name} (cached {json.dumps(there)}, wanted {json.dumps(here)})"
