"""diffusers' own transformer with shot masks as CineTrans gives them: a boolean S x S tensor for PyTorch's attention (its
``wan/modules/model.py``). It is told of shots by the same plan as ours and takes the same arguments, so that one trainer runs both.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers import WanTransformer3DModel
from diffusers.models.transformers.transformer_wan import WanAttnProcessor
from torch import Tensor

from training.model.diffusers_form import diffusers_transformer
from training.model.plan import BatchPlan
from training.model.wan import WanConfig


class MaskedDiffusers(WanTransformer3DModel):
    """Layers that the plan masks get a processor that hands the mask on; a clip of one shot is shown without. Texts cannot be
    masked."""

    shown: tuple[int, ...] = (0,)
    """Where the shots start that the processors were made for."""

    @classmethod
    def of(cls, config: WanConfig) -> MaskedDiffusers:
        """Random weights."""
        return diffusers_transformer(config, cls)

    def forward(self, latents_BCTHW: Tensor, timestep_B: Tensor, text_KE: Tensor, plan: BatchPlan) -> Tensor:
        """As ``WanTransformer``, for samples that are all cut alike and have texts of one length."""
        self._show(plan)
        text_BLE = text_KE.unflatten(0, (len(plan.samples), -1))
        said: Tensor = super().forward(latents_BCTHW, timestep_B, text_BLE, return_dict=False)[0]
        return said

    def _show(self, plan: BatchPlan) -> None:
        starts = plan.samples[0].starts
        if starts == self.shown:
            return
        mask_SS = mask_of(plan, self.proj_out.weight.device)
        for layer, block in enumerate(self.blocks):
            masked = plan.masks_video(layer) and len(starts) > 1
            block.attn1.set_processor(_Masked(mask_SS) if masked else WanAttnProcessor())
        self.shown = starts


class _Masked(WanAttnProcessor):
    def __init__(self, mask_SS: Tensor) -> None:
        super().__init__()
        self._mask_11SS = mask_SS[None, None]

    def __call__(self, attn: Any, hidden_states: Tensor, *told: Any) -> Tensor:
        encoder_hidden_states, _, rotary_emb = told
        out: Tensor = super().__call__(attn, hidden_states, encoder_hidden_states, self._mask_11SS, rotary_emb)
        return out


def mask_of(plan: BatchPlan, device: torch.device) -> Tensor:
    """``(S, S)`` bool, made as CineTrans makes it: a block for each shot, and the first latent."""
    tokens = plan.grid.tokens
    mask_SS = torch.zeros(tokens, tokens, dtype=torch.bool, device=device)
    for start, end in plan.shot_tokens(0):
        mask_SS[start:end, start:end] = True
    mask_SS[:, : plan.grid.per_frame] = True
    return mask_SS
