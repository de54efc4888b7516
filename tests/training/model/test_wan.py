"""The transformer: diffusers' own where nothing is asked of it, shots apart where that is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from diffusers import WanTransformer3DModel

from tests.training.model.conftest import CONFIG
from training.lora import ADAPTER, adapter_layers, add_adapters
from training.model.sample_plan import SamplePlan, TextPart
from training.model.wan import WanConfig, WanTransformer

TWO_SHOTS = SamplePlan((0, 2), (TextPart(7),))
EVENTS = SamplePlan(
    (0, 2),
    (TextPart(4), TextPart(3, entity=1), TextPart(5, entity=1, interval=(0.0, 1.5)), TextPart(2, 2, (1.25, 1.25))),
)


def run(model, given, plan):
    return model(given.latents, given.time, given.text, plan)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("samples", [1, 3])
def test_one_shot_of_untimed_text_is_diffusers_bit_for_bit_gradients_too(pair, inputs, plan, one_shot, dtype, samples):
    both, given = pair(dtype), inputs(samples, 7 * samples, dtype)
    ours = run(both.ours, given, plan(*[one_shot] * samples))
    (theirs,) = both.theirs(given.latents, given.time, given.text.unflatten(0, (samples, 7)), return_dict=False)
    assert torch.equal(ours, theirs)
    cotangent = torch.randn_like(ours)
    ours.backward(cotangent)
    theirs.backward(cotangent)
    gradients = dict(both.theirs.named_parameters())
    for name, parameter in both.ours.named_parameters():
        assert torch.equal(parameter.grad, gradients[name].grad), name


def test_unmasked_layers_are_diffusers_however_the_clip_is_cut(pair, inputs, plan):
    both, given = pair(), inputs(1, 7)
    (theirs,) = both.theirs(given.latents, given.time, given.text[None], return_dict=False)
    assert torch.equal(run(both.ours, given, plan(TWO_SHOTS, masked_layers=None)), theirs)
    assert not torch.equal(run(both.ours, given, plan(TWO_SHOTS)), theirs)


def test_the_names_of_the_weights_are_diffusers_of_the_published_model_too():
    with torch.device("meta"):
        ours = WanTransformer(WanConfig()).state_dict()
        theirs = WanTransformer3DModel(num_attention_heads=12, ffn_dim=8960, num_layers=30).state_dict()
    assert {name: tuple(value.shape) for name, value in ours.items()} == {
        name: tuple(value.shape) for name, value in theirs.items()
    }
    assert sum(value.numel() for value in ours.values()) == 1_418_996_800


@pytest.mark.parametrize("first_frame", [True, False])
def test_segments_equal_the_dense_mask(pair, inputs, plan, first_frame):
    samples = [TWO_SHOTS, SamplePlan((0, 1, 4), (TextPart(7),)), SamplePlan((0,), (TextPart(7),))]
    both, given = pair(torch.float64), inputs(3, 21, torch.float64)
    outs, gradients = [], []
    for backend in ("sdpa_segments", "dense"):
        both.ours.zero_grad()
        out = run(both.ours, given, plan(*samples, backend=backend, first_frame=first_frame))
        out.square().sum().backward()
        outs.append(out)
        gradients.append(torch.cat([p.grad.flatten() for p in both.ours.parameters()]))
    assert torch.allclose(outs[0], outs[1], rtol=0, atol=1e-6)
    assert torch.allclose(gradients[0], gradients[1], rtol=1e-5, atol=1e-5)


def test_a_shot_never_feels_a_change_of_another_where_the_first_frame_is_hidden(pair, inputs, plan):
    both, given = pair(), inputs(1, 7)
    hidden = plan(TWO_SHOTS, first_frame=False)
    before = run(both.ours, given, hidden)
    given.latents[:, :, 2:] += 1
    after = run(both.ours, given, hidden)
    assert torch.equal(before[:, :, :2], after[:, :, :2])
    assert not torch.equal(before[:, :, 2:], after[:, :, 2:])


@pytest.mark.parametrize("latent", [0, 1])
def test_the_first_latent_is_seen_by_all_shots_and_no_other_is(inputs, plan, latent):
    """In one layer: in the next, what the first latent saw of its own shot is seen through it."""
    torch.manual_seed(0)
    model, given = WanTransformer(replace(CONFIG, layers=1)), inputs(1, 7)
    before = run(model, given, plan(TWO_SHOTS))
    given.latents[:, :, latent] += 1
    moved = (run(model, given, plan(TWO_SHOTS)) - before).abs().amax(dim=(0, 1, 3, 4))
    assert (moved[:2] > 0).all()
    assert (moved[2:] > 0).all() if latent == 0 else moved[2:].tolist() == [0.0, 0.0, 0.0]


def test_a_shots_caption_reaches_that_shot_alone(pair, inputs, plan):
    captions = SamplePlan((0, 2), (TextPart(4), TextPart(3, shots=(0,)), TextPart(5, shots=(1,))))
    both, given = pair(), inputs(1, 12)
    told = plan(captions, first_frame=False)
    before = run(both.ours, given, told)
    given.text[7:] += 1
    after = run(both.ours, given, told)
    assert torch.equal(before[:, :, :2], after[:, :, :2])
    assert not torch.equal(before[:, :, 2:], after[:, :, 2:])


def test_every_sample_of_a_ragged_batch_is_as_if_alone(pair, inputs, plan):
    samples = [EVENTS, TWO_SHOTS, SamplePlan((0,), (TextPart(3),)), TWO_SHOTS]
    both = pair(torch.float64)
    given = inputs(4, sum(sample.tokens for sample in samples), torch.float64)
    together, at = run(both.ours, given, plan(*samples)), 0
    for number, sample in enumerate(samples):
        text = given.text[at : at + sample.tokens]
        alone = both.ours(given.latents[number : number + 1], given.time[number : number + 1], text, plan(sample))
        assert torch.allclose(together[number : number + 1], alone, rtol=0, atol=1e-6)
        at += sample.tokens


def test_timed_text_does_something_and_alpha_0_takes_it_back(pair, inputs, plan):
    both, given = pair(torch.float64), inputs(1, 14, torch.float64)
    (theirs,) = both.theirs(given.latents, given.time, given.text[None], return_dict=False)
    free = {"masked_layers": None}
    assert torch.allclose(run(both.ours, given, plan(EVENTS, alpha=0.0, **free)), theirs, rtol=0, atol=1e-6)
    assert torch.equal(run(both.ours, given, plan(EVENTS, time="off", **free)), theirs)
    for mode in ("sampled", "integrated", "centre"):
        out = run(both.ours, given, plan(EVENTS, time=mode, **free))
        assert out.isfinite().all()
        assert (out - theirs).abs().max() > 1e-3


def test_with_adapters_and_checkpointing_it_still_is_diffusers_gradients_too(pair, inputs, plan, one_shot):
    both, given = pair(torch.float64), inputs(2, 14, torch.float64)
    for model in (both.ours, both.theirs):
        add_adapters(model, 4, seed=0)
        torch.manual_seed(5)
        for _, layer in adapter_layers(model):
            torch.nn.init.normal_(layer.lora_B[ADAPTER].weight, std=0.1)
        model.train()
    both.ours.gradient_checkpointing = True
    both.theirs.enable_gradient_checkpointing()
    ours = run(both.ours, given, plan(one_shot, one_shot))
    (theirs,) = both.theirs(given.latents, given.time, given.text.unflatten(0, (2, 7)), return_dict=False)
    assert torch.equal(ours, theirs)
    for said in (ours, theirs):
        said.square().sum().backward()
    wanted = {name: value.grad for name, value in both.theirs.named_parameters() if "lora_" in name}
    learnt = {name: value.grad for name, value in both.ours.named_parameters() if "lora_" in name}
    assert learnt.keys() == wanted.keys()
    assert all(torch.equal(learnt[name], wanted[name]) for name in wanted)
    assert all(float(gradient.abs().max()) > 0 for gradient in learnt.values())


def test_gradient_checkpointing_changes_nothing(pair, inputs, plan):
    samples = [EVENTS, TWO_SHOTS]
    both, given = pair(), inputs(2, 21)
    results = []
    for on in (False, True):
        both.ours.gradient_checkpointing = on
        both.ours.zero_grad()
        out = run(both.ours, given, plan(*samples))
        out.square().sum().backward()
        results.append([out, *(p.grad.clone() for p in both.ours.parameters())])
    assert all(torch.equal(one, other) for one, other in zip(*results, strict=True))


def test_a_plan_of_another_batch_is_refused(pair, inputs, plan, one_shot):
    both, given = pair(), inputs(1, 7)
    with pytest.raises(ValueError, match="plan of 2 x"):
        run(both.ours, given, plan(one_shot, one_shot))
    with pytest.raises(ValueError, match="7 tokens of text, but the plan has 8"):
        run(both.ours, given, plan(SamplePlan((0,), (TextPart(8),))))
    with pytest.raises(ValueError, match="do not divide into patches"):
        both.ours(given.latents[..., :5], given.time, given.text, plan(one_shot))
