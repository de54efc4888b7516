"""Checkpoints: all that a run needs to go on as if it had never stopped, in one folder that appears whole or not at all.

``weights.safetensors`` (adapters, or every weight), ``average.safetensors`` where a moving average is kept, ``state.pt`` (the
optimizer's and the random generators' state, read with ``weights_only``), ``settings.json``, ``checkpoint.json``.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.data.epoch_plan import Cursor
from training.data.plan_identity import PlanIdentity
from training.lora import AdapterError
from training.trainer.base_model import BaseModelIdentity
from training.trainer.optimizer import MovingAverage
from training.trainer.tuned import Tuned

WEIGHTS, AVERAGE = "weights.safetensors", "average.safetensors"
_STATE, _SETTINGS, _FACTS = "state.pt", "settings.json", "checkpoint.json"
_NAME = re.compile(r"step-(\d{8})")
_ASIDE = ".aside-"


class DamagedCheckpointError(ValueError):
    """A checkpoint that cannot be read; the text names the file and what to do."""


class CheckpointFacts(BaseModel):
    """``step``: how many are done. ``epoch`` and ``epoch_step``: the next one's place. ``base``: what the weights stand on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal["shotloom.checkpoint/2"] = "shotloom.checkpoint/2"
    step: int = Field(ge=0)
    epoch: int = Field(ge=0)
    epoch_step: int = Field(ge=0)
    identity: PlanIdentity
    base: BaseModelIdentity

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.epoch, self.epoch_step)


@dataclass(frozen=True)
class Learning:
    """What changes while training."""

    tuned: Tuned
    optimizer: torch.optim.Optimizer
    average: MovingAverage | None


def checkpoint_folder(folder: Path, step: int) -> Path:
    return folder / f"step-{step:08d}"


def checkpoints_in(folder: Path) -> list[Path]:
    """By step, the last one last."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def write_checkpoint(folder: Path, learning: Learning, facts: CheckpointFacts, settings: str) -> Path:
    """Into ``folder``, under its step's name."""
    final = checkpoint_folder(folder, facts.step)
    aside = folder / f"{_ASIDE}{final.name}-{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    learning.tuned.save(aside / WEIGHTS)
    if learning.average is not None:
        with learning.tuned.holding(learning.average.values):
            learning.tuned.save(aside / AVERAGE)
    state = {"optimizer": learning.optimizer.state_dict(), "random": _random_state()}
    torch.save(state, aside / _STATE)
    (aside / _SETTINGS).write_text(settings, "utf-8")
    (aside / _FACTS).write_text(facts.model_dump_json(indent=1), "utf-8")
    for file in aside.iterdir():
        _to_disk(file)
    _to_disk(aside)  # its entries: a file's own bytes are not enough
    aside.rename(final)
    _to_disk(folder)
    return final


def keep_last(folder: Path, count: int) -> None:
    """Removes all but the last ``count``, and what killed processes left half written."""
    for old in checkpoints_in(folder)[:-count]:
        shutil.rmtree(old)
    for left in folder.glob(f"{_ASIDE}*"):
        shutil.rmtree(left, ignore_errors=True)


def read_facts(checkpoint: Path) -> CheckpointFacts:
    """Raises ``DamagedCheckpointError``."""
    try:
        return CheckpointFacts.model_validate_json((checkpoint / _FACTS).read_bytes())
    except (OSError, ValidationError) as error:
        raise DamagedCheckpointError(_damaged(checkpoint, error)) from error


def read_settings(checkpoint: Path) -> str:
    """Raises ``DamagedCheckpointError``."""
    try:
        return (checkpoint / _SETTINGS).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DamagedCheckpointError(_damaged(checkpoint, error)) from error


def load_checkpoint(checkpoint: Path, learning: Learning) -> None:
    """Into ``learning``, in place, and into the random generators. Raises ``DamagedCheckpointError``."""
    tuned, average = learning.tuned, learning.average
    try:
        if average is not None:
            tuned.load(checkpoint / AVERAGE)
            average.take(tuned.learns)
        tuned.load(checkpoint / WEIGHTS)
        state = torch.load(checkpoint / _STATE, map_location="cpu", weights_only=True)
        learning.optimizer.load_state_dict(state["optimizer"])
        _set_random_state(state["random"])
    except (AdapterError, OSError, RuntimeError, UnpicklingError, EOFError, KeyError, TypeError, ValueError) as error:
        raise DamagedCheckpointError(_damaged(checkpoint, error)) from error


def _damaged(checkpoint: Path, error: Exception) -> str:
    return f"{checkpoint} cannot be read ({error}); remove this folder to go on from the one before"


def _random_state() -> dict[str, Any]:
    """No step draws from these generators; what a library draws by the side would go on, too."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def _set_random_state(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["cpu"])
    if torch.cuda.is_available() and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
