"""What a detector said about films: one JSON object per film and line.

    {"path": "film.mp4", "error": "", "frames": 900, "transitions": [{"kind": "cut", "frames": [120, 120]}]}

``error`` is empty or null where the detector read the film. ``shotloom shots --json`` writes this, with more keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shot_scoring import Gap


@dataclass(frozen=True)
class Answer:
    """One film's transitions, in order, as ranges of its own frames; ``error`` says why there are none."""

    path: Path
    frames: int
    found: tuple[Gap, ...]
    error: str = ""


def read_answers(lines: Path) -> list[Answer]:
    """Raises ``ValueError`` that names the file and line if one is not an answer."""
    answers = []
    for number, line in enumerate(lines.read_text(encoding="utf-8").splitlines(), 1):
        try:
            answers.append(answer_of(line))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{lines}, line {number} is not an answer about a film: {error!r}") from error
    return answers


def answer_of(line: str) -> Answer:
    told = json.loads(line)
    found = tuple(Gap(each["kind"], *each["frames"]) for each in told["transitions"])
    return Answer(Path(told["path"]), told["frames"], found, told["error"] or "")


def line_of(answer: Answer) -> str:
    transitions = [{"kind": gap.kind, "frames": [gap.start, gap.end]} for gap in answer.found]
    told = {"path": str(answer.path), "error": answer.error, "frames": answer.frames, "transitions": transitions}
    return json.dumps(told)
