"""Wan2.1's text-to-video transformer, told of shots and timed text by a plan.

The names of the weights are those of diffusers' ``WanTransformer3DModel``, so that its checkpoints load as they are. With one shot
and untimed text the result equals diffusers', bit for bit. Layers that need nothing of ours are diffusers' own.

B batch, C latent channels, T latent frames, H W latent rows and columns, S tokens (T x H/2 x W/2), M model width, N heads, D head
width, K text tokens of all samples one after another, E width of the text encoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import torch
from diffusers.models.attention import FeedForward
from diffusers.models.embeddings import PixArtAlphaTextProjection, TimestepEmbedding, Timesteps
from diffusers.models.normalization import FP32LayerNorm
from torch import Tensor, nn

from training.model.attention import cross_attention, self_attention
from training.model.plan import BatchPlan
from training.model.positions import Grid
from training.model.recompute import recomputed
from training.model.rotary import Rotation, rotate

KEPT_IN_FLOAT32 = ("time_embedder", "scale_shift_table", "norm1", "norm2", "norm3")
"""Parts of names whose weights stay in float32 whatever the rest is in: Wan's own rule, as diffusers keeps it."""


@dataclass(frozen=True)
class WanConfig:
    """The defaults are Wan2.1-T2V-1.3B's."""

    heads: int = 12
    head_width: int = 128
    channels: int = 16
    text_width: int = 4096
    time_width: int = 256
    ffn_width: int = 8960
    layers: int = 30
    patch: tuple[int, int, int] = (1, 2, 2)
    cross_norm: bool = True
    eps: float = 1e-6

    @property
    def width(self) -> int:
        return self.heads * self.head_width

    def grid(self, frames: int, rows: int, columns: int) -> Grid:
        """Tokens of latents of this size. Raises ``ValueError`` if patches do not cover them."""
        sizes = (frames, rows, columns)
        if any(size < 1 or size % patch for size, patch in zip(sizes, self.patch, strict=True)):
            raise ValueError(f"latents of {sizes} do not divide into patches of {self.patch}")
        return Grid(*(size // patch for size, patch in zip(sizes, self.patch, strict=True)))


class Attention(nn.Module):
    """Projections of self-attention (``attn1``) or cross-attention (``attn2``)."""

    def __init__(self, config: WanConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.to_q = nn.Linear(width, width)
        self.to_k = nn.Linear(width, width)
        self.to_v = nn.Linear(width, width)
        self.to_out = nn.ModuleList([nn.Linear(width, width), nn.Dropout(0.0)])
        self.norm_q = nn.RMSNorm(width, eps=config.eps)
        self.norm_k = nn.RMSNorm(width, eps=config.eps)

    def queries(self, x_BSM: Tensor) -> Tensor:
        q: Tensor = self.norm_q(self.to_q(x_BSM)).unflatten(-1, (self.heads, -1))
        return q

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """``(..., M)`` -> twice ``(..., N, D)``."""
        k: Tensor = self.norm_k(self.to_k(x)).unflatten(-1, (self.heads, -1))
        v: Tensor = self.to_v(x).unflatten(-1, (self.heads, -1))
        return k, v

    def out(self, x_BSND: Tensor) -> Tensor:
        projected: Tensor = self.to_out[1](self.to_out[0](x_BSND.flatten(2)))
        return projected


class Block(nn.Module):
    def __init__(self, config: WanConfig) -> None:
        super().__init__()
        width = config.width
        self.norm1 = FP32LayerNorm(width, config.eps, elementwise_affine=False)
        self.attn1 = Attention(config)
        self.attn2 = Attention(config)
        self.norm2 = FP32LayerNorm(width, config.eps, elementwise_affine=True) if config.cross_norm else nn.Identity()
        self.ffn = FeedForward(width, inner_dim=config.ffn_width, activation_fn="gelu-approximate")
        self.norm3 = FP32LayerNorm(width, config.eps, elementwise_affine=False)
        self.scale_shift_table = nn.Parameter(torch.randn(1, 6, width) / width**0.5)

    def forward(self, x_BSM: Tensor, text_KM: Tensor, time_B6M: Tensor, plan: BatchPlan, layer: int) -> Tensor:
        shift, scale, gate, ffn_shift, ffn_scale, ffn_gate = (self.scale_shift_table + time_B6M.float()).chunk(6, dim=1)

        seen = (self.norm1(x_BSM.float()) * (1 + scale) + shift).type_as(x_BSM)
        x_BSM = (x_BSM.float() + self._look_at_video(seen, plan, layer) * gate).type_as(x_BSM)

        seen = self.norm2(x_BSM.float()).type_as(x_BSM)
        x_BSM = x_BSM + self._look_at_text(seen, text_KM, plan, layer)

        seen = (self.norm3(x_BSM.float()) * (1 + ffn_scale) + ffn_shift).type_as(x_BSM)
        done: Tensor = x_BSM.float() + self.ffn(seen).float() * ffn_gate
        return done.type_as(x_BSM)

    def _look_at_video(self, x_BSM: Tensor, plan: BatchPlan, layer: int) -> Tensor:
        by_head = Rotation(plan.video.cos[:, None], plan.video.sin[:, None])
        q_BSND = self.attn1.queries(x_BSM)
        k_BSND, v_BSND = self.attn1.keys_values(x_BSM)
        return self.attn1.out(self_attention(rotate(q_BSND, by_head), rotate(k_BSND, by_head), v_BSND, plan, layer))

    def _look_at_text(self, x_BSM: Tensor, text_KM: Tensor, plan: BatchPlan, layer: int) -> Tensor:
        k_KND, v_KND = self.attn2.keys_values(text_KM)
        return self.attn2.out(cross_attention(self.attn2.queries(x_BSM), k_KND, v_KND, plan, layer))


class ConditionEmbedder(nn.Module):
    def __init__(self, config: WanConfig) -> None:
        super().__init__()
        self.timesteps_proj = Timesteps(config.time_width, flip_sin_to_cos=True, downscale_freq_shift=0)
        self.time_embedder = TimestepEmbedding(config.time_width, config.width)
        self.act_fn = nn.SiLU()
        self.time_proj = nn.Linear(config.width, 6 * config.width)
        self.text_embedder = PixArtAlphaTextProjection(config.text_width, config.width, act_fn="gelu_tanh")

    def forward(self, timestep_B: Tensor, text_KE: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``(B, M)`` and ``(B, 6, M)`` of the time, ``(K, M)`` of the text."""
        waves = self.timesteps_proj(timestep_B).to(self.time_embedder.linear_1.weight.dtype)
        with torch.autocast(
            waves.device.type, enabled=False
        ):  # Wan's rule: in float32, also where all else is autocast
            time_BM = self.time_embedder(waves).type_as(text_KE)
        return time_BM, self.time_proj(self.act_fn(time_BM)).unflatten(1, (6, -1)), self.text_embedder(text_KE)


class WanTransformer(nn.Module):
    def __init__(self, config: WanConfig) -> None:
        super().__init__()
        self.config = config
        self.gradient_checkpointing = False
        self.patch_embedding = nn.Conv3d(config.channels, config.width, kernel_size=config.patch, stride=config.patch)
        self.condition_embedder = ConditionEmbedder(config)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm_out = FP32LayerNorm(config.width, config.eps, elementwise_affine=False)
        self.proj_out = nn.Linear(config.width, config.channels * prod(config.patch))
        self.scale_shift_table = nn.Parameter(torch.randn(1, 2, config.width) / config.width**0.5)

    def forward(self, latents_BCTHW: Tensor, timestep_B: Tensor, text_KE: Tensor, plan: BatchPlan) -> Tensor:
        """The predicted velocity, ``(B, C, T, H, W)``. ``timestep_B``: 0 to 1000. Raises ``ValueError`` where plan, latents and
        text are not of one batch."""
        self._check(latents_BCTHW, text_KE, plan)
        x_BSM = self.patch_embedding(latents_BCTHW).flatten(2).transpose(1, 2).contiguous()
        time_BM, time_B6M, text_KM = self.condition_embedder(timestep_B, text_KE)
        for layer, block in enumerate(self.blocks):
            if self.gradient_checkpointing and torch.is_grad_enabled():
                x_BSM = recomputed(block, x_BSM, text_KM, time_B6M, plan, layer)
            else:
                x_BSM = block(x_BSM, text_KM, time_B6M, plan, layer)
        shift, scale = (self.scale_shift_table + time_BM.unsqueeze(1)).chunk(2, dim=1)
        x_BSM = (self.norm_out(x_BSM.float()) * (1 + scale) + shift).type_as(x_BSM)
        return self._unpatched(self.proj_out(x_BSM), plan.grid)

    def _check(self, latents_BCTHW: Tensor, text_KE: Tensor, plan: BatchPlan) -> None:
        batch, _, *sizes = latents_BCTHW.shape
        if self.config.grid(*sizes) != plan.grid or batch != len(plan.samples):
            raise ValueError(f"latents {tuple(latents_BCTHW.shape)}, but a plan of {len(plan.samples)} x {plan.grid}")
        tokens = sum(sample.tokens for sample in plan.samples)
        if text_KE.shape[0] != tokens:
            raise ValueError(f"{text_KE.shape[0]} tokens of text, but the plan has {tokens}")

    def _unpatched(self, x_BSP: Tensor, grid: Grid) -> Tensor:
        x: Tensor = x_BSP.unflatten(1, (grid.frames, grid.rows, grid.columns)).unflatten(-1, (*self.config.patch, -1))
        return x.permute(0, 7, 1, 4, 2, 5, 3, 6).flatten(6, 7).flatten(4, 5).flatten(2, 3)
