"""What models were asked for the captions of a corpus, and what was done about the faults of their answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from captioning.references.stored import TWO_NAMES
from pipeline.corpus_folder import AnnotationRow, CorpusFolder

OUTCOMES = ("repaired", "retried", "left_out", "rejected")


@dataclass(frozen=True)
class CaptionBooks:
    """Sums over the clips that a model was asked about. ``faults``: by kind and outcome, ``{"refused": {"retried": 3}}``;
    every fault found has one outcome. ``measured``: questions where measured words stood in.
    """

    clips: int
    asks: int
    retries: int
    pictures: int
    prompt_tokens: int
    answer_tokens: int
    measured: int
    faults: dict[str, dict[str, int]]

    @property
    def line(self) -> str:
        """``captions: 12 clips: 96 questions (3 again), 120,000 tokens in, 9,000 out; faults: refused 3 (retried 3)``"""
        per_clip = (self.prompt_tokens + self.answer_tokens) / self.clips
        line = (
            f"captions: {self.clips} clips: {self.asks:,} questions ({self.retries:,} again), {self.prompt_tokens:,} tokens in, "
            f"{self.answer_tokens:,} out, {per_clip:,.0f} per clip"
        )
        if self.measured:
            line += f"; {self.measured:,} answers replaced by measured words"
        told = ", ".join(_fault_text(fault, outcomes) for fault, outcomes in self.faults.items())
        return f"{line}; faults: {told}" if told else line


def caption_books(folder: CorpusFolder) -> CaptionBooks | None:
    """``None`` where no model was asked."""
    rows = [row for row in folder.annotations.rows() if row.asks]
    if not rows:
        return None
    return CaptionBooks(
        clips=len(rows),
        asks=sum(row.asks for row in rows),
        retries=sum(row.retries for row in rows),
        pictures=sum(row.pictures for row in rows),
        prompt_tokens=sum(row.prompt_tokens for row in rows),
        answer_tokens=sum(row.answer_tokens for row in rows),
        measured=sum(row.measured for row in rows),
        faults=_faults(rows, sum(row.two_names for row in folder.references.rows())),
    )


def _faults(rows: list[AnnotationRow], two_names: int) -> dict[str, dict[str, int]]:
    """The most frequent first. ``two_names`` were found after all questions."""
    counted = Counter({(TWO_NAMES, "repaired"): two_names}) if two_names else Counter()
    for row in rows:
        for name, number in row.faults.items():
            outcome, _, fault = name.partition(":")
            counted[fault, outcome] += int(number)
    totals: Counter[str] = Counter()
    for (fault, _), number in counted.items():
        totals[fault] += number
    return {
        fault: {outcome: counted[fault, outcome] for outcome in OUTCOMES if counted[fault, outcome]}
        for fault, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    }


def _fault_text(fault: str, outcomes: dict[str, int]) -> str:
    told = ", ".join(f"{outcome.replace('_', ' ')} {number:,}" for outcome, number in outcomes.items())
    return f"{fault} {sum(outcomes.values()):,} ({told})"
