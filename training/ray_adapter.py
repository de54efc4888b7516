"""Training under Ray: the only file of this package that knows it.

Ray starts the workers and lets them meet; if one is lost it starts all of them anew, and they go on from the run's last checkpoint.
It would do so for any error. What no new start mends a worker therefore writes down, and those that come after it end at once.
The run's folder must be one that all workers see: the checkpoints that count lie there, and Ray keeps none of its own.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from training.data.plan_identity import PlanMismatchError
from training.data.samples import TooManyCorruptError
from training.model.release import CheckpointError
from training.ranks import Ranks
from training.settings import TrainingSettings
from training.trainer.base_model import OtherBaseError
from training.trainer.checkpoint import DamagedCheckpointError
from training.trainer.log import LogRefusedError, MissingLogLibraryError
from training.trainer.objective import NonFiniteLossError
from training.trainer.optimizer import MissingLibraryError
from training.trainer.processes import PATIENCE
from training.trainer.run import RunWish, Watching, run_process
from training.trainer.same_run import OtherRunError
from training.trainer.step import StepResult

RAY_FOLDER = "ray"

_LASTING: tuple[type[Exception], ...] = (
    NonFiniteLossError,
    TooManyCorruptError,
    OtherRunError,
    OtherBaseError,
    PlanMismatchError,
    DamagedCheckpointError,
    CheckpointError,
    MissingLibraryError,
    MissingLogLibraryError,
    LogRefusedError,
    ValueError,
)
"""What comes again however often workers are started: the run's own faults, not a machine's. The first that fits is taken."""


class WorkersLostError(RuntimeError):
    """The workers stopped more often than is allowed; the text is the last reason."""


@dataclass(frozen=True)
class WorkerWish:
    """``failures``: how often workers may be lost. ``address``: of a Ray to join; empty: one is started here."""

    count: int
    gpus: bool
    failures: int
    address: str = ""


def train_with_ray(wish: RunWish, workers: WorkerWish) -> None:
    """Raises ``WorkersLostError``, and what a worker's ``run_process`` raised where no new start mends it (with its text, not its
    fields). Whether the run's folder may be gone on with is for the caller to ask before: workers do."""
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "1")
    import ray
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    folder, name = wish.folder.resolve(), uuid4().hex
    verdict = _Verdict(folder / RAY_FOLDER / f"{name}.stopped.json")
    local: dict[str, Any] = {} if workers.address else {"num_cpus": workers.count, "include_dashboard": False}
    ray.init(address=workers.address or "local", logging_level=logging.ERROR, log_to_driver=False, **local)
    trainer = TorchTrainer(
        _worker,
        train_loop_config={
            "settings": wish.settings.model_dump(mode="json"),
            "folder": str(folder),
            "here": str(Path.cwd()),
            "verdict": str(verdict.file),
        },
        scaling_config=ScalingConfig(num_workers=workers.count, use_gpu=workers.gpus),
        run_config=RunConfig(
            name=name,
            storage_path=str(folder / RAY_FOLDER),
            failure_config=FailureConfig(max_failures=workers.failures),
        ),
        torch_config=TorchConfig(timeout_s=int(PATIENCE.total_seconds())),
    )
    try:
        trainer.fit()
    except Exception as error:
        verdict.speak(error)
        raise WorkersLostError(str(error)) from error
    finally:
        ray.shutdown()
    verdict.speak(None)


def _worker(given: dict[str, Any]) -> None:
    from ray import train
    from ray.train.torch import get_device

    def report(step: int, steps: int, result: StepResult) -> None:
        train.report({"step": step, "steps": steps, "loss": result.loss, "gradient": result.gradient})

    if Path(
        given["here"]
    ).is_dir():  # Ray gives workers a folder of their own; settings name paths from where the user was
        os.chdir(given["here"])
    verdict = _Verdict(Path(given["verdict"]))
    if verdict.file.exists():
        return
    wish = RunWish(TrainingSettings.model_validate(given["settings"]), Path(given["folder"]), resume=True)
    try:
        run_process(wish, Ranks.found(), get_device(), Watching(step=report))
    except _LASTING as error:
        verdict.write(error)
        raise  # so that Ray ends the other workers, who may be waiting for this one


@dataclass(frozen=True)
class _Verdict:
    """Why a run had to stop, from a worker to whoever started it: in a file, since Ray hands on no more than the last error."""

    file: Path

    def write(self, error: Exception) -> None:
        kind = next(each for each in _LASTING if isinstance(error, each))
        aside = self.file.with_suffix(f".{uuid4().hex}")
        aside.write_text(json.dumps({"kind": kind.__name__, "text": str(error)}), "utf-8")
        aside.replace(self.file)

    def speak(self, cause: Exception | None) -> None:
        """Raises what was written, if anything was."""
        if not self.file.exists():
            return
        said = json.loads(self.file.read_text("utf-8"))
        self.file.unlink()
        kind = next(each for each in _LASTING if each.__name__ == said["kind"])
        raise kind.__new__(kind, said["text"]) from cause
