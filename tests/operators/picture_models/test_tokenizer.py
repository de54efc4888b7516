from __future__ import annotations

from pathlib import Path

import pytest

from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from operators.picture_models.tokenizer import loaded_tokenizer
from operators.picture_models.weights import Weights, WeightsError


def test_a_checkpoints_tokenizer_reads_words(tmp_path: Path) -> None:
    write_tiny_checkpoint("clip", tmp_path)
    assert loaded_tokenizer(Weights("tiny", tmp_path, "1"))("a cat")["input_ids"]


def test_a_folder_without_one_has_none_made_up(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "clip"}')
    with pytest.raises(WeightsError, match="tiny has no tokenizer: none of"):
        loaded_tokenizer(Weights("tiny", tmp_path, "1"))


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"version": "1.0", "model": {"type": "Evil"}}'])
def test_one_that_is_broken_is_refused_by_name(tmp_path: Path, broken: str) -> None:
    write_tiny_checkpoint("clip", tmp_path)
    (tmp_path / "tokenizer.json").write_text(broken)
    with pytest.raises(WeightsError, match="tiny has no usable tokenizer"):
        loaded_tokenizer(Weights("tiny", tmp_path, "1"))
