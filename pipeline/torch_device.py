"""The device that a command computes on."""

from __future__ import annotations

import torch


def chosen_device(wish: str) -> torch.device:
    """``cuda``, ``cpu`` or the like; ``auto``: a GPU if there is one. Raises ``ValueError``."""
    found = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return torch.device(found if wish == "auto" else wish)
    except RuntimeError as error:
        raise ValueError(f"--device {wish}: write cuda, cpu or auto") from error
