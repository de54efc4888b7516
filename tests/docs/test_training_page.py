"""Every command of docs/training.md is run on a small corpus and a tiny release, and its figures are what the code counts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.training_config import load_training_settings
from tests.training.feeding.small_run import pack_small
from tests.training.trainer.small_training import training_settings
from training.model.tiny_checkpoint import write_tiny_release
from training.model.wan import WanConfig
from training.trainer.estimate import bucket_cost, kept_bytes, model_size

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
TIMELINE = "{duration: 1, summary: A pier., cuts: [0.5], captions: [Sea., A man.]}"


def test_the_commands_work_one_after_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_tiny_release(tmp_path / "wan")
    settings = training_settings(pack_small(tmp_path / "corpus"), tmp_path / "wan", run={"steps": 2, "epochs": 9})
    values = settings.model_dump(mode="json")
    values["data"] |= {"cache": "cache"}
    Path("train.yaml").write_text(yaml.safe_dump(values))
    Path("pier.yaml").write_text(TIMELINE)
    commands = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    assert len(commands) == 6
    for command in commands:
        name, *words = shlex.split(command)
        assert name == "shotloom"
        small = ["--size", "32x32", "--steps", "1"] if words[0] == "sample" else []
        done = CliRunner().invoke(app, [*words, *small])
        assert done.exit_code == 0, f"{command}\n{done.output}\n{done.exception}"
    assert Path("pier.mp4").exists()


def test_the_figures_of_the_recipes_are_what_the_dry_run_counts() -> None:
    config = WanConfig()
    for name in ("train_wan_lora", "train_wan_lora_1gpu"):
        settings = load_training_settings(ROOT / "configs" / f"{name}.yaml", [])
        size = model_size(config, settings)
        cost = bucket_cost(config, settings.data.sizes.buckets[0], settings)
        hours = cost.operations * settings.run.steps * settings.run.group / 3e14 / 3600
        assert re.search(rf"`configs/{name}\.yaml`.*\| {hours:.0f} h", PAGE)
        assert f"{cost.operations / 1e12:.0f} TFLOP a sample" in PAGE
        assert f"{size.weights:,} weights, {size.learning:,} of adapters" in PAGE
        assert f"about {(size.bytes + kept_bytes(size, settings)) / 1e9:.0f} GB for weights" in PAGE
        assert (
            f"{cost.bytes / 1e9:.0f} GB for the batch, {kept_bytes(size, settings) / 1e9:.1f} GB a checkpoint" in PAGE
        )
