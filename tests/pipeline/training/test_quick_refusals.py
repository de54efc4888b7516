"""What cannot be begun is refused before PyTorch is imported, which alone takes seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import json, sys
from typer.testing import CliRunner
from pipeline.cli import app
sys.modules |= {"bitsandbytes": None, "wandb": None}  # as if they were not installed
told = []
for words in json.loads(sys.argv[1]):
    done = CliRunner().invoke(app, words)
    told.append([done.exit_code, done.output, sorted({"torch", "transformers", "diffusers", "ray"} & sys.modules.keys())])
print(json.dumps(told))
"""
TINY = "model: {source: %s}\ndata: {corpora: [{name: films, path: %s}], sizes: {buckets: [{frames: 5, height: 16, width: 16}]}}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wishes")
    (folder / "films").mkdir()
    (folder / "films" / "manifest.parquet").write_bytes(b"")
    (folder / "run.yaml").write_text(TINY % (folder, folder / "films"))
    (folder / "nofilms.yaml").write_text(TINY % (folder, "/nowhere/films"))
    (folder / "odd.yaml").write_text(TINY % (folder, "odd://films"))
    (folder / "nomodel.yaml").write_text(TINY % ("./nowhere", folder / "films"))
    (folder / "torn.yaml").write_text("model: {source: [")
    (folder / "pier.yaml").write_text("duration: 1\ncuts: [3]")
    (folder / "good.yaml").write_text("duration: 1")
    return folder


def test_wrong_wishes_are_refused_without_pytorch(folder: Path) -> None:
    out = ("--out", f"{folder}/out")
    wishes = {
        ("train", "--help"): "Fine-tune",
        ("cache", "--help"): "Encode",
        ("sample", "--help"): "timeline",
        ("train", "/nowhere.yaml", *out): "/nowhere.yaml: No such file",
        ("train", f"{folder}/torn.yaml", *out): "not readable as YAML",
        ("cache", f"{folder}/run.yaml", "--set", "data.cach=x"): "there is no such setting; did you mean data.cache?",
        ("cache", f"{folder}/nofilms.yaml"): "/nowhere/films holds no manifest.parquet",
        ("inspect", f"{folder}/films", "key", "--as-trained", f"{folder}/nofilms.yaml"): "/nowhere/films",
        ("train", f"{folder}/odd.yaml", *out): "odd://films cannot be read",
        ("train", f"{folder}/nomodel.yaml", *out): "there is no folder ./nowhere",
        (
            "train",
            f"{folder}/run.yaml",
            *out,
            "--set",
            "tune.start=/nowhere.safetensors",
        ): "tune.start: /nowhere.safeten",
        (
            "train",
            f"{folder}/run.yaml",
            *out,
            "--set",
            f"validation.timelines=[{folder}/pier.yaml]",
        ): "a cut lies inside",
        (
            "train",
            f"{folder}/run.yaml",
            *out,
            "--resume",
            "--set",
            "tune.start=/gone.safetensors",
            "--set",
            f"validation.timelines=[{folder}/pier.yaml]",
        ): "shotloom: validation.timelines",
        ("train", f"{folder}/run.yaml", *out, "--set", "optimizer.kind=adamw8bit"): "pip install bitsandbytes",
        ("train", f"{folder}/run.yaml", *out, "--set", "logs.wandb=films"): "logs.wandb needs the library wandb",
        ("sample", "--timeline", f"{folder}/pier.yaml", "--out", "x.mp4"): "a cut lies inside",
        ("sample", "--timeline", f"{folder}/good.yaml", "--out", "x.mp4", "--size", "1x1"): "multiples of 16",
        (
            "sample",
            "--timeline",
            f"{folder}/good.yaml",
            "--out",
            "x.mp4",
            "--model",
            "./nowhere",
        ): "no folder ./nowhere",
        ("sample", "--timeline", f"{folder}/good.yaml", "--out", "x.mp4", "--lora", "/nowhere"): "--lora /nowhere",
        ("export", "lora", "/nowhere", *out): "does not exist",
    }
    asked = [list(words) for words in wishes]
    done = subprocess.run([sys.executable, "-c", ASK, json.dumps(asked)], capture_output=True, text=True, check=True)
    for words, (code, told, imported) in zip(asked, json.loads(done.stdout), strict=True):
        said = wishes[tuple(words)]
        assert said in " ".join(told.split()), (words, told)
        assert code == (0 if "--help" in words else 2), words
        assert imported == [], words
    assert not (folder / "out").exists()
