"""Kill the driver at any moment, run the same command: the corpus is byte for byte that of an undisturbed run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FAST = ["--set", "scan.network=none", "--set", "filter.duration.min=1"]
MOMENTS = {
    "the first film is scanned": "scan/films/*/*.json",
    "select has decided": "select/candidates.parquet",
    "the first clip is being written": "clips/*/.*.part",
    "the first clip is cut": "clips/*/*.json",
    "the first clip is annotated": "annotations/*/*.json",
    "the manifest is about to be written": "shards/*.tar",
}


def _kill_when(pattern: str, films: Path, out: Path) -> bool:
    """Whether the driver was killed before it ended."""
    command = [str(Path(sys.executable).with_name("shotloom")), "build", str(films), "--out", str(out), *FAST]
    driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    while driver.poll() is None:
        if any(out.glob(pattern)):
            os.kill(driver.pid, signal.SIGKILL)
            driver.wait()
            return True
        time.sleep(0.005)
    return False


@pytest.mark.slow
def test_a_build_killed_at_many_moments_ends_in_the_same_corpus(
    shotloom, built: Path, films: Path, tmp_path: Path, checksums
) -> None:
    out = tmp_path / "corpus"
    killed = [_kill_when(pattern, films, out) for pattern in MOMENTS.values()]
    assert sum(killed) >= 4, dict(zip(MOMENTS, killed, strict=True))
    done = shotloom("build", films, "--out", out, *FAST)
    assert done.returncode == 0, done.stderr
    assert checksums(out / "shards") == checksums(built / "shards")
    assert (out / "manifest.parquet").read_bytes() == (built / "manifest.parquet").read_bytes()
    assert shotloom("verify", out).returncode == 0
    assert [path for path in out.rglob(".*") if path.name != ".shotloom.lock"] == []


def test_a_second_build_into_the_same_folder_is_refused(shotloom, films: Path, corpus: Path) -> None:
    import fcntl

    with (corpus / ".shotloom.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shotloom("build", films, "--out", corpus, *FAST)
    assert done.returncode == 2
    assert "another build is writing here" in done.stderr


def test_a_repack_that_ended_between_its_files_is_made_whole(
    shotloom, built: Path, films: Path, corpus: Path, checksums
) -> None:
    """The manifest goes first when shards are packed anew: a kill leaves shards of two packings and no manifest."""
    (corpus / "manifest.parquet").unlink()
    (corpus / "shards" / "train-00000.tar").write_bytes(b"of another packing")
    (corpus / "shards" / "train-00007.tar").write_bytes(b"of another packing")
    done = shotloom("build", films, "--out", corpus, *FAST)
    assert done.returncode == 0, done.stderr
    assert checksums(corpus / "shards") == checksums(built / "shards")
    assert (corpus / "manifest.parquet").read_bytes() == (built / "manifest.parquet").read_bytes()


def test_new_shards_without_a_manifest_that_names_them_are_written_again(
    shotloom, built: Path, films: Path, corpus: Path, checksums
) -> None:
    """The manifest comes last when clips are appended: a kill leaves shards that it does not name."""
    (corpus / "shards" / "train-00001.tar").write_bytes(b"appended, and then killed")
    (corpus / "shards" / ".aside-0123456789ab-0123456789abcdef0123456789abcdef.tar").write_bytes(b"half")
    assert shotloom("build", films, "--out", corpus, *FAST).returncode == 0
    assert checksums(corpus / "shards") == checksums(built / "shards")


@pytest.mark.slow
def test_a_lost_clip_is_cut_again_and_a_lost_shard_packed_again(
    shotloom, built: Path, films: Path, corpus: Path, checksums
) -> None:
    next(corpus.glob("clips/*/*.mp4")).unlink()
    (corpus / "shards" / "train-00000.tar").unlink()
    done = shotloom("build", films, "--out", corpus, *FAST)
    assert done.returncode == 0, done.stderr
    assert "cut: 1 clips to do" in done.stderr
    assert checksums(corpus / "shards") == checksums(built / "shards")
