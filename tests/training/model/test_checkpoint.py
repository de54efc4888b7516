"""Checkpoints in diffusers' and the authors' formats; what is none is refused with its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import WanTransformer3DModel
from safetensors.torch import load_file, save_file

from training.model.checkpoint import load_transformer
from training.model.plan import BatchPlan
from training.model.release import CheckpointError
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart
from training.model.tiny_checkpoint import write_tiny_transformer

AUTHORS = [
    ("condition_embedder.time_embedder.linear_1", "time_embedding.0"),
    ("condition_embedder.time_embedder.linear_2", "time_embedding.2"),
    ("condition_embedder.text_embedder.linear_1", "text_embedding.0"),
    ("condition_embedder.text_embedder.linear_2", "text_embedding.2"),
    ("condition_embedder.time_proj", "time_projection.1"),
    ("norm2", "norm3"),
    ("attn1", "self_attn"),
    ("attn2", "cross_attn"),
    ("to_out.0", "o"),
    ("to_q", "q"),
    ("to_k", "k"),
    ("to_v", "v"),
    ("ffn.net.0.proj", "ffn.0"),
    ("ffn.net.2", "ffn.2"),
    ("proj_out", "head.head"),
]


def same_output(source: Path, reference: WanTransformer3DModel, dtype: torch.dtype = torch.float32) -> bool:
    loaded = load_transformer(str(source), "", dtype)
    # Where a file's header lets weights lie in memory decides how some processors round; ours are copied when they are loaded.
    for parameter in reference.parameters():
        parameter.data = parameter.data.clone()
    generator = torch.Generator().manual_seed(2)
    latents = torch.randn(1, 16, 3, 4, 4, generator=generator).to(dtype)
    text = torch.randn(5, 16, generator=generator).to(dtype)
    time = torch.tensor([300])
    plan = BatchPlan.build(
        [SamplePlan((0,), (TextPart(5),))], loaded.model.config.grid(3, 4, 4), 24, PlanSettings(masked_layers=None)
    )
    with torch.no_grad():
        (theirs,) = reference(latents, time, text[None], return_dict=False)
        return torch.equal(loaded.model(latents, time, text, plan), theirs)


def test_answers_do_not_depend_on_where_a_file_s_weights_lie(tiny: Path) -> None:
    file = tiny / "transformer" / "diffusion_pytorch_model.safetensors"
    weights, ends = load_file(file), set()
    for length in range(4):
        save_file(weights, file, {"note": "x" * 4 * length})
        ends.add((8 + int.from_bytes(file.read_bytes()[:8], "little")) % 64)
        assert {each.data_ptr() % 64 for each in load_transformer(str(tiny), "", torch.float32).model.parameters()} == {
            0
        }
    assert len(ends) > 1


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    write_tiny_transformer(tmp_path / "pipe" / "transformer")
    return tmp_path / "pipe"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_diffusers_folder_loads_and_answers_as_diffusers_does(tiny: Path, dtype: torch.dtype) -> None:
    reference = WanTransformer3DModel.from_pretrained(tiny / "transformer", torch_dtype=dtype)
    assert same_output(tiny, reference, dtype)
    assert same_output(tiny / "transformer", reference, dtype)


def test_what_wan_keeps_in_float32_stays_in_float32(tiny: Path) -> None:
    model = load_transformer(str(tiny), "", torch.bfloat16).model
    kept = {name for name, each in model.named_parameters() if each.dtype == torch.float32}
    assert "blocks.0.scale_shift_table" in kept
    assert "blocks.1.norm2.weight" in kept
    assert "condition_embedder.time_embedder.linear_1.weight" in kept
    assert {"blocks.0.attn1.to_q.weight", "blocks.0.attn1.norm_q.weight", "proj_out.weight"} & kept == set()
    theirs = WanTransformer3DModel.from_pretrained(tiny / "transformer", torch_dtype=torch.bfloat16)
    assert kept == {name for name, each in theirs.named_parameters() if each.dtype == torch.float32}


def test_weights_in_several_files_are_one_model(tiny: Path) -> None:
    folder = tiny / "transformer"
    weights = load_file(folder / "diffusion_pytorch_model.safetensors")
    (folder / "diffusion_pytorch_model.safetensors").unlink()
    names = sorted(weights)
    for part in (0, 1):
        save_file(
            {name: weights[name] for name in names[part::2]}, folder / f"diffusion_pytorch_model-{part}.safetensors"
        )
    reference = WanTransformer3DModel.from_pretrained(_whole(tiny, weights))
    assert same_output(tiny, reference)


def _whole(tiny: Path, weights: dict[str, torch.Tensor]) -> Path:
    folder = tiny / "whole"
    folder.mkdir()
    save_file(weights, folder / "diffusion_pytorch_model.safetensors")
    (folder / "config.json").write_text((tiny / "transformer" / "config.json").read_text())
    return folder


def test_the_authors_own_release_loads_as_the_same_model(tiny: Path, tmp_path: Path) -> None:
    reference = WanTransformer3DModel.from_pretrained(tiny / "transformer")
    renamed = {}
    for name, value in load_file(tiny / "transformer" / "diffusion_pytorch_model.safetensors").items():
        if name == "scale_shift_table":
            name = "head.modulation"
        for theirs, authors in AUTHORS:
            name = name.replace(theirs, authors)
        renamed[name.replace("scale_shift_table", "modulation")] = value
    out = tmp_path / "authors"
    out.mkdir()
    save_file(renamed, out / "diffusion_pytorch_model.safetensors")
    config = {"_class_name": "WanModel", "model_type": "t2v", "dim": 48, "ffn_dim": 96, "freq_dim": 32, "in_dim": 16}
    config |= {"num_heads": 2, "num_layers": 2, "out_dim": 16, "text_len": 512, "text_dim": 16, "eps": 1e-6}
    (out / "config.json").write_text(json.dumps(config))
    assert same_output(out, reference)
    (out / "config.json").write_text(json.dumps(config | {"model_type": "i2v"}))
    with pytest.raises(CheckpointError, match="i2v model; only text-to-video"):
        load_transformer(str(out), "", torch.float32)


def test_what_is_no_checkpoint_is_refused_by_name(tiny: Path, tmp_path: Path) -> None:
    folder = tiny / "transformer"
    config, file = folder / "config.json", folder / "diffusion_pytorch_model.safetensors"
    good, weights = config.read_text(), file.read_bytes()

    def refused(says: str) -> None:
        with pytest.raises(CheckpointError, match=says) as told:
            load_transformer(str(tiny), "", torch.float32)
        assert str(tiny) in str(told.value)

    for text in ("", "[]", "{", json.dumps({"model_type": "t2v"}), good.replace('"num_layers": 2', '"num_layers": 0')):
        config.write_text(text)
        refused("config.json")
    config.write_text(good.replace('"num_layers": 2', '"num_layers": 3'))
    refused("weights are missing")
    config.write_text(good.replace('"num_layers": 2', '"num_layers": 1'))
    refused("are unknown")
    config.write_text(good.replace('"ffn_dim": 96', '"ffn_dim": 64'))
    refused("has shape")
    config.write_text(good.replace('"image_dim": null', '"image_dim": 12'))
    refused("conditioned on images")
    config.write_text(good)
    file.write_bytes(weights[: len(weights) // 2])
    refused("cannot be read")
    file.rename(folder / "diffusion_pytorch_model.bin")
    refused("other formats are not read")
    with pytest.raises(CheckpointError, match="there is no folder"):
        load_transformer(str(tmp_path / "absent"), "", torch.float32)


def test_a_hub_id_that_cannot_be_had_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(CheckpointError, match=r"nobody/nothing .revision abc. cannot be loaded from the hub"):
        load_transformer("nobody/nothing", "abc", torch.float32)


def test_weights_are_known_by_their_commit_or_by_their_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commit = tmp_path / "0123456789abcdef0123456789abcdef01234567"
    write_tiny_transformer(commit / "transformer")
    identities = []
    for seed in (0, 0, 1):
        write_tiny_transformer(tmp_path / "own" / "transformer", seed=seed)
        identities.append(load_transformer(str(tmp_path / "own"), "", torch.float32).identity())
    assert identities[0] == identities[1] != identities[2]
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(commit))
    assert load_transformer("somebody/wan", "", torch.float32).identity() == commit.name
