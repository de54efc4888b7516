"""``shotloom report``: gathers, draws a strip per clip, writes the page."""

from __future__ import annotations

from pathlib import Path

from pipeline.build import stored_config
from pipeline.clip_frames import FrameWish, clip_frames
from pipeline.config import Config
from pipeline.corpus_card import packed_records
from pipeline.corpus_folder import MANIFEST, CorpusFolder
from pipeline.film_strip import strip_jpeg
from pipeline.progress import Reporter
from pipeline.report.build import write_report
from pipeline.report_data import MAX_CLIPS, gather

_STRIP = FrameWish(count=12, height=96)


def report_corpus(corpus: Path) -> Path:
    """The path of the page."""
    folder = CorpusFolder(str(corpus.resolve()))
    clips = list(packed_records(folder.store))[:MAX_CLIPS] if folder.store.exists(MANIFEST) else []
    reporter = Reporter()
    strips: dict[str, bytes] = {}
    with reporter.stage("report", "strips", len(clips), 0) as advance:
        for (row, record), pictures in zip(clips, clip_frames(folder.store, clips, _STRIP), strict=True):
            if pictures:
                strips[row.key] = strip_jpeg(record, pictures)
            advance(failed=not pictures)
    data = gather(folder, stored_config(folder) or Config(), strips)
    return write_report(data, Path(folder.path("report")))
