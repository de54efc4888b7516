"""Every command of docs/training-data.md is run, with the page's settings, on a small corpus and a tiny release."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.training.feeding.small_run import pack_small
from training.model.tiny_checkpoint import write_tiny_release

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "training-data.md").read_text(encoding="utf-8")


def test_the_commands_work_and_the_picture_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pack_small(tmp_path / "corpus")
    write_tiny_release(tmp_path / "wan")
    (settings,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    for published, small in (
        ("Wan-AI/Wan2.1-T2V-1.3B-Diffusers", "wan"),
        ("{frames: 81, height: 480, width: 832}", "{frames: 17, height: 16, width: 32}"),
    ):
        assert published in settings
        settings = settings.replace(published, small)
    Path("train.yaml").write_text(settings)
    commands = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    assert len(commands) == 4
    for command in commands:
        name, *words = shlex.split(command.replace("KEY", "clip-3"))
        assert name == "shotloom"
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, f"{command}\n{done.output}\n{done.exception}"
    assert Path("clip-3.trained.png").exists()
    assert list(Path("cache").glob("latents/*/*.safetensors"))


def test_the_size_that_the_page_tells_is_the_size() -> None:
    moments = 2 * 16 * 21 * 60 * 104 * 2
    assert f"{moments / 1e6:.1f} MB in bfloat16" in PAGE
    assert f"{moments * 250_000 / 1e12:.1f} TB" in PAGE
    assert f"{50 * 4096 * 2 / 1e6:.1f} MB" in PAGE
