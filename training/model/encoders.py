"""What is around the transformer in a release, loaded: VAE, text encoder, tokenizer. From safetensors, whole, and no code of the
checkpoint's is run or asked about.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from training.model.release import CheckpointError

_REFUSALS = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, SafetensorError)


def load_vae(release: Path, device: torch.device) -> Any:
    """diffusers', in float32 as its authors advise. Raises ``CheckpointError``."""
    from diffusers import AutoencoderKLWan

    return _loaded(AutoencoderKLWan, release / "vae", {"torch_dtype": torch.float32}).to(device).eval()


def load_text_model(release: Path, dtype: torch.dtype, device: torch.device) -> Any:
    """``transformers``' umT5. Raises ``CheckpointError``."""
    from transformers import UMT5EncoderModel

    return _loaded(UMT5EncoderModel, release / "text_encoder", {"dtype": dtype}).to(device).eval()


def load_tokenizer(release: Path) -> Any:
    """``transformers``'. Raises ``CheckpointError``."""
    from transformers import AutoTokenizer

    folder = release / "tokenizer"
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except _REFUSALS as error:
        raise _refused(folder, error) from error


def _loaded(kind: Any, folder: Path, precision: dict[str, torch.dtype]) -> Any:
    try:
        network, report = kind.from_pretrained(
            folder, use_safetensors=True, local_files_only=True, output_loading_info=True, **precision
        )
    except _REFUSALS as error:
        raise _refused(folder, error) from error
    absent = sorted(str(name) for name in (*report["missing_keys"], *report["mismatched_keys"]))
    if absent:
        raise CheckpointError(f"{folder} is not whole: {len(absent)} weights are missing, such as {absent[0]}")
    return network


def _refused(folder: Path, error: Exception) -> CheckpointError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return CheckpointError(f"{folder} cannot be loaded: {reason}")
