"""Attention by itself, in float64."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.model.attention import attend, cross_attention, self_attention, timed_keys, timed_queries
from training.model.plan import BatchPlan, HeadSplit, PlanError
from training.model.positions import Grid
from training.model.rotary import Rotation, rotate
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart

WIDTH = 24
F64 = torch.float64
SMALL = Grid(4, 1, 2)


def build(samples, grid=SMALL, **chosen):
    return BatchPlan.build(samples, grid, WIDTH, PlanSettings(**{"masked_layers": (0, 0), **chosen}), F64)


def draw(*shape, seed=0):
    return torch.randn(*shape, dtype=F64, generator=torch.Generator().manual_seed(seed))


cuts = st.sets(st.integers(1, 6), max_size=4).map(lambda found: (0, *sorted(found)))


@settings(deadline=None)
@given(st.lists(cuts, min_size=1, max_size=4), st.booleans())
def test_segments_equal_the_dense_mask_for_any_cuts(layouts, first_frame):
    samples = [SamplePlan(starts, (TextPart(1),)) for starts in layouts]
    grid = Grid(7, 1, 2)
    outs = []
    for backend in ("sdpa_segments", "dense"):
        plan = build(samples, grid, backend=backend, first_frame=first_frame)
        inputs = [draw(len(samples), grid.tokens, 2, WIDTH, seed=i).requires_grad_() for i in range(3)]
        out = self_attention(*inputs, plan, 0)
        out.square().sum().backward()
        outs.append((out, *(each.grad for each in inputs)))
        assert sum(end - start for start, end in plan.shot_tokens(0)) == grid.tokens
    for one, other in zip(*outs, strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-13)


def two_logits(q, k, plan, text):
    """The definition: an event's key meets the query turned by time, another key the query as it is."""
    split = plan.split
    q0, qe, qt = q.split(split.sizes, dim=-1)
    k0, ke, kt = k.split(split.sizes, dim=-1)
    ke = rotate(ke, Rotation(text.entity.cos[:, None], text.entity.sin[:, None]))
    turned_q = rotate(qt, Rotation(plan.query_time.cos[:, None], plan.query_time.sin[:, None]))
    turned_k = rotate(kt, Rotation(text.time.cos[:, None], text.time.sin[:, None]))
    shared = torch.einsum("bsnd,lnd->bnsl", q0, k0) + torch.einsum("bsnd,lnd->bnsl", qe, ke)
    timed = torch.einsum("bsnd,lnd->bnsl", turned_q, turned_k)
    untimed = torch.einsum("bsnd,lnd->bnsl", qt, kt)
    return shared + torch.where(text.timed, timed, untimed)


PARTS = (TextPart(3), TextPart(2, 1), TextPart(4, 1, (0.5, 2.0)), TextPart(1, 2, (1.0, 1.0)))


def test_one_product_gives_both_logits():
    plan = build([SamplePlan((0,), PARTS)])
    text = plan.timed[0]
    q, k = draw(1, plan.grid.tokens, 2, WIDTH), draw(10, 2, WIDTH, seed=1)
    one = torch.einsum("bsnd,lnd->bnsl", timed_queries(q, plan.query_time, plan.split), timed_keys(k, text, plan.split))
    assert torch.allclose(one, two_logits(q, k, plan, text), rtol=0, atol=1e-13)


def test_timed_text_is_weighed_at_the_scale_of_the_head():
    plan = build([SamplePlan((0,), PARTS)])
    q, k, v = draw(1, plan.grid.tokens, 2, WIDTH), draw(10, 2, WIDTH, seed=1), draw(10, 2, WIDTH, seed=2)
    weights = (two_logits(q, k, plan, plan.timed[0]) / WIDTH**0.5).softmax(-1)
    expected = torch.einsum("bnsl,lnd->bsnd", weights, v)
    assert torch.allclose(cross_attention(q, k, v, plan, 0), expected, rtol=0, atol=1e-13)


def test_untimed_keys_of_the_clip_meet_the_query_as_the_stock_model_does():
    timed = build([SamplePlan((0,), (TextPart(5), TextPart(2, 1, (0.0, 1.0))))])
    q, k = draw(1, timed.grid.tokens, 2, WIDTH), draw(7, 2, WIDTH, seed=1)
    logits = torch.einsum(
        "bsnd,lnd->bnsl",
        timed_queries(q, timed.query_time, timed.split),
        timed_keys(k, timed.timed[0], timed.split),
    )
    stock = torch.einsum("bsnd,lnd->bnsl", q, k)
    assert torch.allclose(logits[..., :5], stock[..., :5], rtol=0, atol=1e-13)
    assert (logits[..., 5:] - stock[..., 5:]).abs().max() > 0.1


def test_labels_of_entities_may_be_exchanged():
    def logits(one, other):
        plan = build([SamplePlan((0,), (TextPart(3, one, (0.0, 1.0)), TextPart(3, other, (1.0, 2.0))))])
        text = plan.timed[0]
        ones = torch.ones(1, plan.grid.tokens, 1, WIDTH, dtype=F64)
        keys = timed_keys(torch.ones(6, 1, WIDTH, dtype=F64), text, plan.split)
        return torch.einsum("bsnd,lnd->bnsl", timed_queries(ones, plan.query_time, plan.split), keys)

    first = logits(1, 2)
    for one, other in ((2, 1), (3, 1)):
        assert torch.allclose(logits(one, other), first, rtol=0, atol=1e-12)


def test_shifting_the_clip_and_all_its_events_changes_no_logit():
    plan = build([SamplePlan((0,), PARTS)])
    parts = tuple(
        TextPart(p.tokens, p.entity, p.interval and (p.interval[0] + 3.5, p.interval[1] + 3.5)) for p in PARTS
    )
    moved = build([SamplePlan((0,), parts)])
    q, k = draw(1, plan.grid.tokens, 2, WIDTH), draw(10, 2, WIDTH, seed=1)
    angles = torch.atan2(plan.query_time.sin, plan.query_time.cos)
    later = Rotation.by(angles + 3.5 * _time_frequencies(plan), F64)
    here = torch.einsum(
        "bsnd,lnd->bnsl", timed_queries(q, plan.query_time, plan.split), timed_keys(k, plan.timed[0], plan.split)
    )
    there = torch.einsum(
        "bsnd,lnd->bnsl", timed_queries(q, later, plan.split), timed_keys(k, moved.timed[0], plan.split)
    )
    assert torch.allclose(here, there, rtol=0, atol=1e-12)


def _time_frequencies(plan):
    from training.model.rotary import geometric_frequencies

    return geometric_frequencies(plan.split.time, plan.settings.theta)


def test_gradients_are_right_by_finite_differences():
    plan = build([SamplePlan((0, 2), PARTS)], Grid(3, 1, 1))
    q = draw(1, 3, 1, WIDTH).requires_grad_()
    k, v = draw(10, 1, WIDTH, seed=1).requires_grad_(), draw(10, 1, WIDTH, seed=2).requires_grad_()
    assert torch.autograd.gradcheck(lambda *given: cross_attention(*given, plan, 0), (q, k, v))
    video = [draw(1, 3, 1, WIDTH, seed=i).requires_grad_() for i in range(3)]
    assert torch.autograd.gradcheck(lambda *given: self_attention(*given, plan, 0), video)


@pytest.mark.parametrize("head_width", [4, 6, 12, 24, 128])
def test_the_pairs_of_a_head_are_shared_out_whole(head_width):
    split = HeadSplit.of(head_width)
    assert sum(split.sizes) == head_width
    assert min(split.plain, split.time) > 0
    if head_width == 128:
        assert split.sizes == (32, 32, 64)


def test_every_query_sees_every_key_without_a_plan_to_say_otherwise():
    q, k, v = draw(1, 4, 1, 8), draw(1, 5, 1, 8, seed=1), draw(1, 5, 1, 8, seed=2)
    weights = (torch.einsum("bsnd,blnd->bnsl", q, k) / 8**0.5).softmax(-1)
    assert torch.allclose(attend(q, k, v), torch.einsum("bnsl,blnd->bsnd", weights, v), rtol=0, atol=1e-13)


@pytest.mark.parametrize("masked", ["video", "text"])
def test_either_attention_can_keep_within_shots_alone(masked):
    sample = SamplePlan((0, 2), (TextPart(2, shots=(0,)), TextPart(3, shots=(1,))))
    q, k, v = (draw(1, SMALL.tokens, 2, WIDTH, seed=seed) for seed in range(3))
    words, said = draw(5, 2, WIDTH, seed=3), draw(5, 2, WIDTH, seed=4)
    outs = {
        chosen: (self_attention(q, k, v, plan, 0), cross_attention(q, words, said, plan, 0))
        for chosen, plan in {
            "one": build([sample], masked=masked),
            "both": build([sample]),
            "none": build([sample], masked_layers=None),
        }.items()
    }
    to_video, to_text = ("both", "none") if masked == "video" else ("none", "both")
    assert torch.equal(outs["one"][0], outs[to_video][0])
    assert torch.equal(outs["one"][1], outs[to_text][1])
    assert not torch.equal(outs["both"][0], outs["none"][0])
    assert not torch.equal(outs["both"][1], outs["none"][1])


def test_a_shot_without_words_is_fine_where_text_is_not_masked():
    sample = SamplePlan((0, 2), (TextPart(2, shots=(0,)),))
    build([sample], masked="video")
    build([sample], masked_layers=None)
    with pytest.raises(PlanError, match="shot 1 sees no text"):
        build([sample])
