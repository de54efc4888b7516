"""A tiny Qwen2.5-VL, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from captioning.tiny_checkpoint import write_tiny_checkpoint


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vlm") / "tiny-qwen"
    write_tiny_checkpoint(folder)
    return folder
