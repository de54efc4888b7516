"""A ``transformers`` image classifier over pictures: the probabilities of chosen labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import transformers

from formats.clip_record import Model
from operators.embedders.transformer_embedder import loaded_processor, short_side
from operators.picture_models.device import torch_device
from operators.picture_models.pretrained import loaded_network
from operators.picture_models.protocol import Answers, Device, Picture
from operators.picture_models.weights import Weights, WeightsError
from operators.scores.learned.classifier_choice import ClassifierSettings, score_name

PICTURES_AT_ONCE = 16


class ImageClassifier:
    """Softmax over all labels, or a sigmoid of each where the checkpoint says that several may hold. Raises
    ``WeightsError``, also for a label that the model does not have."""

    def __init__(self, settings: ClassifierSettings, weights: Weights, model: Model, device: Device) -> None:
        self.model = model
        self.scores = tuple(score_name(settings.name, label) for label in settings.labels)
        if len(set(self.scores)) < len(self.scores):
            raise WeightsError(f"scan.classifiers, {settings.name}: two labels would have one score's name")
        self._device = torch_device(device)
        network = loaded_network(transformers.AutoModelForImageClassification, weights, "image classifier")
        self._places = _places(settings, network.config.id2label)
        self._several = network.config.problem_type == "multi_label_classification"
        dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        self._network = network.to(self._device, dtype).eval()
        self._processor = loaded_processor(weights)
        self.side = short_side(self._processor)

    def measure(self, pictures: Sequence[Picture]) -> Answers:
        """``(N, labels)`` float32, 0 to 1."""
        batches = [pictures[at : at + PICTURES_AT_ONCE] for at in range(0, len(pictures), PICTURES_AT_ONCE)]
        return np.concatenate([self._batch(batch) for batch in batches])

    def _batch(self, pictures: Sequence[Picture]) -> Answers:
        pixels = self._processor(images=list(pictures), return_tensors="pt", input_data_format="channels_last")
        with torch.inference_mode():
            logits = self._network(pixels["pixel_values"].to(self._device, self._network.dtype)).logits.float()
            chances = torch.sigmoid(logits) if self._several else torch.softmax(logits, dim=-1)
            answers: Answers = chances[:, self._places].cpu().numpy()
        return answers


def _places(settings: ClassifierSettings, id2label: dict[int, str]) -> list[int]:
    known = {str(label): int(place) for place, label in id2label.items()}
    for label in settings.labels:
        if label not in known:
            raise WeightsError(
                f"scan.classifiers, {settings.name}: {settings.source} has no label {label!r}; it has: {', '.join(known)}"
            )
    return [known[label] for label in settings.labels]
