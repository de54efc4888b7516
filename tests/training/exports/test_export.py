"""What a run learnt, exported: diffusers loads it and answers as our model does; the card names the films' licences."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from diffusers import WanTransformer3DModel
from diffusers.loaders.lora_conversion_utils import _convert_non_diffusers_wan_lora_to_diffusers
from safetensors.torch import load_file
from typer.testing import CliRunner

from pipeline.cli import app
from tests.training.data.small_corpus import pack_counted
from tests.training.feeding.small_run import CLIPS, clip, pack_small
from tests.training.trainer.small_training import training_settings
from training.lora import add_adapters_of
from training.model.checkpoint import load_transformer
from training.model.plan import BatchPlan
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart
from training.model.tiny_checkpoint import write_tiny_release, write_tiny_transformer
from training.model.wan import WanTransformer
from training.ranks import Ranks
from training.trainer.checkpoint import AVERAGE, WEIGHTS, checkpoint_folder, read_facts
from training.trainer.loop import CHECKPOINTS
from training.trainer.run import RunWish, Watching, run_process

STEPS = 2


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a release ``wan``, and runs ``lora`` and ``full``."""
    root = tmp_path_factory.mktemp("exports")
    write_tiny_release(root / "wan")
    pack_small(root / "corpus")
    for how in ("lora", "full"):
        settings = training_settings(
            root / "corpus",
            root / "wan",
            tune={"how": how, "rank": 4},
            run={"steps": STEPS, "epochs": 9, "group": 2},
            optimizer={"rate": 3e-2, "warmup": 0, "ema": 0.5},
        )
        run_process(RunWish(settings, root / how, resume=False), Ranks(), torch.device("cpu"), Watching())
    return root


def learnt(root: Path, how: str, name: str = WEIGHTS) -> WanTransformer:
    model = load_transformer(str(root / "wan"), "", torch.float32).model
    file = checkpoint_folder(root / how / CHECKPOINTS, STEPS) / name
    if how == "lora":
        add_adapters_of(model, file)
    else:
        model.load_state_dict(load_file(file))
    return model


def given() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return (
        torch.randn(1, 16, 3, 4, 4, generator=generator),
        torch.tensor([400.0]),
        torch.randn(6, 16, generator=generator),
    )


@torch.no_grad()
def ours(model: WanTransformer) -> torch.Tensor:
    latents, time, text = given()
    plan = BatchPlan.build(
        [SamplePlan((0,), (TextPart(6),))],
        model.config.grid(3, 4, 4),
        model.config.head_width,
        PlanSettings(time="off"),
    )
    return model(latents, time, text, plan)


@torch.no_grad()
def theirs(model: WanTransformer3DModel) -> torch.Tensor:
    latents, time, text = given()
    return model(latents, time, text[None], return_dict=False)[0]


def export(kind: str, root: Path, how: str, out: Path, *more: str):
    return CliRunner().invoke(app, ["export", kind, str(root / how), "--out", str(out), *more])


@pytest.mark.parametrize("authors", [False, True])
def test_diffusers_loads_the_adapters_and_answers_the_same(root, tmp_path, authors):
    assert export("lora", root, "lora", tmp_path).exit_code == 0
    stock = WanTransformer3DModel.from_pretrained(root / "wan" / "transformer")
    plain = theirs(stock)
    if authors:
        stock.load_lora_adapter(
            _convert_non_diffusers_wan_lora_to_diffusers(load_file(tmp_path / "wan_lora.safetensors"))
        )
    else:
        stock.load_lora_adapter(tmp_path, weight_name="pytorch_lora_weights.safetensors")
    assert torch.allclose(theirs(stock), ours(learnt(root, "lora")), rtol=0, atol=1e-5)
    assert (theirs(stock) - plain).abs().max() > 1e-3


@pytest.mark.parametrize("how", ["lora", "full"])
@pytest.mark.parametrize(("more", "name"), [((), WEIGHTS), (("--average",), AVERAGE)])
def test_diffusers_loads_the_whole_model_and_answers_the_same(root, tmp_path, how, more, name):
    assert export("model", root, how, tmp_path, *more).exit_code == 0
    stock = WanTransformer3DModel.from_pretrained(tmp_path / "transformer")
    assert torch.allclose(theirs(stock), ours(learnt(root, how, name)), rtol=0, atol=1e-5)
    again = load_transformer(str(tmp_path / "transformer"), "", torch.float32).model
    assert torch.equal(ours(again), ours(load_transformer(str(tmp_path), "", torch.float32).model))


def test_weights_and_their_average_differ(root):
    assert not torch.equal(ours(learnt(root, "lora")), ours(learnt(root, "lora", AVERAGE)))


def test_the_card_names_the_base_the_films_licences_and_how_it_was_trained(root, tmp_path):
    export("lora", root, "lora", tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\nbase_model: ")
    assert f"| CC-BY-4.0 | {CLIPS} | {CLIPS} |" in card
    assert "Changed since training" not in card
    base = read_facts(checkpoint_folder(root / "lora" / CHECKPOINTS, STEPS)).base
    assert f"(digest of its transformer's files {base.transformer})" in card
    for said in ("| films |", "CC-BY-4.0", "adapters of rank 4", "2 steps", "17 x 16 x 32", "nobody verified"):
        assert said in card, said


@pytest.mark.parametrize(
    ("kind", "how", "more", "said"),
    [
        ("lora", "full", (), "there are no adapters"),
        ("model", "nowhere", (), "does not exist"),
        ("model", ".", (), "holds no checkpoint"),
        ("lora", "lora", ("--step", "7"), "no checkpoint of step 7, but of 2"),
    ],
)
def test_what_is_not_there_is_said(root, tmp_path, kind, how, more, said):
    done = export(kind, root, how, tmp_path / "out", *more)
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "out").exists()


def copied(root: Path, how: str, folder: Path) -> Path:
    return Path(shutil.copytree(root / how, folder / how))


@pytest.mark.parametrize(
    ("kind", "how", "name", "said"),
    [
        ("lora", "lora", WEIGHTS, "cannot be read"),
        ("model", "lora", WEIGHTS, "cannot be read"),
        ("model", "full", WEIGHTS, "cannot be read"),
        ("lora", "lora", "settings.json", "its settings cannot be read"),
        ("lora", "lora", "checkpoint.json", "cannot be read"),
    ],
)
def test_a_damaged_checkpoint_is_named(root, tmp_path, kind, how, name, said):
    run = copied(root, how, tmp_path)
    file = checkpoint_folder(run / CHECKPOINTS, STEPS) / name
    file.write_bytes(b"{}" if name.endswith("json") else file.read_bytes()[:-100])
    done = export(kind, tmp_path, how, tmp_path / "out")
    assert done.exit_code == 2, done.output
    assert said in done.output and str(file.parent) in done.output
    assert not (tmp_path / "out").exists()


def test_adapters_are_not_merged_into_another_base(root, tmp_path):
    run, base = copied(root, "lora", tmp_path), shutil.copytree(root / "wan", tmp_path / "wan")
    file = checkpoint_folder(run / CHECKPOINTS, STEPS) / "settings.json"
    file.write_text(file.read_text().replace(str(root / "wan"), str(base)))
    assert export("model", tmp_path, "lora", tmp_path / "same").exit_code == 0
    write_tiny_transformer(base / "transformer", seed=77)
    done = export("model", tmp_path, "lora", tmp_path / "out")
    assert done.exit_code == 2
    assert "what differs: transformer" in done.output and str(file.parent) in done.output
    assert not (tmp_path / "out").exists()


def moved_run(root: Path, folder: Path, corpus: Path) -> Path:
    run = copied(root, "lora", folder)
    file = checkpoint_folder(run / CHECKPOINTS, STEPS) / "settings.json"
    file.write_text(file.read_text().replace(str(root / "corpus"), str(corpus)))
    return run


def test_the_card_says_that_a_corpus_is_no_longer_what_was_trained_on(root, tmp_path):
    pack_counted(tmp_path / "grown", [clip(number, "train") for number in range(CLIPS + 1)])
    moved_run(root, tmp_path, tmp_path / "grown")
    assert export("lora", tmp_path, "lora", tmp_path / "out").exit_code == 0
    assert "**Changed since training: films.**" in (tmp_path / "out" / "README.md").read_text()


def test_the_card_counts_the_clips_that_were_trained_on(root, tmp_path):
    """Those alone that fit a size."""
    run = copied(root, "lora", tmp_path)
    file = checkpoint_folder(run / CHECKPOINTS, STEPS) / "settings.json"
    settings = json.loads(file.read_text())
    settings["data"]["sizes"]["buckets"] = settings["data"]["sizes"]["buckets"][:1]
    file.write_text(json.dumps(settings))
    assert export("lora", tmp_path, "lora", tmp_path / "out").exit_code == 0
    assert f"| CC-BY-4.0 | {CLIPS - 1} | {CLIPS - 1} |" in (tmp_path / "out" / "README.md").read_text()


def test_an_average_that_was_not_kept_is_not_exported(root, tmp_path):
    run = copied(root, "lora", tmp_path)
    file = checkpoint_folder(run / CHECKPOINTS, STEPS) / "settings.json"
    file.write_text(file.read_text().replace('"ema": 0.5', '"ema": 0.0'))
    done = export("lora", tmp_path, "lora", tmp_path / "out", "--average")
    assert done.exit_code == 2
    assert "kept no moving average" in done.output
