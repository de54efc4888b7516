"""What the report shows of stitching: how alike neighbouring shots are, with the band marked, and what became of borders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pipeline.config import Config
from pipeline.corpus_folder import CorpusFolder
from pipeline.reasons import reason_text
from pipeline.report.model import Histogram, Limit, Tally
from pipeline.report_histogram import histogram


def similarity_histogram(folder: CorpusFolder, config: Config) -> Histogram | None:
    """Over all borders between neighbouring shots, linked or not."""
    if not folder.links.exists():
        return None
    values = folder.links.columns(["similarity"])["similarity"].drop_null().to_numpy()
    least, greatest = config.stitch.band.of(config.scan.embedder)
    limits = Limit("stitch.band.min", least), Limit("stitch.band.max", greatest)
    return histogram(f"Similarity of neighbouring shots ({config.scan.embedder})", "", values, limits)


def stitch_tallies(folder: CorpusFolder, config: Config) -> tuple[Tally, ...]:
    """Borders between shots and accepted transitions, by verdict."""
    least, _ = config.stitch.band.of(config.scan.embedder)
    return (*_borders(folder, least), *_transitions(folder))


def _borders(folder: CorpusFolder, least: float) -> tuple[Tally, ...]:
    if not folder.links.exists():
        return ()
    columns = folder.links.columns(["similarity", "verdict"])
    rows = zip(columns["similarity"].to_pylist(), columns["verdict"].to_pylist(), strict=True)
    return _tally("Borders between shots", (_border_text(alike, verdict, least) for alike, verdict in rows))


def _border_text(similarity: float | None, verdict: dict[str, Any], least: float) -> str:
    if verdict["outcome"] != "kept":
        return reason_text(verdict["reason"])
    returns = similarity is not None and similarity < least
    return "one scene: a shot returns" if returns else "one scene"


def _transitions(folder: CorpusFolder) -> tuple[Tally, ...]:
    if not folder.transitions.exists():
        return ()
    verdicts = folder.transitions.columns(["verdict"])["verdict"].to_pylist()
    texts = ("kept" if each["outcome"] == "kept" else reason_text(each["reason"]) for each in verdicts)
    return _tally("Transitions accepted by split", texts)


def _tally(title: str, texts: Iterable[str]) -> tuple[Tally, ...]:
    counts = Counter(texts)
    return (Tally(title, tuple(counts.most_common())),) if counts else ()
