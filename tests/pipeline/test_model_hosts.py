from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from operators.picture_models.remote import connect_models
from operators.scan import ScanSettings
from pipeline.model_hosts import ModelHostError, ModelHosts


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def settings(weights: Path) -> str:
    return ScanSettings.model_validate(
        {"embedder": "dinov2", "embedder_weights": {"source": str(weights)}}
    ).model_dump_json()


@pytest.fixture
def wanted(tmp_path: Path) -> str:
    write_tiny_checkpoint("dinov2", tmp_path / "dinov2")
    return settings(tmp_path / "dinov2")


@pytest.fixture
def workers() -> Iterator[tuple[ModelHosts, ModelHosts]]:
    both = ModelHosts(), ModelHosts()
    yield both
    for worker in both:
        worker.close()


def hosts_at(address: str) -> list[int]:
    """Processes with that address in their command line."""
    said = subprocess.run(
        ["pgrep", "-f", f"picture_models.host {address}"], capture_output=True, text=True, check=False
    )
    return [int(pid) for pid in said.stdout.split()]


@pytest.mark.slow
def test_workers_share_one_process_that_ends_with_the_last_of_them(
    workers: tuple[ModelHosts, ModelHosts], wanted: str
) -> None:
    one, other = workers
    address = one.address_of(wanted)
    assert other.address_of(wanted) == address
    (pid,) = hosts_at(address)
    one.close()
    (model,) = connect_models(address)
    assert model.measure([np.zeros((32, 32, 3), np.uint8)]).shape == (1, 32)
    model.host.close()
    assert hosts_at(address) == [pid]
    other.close()
    deadline = time.monotonic() + 20
    while hosts_at(address) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not hosts_at(address)


@pytest.mark.slow
def test_a_host_that_was_killed_is_started_again(workers: tuple[ModelHosts, ModelHosts], wanted: str) -> None:
    worker = workers[0]
    address = worker.address_of(wanted)
    (pid,) = hosts_at(address)
    os.kill(pid, signal.SIGKILL)
    while not worker._leases[wanted].connection.poll(1):
        pass
    assert worker.address_of(wanted) == address
    assert hosts_at(address) != [pid]
    assert len(connect_models(address)) == 1


def test_weights_that_cannot_be_loaded_are_named(workers: tuple[ModelHosts, ModelHosts], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(ModelHostError, match="none holds no weights"):
        workers[0].address_of(settings(tmp_path / "none"))
