"""Workers under Ray: one of them is killed, and the run ends as one that nothing happened to."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from formats.shard_layout import shard_name
from tests.training.feeding.small_run import pack_small
from tests.training.trainer.small_training import training_settings
from tests.training.worker_killer import killing_a_worker
from training.data.samples import CorruptSettings, TooManyCorruptError
from training.model.release import CheckpointError
from training.model.tiny_checkpoint import write_tiny_release
from training.ray_adapter import RAY_FOLDER, WorkerWish, train_with_ray
from training.trainer.checkpoint import WEIGHTS, checkpoint_folder
from training.trainer.log import JSON_LINES, read_log
from training.trainer.loop import CHECKPOINTS
from training.trainer.run import RunWish

pytestmark = pytest.mark.slow

STEPS = 24


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("training")
    write_tiny_release(root / "wan")
    few = {"steps": STEPS, "epochs": 100, "group": 2}
    return training_settings(pack_small(root / "corpus"), root / "wan", run=few, checkpoints={"every": 5})


def ended(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(checkpoint_folder(folder / CHECKPOINTS, STEPS) / WEIGHTS)


def test_a_worker_that_is_killed_changes_nothing(settings, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train_with_ray(RunWish(settings, whole, resume=False), WorkerWish(2, gpus=False, failures=0))
    with killing_a_worker(broken, step=7):
        train_with_ray(RunWish(settings, broken, resume=False), WorkerWish(2, gpus=False, failures=2))
    told = [line for line in read_log(broken / JSON_LINES) if line["kind"] == "step"]
    assert [line["step"] for line in told] == list(range(1, STEPS + 1))
    assert {line["attempt"] for line in told} == {1, 2}
    one, other = ended(whole), ended(broken)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_no_new_start_mends_is_told_as_what_it_is(settings, tmp_path):
    wrong = settings.model_copy(update={"model": settings.model.model_copy(update={"source": "/nowhere"})})
    with pytest.raises(CheckpointError, match="there is no folder /nowhere"):
        train_with_ray(RunWish(wrong, tmp_path, resume=False), WorkerWish(2, gpus=False, failures=2))
    assert not list((tmp_path / RAY_FOLDER).glob("*.json"))


def test_a_run_that_had_to_stop_is_not_begun_again(settings, tmp_path):
    corpus = pack_small(tmp_path / "corpus")
    shard = corpus / shard_name("train", 0)
    shard.write_bytes(shard.read_bytes().replace(b"mdat", b"nope"))
    films = settings.data.corpora[0].model_copy(update={"path": str(corpus)})
    strict = CorruptSettings(largest_share=0, always_allowed=0)
    data = settings.data.model_copy(update={"corpora": (films,), "corrupt": strict})
    run = tmp_path / "run"
    with pytest.raises(TooManyCorruptError, match=r"1 of 2 samples are corrupt, the last: clip-\d"):
        train_with_ray(
            RunWish(settings.model_copy(update={"data": data}), run, resume=False),
            WorkerWish(2, gpus=False, failures=2),
        )
    assert {line["attempt"] for line in read_log(run / JSON_LINES)} == {1}
