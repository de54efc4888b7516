"""Processes as ``torchrun`` starts them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed

from training.ranks import Ranks

PATIENCE = timedelta(hours=2)
"""How long one process waits for another: long enough for one to make its videos."""


@contextmanager
def joined_processes(device: torch.device) -> Iterator[tuple[Ranks, torch.device]]:
    """Meets the other processes that ``torchrun`` started, if it did; each has a GPU of its own if ``device`` is one."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Ranks(), device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Ranks.found(), device
    finally:
        torch.distributed.destroy_process_group()
