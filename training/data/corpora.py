"""Corpora as ``shotloom build`` leaves them, opened for training: the rows of one split, and where each clip goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from formats.filesystem import CorpusStore
from formats.manifest import ManifestRow, read_manifest
from training.data.buckets import BucketSettings, BucketTable, ClipShape, table_of
from training.data.epoch_plan import CorpusSamples
from training.data.plan_identity import corpus_fingerprint
from training.data.windows import WindowSettings

Split = Literal["train", "validation", "test"]


class CorpusSettings(BaseModel):
    """One of the corpora that are trained on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="under which it is told and drawn")]
    path: str = Field(min_length=1, description="folder or URL of the corpus, where its manifest.parquet lies")
    weight: float = Field(
        1.0, gt=0, le=1000, description="how often each of its samples is visited per epoch, on average"
    )


class SharedSourceError(ValueError):
    """A source has clips in two splits, of one corpus or of two: validation would see what was trained."""


@dataclass(frozen=True)
class OpenedCorpus:
    """``rows``: of the split that was asked for, by key. ``fingerprint`` is of these. ``table``: where they go."""

    name: str
    weight: Fraction
    store: CorpusStore
    rows: Mapping[str, ManifestRow]
    fingerprint: str
    table: BucketTable

    @property
    def samples(self) -> CorpusSamples:
        """What an epoch's plan needs of it."""
        return CorpusSamples(self.name, self.weight, self.table.assigned)


def open_corpora(
    corpora: Sequence[CorpusSettings], split: Split, buckets: BucketSettings, windows: WindowSettings
) -> tuple[OpenedCorpus, ...]:
    """Raises ``SharedSourceError``, ``ManifestError``, ``FileNotFoundError``, and ``ValueError`` for a name that repeats."""
    if len({corpus.name for corpus in corpora}) != len(corpora):
        raise ValueError(f"two corpora have the same name: {', '.join(corpus.name for corpus in corpora)}")
    opened, split_of = [], dict[str, str]()
    for corpus in corpora:
        store = CorpusStore(corpus.path)
        every = read_manifest(store)
        _check_sources(corpus.name, every, split_of)
        rows = tuple(row for row in every if row.split == split)
        opened.append(
            OpenedCorpus(
                name=corpus.name,
                weight=Fraction(str(corpus.weight)),
                store=store,
                rows={row.key: row for row in rows},
                fingerprint=corpus_fingerprint(rows),
                table=table_of([ClipShape.of_row(row) for row in rows], buckets, windows),
            )
        )
    return tuple(opened)


def _check_sources(name: str, rows: Sequence[ManifestRow], split_of: dict[str, str]) -> None:
    """Notes in ``split_of`` what split each source is in."""
    for row in rows:
        if split_of.setdefault(row.source_sha256, row.split) != row.split:
            before = split_of[row.source_sha256]
            raise SharedSourceError(f"{name}: {row.source_uri} is in the split {row.split!r}, and in {before!r} too")
