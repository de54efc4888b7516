"""A vision-language model's checkpoint: found by hub id or folder, and looked at before anything is loaded."""

from __future__ import annotations

from operators.picture_models.weights import Weights, WeightsError, find_weights


def find_checkpoint(source: str, revision: str) -> Weights:
    """``source``: a hub id, or a folder on every machine. ``revision``: a commit, tag or branch of the hub id; empty: main.

    Raises ``WeightsError`` where there is none, or where it is not a checkpoint in safetensors.
    """
    weights = find_weights(source, revision or "main")
    if not weights.path.is_dir():
        raise WeightsError(f"{source} is a file: a model that captions is a folder with its config.json and tokenizer")
    if not (weights.path / "config.json").is_file():
        raise WeightsError(f"{source} lacks config.json: it is no checkpoint as transformers and vLLM read it")
    if not any(weights.path.glob("*.safetensors")):
        raise WeightsError(
            f"{source} holds no .safetensors file: weights of other kinds can run code and are not loaded"
        )
    if not any((weights.path / name).is_file() for name in ("tokenizer.json", "tokenizer_config.json", "vocab.json")):
        raise WeightsError(f"{source} holds no tokenizer (tokenizer.json, tokenizer_config.json)")
    return weights
