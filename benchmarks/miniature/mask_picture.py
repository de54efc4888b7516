"""Shot masks as a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from training.model.plan import BatchPlan
from training.model.positions import Grid
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart

_PIXELS = 24
_HEAD_WIDTH = 32


def mask_picture(starts: Sequence[int], latents: int) -> Image.Image:
    """Which latents (columns) those of each shot see (rows), and right of them which shots' captions. White is seen."""
    settings = PlanSettings(masked_layers=(0, 0), time="off")
    captions = tuple(TextPart(1, shots=(shot,)) for shot in range(len(starts)))
    plan = BatchPlan.build([SamplePlan(tuple(starts), captions)], Grid(latents, 1, 1), _HEAD_WIDTH, settings)
    seen = np.zeros((latents, latents + 1 + len(starts)), dtype=np.uint8)
    visible = plan.visible[0] or ()
    for (start, end), words in zip(plan.shot_tokens(0), visible, strict=True):
        seen[start:end, start:end] = seen[start:end, 0] = 255
        seen[start:end, latents + 1 + words.numpy()] = 255
    seen[:, latents] = 128
    return Image.fromarray(np.kron(seen, np.ones((_PIXELS, _PIXELS), dtype=np.uint8)))
