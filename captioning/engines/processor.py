"""What turns words and pictures into a model's inputs: ``transformers``' own processor, which here never sees a video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import transformers
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

from operators.picture_models.weights import Weights, WeightsError


def load_processor(weights: Weights, config: Any) -> Any:
    """Of the checkpoint whose ``config`` is given; pads on the left, as generating in batches needs.

    It is put together without the video processor that Qwen's and LLaVA's models have: that one needs torchvision. Raises
    ``WeightsError``.
    """
    try:
        processor = _without_videos(weights.path, config)
    except (OSError, ValueError, ImportError, KeyError, TypeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise WeightsError(f"{weights.id} has no usable processor and tokenizer: {reason}") from error
    if not hasattr(processor, "tokenizer") or not hasattr(processor, "image_processor"):
        raise WeightsError(f"{weights.id} has no processor for words and pictures")
    if not (processor.chat_template or processor.tokenizer.chat_template):
        raise WeightsError(f"{weights.id} has no chat template: an instruction-tuned checkpoint is needed")
    processor.tokenizer.padding_side = "left"
    if processor.tokenizer.pad_token is None:
        processor.tokenizer.pad_token = processor.tokenizer.eos_token
    return processor


def _without_videos(folder: Path, config: Any) -> Any:
    if type(config) not in PROCESSOR_MAPPING:
        raise ValueError(f"transformers knows no processor of {config.model_type}")
    kind = _pictures_only(PROCESSOR_MAPPING[type(config)])
    facts, _ = kind.get_processor_dict(folder)
    return kind.from_args_and_dict([_part(name, folder) for name in kind.get_attributes()], facts)


def _pictures_only(kind: Any) -> Any:
    """``kind`` that takes ``None`` for a part that is not there."""

    class PicturesOnly(kind):  # type: ignore[misc]
        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> Any:
            return None if argument is None else super().check_argument_for_proper_class(argument_name, argument)

    return PicturesOnly


def _part(name: str, folder: Path) -> Any:
    if name == "tokenizer":
        return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    if name == "image_processor":
        return transformers.AutoImageProcessor.from_pretrained(
            folder, backend="pil", local_files_only=True, trust_remote_code=False
        )
    if name == "video_processor":
        return None
    raise ValueError(f"its processor wants a {name}, which words and pictures do not need")
