"""``shotloom train``, ``cache``, ``export lora``, ``export model``: training on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli_words import Overrides, fail

if TYPE_CHECKING:
    from training.settings import TrainingSettings

TrainingConfig = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="YAML settings of a training run.", show_default=False)
]


def train(
    config: TrainingConfig,
    out: Annotated[
        Path, typer.Option("--out", help="The run's folder: checkpoints, log, samples.", show_default=False)
    ],
    overrides: Overrides = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last checkpoint in OUT, if there is one.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which clips go where, and what memory, disk and time it takes.")
    ] = False,
    device: Annotated[str, typer.Option("--device", help="cuda, cpu, or auto: a GPU if there is one.")] = "auto",
    workers: Annotated[
        int, typer.Option("--workers", min=0, help="Train with so many workers under Ray, each on a GPU or a core.")
    ] = 0,
    failures: Annotated[
        int, typer.Option("--failures", min=0, help="With --workers: how often they may be lost and started again.")
    ] = 3,
    address: Annotated[
        str, typer.Option("--address", help="With --workers: a Ray cluster to join.", show_default="started here")
    ] = "",
) -> None:
    """Fine-tune a Wan2.1 model on corpora.

    One process; or several by torchrun: torchrun --standalone --nproc-per-node 8 -m pipeline.cli train CONFIG --out RUN; or workers
    under Ray with --workers, for which OUT must be a folder that all of them see. A run that was stopped goes on with --resume and
    ends as if it had not been. Exit codes: 0 done, 1 the run had to stop, 2 usage.

    Example: shotloom train configs/train_wan_lora_1gpu.yaml --out run --dry-run
    """
    settings = settings_of_run(config, overrides, starts=not dry_run, resumes=resume)
    from pipeline.train_command import TrainError, TrainWish, run_training

    wish = TrainWish(settings, out, resume, dry_run, device, workers, failures, address)
    try:
        code = run_training(wish)
    except TrainError as error:
        fail(str(error))
    raise typer.Exit(code)


def cache(
    config: TrainingConfig,
    overrides: Overrides = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be made, its size, and the time by a measurement.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read what is there whole, and make damaged files anew.")
    ] = False,
    part: Annotated[
        str, typer.Option("--part", help="1/4: make the first quarter of what is missing; one process each.")
    ] = "1/1",
    device: Annotated[str, typer.Option("--device", help="cuda, cpu, or auto: a GPU if there is one.")] = "auto",
) -> None:
    """Encode what a training run will see, before it: the VAE's latents of every window, and every different text.

    The run then loads neither VAE nor text encoder. May be stopped and started again: what is there is kept. A run whose
    settings do not fit the cache is refused with the names of those that differ. Exit codes: 0 done, 1 too many clips cannot be
    read, 2 usage.

    Example: shotloom cache train.yaml --dry-run
    """
    settings = settings_of_run(config, overrides, starts=False)
    from pipeline.cache_command import CacheError, CacheWish, fill_caches

    try:
        code = fill_caches(CacheWish(settings, dry_run, verify, part, device))
    except CacheError as error:
        fail(str(error))
    raise typer.Exit(code)


Run = Annotated[
    Path, typer.Argument(help="The run's folder (train's --out).", exists=True, file_okay=False, show_default=False)
]
Out = Annotated[Path, typer.Option("--out", help="The folder to write.", show_default=False)]
Step = Annotated[int | None, typer.Option("--step", min=0, help="Of the checkpoint.", show_default="the last")]
Average = Annotated[bool, typer.Option("--average", help="The moving average in place of the last weights.")]


def export_lora(run: Run, out: Out, step: Step = None, average: Average = False) -> None:
    """A run's adapters as files that diffusers and others load, with a card that names the licences of its films.

    Example: shotloom export lora run --out lora
    """
    _export(run, out, step, average, merged=False)


def export_model(run: Run, out: Out, step: Step = None, average: Average = False) -> None:
    """A run's whole transformer, its adapters merged into the weights, as diffusers loads it, with a card.

    Example: shotloom export model run --out model
    """
    _export(run, out, step, average, merged=True)


def _export(run: Path, out: Path, step: int | None, average: bool, *, merged: bool) -> None:
    from training.exports.export import ExportWish, export_adapters
    from training.exports.export import export_model as export_merged

    try:
        (export_merged if merged else export_adapters)(ExportWish(run, out, step, average))
    except (FileNotFoundError, ValueError) as error:
        fail(str(error))
    typer.echo(f"{out}")


def settings_of_run(
    config: Path, overrides: list[str] | None, *, starts: bool, resumes: bool = False
) -> TrainingSettings:
    """Held against what is there before PyTorch is imported; the command ends where something is missing. ``starts``: whether the
    run itself is to begin; ``resumes``: or to go on, for which what it started from is not needed."""
    from pipeline.config_file import ConfigError
    from pipeline.training_config import load_training_settings, require_data, require_start

    try:
        settings = load_training_settings(config, overrides or [])
        require_data(settings)
        if starts:
            require_start(settings, resumes)
    except ConfigError as error:
        fail(str(error))
    return settings


def add_training_commands(app: typer.Typer, exports: typer.Typer) -> None:
    app.command()(train)
    app.command()(cache)
    exports.command(name="lora")(export_lora)
    exports.command(name="model")(export_model)
