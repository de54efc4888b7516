"""``shotloom export cinebench``: a corpus, or a folder of timelines, as CineBenchSyn's files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from formats.cinebench import CineBenchClip, cinebench_json
from formats.cinebench_export import export_cinebench
from formats.cinebench_images import cinebench_images, cinebench_mask_name, with_cinebench_names
from formats.cinebench_timeline import export_timeline
from formats.filesystem import CorpusStore
from formats.manifest import open_references, read_manifest
from formats.shard_reader import read_member, record_of
from formats.timeline import MAX_TIMELINE_BYTES, TIMELINE_SUFFIX, Timeline, TimelineError, read_timeline
from pipeline.cli_words import is_corpus
from pipeline.corpus_folder import MANIFEST
from pipeline.import_command import MAX_IMAGE_BYTES, REFERENCES
from pipeline.progress import Reporter, visible

_ANNOTATIONS = "annotations"
_IMAGES = "reference_images"
_SUFFIX = "_ultra_dense.json"
_INDEX = "index.json"


class ExportError(ValueError):
    """The command was used in a way that cannot work."""


@dataclass(frozen=True)
class ExportOptions:
    """``transition`` in braces; ``split`` None: all clips."""

    out: Path
    transition: str
    split: str | None


@dataclass(frozen=True)
class IndexRow:
    """``video``: the name under which their evaluation looks for the video that goes with ``annotation``. ``images``: the files
    of its reference images, masks among them."""

    id: str
    key: str
    split: str
    annotation: str
    video: str
    images: tuple[str, ...]


@dataclass(frozen=True)
class Exported:
    out: Path
    rows: tuple[IndexRow, ...]
    images: int

    def json(self) -> str:
        return json.dumps({"annotations": len(self.rows), "images": self.images, "out": str(self.out)})

    def text(self) -> str:
        return visible(f"{len(self.rows)} annotations and {self.images} reference images in {self.out}")


@dataclass(frozen=True)
class _Annotation:
    id: str
    key: str
    split: str
    clip: CineBenchClip
    images: Mapping[str, bytes]


@dataclass(frozen=True)
class _Earlier:
    """What an earlier export into the same folder wrote."""

    annotations: set[str]
    images: set[str]


def export_annotations(source: Path, options: ExportOptions) -> Exported:
    """Raises ``ExportError``; ``ClipError``, ``ShardError`` and ``ReferencesError`` for a damaged corpus."""
    _refuse_own_folder(source, options.out)
    if is_corpus(source):
        total, found = _of_corpus(source, options)
    else:
        total, found = _of_timelines(source, options)
    store = CorpusStore(options.out.resolve())
    before = _earlier(store, options.out)
    told: list[IndexRow] = []
    with Reporter().stage("export", "clips", total, 0) as advance:
        for each in found:
            name = f"{_ANNOTATIONS}/{each.id}{_SUFFIX}"
            store.write_atomic(name, cinebench_json(each.clip))
            for image, data in each.images.items():
                store.write_atomic(f"{_IMAGES}/{image}", data)
            images = tuple(f"{_IMAGES}/{image}" for image in each.images)
            told.append(IndexRow(each.id, each.key, each.split, name, "", images))
            advance()
    written = {image for row in told for image in row.images}
    for name in sorted((before.annotations - {row.annotation for row in told}) | (before.images - written)):
        store.remove(name)
    rows = _numbered(told)
    index = [asdict(row) for row in rows]
    store.write_atomic(_INDEX, json.dumps(index, ensure_ascii=False, indent=1).encode() + b"\n")
    return Exported(options.out, rows, len(written))


def _numbered(rows: Sequence[IndexRow]) -> tuple[IndexRow, ...]:
    """Videos are numbered in the order in which their evaluation sorts the annotations."""
    ordered = sorted(rows, key=lambda row: row.annotation)
    return tuple(replace(row, video=f"{number:05d}.mp4") for number, row in enumerate(ordered, start=1))


def _refuse_own_folder(source: Path, out: Path) -> None:
    """A corpus has a folder ``annotations`` of its own."""
    inside, target = source.resolve(), out.resolve()
    if target == inside or inside in target.parents or is_corpus(target):
        raise ExportError(f"{out}: is in a corpus; name a folder of its own")


def _earlier(store: CorpusStore, out: Path) -> _Earlier:
    """Annotations of no export would shift the pairing by position, so they are refused."""
    try:
        rows = json.loads(store.read_bytes(_INDEX)) if store.exists(_INDEX) else []
        listed = {str(row["annotation"]) for row in rows}
        images = {str(image) for row in rows for image in row.get("images", ())}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ExportError(f"{out / _INDEX}: is not of an export ({error}); name a folder of its own") from error
    found = {name for name in store.list(_ANNOTATIONS) if name.endswith(_SUFFIX)}
    if found - listed:
        raise ExportError(f"{out}: holds annotations that are of no export, such as {min(found - listed)}")
    return _Earlier(found, images & set(store.list(_IMAGES)))


def _of_corpus(source: Path, options: ExportOptions) -> tuple[int, Iterator[_Annotation]]:
    store = CorpusStore(source.resolve())
    if not store.exists(MANIFEST):
        raise ExportError(f"{source}: nothing is packed yet; `shotloom build` does it")
    rows = [row for row in read_manifest(store, MANIFEST) if options.split in (None, row.split)]

    def annotations() -> Iterator[_Annotation]:
        width = max(5, len(str(len(rows))))
        for number, row in enumerate(rows):
            name = f"{number:0{width}d}"
            record = record_of(row.key, read_member(store, row.shard, row.place("json")))
            images = cinebench_images(record, open_references(store, row, record), name)
            clip = export_cinebench(with_cinebench_names(record, name), transition_name=options.transition)
            yield _Annotation(name, row.key, row.split, clip, images)

    return len(rows), annotations()


def _of_timelines(source: Path, options: ExportOptions) -> tuple[int, Iterator[_Annotation]]:
    files = sorted(source.glob(f"*{TIMELINE_SUFFIX}")) if source.is_dir() else []
    if not files:
        raise ExportError(f"{source}: neither a corpus nor a folder of *{TIMELINE_SUFFIX}")
    if options.split is not None:
        raise ExportError(f"{source}: timelines have no splits; leave out --split")

    def annotations() -> Iterator[_Annotation]:
        for file in files:
            try:
                with file.open("rb") as stream:
                    timeline = read_timeline(stream.read(MAX_TIMELINE_BYTES + 1))
            except TimelineError as error:
                raise ExportError(f"{file}: {error}") from error
            images = _images_of(timeline, file.parent / REFERENCES)
            name = file.name.removesuffix(TIMELINE_SUFFIX)
            yield _Annotation(name, name, "", export_timeline(timeline, transition_name=options.transition), images)

    return len(files), annotations()


def _images_of(timeline: Timeline, folder: Path) -> dict[str, bytes]:
    """Images and masks that are there; a name is a bare one, as ``read_timeline`` checks."""
    images = [entity.reference for entity in timeline.entities if entity.reference]
    names = [name for image in images for name in (image, cinebench_mask_name(image))]
    paths = {name: folder / name for name in names}
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if path.is_file() and path.stat().st_size <= MAX_IMAGE_BYTES
    }
