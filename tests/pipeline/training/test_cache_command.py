"""``shotloom cache`` on a small corpus and a tiny release."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml

from formats.shard_layout import shard_name
from pipeline.cache_command import CacheError, CacheWish, fill_caches
from pipeline.config_file import apply_override
from pipeline.training_config import load_training_settings
from tests.training.feeding.small_run import BUCKETS, CLIPS, form_of, opened, pack_small
from training.data.epoch_plan import Cursor
from training.feeding.opened_data import RunLength
from training.feeding.run_feed import Place, open_feed
from training.model.tiny_checkpoint import write_tiny_release
from training.settings import TrainingSettings

EPOCHS = 2


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wan")
    write_tiny_release(folder)
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack_small(tmp_path_factory.mktemp("corpus"))


@pytest.fixture
def wish(corpus: Path, release: Path, tmp_path: Path) -> CacheWish:
    data = {
        "corpora": [{"name": "films", "path": str(corpus)}],
        "sizes": BUCKETS.model_dump(mode="json"),
        "text": {"precision": "float32"},
        "latents": {"precision": "float32"},
        "cache": str(tmp_path / "cache"),
    }
    run = {"epochs": EPOCHS, "steps": 1000, "group": 2}
    file = tmp_path / "train.yaml"
    file.write_text(yaml.safe_dump({"model": {"source": str(release)}, "data": data, "run": run}))
    return CacheWish(load_training_settings(file, []), dry_run=False, verify=False, part="1/1", device="cpu")


def changed(wish: CacheWish, *overrides: str) -> CacheWish:
    """With other settings."""
    values = wish.settings.model_dump(mode="json")
    for override in overrides:
        apply_override(values, override)
    return replace(wish, settings=TrainingSettings.model_validate(values))


def entries_of(wish: CacheWish) -> dict[str, int]:
    """File and when it was written."""
    cache = Path(wish.settings.data.cache)
    return {str(file): file.stat().st_mtime_ns for file in cache.rglob("*.safetensors")}


def assert_serves(wish: CacheWish, release: Path) -> None:
    data = opened(wish.settings.data, release)
    feed = open_feed(data, form_of(release), RunLength(EPOCHS, 1000), Place(), torch.device("cpu"))
    seen = set()
    for step in feed.steps(Cursor()):
        if step.cursor.epoch == EPOCHS:
            break
        seen |= {name for batch in step.batches for name in batch.names}
    assert len(seen) == CLIPS * EPOCHS


def test_a_dry_run_tells_what_goes_where_sizes_and_time_and_makes_nothing(
    wish: CacheWish, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fill_caches(replace(wish, dry_run=True)) == 0
    told = capsys.readouterr().out
    assert "films, train: 6 clips" in told
    assert "films, validation: 1 clips" in told
    assert "17 x 16 x 32" in told
    assert "what epochs 0 to 1 and validation see, another window at every visit" in told
    assert re.search(r"latents: [0-9]+, 0 of them cached before", told)
    assert "time: about" in told
    assert not entries_of(wish)


def test_caches_are_filled_once_and_serve_the_run(
    wish: CacheWish, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fill_caches(wish) == 0
    assert "holds what the run needs" in capsys.readouterr().out
    made = entries_of(wish)
    assert fill_caches(wish) == 0
    told = capsys.readouterr().out
    assert "0 bytes to make" in told
    assert entries_of(wish) == made
    assert_serves(wish, release)
    assert fill_caches(replace(wish, dry_run=True)) == 0
    assert "time: nothing is to be made" in capsys.readouterr().out


def test_parts_together_make_all_and_the_last_run_says_so(
    wish: CacheWish, release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("1/2", "1/1"):
        assert fill_caches(replace(wish, part=part)) == 0
        told = capsys.readouterr().out
        assert ("once more without --part" in told) == (part == "1/2")
    assert_serves(wish, release)


def test_verify_finds_a_flipped_bit_and_makes_the_file_anew(
    wish: CacheWish, capsys: pytest.CaptureFixture[str]
) -> None:
    fill_caches(wish)
    file = Path(next(name for name in entries_of(wish) if "latents" in name))
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    for verify, makes in ((False, False), (True, True), (True, False)):
        capsys.readouterr()
        fill_caches(replace(wish, verify=verify))
        assert ("latents: 1/1 windows" in capsys.readouterr().out) == makes


def test_the_size_that_is_told_is_that_of_the_files(wish: CacheWish, capsys: pytest.CaptureFixture[str]) -> None:
    fill_caches(wish)
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "latents: " in line and "to make" in line)
    told = float(line.split(", ")[2].split()[0]) * 1000
    made = sum(Path(name).stat().st_size for name in entries_of(wish) if "latents" in name)
    assert line.split(", ")[2].endswith("KB")
    assert told <= made < told * 1.4


def test_too_many_unreadable_clips_stop_it_by_name(
    wish: CacheWish, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = pack_small(tmp_path / "broken")
    shard = broken / shard_name("train", 0)
    shard.write_bytes(bytes(shard.stat().st_size))
    override = f"data.corpora=[{{name: films, path: {broken}}}]"
    assert fill_caches(changed(wish, override, "data.corrupt.always_allowed=2")) == 1
    assert "3 of" in (told := capsys.readouterr().out)
    assert "samples are corrupt, the last: clip-" in told


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ('data.cache=""', "data.cache names no folder"),
        ("model.source=/absent", "there is no folder /absent"),
        ("data.corpora=[{name: films, path: /absent}]", "/absent"),
    ],
)
def test_what_cannot_be_is_said(wish: CacheWish, override: str, says: str) -> None:
    with pytest.raises(CacheError, match=says):
        fill_caches(changed(wish, override))


@pytest.mark.parametrize(
    ("words", "says"),
    [({"part": "3/2"}, "write 1/4"), ({"part": "a"}, "write 1/4"), ({"device": "tpu-9"}, "cuda, cpu or auto")],
)
def test_wrong_words_are_said(wish: CacheWish, words: dict[str, str], says: str) -> None:
    with pytest.raises(CacheError, match=says):
        fill_caches(replace(wish, **words))


def test_a_full_disk_is_told_before_anything_is_made(wish: CacheWish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10})())
    with pytest.raises(CacheError, match="are needed, 10 bytes are free"):
        fill_caches(wish)
    assert not entries_of(wish)


def test_where_no_clip_fits_the_table_says_why_before_the_end(
    wish: CacheWish, capsys: pytest.CaptureFixture[str]
) -> None:
    large = "data.sizes.buckets=[{frames: 81, height: 16, width: 32}]"
    with pytest.raises(CacheError, match="there is no sample to train on"):
        fill_caches(changed(wish, large))
    assert "fewer than 81" in capsys.readouterr().out


def test_what_a_killed_process_left_long_ago_is_swept_but_not_by_a_dry_run(wish: CacheWish) -> None:
    left = Path(wish.settings.data.cache) / "latents" / "00" / f".aside-dead-{'0' * 32}.safetensors"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    fill_caches(replace(wish, dry_run=True))
    assert left.exists()
    fill_caches(wish)
    assert not left.exists()


def command(wish: CacheWish) -> list[str]:
    config = Path(wish.settings.data.cache).with_name("train.yaml")
    return [str(Path(sys.executable).with_name("shotloom")), "cache", str(config), "--device", "cpu"]


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_and_two_at_once_do_not_disturb_each_other(
    wish: CacheWish, release: Path
) -> None:
    first = subprocess.Popen(command(wish), stdout=subprocess.DEVNULL)
    while not entries_of(wish):
        assert first.poll() is None
        time.sleep(0.002)
    first.send_signal(signal.SIGKILL)
    first.wait()
    left = entries_of(wish)
    with pytest.raises(ValueError, match="Run shotloom cache"):
        assert_serves(wish, release)
    together = [subprocess.Popen(command(wish), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    for process in together:
        told, _ = process.communicate(timeout=300)
        assert process.returncode == 0, told.decode()
    after = entries_of(wish)
    assert {name: after[name] for name in left} == left
    assert len(after) > len(left)
    assert_serves(wish, release)
