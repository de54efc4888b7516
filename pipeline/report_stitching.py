"""What the report shows of stitching: how alike neighbouring shots are, with the band marked, and what became of borders."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pipeline.config import Config
from pipeline.corpus_folder import CorpusFolder
from pipeline.reasons import reason_text
from pipeline.report.model import Histogram, Limit, Tally
from pipeline.report_histogram import histogram
from pipeline.stage_table import StageTable


def similarity_histogram(folder: CorpusFolder, config: Config) -> Histogram | None:
    """Over all borders between neighbouring shots, linked or not."""
    if not folder.links.exists():
        return None
    values = folder.links.columns(["similarity"])["similarity"].drop_null().to_numpy()
    least, greatest = config.stitch.band.of(config.scan.embedder)
    limits = Limit("stitch.band.min", least), Limit("stitch.band.max", greatest)
    return histogram(f"Similarity of neighbouring shots ({config.scan.embedder})", "", values, limits)


def stitch_tallies(folder: CorpusFolder) -> tuple[Tally, ...]:
    """Borders between shots and accepted transitions, by verdict."""
    return (
        *_by_verdict(folder.links, "Borders between shots", "one scene"),
        *_by_verdict(folder.transitions, "Transitions accepted by split", "kept"),
    )


def _by_verdict(table: StageTable[Any], title: str, kept: str) -> tuple[Tally, ...]:
    if not table.exists():
        return ()
    verdicts = table.columns(["verdict"])["verdict"].to_pylist()
    counts = Counter(kept if each["outcome"] == "kept" else reason_text(each["reason"]) for each in verdicts)
    return (Tally(title, tuple(counts.most_common())),) if counts else ()
