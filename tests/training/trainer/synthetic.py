"""A feed of made-up samples, and runs of a tiny model on it. As a program: several runs, which may kill themselves."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

import torch
import torch.distributed
from torch.distributed import FileStore

from training.batch import TrainingBatch
from training.data.buckets import Bucket, BucketSettings
from training.data.epoch_plan import CorpusSamples, Cursor, EpochPlan, OrderSettings, plan_epoch, steps_from
from training.data.plan_identity import PlanIdentity
from training.data.randomness import Draw
from training.data.windows import WindowSettings
from training.model.plan import BatchPlan
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart
from training.model.wan import WanConfig, WanTransformer
from training.ranks import Ranks
from training.trainer.feed import FeedStep
from training.trainer.loop import RunPlace, train
from training.trainer.settings import TrainerSettings

CONFIG = WanConfig(heads=2, head_width=24, channels=4, text_width=16, time_width=32, ffn_width=32, layers=2)
CLIPS = CorpusSamples("made", Fraction(1), tuple((f"clip{number}", number % 2) for number in range(10)))
BUCKETS = BucketSettings(
    buckets=(Bucket(frames=5, height=32, width=32, batch=2), Bucket(frames=9, height=32, width=32, batch=1))
)


class MadeFeed:
    """Ten clips in two sizes. ``left_out``: names of clips that cannot be read. ``scale`` of the latents, by name of the clip."""

    def __init__(
        self,
        ranks: Ranks | None = None,
        left_out: tuple[str, ...] = (),
        scale: dict[str, float] | None = None,
        group: int = 3,
    ) -> None:
        self._ranks = ranks or Ranks()
        self._left_out = left_out
        self._scale = scale or {}
        self._order = OrderSettings(5, tuple(bucket.batch for bucket in BUCKETS.buckets), group)

    @property
    def identity(self) -> PlanIdentity:
        return PlanIdentity.of([(CLIPS, "0" * 16)], self._order, WindowSettings(), BUCKETS)

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        for place, step in steps_from(self._plan, cursor, 1000):
            mine = [each for each in step.of_rank(self._ranks.rank, self._ranks.count) if each.weight > 0]
            made = [self._batch([(v.name, v.key) for v in each.batch.visits], each.batch.bucket) for each in mine]
            yield FeedStep(place, tuple(batch for batch in made if batch is not None))

    def held_out(self, samples: int) -> Iterator[TrainingBatch]:
        for number in range(samples):
            batch = self._batch([(f"made/unseen{number}/0", f"unseen{number}")], number % 2)
            assert batch is not None
            yield batch

    def _plan(self, epoch: int) -> EpochPlan:
        return plan_epoch([CLIPS], self._order, epoch)

    def _batch(self, visits: list[tuple[str, str]], bucket: int) -> TrainingBatch | None:
        visits = [(name, key) for name, key in visits if key not in self._left_out]
        if not visits:
            return None
        frames = (2, 3)[bucket]
        starts = ((0,), (0, 1))[bucket]
        samples = [
            SamplePlan(starts, (TextPart(4), *(TextPart(2, shots=(shot,)) for shot in range(len(starts)))))
            for _ in visits
        ]
        settings = PlanSettings(masked_layers=(0, 1), time="off")
        return TrainingBatch(
            names=tuple(name for name, _ in visits),
            shots=tuple(len(starts) for _ in visits),
            latents_BCTHW=torch.stack([self._drawn(key, (4, frames, 4, 4)) for _, key in visits]),
            text=tuple(
                self._drawn(key + "text", (sample.tokens, 16)) for (_, key), sample in zip(visits, samples, strict=True)
            ),
            plan=BatchPlan.build(samples, CONFIG.grid(frames, 4, 4), CONFIG.head_width, settings),
        )

    def _drawn(self, key: str, shape: tuple[int, ...]) -> torch.Tensor:
        drawn = torch.from_numpy(Draw(0, 0, key, "posterior").stream().normal(shape))
        return drawn * self._scale.get(key, 1.0)


def made_model(seed: int = 0) -> WanTransformer:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return WanTransformer(CONFIG)


def made_settings(**sections: dict[str, object]) -> TrainerSettings:
    """Few steps, fast learning; ``sections`` on top."""
    values: dict[str, dict[str, object]] = {
        "model": {"dtype": "float32"},
        "tune": {"rank": 4},
        "optimizer": {"rate": 1e-2, "warmup": 2, "ema": 0.9},
        "run": {"steps": 10, "epochs": 1000, "group": 3},
        "checkpoints": {"every": 5},
        "validation": {"every": 4, "samples": 3},
        "logs": {"tensorboard": False},
    }
    for section, changed in sections.items():
        values[section] = {**values.get(section, {}), **changed}
    return TrainerSettings.model_validate(values)


def run_in_children(folder: str, how: str, resume: str, die_after: str, count: str) -> int:
    """``count`` processes that train together; the first dies by SIGKILL once ``die_after`` steps are done. Its status."""
    children = [
        os.fork() or _child(folder, how, resume, int(die_after), Ranks(n, int(count))) for n in range(int(count))
    ]
    return max(os.waitpid(child, 0)[1] for child in children)


def _child(folder: str, how: str, resume: str, die_after: int, ranks: Ranks) -> NoReturn:
    if ranks.count > 1:
        meeting = FileStore(f"{folder}.meeting", ranks.count)
        torch.distributed.init_process_group("gloo", store=meeting, rank=ranks.rank, world_size=ranks.count)

    def seen(step: int, result: object) -> None:
        if step == die_after:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = made_settings(tune={"how": how, "rank": 4})
    train(settings, made_model(), MadeFeed(ranks), RunPlace(Path(folder), ranks, resume == "resume", seen))
    os._exit(0)


if __name__ == "__main__":
    # Importing takes longer than the runs: it is done once for all of them.
    torch.set_num_threads(1)
    for wish in sys.argv[1:]:
        print(run_in_children(*wish.split(",")))
