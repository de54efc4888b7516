"""diffusers' own transformer of the same form."""

from __future__ import annotations

from typing import TypeVar

from diffusers import WanTransformer3DModel

from training.model.wan import WanConfig

Transformer = TypeVar("Transformer", bound=WanTransformer3DModel)


def diffusers_transformer(config: WanConfig, kind: type[Transformer]) -> Transformer:
    """A new ``kind``; its weights have the names and shapes of ``WanTransformer``'s."""
    made: Transformer = kind(
        patch_size=config.patch,
        num_attention_heads=config.heads,
        attention_head_dim=config.head_width,
        in_channels=config.channels,
        out_channels=config.channels,
        text_dim=config.text_width,
        freq_dim=config.time_width,
        ffn_dim=config.ffn_width,
        num_layers=config.layers,
        cross_attn_norm=config.cross_norm,
        eps=config.eps,
    )
    return made
