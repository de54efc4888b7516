"""What the tests of this folder share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.feeding.small_run import pack_small
from training.model.tiny_checkpoint import write_tiny_release


@pytest.fixture(scope="package")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read only."""
    return pack_small(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="package")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wan")
    write_tiny_release(folder)
    return folder
