"""A Qwen2.5-VL of a third of a million random weights in the published format: for tests, and to try a pipeline offline.

``python -m captioning.tiny_checkpoint FOLDER``. It loads wherever Qwen2.5-VL loads (``transformers``, vLLM). What it says
means nothing: bytes in a random order, held to a form only by a schema. A schema for it needs ``maxLength`` and ``maxItems``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
import transformers
from tokenizers import pre_tokenizers

SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
"""Qwen's, in its order. They follow the 256 bytes: the tokenizer merges nothing, so a character of ASCII is a token."""

LEAST_PIXELS, MOST_PIXELS = 4 * 28 * 28, 64 * 28 * 28
"""A picture becomes 4 to 64 tokens."""

LONGEST = 32768
_WIDTH = 128
_VISION = {
    "depth": 2,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_heads": 2,
    "out_hidden_size": _WIDTH,
    "patch_size": 14,
    "spatial_merge_size": 2,
    "temporal_patch_size": 2,
    "window_size": 112,
    "fullatt_block_indexes": [1],
}
_CHAT_TEMPLATE = """\
{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' -}}
{%- if message['content'] is string -%}{{- message['content'] -}}
{%- else -%}
{%- for part in message['content'] -%}
{%- if part['type'] == 'image' or 'image_url' in part -%}{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
{%- elif part['type'] == 'video' -%}{{- '<|vision_start|><|video_pad|><|vision_end|>' -}}
{%- elif 'text' in part -%}{{- part['text'] -}}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{- '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}
"""


def write_tiny_checkpoint(folder: Path, seed: int = 0) -> None:
    """Equal seeds, equal weights. What lies in ``folder`` under the same names is replaced."""
    tokenizer = _tokenizer()
    number = {token: tokenizer.convert_tokens_to_ids(token) for token in SPECIAL_TOKENS}
    config = _config(number, len(tokenizer))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = transformers.Qwen2_5_VLForConditionalGeneration(config)
    network.generation_config = transformers.GenerationConfig(
        do_sample=True,
        repetition_penalty=1.05,
        bos_token_id=number["<|endoftext|>"],
        eos_token_id=[number["<|im_end|>"], number["<|endoftext|>"]],
        pad_token_id=number["<|endoftext|>"],
    )
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _write_processors(folder)


def _tokenizer() -> transformers.PreTrainedTokenizerBase:
    entries = (*sorted(pre_tokenizers.ByteLevel.alphabet()), *SPECIAL_TOKENS)
    tokenizer = transformers.Qwen2Tokenizer(
        vocab={entry: number for number, entry in enumerate(entries)},
        merges=[],
        eos_token="<|im_end|>",
        extra_special_tokens=list(SPECIAL_TOKENS),
        model_max_length=LONGEST,
    )
    tokenizer.chat_template = _CHAT_TEMPLATE
    return tokenizer


def _config(number: dict[str, int], vocabulary: int) -> transformers.Qwen2_5_VLConfig:
    # Heads of 64: vLLM's attention on a processor refuses those of 16.
    text = {
        "vocab_size": vocabulary,
        "hidden_size": _WIDTH,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": LONGEST,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [8, 12, 12]},
        "bos_token_id": number["<|endoftext|>"],
        "eos_token_id": number["<|im_end|>"],
        "pad_token_id": number["<|endoftext|>"],
    }
    return transformers.Qwen2_5_VLConfig(
        text_config=text,
        vision_config=_VISION,
        image_token_id=number["<|image_pad|>"],
        video_token_id=number["<|video_pad|>"],
        vision_start_token_id=number["<|vision_start|>"],
        vision_end_token_id=number["<|vision_end|>"],
        tie_word_embeddings=False,
    )


def _write_processors(folder: Path) -> None:
    """The video processor's file is written by hand: its class is not there without torchvision."""
    size = {"shortest_edge": LEAST_PIXELS, "longest_edge": MOST_PIXELS}
    pictures = transformers.Qwen2VLImageProcessorPil(size=size).to_dict() | {"processor_class": "Qwen2_5_VLProcessor"}
    videos = {name: value for name, value in pictures.items() if name != "image_processor_type"}
    videos |= {"video_processor_type": "Qwen2VLVideoProcessor", "fps": 2, "min_frames": 4, "max_frames": 16}
    _write_json(folder / "preprocessor_config.json", pictures)
    _write_json(folder / "video_preprocessor_config.json", videos)


def _write_json(path: Path, facts: dict[str, object]) -> None:
    path.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_tiny_checkpoint(Path(sys.argv[1]))
