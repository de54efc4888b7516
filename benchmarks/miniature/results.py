"""What was measured, as a file."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

STORED = Path(__file__).parent
"""Where results.json and strips.png of the full run lie."""


class RowResult(BaseModel):
    """Of one row and seed. ``false_cuts``: per one-shot request. ``pairs``: that ``consistency`` is over. None: not
    measured, or of too few pairs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: str
    seed: int
    position_f1: float
    count_score: float
    consistency: float | None
    pairs: int
    right_scenes: float
    false_cuts: float | None


class MiniatureResults(BaseModel):
    """``processor_seconds`` of the work, of each of its parts; of a run that was cut and gone on with, each part counts once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: int
    single_requests: int
    rows: tuple[RowResult, ...]
    processor_seconds: dict[str, float]

    @classmethod
    def read(cls, path: Path) -> MiniatureResults:
        return cls.model_validate_json(path.read_bytes())

    def of(self, row: str) -> tuple[RowResult, ...]:
        return tuple(each for each in self.rows if each.row == row)


def table(results: MiniatureResults) -> str:
    """Markdown. Means over seeds, with the least and the greatest where there are several."""
    lines = [
        "| row | cut F1, ±2 frames | count score | right scene in right shot | consistency | false cuts, one shot |",
        "|---|---|---|---|---|---|",
    ]
    for row in dict.fromkeys(each.row for each in results.rows):
        seeds = results.of(row)
        cells = (
            _cell([each.position_f1 for each in seeds]),
            _cell([each.count_score for each in seeds]),
            _cell([each.right_scenes for each in seeds]),
            _cell([each.consistency for each in seeds]),
            _cell([each.false_cuts for each in seeds]),
        )
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    mean = f"{statistics.mean(known):.2f}"
    return mean if len(known) == 1 else f"{mean} [{min(known):.2f}–{max(known):.2f}]"
