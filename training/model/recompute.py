"""Gradient checkpointing of a block: only what attention gave is kept, everything else is computed again on the way back.

Attention is most of the work of a long video (70 % at 81 frames of 480 x 832) and its outputs are little of the memory (3.0 GB for
Wan2.1's 1.3B at that size), so keeping them saves a fifth of a step.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts

from training.model.plan import BatchPlan

KEPT = (
    torch.ops.aten._scaled_dot_product_flash_attention.default,
    torch.ops.aten._scaled_dot_product_efficient_attention.default,
    torch.ops.aten._scaled_dot_product_cudnn_attention.default,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default,
)
"""The kernels of attention. PyTorch's plain form (``math``) is computed again: a processor takes it for text with times, whose keys
are wider than its values (192 and 128), and every device where none of these fits."""


def recomputed(
    block: nn.Module, x_BSM: Tensor, text_KM: Tensor, time_B6M: Tensor, plan: BatchPlan, layer: int
) -> Tensor:
    """What ``block`` says, to the bit, at less memory until its gradients are asked for."""
    contexts = partial(create_selective_checkpoint_contexts, list(KEPT))
    out: Tensor = checkpoint(block, x_BSM, text_KM, time_B6M, plan, layer, use_reentrant=False, context_fn=contexts)
    return out
