"""Writes docs/scores.md from the registry: ``python -m operators.scores.page``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from operators.scores.learned.classifier_choice import classifier_score
from operators.scores.registry import LEARNED, SCORES
from operators.scores.score import Score

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scores.md"
_HEAD = """# Scores

What scan measures of every fragment, and what it becomes for a clip. `filter.scores` sets limits on any of them, `filter.top` keeps
the best share by one. This page is written from the code by `python -m operators.scores.page`.

One frame a second is looked at closely, and with the frame 0.08 s later for motion and words; spans and differences come from every
frame. A fragment too short to be looked at has only the latter; a clip is scored by those of its fragments that were.
"of a clip" says what a clip's value is of its fragments': the mean over its frames, the greatest, or the least. A score that was
not measured is absent, and a limit on it drops the clip as `score_missing`.

A **heuristic** is a rule of thumb that can be wrong about what its name says.

| score | unit | range | of a clip | meaning | source |
|---|---|---|---|---|---|
"""
_LEARNED = """
Off by default, since they need weights: `scan.aesthetics.predictor: laion` or `siglip`, and `scan.classifiers`, a list of
`transformers` image classifiers by hub id or folder, each with the labels that count. They look at a fragment's first, middle and
last picture. Weights are pickles that only numbers are read from (`weights_only`), or safetensors.

| score | unit | range | of a clip | meaning | source |
|---|---|---|---|---|---|
"""


def scores_page() -> str:
    classifier = replace(classifier_score("classifier.name.label"), name="classifier.NAME.LABEL")
    return _HEAD + "".join(map(_row, SCORES)) + _LEARNED + "".join(map(_row, (*LEARNED, classifier)))


def _row(score: Score) -> str:
    meaning = f"**heuristic:** {score.meaning}" if score.heuristic else score.meaning
    cells = (f"`{score.name}`", score.unit or "none", _range(score), score.rule, meaning, score.source)
    return f"| {' | '.join(cells)} |\n"


def _range(score: Score) -> str:
    if score.low is None and score.high is None:
        return "open"
    ends = ["any" if end is None else f"{end:g}" for end in (score.low, score.high)]
    return f"{ends[0]} or more" if score.high is None and score.low is not None else " to ".join(ends)


if __name__ == "__main__":
    PAGE.write_text(scores_page(), encoding="utf-8")
