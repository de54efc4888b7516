"""``shotloom train`` on a small corpus and a tiny release."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.only_one import only_one
from pipeline.train_command import LOCK
from tests.training.feeding.small_run import pack_small
from tests.training.trainer.small_training import training_settings
from training.model.tiny_checkpoint import write_tiny_release
from training.ray_adapter import WorkersLostError
from training.trainer.base_model import OtherBaseError
from training.trainer.objective import NonFiniteLossError
from training.trainer.same_run import OtherRunError


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("training")
    write_tiny_release(root / "wan")
    settings = training_settings(pack_small(root / "corpus"), root / "wan", run={"steps": 2, "epochs": 9, "group": 2})
    file = root / "train.yaml"
    file.write_text(yaml.safe_dump(settings.model_dump(mode="json")))
    return file


def train(config: Path, out: Path, *more: str):
    return CliRunner().invoke(app, ["train", str(config), "--out", str(out), "--device", "cpu", *more])


def test_a_dry_run_says_what_goes_where_and_what_it_takes_and_makes_nothing(config, tmp_path):
    done = train(config, tmp_path / "run", "--dry-run")
    assert done.exit_code == 0, done.output
    for said in (
        "17 x 16 x 32",
        "films, validation: 1 clips",
        "parameters: ",
        "memory of a device",
        "disk: ",
        "time: 2",
    ):
        assert said in done.output, said
    assert not (tmp_path / "run").exists()


def test_a_run_is_trained_refused_a_second_time_and_gone_on_with(config, tmp_path):
    out = tmp_path / "run"
    first = train(config, out)
    assert first.exit_code == 0, first.output
    assert "step 2/2: loss " in first.output
    again = train(config, out)
    assert again.exit_code == 2 and "--resume" in again.output
    more = train(config, out, "--resume", "--set", "run.steps=3")
    assert more.exit_code == 0, more.output
    steps = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [(line["step"], line["attempt"]) for line in steps if line["kind"] == "step"] == [(1, 1), (2, 1), (3, 2)]


@pytest.mark.parametrize("more", [(), ("--workers", "2")])
def test_two_runs_do_not_share_a_folder(config, tmp_path, more):
    out = tmp_path / "run"
    out.mkdir()
    with only_one(out / LOCK):
        done = train(config, out, *more)
    assert done.exit_code == 2
    assert "another run is training here" in done.output
    assert [path.name for path in out.iterdir()] == [LOCK]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("model.source=/nowhere", "there is no folder /nowhere"),
        ("data.corpora=[{name: films, path: /nowhere}]", "/nowhere"),
        ("tune.rank=0", "tune.rank"),
        ("data.cache=/nowhere", "/nowhere"),
        ("validation.timelines=[/nowhere.yaml]", "/nowhere.yaml"),
        ("tune.start=/nowhere.safetensors", "/nowhere.safetensors"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_made(config, tmp_path, override, said):
    done = train(config, tmp_path / "run", "--set", override)
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_a_run_that_had_to_stop_ends_with_1(config, tmp_path, monkeypatch):
    def stopped(*given: object) -> int:
        raise NonFiniteLossError("step 7: the batch films/clip-3/0")

    monkeypatch.setattr("pipeline.train_command.run_process", stopped)
    done = train(config, tmp_path / "run")
    assert done.exit_code == 1
    assert "stopped: step 7: the batch films/clip-3/0" in done.output


@pytest.mark.slow
def test_torchruns_processes_train_together_what_one_trains_alone(config, tmp_path):
    assert train(config, tmp_path / "one").exit_code == 0
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "pipeline.cli"]
    words = ["train", str(config), "--out", str(tmp_path / "two"), "--device", "cpu"]
    done = subprocess.run([sys.executable, *command, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    losses = []
    for name in ("one", "two"):
        lines = [json.loads(line) for line in (tmp_path / name / "log.jsonl").read_text().splitlines()]
        losses.append([line["loss"] for line in lines if line["kind"] in ("step", "validation")])
    assert len(losses[0]) == 4
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_a_cache_that_does_not_serve_the_run_ends_it_with_one_line(config, tmp_path):
    cache = ("--set", f"data.cache={tmp_path / 'cache'}")
    before = train(config, tmp_path / "none", *cache)
    assert before.exit_code == 2 and "nothing was cached there yet. Run shotloom cache" in before.output
    filled = CliRunner().invoke(app, ["cache", str(config), "--device", "cpu", *cache])
    assert filled.exit_code == 0, filled.output
    other = train(config, tmp_path / "other", *cache, "--set", "data.text.event_prefix=none")
    assert other.exit_code == 2 and 'event_prefix (cached "name", wanted "none")' in other.output
    shutil.rmtree(tmp_path / "cache" / "latents")
    gone = train(config, tmp_path / "gone", *cache)
    assert gone.exit_code == 2 and "its latents are not in the cache; run shotloom cache" in gone.output


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NonFiniteLossError("step 3: not a finite number"), 1, "stopped: step 3: not a finite number"),
        (WorkersLostError("lost 4 times"), 1, "stopped: lost 4 times"),
        (OtherRunError(("noise.shift",)), 2, "other settings: noise.shift;"),
        (OtherBaseError("step-00000001", ("transformer",)), 2, "what differs: transformer."),
    ],
)
def test_what_stops_workers_ends_the_command_as_it_would_without_them(config, tmp_path, monkeypatch, error, code, said):
    def stop(*_):
        raise error

    monkeypatch.setattr("pipeline.train_command.train_with_ray", stop)
    done = train(config, tmp_path / "run", "--workers", "2")
    assert done.exit_code == code
    assert said in " ".join(done.output.split())
