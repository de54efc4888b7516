"""Training under Ray: the only file of this package that knows it.

Ray starts the workers and lets them meet; if one is lost it starts all of them anew, and they go on from the run's last checkpoint.
The run's folder must be one that all workers see: the checkpoints that count lie there, and Ray keeps none of its own.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from training.ranks import Ranks
from training.settings import TrainingSettings
from training.trainer.processes import PATIENCE
from training.trainer.run import RunWish, Watching, run_process
from training.trainer.step import StepResult

RAY_FOLDER = "ray"


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
    """Raises ``WorkersLostError``. Whether the run's folder may be gone on with is for the caller to ask before: workers do."""
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_TRAIN_V2_ENABLED", "1")
    import ray
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    folder = wish.folder.resolve()
    local: dict[str, Any] = {} if workers.address else {"num_cpus": workers.count, "include_dashboard": False}
    ray.init(address=workers.address or "local", logging_level=logging.ERROR, log_to_driver=False, **local)
    trainer = TorchTrainer(
        _worker,
        train_loop_config={
            "settings": wish.settings.model_dump(mode="json"),
            "folder": str(folder),
            "here": str(Path.cwd()),
        },
        scaling_config=ScalingConfig(num_workers=workers.count, use_gpu=workers.gpus),
        run_config=RunConfig(
            name=uuid4().hex,
            storage_path=str(folder / RAY_FOLDER),
            failure_config=FailureConfig(max_failures=workers.failures),
        ),
        torch_config=TorchConfig(timeout_s=int(PATIENCE.total_seconds())),
    )
    try:
        trainer.fit()
    except Exception as error:
        raise WorkersLostError(str(error)) from error
    finally:
        ray.shutdown()


def _worker(given: dict[str, Any]) -> None:
    from ray import train
    from ray.train.torch import get_device

    def report(step: int, steps: int, result: StepResult) -> None:
        train.report({"step": step, "steps": steps, "loss": result.loss, "gradient": result.gradient})

    if Path(
        given["here"]
    ).is_dir():  # Ray gives workers a folder of their own; settings name paths from where the user was
        os.chdir(given["here"])
    wish = RunWish(TrainingSettings.model_validate(given["settings"]), Path(given["folder"]), resume=True)
    run_process(wish, Ranks.found(), get_device(), Watching(step=report))
