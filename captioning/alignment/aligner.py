"""CLIP (arXiv 2103.00020) and SigLIP 2 (arXiv 2502.14786) with both halves: texts and pictures in one space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import transformers
from PIL import Image
from torch import Tensor

from captioning.alignment.settings import AlignmentSettings
from formats.clip_record import Model
from operators.embedders.choice import EmbedderChoice
from operators.embedders.transformer_embedder import loaded_processor
from operators.picture_models.device import torch_device
from operators.picture_models.pretrained import loaded_network
from operators.picture_models.protocol import Device
from operators.picture_models.tokenizer import loaded_tokenizer

CLASSES = {"clip": "CLIPModel", "siglip2": "SiglipModel"}
Cosines = npt.NDArray[np.float32]


class Aligner:
    """In bfloat16 on a GPU, in float32 on a processor. Raises ``WeightsError``. Not for several threads at once."""

    def __init__(self, settings: AlignmentSettings, device: Device) -> None:
        choice = EmbedderChoice(settings.scorer, settings.weights)
        weights = choice.weights()
        self.model: Model = choice.model.model_copy(update={"role": "aligner"})
        self._device = torch_device(device)
        dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        self._network = loaded_network(getattr(transformers, CLASSES[settings.scorer]), weights, settings.scorer)
        self._network = self._network.to(self._device, dtype).eval()
        self._pictures = loaded_processor(weights)
        self._words = loaded_tokenizer(weights)
        self._longest = int(self._network.config.text_config.max_position_embeddings)

    def cosines(self, texts: Sequence[str], pictures: Sequence[Image.Image]) -> Cosines:
        """``(T, P)``, -1 to 1: of each text with each RGB picture. A text is cut where the model's reading ends."""
        tokens = self._words(
            list(texts), padding="max_length", truncation=True, max_length=self._longest, return_tensors="pt"
        )
        pixels = self._pictures(images=list(pictures), return_tensors="pt")["pixel_values"]
        with torch.inference_mode():
            words_TD = _unit(self._network.get_text_features(**self._known(tokens)))
            seen_PD = _unit(self._network.get_image_features(pixel_values=pixels.to(self._device, self._network.dtype)))
            found: Cosines = (words_TD @ seen_PD.T).cpu().numpy()
        return found

    def _known(self, tokens: Any) -> dict[str, Tensor]:
        """SigLIP reads its padding: it was trained without a mask."""
        names = ("input_ids", "attention_mask") if "Siglip" not in type(self._network).__name__ else ("input_ids",)
        return {name: tokens[name].to(self._device) for name in names}


def _unit(found: Any) -> Tensor:
    vectors = found if isinstance(found, Tensor) else found.pooler_output
    return torch.nn.functional.normalize(vectors.float(), dim=-1)
