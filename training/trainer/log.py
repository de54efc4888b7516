"""What a run writes down: JSON lines always; TensorBoard and Weights & Biases where they are wanted.

A run that goes on from a checkpoint does some steps again: their lines take the place of the old ones. ``attempt`` counts the
processes that worked on the run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from training.trainer.settings import LogSettings

Value = float | int | str
JSON_LINES = "log.jsonl"
_WANDB_ID = "wandb-id"


class MissingLogLibraryError(RuntimeError):
    """A log needs a library that is not installed; the text says which."""


class LogRefusedError(RuntimeError):
    """Weights & Biases takes nothing; the text says why."""


class Sink(Protocol):
    """Where numbers go, besides the JSON lines."""

    def write(self, step: int, values: Mapping[str, float]) -> None: ...

    def close(self) -> None: ...


class RunLog:
    """Begins after ``step`` steps: what was written of later ones is left out, and everything where a run begins anew."""

    def __init__(self, folder: Path, step: int, sinks: tuple[Sink, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / JSON_LINES
        before = read_log(self._file)
        lines = [line for line in before if 0 < step >= _number(line["step"])]
        self.attempt = 1 + max((int(_number(line["attempt"])) for line in before), default=0)
        aside = self._file.with_suffix(".aside")
        aside.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        aside.replace(self._file)
        self._sinks = sinks

    def write(self, kind: str, step: int, values: Mapping[str, Value]) -> None:
        """``step``: how many were done."""
        line = {"kind": kind, "step": step, "attempt": self.attempt, **values}
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
        numbers = {f"{kind}/{name}": float(value) for name, value in values.items() if not isinstance(value, str)}
        for sink in self._sinks:
            sink.write(step, numbers)

    def close(self) -> None:
        for sink in self._sinks:
            sink.close()


def read_log(file: Path) -> list[dict[str, Value]]:
    """Its lines; one that a killed process left torn is left out."""
    if not file.exists():
        return []
    out = []
    for line in file.read_text("utf-8").splitlines():
        try:
            out.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return out


def _number(value: Value) -> float:
    return float(value)


def open_sinks(folder: Path, step: int, settings: LogSettings) -> tuple[Sink, ...]:
    """Raises ``MissingLogLibraryError`` and ``LogRefusedError``."""
    sinks: list[Sink] = []
    if settings.tensorboard:
        sinks.append(_TensorBoard(folder / "tensorboard", step))
    if settings.wandb:
        sinks.append(_Wandb(folder, settings.wandb))
    return tuple(sinks)


class _TensorBoard:
    def __init__(self, folder: Path, step: int) -> None:
        from tensorboardX import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=step + 1)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        self._writer.close()


class _Wandb:
    """Of steps that are done again it keeps what came first. It is told numbers alone, nothing of git (whose addresses may hold a
    key) and not what is said on the terminal."""

    def __init__(self, folder: Path, project: str) -> None:
        try:
            import wandb
        except ImportError as error:
            raise MissingLogLibraryError("logs.wandb needs the library wandb: pip install wandb") from error
        folder.mkdir(parents=True, exist_ok=True)
        named = folder / _WANDB_ID
        if not named.exists():
            named.write_text(uuid4().hex, "utf-8")
        which = named.read_text("utf-8")
        silent = wandb.Settings(disable_git=True, disable_code=True, console="off")
        try:
            self._run = wandb.init(
                project=project, dir=str(folder), name=folder.name, id=which, resume="allow", settings=silent
            )
        except wandb.Error as error:
            raise LogRefusedError(
                f"logs.wandb: {error} (WANDB_MODE=offline keeps everything here, without an account)"
            ) from error

    def write(self, step: int, values: Mapping[str, float]) -> None:
        self._run.log(dict(values), step=step)

    def close(self) -> None:
        self._run.finish()
