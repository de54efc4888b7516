"""What feeds training: for each global step, the batches of this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from training.batch import TrainingBatch
from training.data.epoch_plan import Cursor
from training.data.plan_identity import PlanIdentity


@dataclass(frozen=True)
class FeedStep:
    """``cursor``: the step's own place. ``batches``: of this process; none where others have all of the step's samples, or where
    all of its own had to be skipped."""

    cursor: Cursor
    batches: tuple[TrainingBatch, ...]

    @property
    def next(self) -> Cursor:
        return Cursor(self.cursor.epoch, self.cursor.step + 1)


class Feed(Protocol):
    @property
    def identity(self) -> PlanIdentity:
        """Of the order in which samples come."""
        ...

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        """The steps from ``cursor`` on, epoch after epoch, without end."""
        ...

    def held_out(self, samples: int) -> Iterator[TrainingBatch]:
        """The first ``samples`` of unseen sources, each alone, the same ones in the same form every time."""
        ...
