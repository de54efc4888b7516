"""The corpus' README.md: counted from what was packed, written only when it changed."""

from __future__ import annotations

from collections.abc import Iterator

from formats.card_facts import card_facts
from formats.clip_record import ClipRecord
from formats.dataset_card import render_card
from formats.filesystem import CorpusStore
from formats.manifest import ManifestRow, read_manifest
from formats.shard_reader import read_member, record_of
from pipeline.config import Config, flat_settings
from pipeline.corpus_folder import CARD, MANIFEST, CorpusFolder

_NOT_IN_CARD = ("limits.", "engine.")


def write_card(folder: CorpusFolder, config: Config) -> None:
    settings = tuple(
        (key, str(value)) for key, value in flat_settings(config).items() if not key.startswith(_NOT_IN_CARD)
    )
    text = render_card(card_facts("Multi-shot corpus", packed_records(folder.store), settings)).encode()
    if not folder.store.exists(CARD) or folder.store.read_bytes(CARD) != text:
        folder.store.write_atomic(CARD, text)


def packed_records(store: CorpusStore) -> Iterator[tuple[ManifestRow, ClipRecord]]:
    """Every clip of the manifest with its record as it lies in its shard, one at a time."""
    for row in read_manifest(store, MANIFEST):
        yield row, record_of(row.key, read_member(store, row.shard, row.place("json")))
