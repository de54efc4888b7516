"""From films to a video: build, cache, train with two workers of which one is killed, export, sample."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest
import torch
from safetensors.torch import load_file

from operators.sample_films.films import render_sample_films
from tests.training.worker_killer import killing_a_worker
from training.model.tiny_checkpoint import write_tiny_release
from training.trainer.checkpoint import WEIGHTS, checkpoint_folder
from training.trainer.log import JSON_LINES, read_log
from training.trainer.loop import CHECKPOINTS

STEPS = 20
CONFIG = """
model: {source: wan, dtype: float32}
attention: {masked_layers: [0, 1], time: sampled}
data:
  corpora: [{name: films, path: corpus}]
  sizes: {buckets: [{frames: 17, height: 48, width: 80, batch: 1}], largest_crop: 0.7}
  windows: {per_clip: 1}
  text: {plan: both, precision: float32}
  cache: cache
tune: {rank: 4}
run: {steps: 20, epochs: 1000, group: 2}
checkpoints: {every: 5}
validation: {every: 10, samples: 2}
"""
TIMELINE = """
duration: 1
summary: A quiet morning.
cuts: [0.5]
captions: [A valley., A tree.]
events: [[0, 0.5, "{camera} pans left."]]
"""


def shotloom(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "pipeline.cli", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def last_weights(run: Path) -> Path:
    return checkpoint_folder(run / CHECKPOINTS, STEPS) / WEIGHTS


@pytest.mark.slow
def test_films_become_a_corpus_a_cache_a_tuned_model_and_a_video_though_a_worker_dies(tmp_path):
    render_sample_films(tmp_path / "films", ["01-quiet-morning", "03-temple-garden"])
    write_tiny_release(tmp_path / "wan")
    (tmp_path / "train.yaml").write_text(CONFIG)
    (tmp_path / "morning.yaml").write_text(TIMELINE)
    shotloom(tmp_path, "build", "films", "--out", "corpus")
    shotloom(tmp_path, "cache", "train.yaml")
    with killing_a_worker(tmp_path / "run", step=7):
        shotloom(tmp_path, "train", "train.yaml", "--out", "run", "--workers", "2", "--device", "cpu")
    steps = [line for line in read_log(tmp_path / "run" / JSON_LINES) if line["kind"] == "step"]
    assert [line["step"] for line in steps] == list(range(1, STEPS + 1))
    assert {line["attempt"] for line in steps} == {1, 2}
    shotloom(tmp_path, "train", "train.yaml", "--out", "undisturbed", "--workers", "2", "--device", "cpu")
    ends = [load_file(last_weights(tmp_path / run)) for run in ("run", "undisturbed")]
    assert ends[0].keys() == ends[1].keys()
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    shotloom(tmp_path, "export", "lora", "run", "--out", "lora")
    lora = ("--lora", "lora/pytorch_lora_weights.safetensors", "--as-trained", "train.yaml")
    small = ("--size", "80x48", "--steps", "2", "--device", "cpu")
    asked = ("--timeline", "morning.yaml", "--out", "video.mp4", "--model", "wan", "--json")
    told = json.loads(shotloom(tmp_path, "sample", *asked, *lora, *small))
    assert told["cuts"] == [{"asked": 0.5, "frame": 9}]
    assert (told["text"], told["untold"]) == ("both", [])
    with av.open(str(tmp_path / "video.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 17
