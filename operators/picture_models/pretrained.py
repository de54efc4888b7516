"""Weights into a network of ``transformers``, all of them and nothing else: safetensors, no code of the checkpoint's."""

from __future__ import annotations

from typing import Any

from safetensors import SafetensorError
from transformers.utils import logging as transformers_logging

from operators.picture_models.weights import Weights, WeightsError


def loaded_network(kind: Any, weights: Weights, name: str) -> Any:
    """``kind``: a class with ``from_pretrained``. Raises ``WeightsError``."""
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        network, report = kind.from_pretrained(
            weights.path, output_loading_info=True, use_safetensors=True, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise WeightsError(f"{weights.id} cannot be loaded as {name}: {reason}") from error
    finally:
        transformers_logging.set_verbosity(verbosity)
    absent = sorted(report["missing_keys"]) + sorted(str(each) for each in report["mismatched_keys"])
    if absent:
        raise WeightsError(f"{weights.id} holds no {name}: {len(absent)} weights are missing, such as {absent[0]}")
    return network
