"""Adapters: nothing at first, alone in learning, and the same model wherever they are read."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import WanTransformer3DModel
from safetensors.torch import load_file, save_file

from training.lora import (
    AdapterError,
    adapter_layers,
    adapter_weights,
    add_adapters,
    add_adapters_of,
    in_authors_names,
    layer_effects,
    load_adapters,
    merged_weights,
    save_adapters,
    without_adapters,
)
from training.model.checkpoint import load_transformer
from training.model.plan import BatchPlan
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart
from training.model.tiny_checkpoint import write_tiny_transformer
from training.model.wan import WanTransformer


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    write_tiny_transformer(folder)
    return folder


def fresh(base: Path, dtype: torch.dtype = torch.float32) -> WanTransformer:
    return load_transformer(str(base), "", dtype).model


def adapted(base: Path, dtype: torch.dtype = torch.float32) -> WanTransformer:
    """With adapters that do something."""
    model = fresh(base, dtype)
    add_adapters(model, 4, seed=1)
    generator = torch.Generator().manual_seed(5)
    for _, layer in adapter_layers(model):
        weight = layer.lora_B["default"].weight
        weight.data = 0.1 * torch.randn(weight.shape, generator=generator)
    return model


def answer(model: WanTransformer, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    latents, text = torch.randn(1, 16, 3, 4, 4, generator=generator), torch.randn(5, 16, generator=generator)
    plan = BatchPlan.build(
        [SamplePlan((0,), (TextPart(5),))], model.config.grid(3, 4, 4), 24, PlanSettings(masked_layers=None)
    )
    return model(latents.to(dtype), torch.tensor([300]), text.to(dtype), plan)


def stock_answer(model: WanTransformer3DModel) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    latents, text = torch.randn(1, 16, 3, 4, 4, generator=generator), torch.randn(1, 5, 16, generator=generator)
    with torch.no_grad():
        return model(latents, torch.tensor([300]), text, return_dict=False)[0]


def test_new_adapters_change_nothing_and_lie_on_every_layer_named(base: Path) -> None:
    model = fresh(base)
    before = answer(model)
    add_adapters(model, 4, seed=1)
    assert torch.equal(answer(model), before)
    assert len(list(adapter_layers(model))) == 2 * (2 * 4 + 2)
    assert {effect.ratio for effect in layer_effects(model)} == {0.0}


def test_the_seed_decides_and_the_callers_randomness_is_left_alone(base: Path) -> None:
    state = torch.get_rng_state()
    one, same, other = (adapter_weights(_seeded(base, seed)) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def _seeded(base: Path, seed: int) -> WanTransformer:
    model = fresh(base)
    add_adapters(model, 4, seed)
    return model


def test_frozen_means_frozen(base: Path) -> None:
    model = adapted(base)
    learning = [each for each in model.parameters() if each.requires_grad]
    frozen = {name: each.detach().clone() for name, each in model.named_parameters() if not each.requires_grad}
    optimizer = torch.optim.AdamW(learning, lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        answer(model).square().mean().backward()
        assert all(each.grad is None for each in model.parameters() if not each.requires_grad)
        optimizer.step()
    assert all(torch.equal(each, frozen[name]) for name, each in model.named_parameters() if name in frozen)
    assert len(learning) == 2 * len(list(adapter_layers(model)))


def test_adapters_are_float32_over_a_bfloat16_base(base: Path) -> None:
    model = adapted(base, torch.bfloat16)
    assert {each.dtype for each in model.parameters() if each.requires_grad} == {torch.float32}
    out = answer(model, torch.bfloat16)
    assert out.dtype == torch.bfloat16
    out.float().square().mean().backward()
    assert all(each.grad is not None for each in model.parameters() if each.requires_grad)


@pytest.mark.parametrize("authors", [False, True])
def test_saved_and_read_again_they_are_the_same_model(base: Path, tmp_path: Path, authors: bool) -> None:
    model, file = adapted(base), tmp_path / "adapter.safetensors"
    weights = adapter_weights(model)
    save_adapters(in_authors_names(weights) if authors else weights, file)
    again = fresh(base)
    add_adapters(again, 4, seed=9)
    load_adapters(again, file)
    assert torch.equal(answer(again), answer(model))


@pytest.mark.parametrize("authors", [False, True])
def test_diffusers_reads_them_and_answers_the_same(base: Path, tmp_path: Path, authors: bool) -> None:
    from diffusers.loaders.lora_conversion_utils import _convert_non_diffusers_wan_lora_to_diffusers

    model, file = adapted(base), tmp_path / "adapter.safetensors"
    save_adapters(in_authors_names(adapter_weights(model)) if authors else adapter_weights(model), file)
    stock = WanTransformer3DModel.from_pretrained(base)
    plain = stock_answer(stock)
    stored = load_file(file)
    stock.load_lora_adapter(_convert_non_diffusers_wan_lora_to_diffusers(stored) if authors else stored)
    assert torch.allclose(stock_answer(stock), answer(model), rtol=0, atol=1e-6)
    assert (stock_answer(stock) - plain).abs().max() > 1e-3


def test_merged_they_are_the_same_model_in_diffusers_too(base: Path, tmp_path: Path) -> None:
    model = adapted(base)
    merged = merged_weights(model)
    stock = WanTransformer3DModel.from_pretrained(base)
    stock.load_state_dict(merged, strict=True)
    assert torch.allclose(stock_answer(stock), answer(model), rtol=0, atol=1e-6)
    ours = fresh(base)
    ours.load_state_dict(merged, strict=True)
    assert torch.allclose(answer(ours), answer(model), rtol=0, atol=1e-6)
    assert all(0 < effect.ratio < 10 for effect in layer_effects(model))


def test_switched_off_the_base_answers_and_on_again_they_learn(base: Path) -> None:
    model = adapted(base)
    with without_adapters(model):
        assert torch.equal(answer(model), answer(fresh(base)))
    assert not torch.equal(answer(model), answer(fresh(base)))
    assert sum(each.requires_grad for each in model.parameters()) == 2 * len(list(adapter_layers(model)))


def test_a_files_alpha_is_folded_in(base: Path, tmp_path: Path) -> None:
    model, file = adapted(base), tmp_path / "other.safetensors"
    weights = adapter_weights(model)
    layers = {name.removesuffix(".lora_A.weight") for name in weights if name.endswith("lora_A.weight")}
    halved = {name: value / 2 if "lora_B" in name else value for name, value in weights.items()}
    save_file(halved | {f"{layer}.alpha": torch.tensor(8.0) for layer in layers}, file)
    again = fresh(base)
    add_adapters(again, 4, seed=9)
    load_adapters(again, file)
    assert torch.allclose(answer(again), answer(model), rtol=0, atol=1e-6)


def test_what_does_not_fit_is_refused_by_name(base: Path, tmp_path: Path) -> None:
    model, file = adapted(base), tmp_path / "adapter.safetensors"
    weights = adapter_weights(model)
    first = sorted(weights)[0]

    def refused(stored: dict[str, torch.Tensor], says: str) -> None:
        save_file(stored, file)
        with pytest.raises(AdapterError, match=says):
            load_adapters(model, file)

    refused({name: value for name, value in weights.items() if name != first}, "1 weights are missing")
    refused(weights | {"transformer.blocks.9.x.lora_A.weight": torch.zeros(1)}, "1 unknown")
    refused(weights | {first: weights[first][:2].contiguous()}, "set the rank")
    refused({"nobody.alpha": torch.tensor(1.0)}, "an alpha of nobody")
    layer = first.removesuffix(".lora_A.weight")
    for alpha in (torch.ones(2), torch.tensor(float("nan")), torch.zeros(0)):
        refused(weights | {f"{layer}.alpha": alpha}, "the alpha or the adapter")
    refused(weights | {f"{layer}.alpha": torch.tensor(1.0), first: torch.tensor(1.0)}, "the alpha or the adapter")
    file.write_bytes(b"no tensors")
    with pytest.raises(AdapterError, match="cannot be read"):
        load_adapters(model, file)


@pytest.mark.parametrize(
    "hostile", [torch.zeros(3, 48), torch.tensor(1.0), torch.zeros(0, 48), torch.zeros(10**12, 0)], ids=str
)
def test_a_file_of_no_rank_two_ranks_or_one_that_fills_the_memory_is_refused(
    base: Path, tmp_path: Path, hostile: torch.Tensor
) -> None:
    file = tmp_path / "adapter.safetensors"
    weights = adapter_weights(adapted(base))
    name = "transformer.blocks.0.attn1.to_q.lora_A.weight"
    everywhere = {each: hostile.clone() for each in weights if each.endswith("lora_A.weight")}
    for stored in (weights | {name: hostile}, everywhere if hostile.shape != (3, 48) else {}):
        save_file(stored, file)
        with pytest.raises(AdapterError, match="its adapters have ranks"):
            add_adapters_of(fresh(base), file)
