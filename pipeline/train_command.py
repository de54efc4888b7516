"""``shotloom train``: a fine-tuned model from corpora."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from rich.console import Console

from pipeline.bucket_tables import print_bucket_tables
from pipeline.log_follower import following
from pipeline.only_one import FolderTakenError, only_one
from pipeline.progress import Reporter
from pipeline.torch_device import chosen_device
from pipeline.train_estimate import estimate_lines
from training.data.decoder import DecoderStartError
from training.data.samples import TooManyCorruptError
from training.ray_adapter import WorkersLostError, WorkerWish, train_with_ray
from training.settings import TrainingSettings
from training.trainer.log import LogRefusedError, MissingLogLibraryError
from training.trainer.loop import require_no_run
from training.trainer.objective import NonFiniteLossError
from training.trainer.optimizer import MissingLibraryError
from training.trainer.processes import joined_processes
from training.trainer.run import RunWish, Watching, open_run_data, run_process, steps_of
from training.trainer.step import StepResult

LOCK = ".shotloom-train"


class TrainError(ValueError):
    """The run cannot be begun as it was asked for."""


@dataclass(frozen=True)
class TrainWish:
    """What was asked for on the command line. ``workers``: under Ray; 0: this process, or those that ``torchrun`` started."""

    settings: TrainingSettings
    out: Path
    resume: bool
    dry_run: bool
    device: str
    workers: int
    failures: int
    address: str


def run_training(wish: TrainWish) -> int:
    """The exit code: 0, or 1 where the run had to stop. Raises ``TrainError``."""
    reporter = Reporter()
    try:
        device, settings = chosen_device(wish.device), wish.settings
        if wish.dry_run:
            _tell(settings, Console())
            return 0
        if wish.workers:
            return _with_workers(wish, settings, device, reporter)
        return _here(wish, settings, device, reporter)
    except (NonFiniteLossError, TooManyCorruptError, WorkersLostError, DecoderStartError) as error:
        reporter.say(f"stopped: {error}")
        return 1
    except torch.cuda.OutOfMemoryError as error:
        raise TrainError(
            "the GPU's memory is too small: smaller sizes, batches of 1, or tune.recompute: true"
        ) from error
    except (MissingLibraryError, MissingLogLibraryError, LogRefusedError, FileNotFoundError, ValueError) as error:
        raise TrainError(str(error)) from error


def _tell(settings: TrainingSettings, console: Console) -> None:
    """What goes where, and what the run will need."""
    data = open_run_data(settings)
    print_bucket_tables(console, "train", data.train)
    print_bucket_tables(console, "validation", data.validation)
    for line in estimate_lines(settings, data, steps_of(settings, data)):
        console.print(line, markup=False, emoji=False, highlight=False, soft_wrap=True)


def _here(wish: TrainWish, settings: TrainingSettings, device: torch.device, reporter: Reporter) -> int:
    with joined_processes(device) as (ranks, own):
        watching = Watching(skipped=lambda said: reporter.say(f"skipped: {said}"))
        if ranks.leads:
            _tell(settings, Console(stderr=True))
            watching = replace(watching, step=_Said(settings.logs.every, reporter))
        with _only_one_run(wish.out) if ranks.leads else nullcontext():
            steps = run_process(RunWish(settings, wish.out, wish.resume), ranks, own, watching)
        if ranks.leads:
            reporter.say(f"{steps} steps are done; checkpoints and log: {wish.out}")
    return 0


def _with_workers(wish: TrainWish, settings: TrainingSettings, device: torch.device, reporter: Reporter) -> int:
    if not wish.resume:
        require_no_run(wish.out)
    _tell(settings, Console(stderr=True))
    workers = WorkerWish(wish.workers, device.type == "cuda", wish.failures, wish.address)
    with _only_one_run(wish.out), following(wish.out, settings.logs.every, reporter.say):
        train_with_ray(RunWish(settings, wish.out, wish.resume), workers)
    reporter.say(f"done; checkpoints and log: {wish.out}")
    return 0


@contextmanager
def _only_one_run(out: Path) -> Iterator[None]:
    """Two runs in one folder would take each other's checkpoints for their own."""
    out.mkdir(parents=True, exist_ok=True)
    try:
        with only_one(out / LOCK):
            yield
    except FolderTakenError:
        raise TrainError(
            f"{out}: another run is training here; wait for it, end it, or choose another folder"
        ) from None


class _Said:
    """Says how a run is going, each so many steps."""

    def __init__(self, steps: int, reporter: Reporter) -> None:
        self._steps = steps
        self._reporter = reporter

    def __call__(self, step: int, steps: int, result: StepResult) -> None:
        if step % self._steps == 0 or step == steps:
            told = f"loss {result.loss:.4f}, gradient {result.gradient:.3g}, rate {result.rate:.3g}"
            self._reporter.say(f"step {step}/{steps}: {told}, {result.samples} samples")
