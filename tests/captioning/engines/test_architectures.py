"""The models that the recipes name, tiny and random: LLaVA-NeXT, LLaVA-OneVision (LLaVA-Video's form) and Qwen3-VL."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import transformers

from captioning.asks import Answer
from captioning.backends import open_models
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from tests.captioning.engines.questions import SCHEMA, ask, picture

IMAGE, VIDEO, VISION_BEGIN, VISION_END = 262, 263, 259, 260
GRID = [[56, 112], [112, 56], [112, 112]]
TEXT: dict[str, Any] = {
    "vocab_size": 264,
    "hidden_size": 64,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 4096,
    "bos_token_id": 256,
    "eos_token_id": 258,
    "pad_token_id": 256,
}
VISION: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 56,
    "patch_size": 14,
}
Parts = tuple[Any, Any, dict[str, object]]
"""Network, image processor, processor_config.json."""


def _llava_next() -> Parts:
    config = transformers.LlavaNextConfig(
        vision_config=transformers.CLIPVisionConfig(**VISION),
        text_config=transformers.LlamaConfig(**TEXT),
        image_token_index=IMAGE,
        image_grid_pinpoints=GRID,
    )
    pictures = transformers.LlavaNextImageProcessorPil(
        size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56}, image_grid_pinpoints=GRID
    )
    facts = {"patch_size": 14, "vision_feature_select_strategy": "default", "num_additional_image_tokens": 1}
    named = {"processor_class": "LlavaNextProcessor", "image_token": "<|image_pad|>"}
    return transformers.LlavaNextForConditionalGeneration(config), pictures, facts | named


def _llava_onevision() -> Parts:
    config = transformers.LlavaOnevisionConfig(
        vision_config=transformers.SiglipVisionConfig(**VISION),
        text_config=transformers.Qwen2Config(**TEXT),
        image_token_index=IMAGE,
        video_token_index=VIDEO,
        image_grid_pinpoints=GRID,
    )
    pictures = transformers.LlavaOnevisionImageProcessorPil(size={"height": 56, "width": 56}, image_grid_pinpoints=GRID)
    facts = {"num_image_tokens": 16, "vision_feature_select_strategy": "full"}
    named = {
        "processor_class": "LlavaOnevisionProcessor",
        "image_token": "<|image_pad|>",
        "video_token": "<|video_pad|>",
    }
    return transformers.LlavaOnevisionForConditionalGeneration(config), pictures, facts | named


def _qwen3_vl() -> Parts:
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [6, 5, 5], "mrope_interleaved": True}
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "out_hidden_size": 64,
        "patch_size": 14,
        "deepstack_visual_indexes": [0],
        "num_position_embeddings": 256,
    }
    config = transformers.Qwen3VLConfig(
        text_config=TEXT | {"head_dim": 32, "rope_parameters": rope},
        vision_config=vision,
        image_token_id=IMAGE,
        video_token_id=VIDEO,
        vision_start_token_id=VISION_BEGIN,
        vision_end_token_id=VISION_END,
    )
    pictures = transformers.Qwen2VLImageProcessorPil(size={"shortest_edge": 3136, "longest_edge": 50176})
    return transformers.Qwen3VLForConditionalGeneration(config), pictures, {"processor_class": "Qwen3VLProcessor"}


@pytest.mark.parametrize("made", [_llava_next, _llava_onevision, _qwen3_vl])
def test_words_and_pictures_of_any_shape_are_answered_in_one_batch(
    made: Callable[[], Parts], tiny: Path, tmp_path: Path
) -> None:
    network, pictures, facts = made()
    network.save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(pictures.to_dict()))
    (tmp_path / "processor_config.json").write_text(json.dumps(facts))
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(tiny / name, tmp_path)
    settings = CaptionSettings.model_validate({"backend": "transformers", "models": {"clip": {"id": str(tmp_path)}}})
    asks = [ask(0), ask(1, ("At", picture(1), "and", picture(2, 100, 200), "What?")), ask(2, (picture(3, 200, 60),))]

    async def scene() -> list[Answer]:
        models = await open_models(settings, CaptionServingSettings(device="cpu"))
        answers = await asyncio.gather(*map(models.clip.ask, asks))
        await models.close()
        return answers

    bare, *pictured = asyncio.run(scene())
    for answer in (bare, *pictured):
        jsonschema.validate(json.loads(answer.text), json.loads(SCHEMA))
    assert all(answer.prompt_tokens > bare.prompt_tokens for answer in pictured)
