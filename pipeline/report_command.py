"""``shotloom report``: gathers, draws a strip per clip, writes the page."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from formats.clip_record import ClipRecord
from formats.manifest import ManifestRow, open_references
from pipeline.build import stored_config
from pipeline.clip_frames import FrameWish, clip_frames
from pipeline.config import Config
from pipeline.corpus_card import packed_records
from pipeline.corpus_folder import MANIFEST, CorpusFolder
from pipeline.film_strip import jpeg, strip_jpeg
from pipeline.progress import Reporter
from pipeline.report.build import write_report
from pipeline.report_data import MAX_CLIPS, ClipImages, gather

_STRIP = FrameWish(count=12, height=180)


def report_corpus(corpus: Path) -> Path:
    """The path of the page."""
    folder = CorpusFolder(str(corpus.resolve()))
    packed = list(packed_records(folder.store)) if folder.store.exists(MANIFEST) else []
    shown = packed[:MAX_CLIPS]
    images: dict[str, ClipImages] = {}
    with Reporter().stage("report", "strips", len(shown), 0) as advance:
        for (row, record), pictures in zip(shown, clip_frames(folder.store, shown, _STRIP), strict=True):
            if pictures:
                poster = jpeg(Image.fromarray(pictures[min(pictures)]))
                images[row.key] = ClipImages(strip_jpeg(record, pictures), poster, _references(folder, row, record))
            advance(failed=not pictures)
    data = gather(folder, stored_config(folder) or Config(), packed, images)
    return write_report(data, Path(folder.path("report")))


def _references(folder: CorpusFolder, row: ManifestRow, record: ClipRecord) -> tuple[bytes, ...]:
    images = open_references(folder.store, row, record)
    return tuple(images[each.entity].image for each in record.references)
