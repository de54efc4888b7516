"""Checkpoints of a few kilobytes in the real formats, with random weights: for tests, and to try a pipeline offline.

``python -m operators.embedders.tiny_checkpoint siglip2 FOLDER``. What such a model says means nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

SIDE = 32
PATCH = 8
WIDTH = 32
_VISION = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": PATCH,
}
_SPECIAL = ("<|startoftext|>", "<|endoftext|>")
_TEXT = {
    "hidden_size": WIDTH,
    "intermediate_size": 48,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "vocab_size": 256 + len(_SPECIAL),
    "bos_token_id": 256,
    "eos_token_id": 257,
    "pad_token_id": 257,
}


def write_tiny_checkpoint(name: str, folder: Path, seed: int = 0) -> None:
    """``name``: siglip2, clip or dinov2; the two with a text half have it too, as the published checkpoints do."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _WRITERS[name](folder)
    network.save_pretrained(folder)


def _siglip2(folder: Path) -> Any:
    _tokenizer().save_pretrained(folder)
    size = {"height": SIDE, "width": SIDE}
    transformers.SiglipImageProcessorPil(size=size).save_pretrained(folder)
    vision = _VISION | {"intermediate_size": 64}
    return transformers.SiglipModel(transformers.SiglipConfig(vision_config=vision, text_config=_TEXT))


def _clip(folder: Path) -> Any:
    _tokenizer().save_pretrained(folder)
    square = {"height": SIDE, "width": SIDE}
    transformers.CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=square).save_pretrained(folder)
    vision = _VISION | {"intermediate_size": 64, "projection_dim": 24}
    config = transformers.CLIPConfig(vision_config=vision, text_config=_TEXT, projection_dim=24)
    return transformers.CLIPModel(config)


def _dinov2(folder: Path) -> Any:
    square = {"height": SIDE, "width": SIDE}
    transformers.BitImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=square).save_pretrained(folder)
    return transformers.Dinov2Model(transformers.Dinov2Config(**_VISION))


def _tokenizer() -> Any:
    """A byte is a token; the text's end is marked."""
    vocabulary = {entry: at for at, entry in enumerate((*sorted(pre_tokenizers.ByteLevel.alphabet()), *_SPECIAL))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    begin, end = _SPECIAL
    marks = [(token, vocabulary[token]) for token in _SPECIAL]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{begin} $A {end}", special_tokens=marks)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=begin, eos_token=end, pad_token=end, unk_token=end
    )


_WRITERS = {"siglip2": _siglip2, "clip": _clip, "dinov2": _dinov2}

if __name__ == "__main__":
    write_tiny_checkpoint(sys.argv[1], Path(sys.argv[2]))
