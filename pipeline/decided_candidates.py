"""Candidates together with what was decided about them, read for those rows only that are asked for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from formats.clip_plan import ClipPlan
from formats.film_scan import Record
from formats.ledger import Verdict
from pipeline.corpus_folder import CorpusFolder


class FilmCandidateRow(Record):
    """One candidate of the tables ``candidates`` and ``decisions``; ``uri`` is its film's."""

    key: str
    sha256: str
    uri: str
    plan: ClipPlan
    similarities: tuple[float, ...]
    scores: dict[str, float]
    split: str
    verdict: Verdict


def is_decided(folder: CorpusFolder) -> bool:
    """Whether the decisions are about the candidates that are there."""
    return folder.decisions.exists() and folder.decisions.intake() == folder.candidates.fingerprint()


def candidates_with_outcome(folder: CorpusFolder, outcome: str, limit: int | None = None) -> list[FilmCandidateRow]:
    """In the tables' order, at most ``limit``. ``outcome``: ``kept`` or ``dropped``."""
    return _candidates(folder, "verdict.outcome", outcome, limit)


def candidates_of_film(folder: CorpusFolder, sha256: str) -> list[FilmCandidateRow]:
    return _candidates(folder, "sha256", sha256, None)


def candidates_of_key(folder: CorpusFolder, key: str) -> list[FilmCandidateRow]:
    """One or none."""
    return _candidates(folder, "key", key, None)


def count_of(folder: CorpusFolder, outcome: str) -> int:
    """How many candidates have this outcome."""
    return len(_places(folder, "verdict.outcome", outcome)) if is_decided(folder) else 0


def _candidates(folder: CorpusFolder, column: str, value: str, limit: int | None) -> list[FilmCandidateRow]:
    if not is_decided(folder):
        return []
    places = _places(folder, column, value)[:limit]
    uris = {row.sha256: row.uri for row in folder.sources.rows() if row.verdict.outcome == "kept"}
    stored = folder.candidates.rows_of(folder.candidates.take(places))
    decided = folder.decisions.rows_of(folder.decisions.take(places))
    return [
        FilmCandidateRow(
            key=one.key,
            sha256=one.sha256,
            uri=uris.get(one.sha256, one.sha256),
            plan=one.plan,
            similarities=one.similarities,
            scores=one.scores,
            split=other.split,
            verdict=other.verdict,
        )
        for one, other in zip(stored, decided, strict=True)
    ]


def _places(folder: CorpusFolder, column: str, value: str) -> npt.NDArray[np.int64]:
    (texts,) = folder.decisions.columns([column]).columns
    return np.flatnonzero(np.asarray(pc.equal(texts, value)))
