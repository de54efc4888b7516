"""What an order of training is made of, kept with every checkpoint: a cursor means nothing in another order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict

from formats.manifest import ManifestRow
from training.data.buckets import BucketSettings
from training.data.epoch_plan import CorpusSamples, OrderSettings
from training.data.windows import WindowSettings


class PlanMismatchError(ValueError):
    """A checkpoint's order is not this run's. ``fields`` names what differs."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(f"the checkpoint was made in another order of training; what differs: {', '.join(fields)}")
        self.fields = fields


class PlanIdentity(BaseModel):
    """``corpora``: name, weight and fingerprint of each, by name. ``windows`` and ``buckets``: their settings as canonical JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    corpora: tuple[tuple[str, str, str], ...]
    seed: int
    group: int
    windows: str
    buckets: str

    @classmethod
    def of(
        cls,
        corpora: Sequence[tuple[CorpusSamples, str]],
        order: OrderSettings,
        windows: WindowSettings,
        buckets: BucketSettings,
    ) -> Self:
        """``corpora``: with the fingerprint of each."""
        return cls(
            corpora=tuple(sorted((corpus.name, str(corpus.weight), mark) for corpus, mark in corpora)),
            seed=order.seed,
            group=order.group,
            windows=_canonical(windows),
            buckets=_canonical(buckets),
        )

    def require_same(self, stored: PlanIdentity) -> None:
        """Raises ``PlanMismatchError``."""
        differing = [*_differing("windows", self.windows, stored.windows)]
        differing += _differing("buckets", self.buckets, stored.buckets)
        differing += [name for name in ("seed", "group") if getattr(self, name) != getattr(stored, name)]
        here, there = ({name: rest for name, *rest in identity.corpora} for identity in (self, stored))
        differing += [
            f"corpus {name}" for name in sorted(here.keys() | there.keys()) if here.get(name) != there.get(name)
        ]
        if differing:
            raise PlanMismatchError(tuple(differing))


def corpus_fingerprint(rows: Iterable[ManifestRow]) -> str:
    """16 hex digits of what ``rows`` hold, whatever their order and wherever in shards they lie."""
    held = sorted([row.key, row.split, *(place.sha256 for place in row.members)] for row in rows)
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()[:16]


def _canonical(settings: BaseModel) -> str:
    return json.dumps(settings.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))


def _differing(name: str, here: str, there: str) -> list[str]:
    ours, theirs = json.loads(here), json.loads(there)
    return [f"{name}.{field}" for field in sorted(ours.keys() | theirs.keys()) if ours.get(field) != theirs.get(field)]
