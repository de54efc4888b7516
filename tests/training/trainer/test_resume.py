"""A run that was killed and goes on ends as one that never stopped, bit for bit."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.trainer.synthetic import MadeFeed, made_model, made_settings
from training.data.plan_identity import PlanMismatchError
from training.lora import adapter_weights, add_adapters, save_adapters
from training.trainer.checkpoint import AVERAGE, WEIGHTS, DamagedCheckpointError, checkpoint_folder, checkpoints_in
from training.trainer.log import JSON_LINES, read_log
from training.trainer.loop import CHECKPOINTS, RunExistsError, RunPlace, train
from training.trainer.same_run import OtherRunError

ROOT = Path(__file__).resolve().parents[3]


def runs(*wishes: str) -> list[int]:
    """Statuses of processes, one after another; a wish is folder,how,new|resume,die after,ranks."""
    command = [sys.executable, "-m", "tests.training.trainer.synthetic", *wishes]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


def told(folder: Path) -> list[dict[str, object]]:
    """All but what differs between two runs that are the same."""
    lines = read_log(folder / JSON_LINES)
    return [{k: v for k, v in line.items() if k not in ("attempt", "seconds", "waited")} for line in lines]


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> dict[str, Path]:
    """Of each way of tuning a whole run, and one that was killed after its seventh step; and one of two processes."""
    root = tmp_path_factory.mktemp("runs")
    wishes, wanted = [], []
    for how in ("lora", "full"):
        whole, broken = root / how / "whole", root / how / "broken"
        wishes += [f"{whole},{how},new,0,1", f"{broken},{how},new,7,1", f"{broken},{how},resume,0,1"]
        wanted += [0, signal.SIGKILL, 0]
    assert runs(*wishes, f"{root / 'lora' / 'two'},lora,new,0,2") == [*wanted, 0]
    return {how: root / how for how in ("lora", "full")}


@pytest.mark.parametrize("how", ["lora", "full"])
def test_ten_steps_are_five_and_a_kill_and_five(ran, how):
    whole, broken = ran[how] / "whole", ran[how] / "broken"
    lines = [line for line in read_log(broken / JSON_LINES) if line["kind"] == "step"]
    assert [line["attempt"] for line in lines] == [1] * 5 + [2] * 5
    ends = [checkpoint_folder(folder / CHECKPOINTS, 10) for folder in (whole, broken)]
    for name in (WEIGHTS, AVERAGE):
        assert _same(*(load_file(end / name) for end in ends)), name
    for name in ("checkpoint.json", "settings.json"):
        assert ends[0].joinpath(name).read_bytes() == ends[1].joinpath(name).read_bytes(), name
    states = [torch.load(end / "state.pt", weights_only=True) for end in ends]
    assert _same(*states)
    assert told(whole) == told(broken)


def test_two_processes_learn_what_one_does(ran):
    one, two = ran["lora"] / "whole", ran["lora"] / "two"
    ends = [load_file(checkpoint_folder(folder / CHECKPOINTS, 10) / WEIGHTS) for folder in (one, two)]
    assert ends[0].keys() == ends[1].keys()
    assert max(float((ends[0][name] - ends[1][name]).abs().max()) for name in ends[0]) < 1e-4
    pairs = zip(told(one), told(two), strict=True)
    assert all(
        ours[key] == pytest.approx(theirs[key], abs=1e-5) for ours, theirs in pairs for key in ours if "loss" in key
    )


def _same(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _types(value: object) -> set[torch.dtype]:
    if isinstance(value, torch.Tensor):
        return {value.dtype}
    return set().union(*map(_types, value.values())) if isinstance(value, dict) else set()


@pytest.fixture(scope="module")
def five_steps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("five")
    train(made_settings(run={"steps": 5}), made_model(), MadeFeed(), RunPlace(folder))
    return folder


@pytest.fixture
def half_done(five_steps, tmp_path):
    return Path(shutil.copytree(five_steps, tmp_path / "run"))


def go_on(folder: Path, feed: MadeFeed | None = None, **sections: dict[str, object]) -> int:
    return train(made_settings(**sections), made_model(), feed or MadeFeed(), RunPlace(folder, resume=True))


def test_a_run_is_not_overwritten_by_another(half_done):
    with pytest.raises(RunExistsError, match="--resume"):
        train(made_settings(), made_model(), MadeFeed(), RunPlace(half_done))


def test_a_run_that_is_done_stays_as_it_is(half_done):
    before = (half_done / JSON_LINES).read_text()
    assert go_on(half_done, run={"steps": 5}) == 5
    assert (half_done / JSON_LINES).read_text() == before
    assert len(checkpoints_in(half_done / CHECKPOINTS)) == 1


def test_other_settings_are_refused_by_name_and_more_steps_are_not(half_done):
    with pytest.raises(OtherRunError, match=r"noise\.shift, optimizer\.rate;"):
        go_on(half_done, optimizer={"rate": 0.5}, noise={"shift": 5.0})
    with pytest.raises(PlanMismatchError, match="group"):
        go_on(half_done, MadeFeed(group=2))
    assert go_on(half_done, run={"steps": 6}, validation={"every": 1}) == 6


def test_what_a_run_started_from_need_not_be_there_when_it_goes_on(tmp_path):
    start = tmp_path / "start.safetensors"
    other = made_model()
    add_adapters(other, 4, seed=9)
    save_adapters(adapter_weights(other), start)
    ends = []
    for name, parts in (("whole", (4,)), ("parts", (2, 4))):
        for number, steps in enumerate(parts):
            start.rename(tmp_path / "gone") if number else None
            settings = made_settings(tune={"start": str(start)}, run={"steps": steps})
            train(settings, made_model(), MadeFeed(), RunPlace(tmp_path / name, resume=True))
        ends.append(load_file(checkpoint_folder(tmp_path / name / CHECKPOINTS, 4) / WEIGHTS))
    assert not start.exists()
    assert _same(*ends)


def test_a_checkpoint_gets_its_name_when_all_of_it_is_on_the_disk(tmp_path, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (synced.append(Path(f"/proc/self/fd/{handle}").readlink()), fsync(handle))
    )
    train(made_settings(run={"steps": 1}), made_model(), MadeFeed(), RunPlace(tmp_path))
    *files, aside, folder = synced
    assert folder == tmp_path / CHECKPOINTS
    assert {file.parent for file in files} == {aside} and aside.name.startswith(".aside-step-00000001")


@pytest.mark.slow
def test_a_run_in_8_bits_goes_on_bit_for_bit(tmp_path):
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed: pip install bitsandbytes")
    sections = {"tune": {"how": "full"}, "optimizer": {"kind": "adamw8bit"}}
    for name, parts in (("whole", (4,)), ("broken", (2, 4))):
        for steps in parts:
            place = RunPlace(tmp_path / name, resume=True)
            train(made_settings(**sections, run={"steps": steps}), made_model(), MadeFeed(), place)
    ends = [checkpoint_folder(tmp_path / name / CHECKPOINTS, 4) for name in ("whole", "broken")]
    assert _same(*(load_file(end / WEIGHTS) for end in ends))
    states = [torch.load(end / "state.pt", weights_only=True) for end in ends]
    assert torch.uint8 in _types(states[0]["optimizer"])
    assert _same(*states)


def test_with_a_schedule_that_ends_the_number_of_steps_counts(tmp_path):
    cosine = {"schedule": "cosine"}
    train(made_settings(run={"steps": 5}, optimizer=cosine), made_model(), MadeFeed(), RunPlace(tmp_path))
    with pytest.raises(OtherRunError, match=r"run\.steps"):
        go_on(tmp_path, optimizer=cosine)


@pytest.mark.parametrize("name", [WEIGHTS, AVERAGE, "state.pt", "checkpoint.json"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_checkpoint_is_named(half_done, name, damage):
    (checkpoint,) = checkpoints_in(half_done / CHECKPOINTS)
    file = checkpoint / name
    if damage == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    else:
        file.unlink()
    with pytest.raises(DamagedCheckpointError, match="step-00000005 cannot be read"):
        go_on(half_done)


def test_a_checkpoint_that_holds_code_is_not_run(half_done):
    class Harm:
        def __reduce__(self):
            return (Path(half_done / "harm").touch, ())

    (checkpoint,) = checkpoints_in(half_done / CHECKPOINTS)
    torch.save({"optimizer": Harm(), "random": {}}, checkpoint / "state.pt")
    with pytest.raises(DamagedCheckpointError):
        go_on(half_done)
    assert not (half_done / "harm").exists()


def test_only_the_last_checkpoints_stay_and_what_was_half_written_goes(tmp_path):
    folder = tmp_path / CHECKPOINTS
    (folder / ".aside-step-00000001-1").mkdir(parents=True)
    settings = made_settings(run={"steps": 6}, checkpoints={"every": 1, "keep": 2})
    train(settings, made_model(), MadeFeed(), RunPlace(tmp_path))
    assert sorted(path.name for path in folder.iterdir()) == ["step-00000005", "step-00000006"]
