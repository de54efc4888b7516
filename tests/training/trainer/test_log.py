"""What a run writes down, and that steps done again replace what was written of them."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from training.trainer.log import JSON_LINES, LogRefusedError, MissingLogLibraryError, RunLog, open_sinks, read_log
from training.trainer.settings import LogSettings

KEY = "0123456789abcdef" * 3


def test_steps_done_again_replace_the_old_ones_and_a_torn_line_is_dropped(tmp_path):
    log = RunLog(tmp_path, 0, ())
    for step in (1, 2, 3):
        log.write("step", step, {"loss": float(step)})
    with (tmp_path / JSON_LINES).open("a") as out:
        out.write('{"kind": "step", "st')
    again = RunLog(tmp_path, 2, ())
    again.write("step", 3, {"loss": 30.0})
    lines = read_log(tmp_path / JSON_LINES)
    assert [(line["step"], line["attempt"], line["loss"]) for line in lines] == [(1, 1, 1.0), (2, 1, 2.0), (3, 2, 30.0)]


def test_a_run_that_died_before_its_first_checkpoint_begins_its_log_anew(tmp_path):
    log = RunLog(tmp_path, 0, ())
    log.write("validation", 0, {"loss": 1.0})
    log.write("step", 1, {"loss": 1.0})
    again = RunLog(tmp_path, 0, ())
    again.write("validation", 0, {"loss": 1.0})
    assert [(line["kind"], line["attempt"]) for line in read_log(tmp_path / JSON_LINES)] == [("validation", 2)]


def test_tensorboard_files_are_written(tmp_path):
    sinks = open_sinks(tmp_path, 0, LogSettings())
    log = RunLog(tmp_path, 0, sinks)
    log.write("step", 1, {"loss": 0.5, "named": "not a number"})
    log.close()
    (file,) = (tmp_path / "tensorboard").iterdir()
    assert b"step/loss" in file.read_bytes()


def test_weights_and_biases_is_asked_for_by_name_or_missed_in_words(tmp_path, monkeypatch):
    told = []
    run = SimpleNamespace(log=lambda values, step: told.append((step, values)), finish=lambda: told.append("end"))
    made = SimpleNamespace(init=lambda **wanted: told.append(wanted) or run, Settings=SimpleNamespace, Error=OSError)
    monkeypatch.setitem(sys.modules, "wandb", made)
    log = RunLog(tmp_path, 0, open_sinks(tmp_path, 0, LogSettings(tensorboard=False, wandb="films")))
    log.write("step", 1, {"loss": 0.5})
    log.close()
    assert told[0]["project"] == "films"
    assert told[1:] == [(1, {"step/loss": 0.5}), "end"]
    RunLog(tmp_path, 1, open_sinks(tmp_path, 1, LogSettings(tensorboard=False, wandb="films")))
    assert told[3]["id"] == told[0]["id"], "the same run goes on"
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(MissingLogLibraryError, match="pip install wandb"):
        open_sinks(tmp_path, 0, LogSettings(wandb="films"))


@pytest.fixture
def real_wandb(tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb", reason="Weights & Biases is not installed: pip install wandb")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    yield
    wandb.teardown()


@pytest.mark.slow
def test_weights_and_biases_takes_a_run_offline_and_no_key_lies_in_it(real_wandb, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    folder = tmp_path / "run"
    for step in (1, 2):
        log = RunLog(folder, step - 1, open_sinks(folder, step - 1, LogSettings(tensorboard=False, wandb="films")))
        log.write("step", step, {"loss": 1 / step})
        log.close()
    runs = list(folder.glob("wandb/offline-run-*/*.wandb"))
    assert {file.stem for file in runs} == {"run-" + (folder / "wandb-id").read_text()}
    assert all(b"step/loss" in file.read_bytes() for file in runs)
    assert all(KEY.encode() not in file.read_bytes() for file in folder.rglob("*") if file.is_file())


@pytest.mark.slow
def test_weights_and_biases_that_refuses_is_told_without_the_key(real_wandb, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("WANDB_API_KEY", KEY[:12])
    with pytest.raises(LogRefusedError, match="WANDB_MODE=offline") as refused:
        open_sinks(tmp_path, 0, LogSettings(tensorboard=False, wandb="films"))
    assert KEY[:12] not in str(refused.value)
