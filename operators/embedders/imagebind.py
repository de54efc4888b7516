"""ImageBind as an embedder. Its weights are CC-BY-NC-SA 4.0: not for commercial use, and what is derived shares the terms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from formats.clip_record import Model
from operators.embedders.imagebind_trunk import HUGE, SIDE, TrunkShape, load_trunk
from operators.picture_models.device import torch_device
from operators.picture_models.protocol import Answers, Device, Picture
from operators.picture_models.weights import Weights

PICTURES_AT_ONCE = 16
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


class ImageBind:
    """In bfloat16 on a GPU, in float32 on a processor. Raises ``WeightsError``."""

    scores: tuple[str, ...] = ()
    side = SIDE

    def __init__(self, weights: Weights, model: Model, device: Device, shape: TrunkShape = HUGE) -> None:
        self.model = model
        self._device = torch_device(device)
        self._dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        self._trunk = load_trunk(weights.path, shape).to(self._device, self._dtype)

    def measure(self, pictures: Sequence[Picture]) -> Answers:
        """``(N, 1024)`` float32, each row of length 1."""
        return np.concatenate(
            [self._batch(pictures[at : at + PICTURES_AT_ONCE]) for at in range(0, len(pictures), PICTURES_AT_ONCE)]
        )

    def _batch(self, pictures: Sequence[Picture]) -> Answers:
        seen = torch.from_numpy(np.stack([as_imagebind_sees(each) for each in pictures]))
        with torch.inference_mode():
            vectors = self._trunk(seen.to(self._device, self._dtype)).float()
            answers: Answers = torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy()
        return answers


def as_imagebind_sees(picture: Picture) -> npt.NDArray[np.float32]:
    """``(3, 224, 224)`` float32: the middle square, bicubic, normalised, as ImageBind's ``load_and_transform_vision_data``."""
    height, width = picture.shape[:2]
    scale = SIDE / min(height, width)
    size = max(SIDE, int(width * scale)), max(SIDE, int(height * scale))
    scaled = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
    top, left = round((size[1] - SIDE) / 2), round((size[0] - SIDE) / 2)
    square = scaled[top : top + SIDE, left : left + SIDE].astype(np.float32) / 255
    return np.ascontiguousarray(((square - MEAN) / DEVIATION).transpose(2, 0, 1))
