"""SigLIP 2, CLIP and DINOv2 as ``transformers`` runs them: their own image processor, their own pooled output.

SigLIP 2 (arXiv 2502.14786): the attention-pooled vector. CLIP (arXiv 2103.00020): the projected class token, the one that
it compares with text. DINOv2 (arXiv 2304.07193): the normalised class token. Only the vision half is loaded. Each model's
processor decides what it sees: CLIP and DINOv2 look at the picture's middle square, SigLIP 2 at all of it, squeezed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import transformers

from formats.clip_record import Model
from operators.picture_models.device import torch_device
from operators.picture_models.pretrained import loaded_network
from operators.picture_models.protocol import Answers, Device, Picture
from operators.picture_models.weights import Weights, WeightsError

PICTURES_AT_ONCE = 16
CLASSES = {
    "siglip2": ("SiglipVisionModel", "pooler_output"),
    "clip": ("CLIPVisionModelWithProjection", "image_embeds"),
    "dinov2": ("Dinov2Model", "pooler_output"),
}
"""For each name the class of its vision half and the output that describes the whole picture."""


class TransformerEmbedder:
    """``name``: a key of ``CLASSES``. In bfloat16 on a GPU, in float32 on a processor. Raises ``WeightsError``."""

    scores: tuple[str, ...] = ()

    def __init__(self, name: str, weights: Weights, model: Model, device: Device) -> None:
        self.model = model
        self._device = torch_device(device)
        self._network, self._output = (
            loaded_network(getattr(transformers, CLASSES[name][0]), weights, name),
            CLASSES[name][1],
        )
        dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        self._network = self._network.to(self._device, dtype).eval()
        self._processor = loaded_processor(weights)
        self.side = short_side(self._processor)

    def measure(self, pictures: Sequence[Picture]) -> Answers:
        """``(N, D)`` float32, each row of length 1."""
        return np.concatenate(
            [self._batch(pictures[at : at + PICTURES_AT_ONCE]) for at in range(0, len(pictures), PICTURES_AT_ONCE)]
        )

    def _batch(self, pictures: Sequence[Picture]) -> Answers:
        pixels = self._processor(images=list(pictures), return_tensors="pt", input_data_format="channels_last")
        with torch.inference_mode():
            seen = pixels["pixel_values"].to(self._device, self._network.dtype)
            vectors = getattr(self._network(pixel_values=seen), self._output).float()
            answers: Answers = torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy()
        return answers


def loaded_processor(weights: Weights) -> Any:
    try:
        return transformers.AutoImageProcessor.from_pretrained(
            weights.path, backend="pil", local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise WeightsError(f"{weights.id} has no usable preprocessor_config.json: {reason}") from error


def short_side(processor: Any) -> int:
    """Pixels that the processor scales a picture's short side to."""
    size = dict(processor.size)
    return int(size.get("shortest_edge") or min(size["height"], size["width"]))
