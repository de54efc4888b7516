"""The configuration of a training run, from its file, and what of it can be seen to be missing: without PyTorch, so that a command
that cannot begin says so at once.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from pydantic import ValidationError

from formats.filesystem import CorpusStore
from formats.manifest import MANIFEST
from pipeline.config_file import ConfigError, apply_override, explained, read_yaml
from training.model.release import CheckpointError, folder_of
from training.sampling.request import RequestError
from training.sampling.request_file import read_request
from training.settings import TrainingSettings


def load_training_settings(path: Path, overrides: list[str]) -> TrainingSettings:
    """The file at ``path`` with ``key.path=value`` overrides on top. Raises ``ConfigError``."""
    values = read_yaml(path)
    for override in overrides:
        apply_override(values, override)
    try:
        return TrainingSettings.model_validate(values)
    except ValidationError as error:
        raise ConfigError(explained(error, TrainingSettings)) from None


def require_data(settings: TrainingSettings) -> None:
    """Raises ``ConfigError`` where a corpus or the model's folder is not there."""
    for corpus in settings.data.corpora:
        if not _is_there(corpus.path):
            raise ConfigError(
                f"data.corpora: {corpus.path} holds no {MANIFEST}; give a folder of `shotloom build --out`"
            )
    try:
        folder_of(settings.model.source)
    except CheckpointError as error:
        raise ConfigError(f"model.source: {error}") from error


def require_start(settings: TrainingSettings, resumes: bool) -> None:
    """What a run needs before its first step, besides its data. ``resumes``: from a checkpoint, if there is one. Raises
    ``ConfigError``."""
    for name, wanted in (
        ("bitsandbytes", "optimizer.kind 'adamw8bit'" if settings.optimizer.kind == "adamw8bit" else ""),
        ("wandb", "logs.wandb" if settings.logs.wandb else ""),
    ):
        if wanted and find_spec(name) is None:
            raise ConfigError(f"{wanted} needs the library {name}: pip install {name}")
    if settings.tune.start and not resumes and not Path(settings.tune.start).is_file():
        raise ConfigError(f"tune.start: {settings.tune.start}: there is no such file")
    for timeline in settings.validation.timelines:
        try:
            read_request(Path(timeline))
        except RequestError as error:
            raise ConfigError(f"validation.timelines: {error}") from error


def _is_there(corpus: str) -> bool:
    try:
        return CorpusStore(corpus).exists(MANIFEST)
    except (ImportError, OSError, ValueError) as error:
        raise ConfigError(f"data.corpora: {corpus} cannot be read: {error}") from error
