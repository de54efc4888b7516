"""What is looked at now and then: the loss on unseen sources with and without what was learnt, how far each layer moved, and
videos of given timelines.
"""

from __future__ import annotations

from collections.abc import Callable

from training.model.wan import WanTransformer
from training.trainer.checkpoint import Learning
from training.trainer.held_out import HeldOut, HeldOutLoss
from training.trainer.log import RunLog

MakeVideos = Callable[[WanTransformer, int], None]
"""Makes this process's share of the videos with the model; told the number of steps done."""


def no_videos(model: WanTransformer, step: int) -> None:
    """Where none are wanted."""


class Validation:
    """``log`` is None in processes that write none. The untuned model is asked once: it never changes."""

    def __init__(self, learning: Learning, held_out: HeldOut, make_videos: MakeVideos, log: RunLog | None) -> None:
        self._learning = learning
        self._held_out = held_out
        self._make_videos = make_videos
        self._log = log
        self._untuned: HeldOutLoss | None = None

    def run(self, step: int) -> None:
        """After ``step`` steps, in all processes."""
        tuned = self._learning.tuned
        values = self._losses()
        if values and self._log is not None:
            self._log.write("validation", step, values)
        if self._log is not None:
            self._log.write("effect", step, {each.layer: each.ratio for each in tuned.effects()})
        with self._held_out.computing():
            self._make_videos(tuned.model, step)

    def _losses(self) -> dict[str, float]:
        tuned, average = self._learning.tuned, self._learning.average
        found = {"": self._held_out.loss(tuned.model)}
        if average is not None:
            with tuned.holding(average.values):
                found["average_"] = self._held_out.loss(tuned.model)
        if tuned.adapters:
            if self._untuned is None:
                with tuned.untuned():
                    self._untuned = self._held_out.loss(tuned.model)
            found["untuned_"] = self._untuned
        return {
            name: value
            for prefix, loss in found.items()
            if loss is not None
            for name, value in loss.values(prefix).items()
        }
