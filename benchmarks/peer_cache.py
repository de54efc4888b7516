"""Answers of other detectors, kept by the film's bytes and the detector's version: a second run is instant."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.found_gaps import Answer, answer_of, line_of
from benchmarks.peer_detectors import Peer, frame_times
from operators.aside import written_aside


def peer_answers(peer: Peer, films: Sequence[Path], cache: Path) -> list[Answer]:
    """One answer per film, from ``cache`` where it is there. A film that the detector fails on has the reason as its
    ``error``, is not kept, and is tried again the next time."""
    return [_answer(peer, film, cache) for film in films]


def _answer(peer: Peer, film: Path, cache: Path) -> Answer:
    with film.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    kept = cache / f"{digest}-{peer.name}-{peer.version}.json"
    if kept.exists():
        return replace(answer_of(kept.read_text(encoding="utf-8")), path=film)
    try:
        times = frame_times(film)
        answer = Answer(film, len(times), tuple(peer.detect(film, times)))
    except Exception as error:  # noqa: BLE001  whatever another detector raises is its answer on this film
        return Answer(film, 0, (), f"{type(error).__name__}: {error}")
    cache.mkdir(parents=True, exist_ok=True)
    with written_aside(kept) as aside:
        aside.write_text(line_of(replace(answer, path=Path(film.name))), encoding="utf-8")
    return answer
