from __future__ import annotations

import json
from pathlib import Path

import transformers

from captioning.tiny_checkpoint import SPECIAL_TOKENS, write_tiny_checkpoint


def test_equal_seeds_give_equal_files(tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("again", 0), ("other", 1)):
        write_tiny_checkpoint(tmp_path / name, seed)
    one, again, other = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "again", "other")
    )
    assert one == again
    assert one["model.safetensors"] != other["model.safetensors"]


def test_it_has_what_a_published_qwen_has(tmp_path: Path) -> None:
    write_tiny_checkpoint(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["architectures"] == ["Qwen2_5_VLForConditionalGeneration"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert len(tokenizer) == 256 + len(SPECIAL_TOKENS) == config["text_config"]["vocab_size"]
    assert tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|image_pad|>"]) == [256, config["image_token_id"]]
    assert tokenizer.decode(tokenizer.encode("naïve 映画")) == "naïve 映画"
    written = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}], tokenize=False, add_generation_prompt=True
    )
    assert written == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert (tmp_path / "model.safetensors").stat().st_size < 2_000_000
    assert {"preprocessor_config.json", "video_preprocessor_config.json"} <= {file.name for file in tmp_path.iterdir()}
