"""A build whose clips are described by a model that the pipeline runs itself, without any server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from captioning.tiny_checkpoint import write_tiny_checkpoint

NONSENSE = (
    "captions.conversation={language: any, temperature: 1.0, attempts: 1, answer_tokens: 4096, on_reject: measured}",
    "captions.conversation.entities=false",
    "captions.conversation.sampling={pictures_per_shot: 2, pictures_per_clip: 3, picture_tokens: 16}",
)


@pytest.mark.slow
def test_transformers_describes_the_clips_and_every_clip_names_its_weights(corpus: Any, tmp_path: Path) -> None:
    folder = tmp_path / "tiny-qwen"
    write_tiny_checkpoint(folder)
    model = f"captions.models.clip={{id: {folder}, license: none}}"
    done = corpus.build("captions.backend=transformers", model, *NONSENSE, "engine.captions.device=cpu")
    assert done.returncode == 0, done.stderr
    assert corpus.status()["annotate"]["kept"] == len(corpus.records()) == 5
    told = corpus.status()["captions"]
    assert told["asks"] >= 5 * 4
    assert told["prompt_tokens"] > 100 * told["asks"]
    for record in corpus.records():
        assert "tiny-qwen" in {caption.origin for caption in record.captions}, "no word of the model arrived"
    named = {model.id: model.revision for record in corpus.records() for model in record.models}
    assert named["tiny-qwen"].startswith("sha256:")


@pytest.mark.slow
def test_a_folder_that_is_no_model_ends_the_run_and_says_what_it_lacks(corpus: Any, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "model.safetensors").write_bytes(b"")
    done = corpus.build("captions.backend=transformers", f"captions.models.clip.id={tmp_path / 'weights'}")
    assert done.returncode == 2
    assert "lacks config.json" in done.stderr
