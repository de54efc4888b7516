"""Which device a model runs on."""

from __future__ import annotations

from operators.picture_models.protocol import Device


def torch_device(wanted: Device) -> str:
    """``cpu`` or ``cuda``; "auto" takes the GPU where torch sees one. Raises ``ValueError`` if a GPU is asked for and
    there is none."""
    import torch

    has_gpu = torch.cuda.is_available()
    if wanted == "cuda" and not has_gpu:
        raise ValueError("the device asked for is cuda, but torch sees no GPU here; use auto or cpu")
    return "cuda" if has_gpu and wanted != "cpu" else "cpu"
