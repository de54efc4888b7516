"""SAM 2 (arXiv 2408.00714) as ``transformers`` runs it on single pictures: the mask of what a box is around."""

from __future__ import annotations

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from PIL import Image

from formats.clip_record import Model
from formats.film_scan import PictureBox
from operators.picture_models.device import torch_device
from operators.picture_models.pretrained import loaded_network
from operators.picture_models.protocol import Device, Picture
from operators.picture_models.weights import Weights

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, as SAM 2's own image processor has them. That processor needs torchvision, which Shotloom does not."""


class Sam2:
    """``Segmenter`` in float32, on a GPU or a processor; of a checkpoint for films its part for pictures. Raises
    ``WeightsError``. Not for several threads at once."""

    def __init__(self, weights: Weights, model: Model, device: Device) -> None:
        self.model = model
        self._device = torch_device(device)
        network = loaded_network(transformers.Sam2Model, weights, "SAM 2")
        self._network = network.to(self._device, torch.float32).eval()
        self._side = int(network.config.prompt_encoder_config.image_size)

    def mask(self, picture: Picture, box: PictureBox) -> NDArray[np.bool_]:
        height, width = picture.shape[:2]
        squeezed = Image.fromarray(picture).resize((self._side, self._side), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.asarray(squeezed, np.float32) / 255).permute(2, 0, 1)
        mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (_MEAN, _DEVIATION))
        across, down = self._side / width, self._side / height
        scaled = torch.tensor([[[box[0] * across, box[1] * down, box[2] * across, box[3] * down]]])
        with torch.inference_mode():
            seen = self._network(
                pixel_values=((pixels - mean) / deviation)[None].to(self._device),
                input_boxes=scaled.to(self._device),
                multimask_output=False,
            )
            small = seen.pred_masks[:, 0, :1].float()
            whole = torch.nn.functional.interpolate(small, (height, width), mode="bilinear", align_corners=False)
        found: NDArray[np.bool_] = (whole[0, 0] > 0).cpu().numpy()
        return found
