"""A Grounding DINO and a SAM 2 of random weights in the published formats: for tests, and to try a pipeline offline.

``python -m captioning.references.tiny_checkpoints FOLDER`` writes ``FOLDER/grounding-dino`` and ``FOLDER/sam2``. They load wherever
the published ones load. The boxes and masks that they find mean nothing.
"""

from __future__ import annotations

import json
import string
import sys
from pathlib import Path

import torch
import transformers

_PLACES = {
    "[PAD]": 0,
    "[UNK]": 100,
    "[CLS]": 101,
    "[SEP]": 102,
    "[MASK]": 103,
    ",": 1010,
    "-": 1011,
    ".": 1012,
    "?": 1029,
}
"""BERT's. Grounding DINO's code knows some of these numbers: what stands between two of them is one phrase."""

_LETTERS_FROM = 1037
_VOCABULARY = 1200
_PICTURE = 64


def write_tiny_detector(folder: Path, seed: int = 0) -> None:
    """Equal seeds, equal weights. What lies in ``folder`` under the same names is replaced."""
    backbone = transformers.SwinConfig(
        image_size=_PICTURE,
        embed_dim=16,
        depths=[1, 1, 1, 1],
        num_heads=[1, 2, 2, 4],
        window_size=4,
        out_features=["stage2", "stage3", "stage4"],
    )
    words = transformers.BertConfig(
        vocab_size=_VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    config = transformers.GroundingDinoConfig(
        backbone_config=backbone,
        text_config=words,
        d_model=64,
        num_queries=20,
        encoder_layers=2,
        decoder_layers=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = transformers.GroundingDinoForObjectDetection(config)
    network.save_pretrained(folder)
    _tokenizer().save_pretrained(folder)
    pictures = {
        "image_processor_type": "GroundingDinoImageProcessor",
        "size": {"shortest_edge": _PICTURE, "longest_edge": 2 * _PICTURE},
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures, indent=2) + "\n", encoding="utf-8")


def write_tiny_segmenter(folder: Path, seed: int = 0) -> None:
    """Of pictures and films, as the published ones are. Equal seeds, equal weights. What lies in ``folder`` under the same names
    is replaced."""
    sides = [_PICTURE // 4, _PICTURE // 8, _PICTURE // 16]
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": 16,
        "image_size": [_PICTURE, _PICTURE],
        "window_positional_embedding_background_size": [2, 2],
        "blocks_per_stage": [1, 1, 2, 1],
        "embed_dim_per_stage": [16, 32, 64, 128],
        "num_attention_heads_per_stage": [1, 2, 4, 8],
        "window_size_per_stage": [4, 4, 4, 4],
        "global_attention_blocks": [3],
    }
    vision = {
        "backbone_config": backbone,
        "backbone_channel_list": [128, 64, 32, 16],
        "backbone_feature_sizes": [[side, side] for side in sides],
        "fpn_hidden_size": 32,
    }
    config = transformers.Sam2VideoConfig(
        vision_config=vision,
        prompt_encoder_config={"hidden_size": 32, "image_size": _PICTURE},
        mask_decoder_config={
            "hidden_size": 32,
            "mlp_dim": 64,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 32,
        },
        image_size=_PICTURE,
        memory_attention_hidden_size=32,
        memory_attention_feed_forward_hidden_size=64,
        memory_attention_rope_feat_sizes=[sides[2], sides[2]],
        memory_encoder_hidden_size=32,
        memory_encoder_output_channels=16,
        mask_downsampler_embed_dim=32,
        memory_fuser_embed_dim=32,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = transformers.Sam2VideoModel(config)
    network.save_pretrained(folder)


def _tokenizer() -> transformers.PreTrainedTokenizerBase:
    entries = [f"[unused{number}]" for number in range(_VOCABULARY)]
    for token, number in _PLACES.items():
        entries[number] = token
    letters = string.ascii_lowercase + string.digits
    for number, letter in enumerate((*letters, *(f"##{letter}" for letter in letters))):
        entries[_LETTERS_FROM + number] = letter
    return transformers.BertTokenizer(vocab={token: number for number, token in enumerate(entries)})


if __name__ == "__main__":
    write_tiny_detector(Path(sys.argv[1]) / "grounding-dino")
    write_tiny_segmenter(Path(sys.argv[1]) / "sam2")
