"""What docs/captioning.md says that pictures cost is what the models' own code counts."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil
from transformers.models.llava_next.processing_llava_next import LlavaNextProcessor

from captioning.frames.frame_choice import picture_size, picture_tokens

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "captioning.md").read_text(encoding="utf-8")
TILE, PATCH = 336, 14


def llava_next_tokens(width: int, height: int) -> int:
    """As ``LlavaNextProcessor`` reckons for the published checkpoint, which leaves the token of the whole picture out."""
    processor = SimpleNamespace(
        image_processor=SimpleNamespace(image_grid_pinpoints=LlavaNextImageProcessorPil.image_grid_pinpoints),
        patch_size=PATCH,
        num_additional_image_tokens=1,
    )
    processor._get_unpadded_features = lambda *sizes: LlavaNextProcessor._get_unpadded_features(processor, *sizes)
    return int(LlavaNextProcessor._get_number_of_features(processor, height, width, TILE, TILE)) - 1


@pytest.mark.parametrize(
    ("shape", "most", "tokens", "told"),
    [
        ((1280, 720), 256, 1608, "588 x 336 (16:9), 252 tokens to Qwen2.5-VL, is 1,608 to it"),
        ((960, 720), 256, 2438, "504 x 392 (4:3) 2,438"),
        ((1280, 720), 128, 1704, "(1,704 a picture)"),
    ],
)
def test_what_a_picture_costs_the_published_pair_is_what_its_processor_counts(
    shape: tuple[int, int], most: int, tokens: int, told: str
) -> None:
    size = picture_size(*shape, most)
    assert llava_next_tokens(*size) == tokens
    assert told in " ".join(PAGE.split())


def test_what_a_clip_of_four_shots_costs_follows() -> None:
    assert picture_size(1280, 720, 256) == (588, 336) and picture_size(960, 720, 256) == (504, 392)
    assert f"cost {4 * 6 * 1608:,} tokens of pictures at 16:9, not {4 * 6 * picture_tokens(588, 336):,}" in " ".join(
        PAGE.split()
    )
