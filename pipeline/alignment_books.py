"""How well the words of a corpus fit its pictures, by the score that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.corpus_folder import CorpusFolder


@dataclass(frozen=True)
class AlignmentBooks:
    """Over the clips whose words were scored. ``shots``: that have a score; ``lowest`` and ``mean`` of these."""

    clips: int
    shots: int
    lowest: float
    mean: float

    @property
    def line(self) -> str:
        """``alignment: 12 clips: 36 shots scored, lowest 0.121, mean 0.304``"""
        return f"alignment: {self.clips} clips: {self.shots:,} shots scored, lowest {self.lowest:.3f}, mean {self.mean:.3f}"


def alignment_books(folder: CorpusFolder) -> AlignmentBooks | None:
    """``None`` where no words were to be scored."""
    if not folder.alignment.exists():
        return None
    rows = [row for row in folder.alignment.rows() if row.verdict.outcome == "kept"]
    shots = sum(row.shots for row in rows)
    lowest = min((row.lowest for row in rows if row.shots), default=0.0)
    mean = sum(row.mean * row.shots for row in rows) / shots if shots else 0.0
    return AlignmentBooks(clips=len(rows), shots=shots, lowest=lowest, mean=round(mean, 4))
