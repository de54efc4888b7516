"""Tiny random Wan releases in the real formats, to try things with: ``python -m training.model.tiny_checkpoint FOLDER``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

TEXT_WIDTH = 16
_SPECIAL = ("<pad>", "</s>", "<unk>")


def write_tiny_release(folder: Path, *, seed: int = 0) -> None:
    """A whole diffusers release: transformer, VAE of Wan's strides, umT5, a tokenizer of bytes, scheduler."""
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler
    from transformers import UMT5Config, UMT5EncoderModel

    write_tiny_transformer(folder / "transformer", seed=seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed + 1)
        AutoencoderKLWan(base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1).save_pretrained(folder / "vae")
        words = UMT5Config(
            vocab_size=len(_SPECIAL) + 256, d_model=TEXT_WIDTH, d_kv=8, d_ff=32, num_layers=2, num_heads=2
        )
        UMT5EncoderModel(words).save_pretrained(folder / "text_encoder")
    UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0, num_train_timesteps=1000
    ).save_pretrained(folder / "scheduler")
    _write_tokenizer(folder / "tokenizer")
    parts = {
        "transformer": ["diffusers", "WanTransformer3DModel"],
        "vae": ["diffusers", "AutoencoderKLWan"],
        "text_encoder": ["transformers", "UMT5EncoderModel"],
        "tokenizer": ["transformers", "PreTrainedTokenizerFast"],
        "scheduler": ["diffusers", "UniPCMultistepScheduler"],
    }
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "WanPipeline", **parts}, indent=1))


def write_tiny_transformer(
    folder: Path, *, seed: int = 0, layers: int = 2, heads: int = 2, head_width: int = 24, text_width: int = TEXT_WIDTH
) -> None:
    """diffusers' format in ``folder``: ``config.json`` and ``diffusion_pytorch_model.safetensors``, float32."""
    from diffusers import WanTransformer3DModel

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = WanTransformer3DModel(
            num_attention_heads=heads,
            attention_head_dim=head_width,
            in_channels=16,
            out_channels=16,
            text_dim=text_width,
            freq_dim=32,
            ffn_dim=2 * heads * head_width,
            num_layers=layers,
        )
    model.save_pretrained(folder)


def _write_tokenizer(folder: Path) -> None:
    """A token for each byte, and the end of the text after it, as T5 has it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate((*_SPECIAL, *alphabet))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    write_tiny_release(parser.parse_args().folder)


if __name__ == "__main__":
    main()
