"""How many subjects of a corpus have a reference image, and why the others have none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pipeline.corpus_folder import CorpusFolder


@dataclass(frozen=True)
class ReferenceBooks:
    """Sums over the clips that were looked through. ``pictures``: how often a picture was searched for a subject. ``missing``: by
    the reasons of ``captioning/references/choice.py``, the most frequent first."""

    clips: int
    subjects: int
    found: int
    masks: int
    pictures: int
    missing: dict[str, int]

    @property
    def line(self) -> str:
        """``reference images: 12 clips: 30 of 34 subjects have one, 30 masks; none: no_box 3, too_small 1``"""
        masks = f", {self.masks:,} masks" if self.masks else ""
        line = f"reference images: {self.clips} clips: {self.found:,} of {self.subjects:,} subjects have one{masks}"
        told = ", ".join(f"{reason} {number:,}" for reason, number in self.missing.items())
        return f"{line}; none: {told}" if told else line


def reference_books(folder: CorpusFolder) -> ReferenceBooks | None:
    """``None`` where none are wanted."""
    if not folder.references.exists():
        return None
    rows = [row for row in folder.references.rows() if row.verdict.outcome == "kept"]
    missing: Counter[str] = Counter()
    for row in rows:
        missing.update({reason: int(number) for reason, number in row.missing.items()})
    return ReferenceBooks(
        clips=len(rows),
        subjects=sum(row.subjects for row in rows),
        found=sum(row.found for row in rows),
        masks=sum(row.masks for row in rows),
        pictures=sum(row.pictures for row in rows),
        missing=dict(missing.most_common()),
    )
