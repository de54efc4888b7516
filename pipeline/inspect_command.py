"""``shotloom inspect``: one clip as text, and as a picture of its shots, joins and events."""

from __future__ import annotations

from pathlib import Path

from formats.clip_json import clip_json
from formats.filesystem import CorpusStore
from formats.manifest import find_row
from formats.shard_reader import read_member, record_of
from pipeline.clip_figure import draw_clip_figure
from pipeline.clip_frames import FrameWish, clip_frames
from pipeline.clip_text import clip_text
from pipeline.corpus_folder import MANIFEST

_FRAMES = FrameWish(count=24, height=180)


class UnknownClipError(ValueError):
    """The corpus has no clip of this key."""


def inspect_clip(corpus: Path, key: str, out: Path | None, as_json: bool) -> tuple[str, Path]:
    """Returns the text (with ``as_json`` the record as it lies in the shard) and where the PNG was written."""
    store = CorpusStore(corpus.resolve())
    row = find_row(store, key, MANIFEST) if store.exists(MANIFEST) else None
    if row is None:
        raise UnknownClipError(f"{key}: no clip of {corpus} has this key; the report and the manifest list all keys")
    record = record_of(row.key, read_member(store, row.shard, row.place("json")))
    (pictures,) = clip_frames(store, [(row, record)], _FRAMES)
    picture = out or Path(f"{key}.png")
    picture.parent.mkdir(parents=True, exist_ok=True)
    draw_clip_figure(record, pictures).save(picture, "PNG")
    return clip_json(record).decode() if as_json else clip_text(record), picture
