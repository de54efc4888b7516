"""Grounding DINO (arXiv 2303.05499) as ``transformers`` runs it: boxes for a phrase in a picture."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import transformers
from torch import Tensor

from captioning.references.boxes import FoundBox, area
from captioning.references.phrase import Phrase
from formats.clip_record import Model
from formats.film_scan import PictureBox
from operators.embedders.transformer_embedder import loaded_processor
from operators.picture_models.device import torch_device
from operators.picture_models.pretrained import loaded_network
from operators.picture_models.protocol import Device, Picture
from operators.picture_models.tokenizer import loaded_tokenizer
from operators.picture_models.weights import Weights

MOST_BOXES = 16
_LONGEST = 256


class GroundingDino:
    """``Detector`` in float32, on a GPU or a processor. Raises ``WeightsError``. Not for several threads at once.

    How sure it is of a phrase is the largest probability over the phrase's tokens. Name and description are two phrases of one
    question; a box is found where one of them reaches ``min_confidence``, and its confidence is the mean of the two (the name's
    alone where nothing is described).
    """

    def __init__(self, weights: Weights, model: Model, min_confidence: float, device: Device) -> None:
        self.model = model
        self._least = min_confidence
        self._device = torch_device(device)
        network = loaded_network(transformers.AutoModelForZeroShotObjectDetection, weights, "Grounding DINO")
        self._network = network.to(self._device, torch.float32).eval()
        self._pictures = loaded_processor(weights)
        self._words = loaded_tokenizer(weights)
        self._stop = int(self._words.convert_tokens_to_ids("."))

    def find(self, asked: Sequence[tuple[Picture, Phrase]]) -> list[tuple[FoundBox, ...]]:
        """One pass of the network. What else is in it shifts a confidence by some thousandths at most: shorter texts are padded."""
        if not asked:
            return []
        height, width = asked[0][0].shape[:2]
        shown = self._shown([picture for picture, _ in asked])
        words = self._words(
            [phrase.text for _, phrase in asked],
            padding=True,
            truncation=True,
            max_length=_LONGEST,
            return_tensors="pt",
        )
        with torch.inference_mode():
            seen = self._network(**{name: each.to(self._device) for name, each in {**shown, **words}.items()})
        # b: phrases, q: boxes, t: tokens
        sure_bqt, boxes_bq4 = seen.logits.float().sigmoid().cpu(), seen.pred_boxes.float().cpu()
        return [
            self._found(sure_qt, boxes_q4, ids, (width, height))
            for sure_qt, boxes_q4, ids in zip(sure_bqt, boxes_bq4, words["input_ids"], strict=True)
        ]

    def _shown(self, pictures: Sequence[Picture]) -> dict[str, Tensor]:
        """Each picture is scaled once, however often it is in the batch."""
        each_once = {id(picture): picture for picture in pictures}
        pixels = self._pictures(images=list(each_once.values()), return_tensors="pt", input_data_format="channels_last")
        place = {key: number for number, key in enumerate(each_once)}
        rows = torch.tensor([place[id(picture)] for picture in pictures])
        return {name: pixels[name][rows] for name in pixels}

    def _found(self, sure_qt: Tensor, boxes_q4: Tensor, ids: Tensor, size: tuple[int, int]) -> tuple[FoundBox, ...]:
        """The first token and the full stops after each phrase stand around what belongs to it."""
        stops = torch.nonzero(ids == self._stop).flatten().tolist()
        spans = [(start + 1, end) for start, end in zip([0, *stops], stops, strict=False) if end > start + 1]
        if not spans:
            return ()
        sure_pq = torch.stack([sure_qt[:, start:end].amax(dim=1) for start, end in spans[:2]])
        kept = torch.nonzero(sure_pq.amax(dim=0) >= self._least).flatten()
        confidence = sure_pq.mean(dim=0)
        order = kept[torch.argsort(confidence[kept], descending=True, stable=True)][:MOST_BOXES]
        found = (FoundBox(_in_pixels(boxes_q4[i], size), round(float(confidence[i]), 4)) for i in order.tolist())
        return tuple(each for each in found if area(each.box))


def _in_pixels(box: Tensor, size: tuple[int, int]) -> PictureBox:
    """From centre and size in shares of the picture."""
    (x, y, across, down), (width, height) = box.tolist(), size
    left, right = ((x + side * across / 2) * width for side in (-1, 1))
    top, bottom = ((y + side * down / 2) * height for side in (-1, 1))
    return (
        min(max(round(left), 0), width),
        min(max(round(top), 0), height),
        min(max(round(right), 0), width),
        min(max(round(bottom), 0), height),
    )
