"""The tokenizer of a checkpoint that reads words."""

from __future__ import annotations

from typing import Any

import transformers

from operators.picture_models.weights import Weights, WeightsError

FILES = ("tokenizer.json", "vocab.json", "vocab.txt")


def loaded_tokenizer(weights: Weights) -> Any:
    """One of its files must be there: without one transformers makes up an empty vocabulary. No code of the checkpoint's is run.
    Raises ``WeightsError``."""
    if not any((weights.path / name).is_file() for name in FILES):
        raise WeightsError(f"{weights.id} has no tokenizer: none of {', '.join(FILES)}")
    try:
        return transformers.AutoTokenizer.from_pretrained(weights.path, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise WeightsError(f"{weights.id} has no usable tokenizer: {reason}") from error
