"""A checkpoint of a run as diffusers and others load it: adapters as a file of their own, or the whole transformer with them merged
into its weights; with a card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from training.exports.model_card import ExportFacts, render_model_card, trained_on
from training.lora import AdapterError, add_adapters_of, in_authors_names, merged_weights, save_adapters
from training.model.checkpoint import cast_weights, load_transformer
from training.model.diffusers_form import diffusers_transformer
from training.model.wan import WanTransformer
from training.settings import TrainingSettings
from training.trainer.checkpoint import (
    AVERAGE,
    WEIGHTS,
    CheckpointFacts,
    DamagedCheckpointError,
    checkpoints_in,
    read_facts,
    read_settings,
)
from training.trainer.loop import CHECKPOINTS

LORA_FILE = "pytorch_lora_weights.safetensors"
"""The name that diffusers' ``load_lora_weights`` looks for in a folder."""
AUTHORS_LORA_FILE = "wan_lora.safetensors"
TRANSFORMER = "transformer"

_LORA_LOADING = f"""\
`{LORA_FILE}` is in diffusers' names, `{AUTHORS_LORA_FILE}` in the Wan authors', which other programs read; both hold the same.

```python
pipeline.load_lora_weights("FOLDER")
```

or `shotloom sample --lora FOLDER/{LORA_FILE}`. Alpha is the rank: at a weight of 1 it is as it was trained."""
_MODEL_LOADING = """\
```python
from diffusers import WanPipeline, WanTransformer3DModel
transformer = WanTransformer3DModel.from_pretrained("FOLDER/transformer")
pipeline = WanPipeline.from_pretrained("BASE", transformer=transformer)
```

or `shotloom sample --model BASE --transformer FOLDER`. VAE, text encoder, tokenizer and scheduler are those of the base."""


class ExportError(ValueError):
    """The run has nothing that can be exported in this way; the text says why."""


@dataclass(frozen=True)
class ExportWish:
    """``run``: its folder. ``step``: of the checkpoint; None: the last. ``average``: the moving average in place of the weights."""

    run: Path
    out: Path
    step: int | None
    average: bool


def export_adapters(wish: ExportWish) -> None:
    """``LORA_FILE``, ``AUTHORS_LORA_FILE`` and a README.md in ``wish.out``. Raises ``ExportError``, ``DamagedCheckpointError``, and
    as ``trained_on``."""
    found = _Found.of(wish)
    if found.settings.tune.how != "lora":
        raise ExportError(f"{wish.run}: all weights were tuned, there are no adapters; export the model")
    card = found.card("Adapters for multi-shot video", _LORA_LOADING)
    try:
        weights = load_file(found.weights)
    except (SafetensorError, OSError) as error:
        raise DamagedCheckpointError(f"{found.weights} cannot be read: {error}") from error
    wish.out.mkdir(parents=True, exist_ok=True)
    save_adapters(weights, wish.out / LORA_FILE)
    save_adapters(in_authors_names(weights), wish.out / AUTHORS_LORA_FILE)
    (wish.out / "README.md").write_text(card, "utf-8")


def export_model(wish: ExportWish) -> None:
    """A folder ``TRANSFORMER`` as diffusers loads it, and a README.md, in ``wish.out``. Raises as ``export_adapters``, and
    ``CheckpointError`` where the base model is not to be had, ``OtherBaseError`` where it is another than was trained on."""
    found = _Found.of(wish)
    card = found.card("A transformer for multi-shot video", _MODEL_LOADING.replace("BASE", found.settings.model.source))
    model = _tuned(found)
    folder = wish.out / TRANSFORMER
    folder.mkdir(parents=True, exist_ok=True)
    save_file(merged_weights(model), folder / "diffusion_pytorch_model.safetensors", metadata={"format": "pt"})
    with torch.device("meta"):
        diffusers_transformer(model.config, WanTransformer3DModel).save_config(folder)
    (wish.out / "README.md").write_text(card, "utf-8")


@dataclass(frozen=True)
class _Found:
    settings: TrainingSettings
    weights: Path
    facts: CheckpointFacts
    average: bool

    @classmethod
    def of(cls, wish: ExportWish) -> _Found:
        every = {facts.step: (folder, facts) for folder, facts in _checkpoints(wish.run)}
        if not every:
            raise ExportError(f"{wish.run} holds no checkpoint: give the folder of `shotloom train --out`")
        step = max(every) if wish.step is None else wish.step
        if step not in every:
            raise ExportError(
                f"{wish.run} holds no checkpoint of step {step}, but of {', '.join(map(str, sorted(every)))}"
            )
        folder, facts = every[step]
        try:
            settings = TrainingSettings.model_validate_json(read_settings(folder))
        except ValidationError as error:
            raise DamagedCheckpointError(f"{folder}: its settings cannot be read: {error}") from error
        if wish.average and not settings.optimizer.ema:
            raise ExportError(f"{wish.run} kept no moving average (optimizer.ema was 0)")
        return cls(settings, folder / (AVERAGE if wish.average else WEIGHTS), facts, wish.average)

    def card(self, title: str, loading: str) -> str:
        corpora = trained_on(self.settings, self.facts.identity)
        return render_model_card(ExportFacts(title, self.facts, self.average, loading, self.settings, corpora))


def _checkpoints(run: Path) -> Iterator[tuple[Path, CheckpointFacts]]:
    for folder in checkpoints_in(run / CHECKPOINTS):
        yield folder, read_facts(folder)


def _tuned(found: _Found) -> WanTransformer:
    """Weights in the type that the settings name."""
    settings, trained = found.settings.model, found.facts.base
    loaded = load_transformer(settings.source, settings.revision, settings.torch_dtype)
    model = loaded.model
    trained.model_copy(update={"transformer": loaded.identity()}).require_same(trained, str(found.weights.parent))
    try:
        if found.settings.tune.how == "lora":
            add_adapters_of(model, found.weights)
            return model
        model.to(torch.float32).load_state_dict(load_file(found.weights))
    except (AdapterError, SafetensorError, OSError, RuntimeError) as error:
        raise DamagedCheckpointError(f"{found.weights} cannot be read: {error}") from error
    return cast_weights(model, settings.torch_dtype)
