"""Plans that contradict themselves are refused before anything is computed."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.model.plan import BatchPlan, PlanError
from training.model.positions import Grid
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart

GRID = Grid(6, 2, 3)
WORDS = (TextPart(3),)


def build(*samples: SamplePlan, **settings: object) -> BatchPlan:
    return BatchPlan.build(samples, GRID, 24, PlanSettings(**settings))


@given(st.sets(st.integers(1, 5)))
def test_shots_cover_all_tokens_once(cuts: set[int]) -> None:
    plan = build(SamplePlan((0, *sorted(cuts)), WORDS))
    spans = plan.shot_tokens(0)
    assert spans[0][0] == 0
    assert spans[-1][1] == GRID.tokens
    assert all(end == start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize(
    ("sample", "says"),
    [
        (SamplePlan((), WORDS), "shots start at rising latents from 0"),
        (SamplePlan((1,), WORDS), "shots start at rising latents from 0"),
        (SamplePlan((0, 3, 3), WORDS), "shots start at rising latents from 0"),
        (SamplePlan((0, 6), WORDS), "starts at latent 6 of 6"),
        (SamplePlan((0,), ()), "has no text"),
        (SamplePlan((0,), (TextPart(0),)), "text 0: it has no token"),
        (SamplePlan((0,), (TextPart(2), TextPart(2, entity=-1))), "text 1: entity -1"),
        (SamplePlan((0,), (TextPart(2, interval=(2.0, 1.0)),)), "interval"),
        (SamplePlan((0, 3), (TextPart(2), TextPart(2, shots=(2,)))), "belongs to shots \\[2\\] of 2"),
        (SamplePlan((0, 3), (TextPart(2, shots=(0,)),)), "shot 1 sees no text"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(sample: SamplePlan, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        build(SamplePlan((0,), WORDS), sample)
    with pytest.raises(PlanError, match="sample 1"):
        build(SamplePlan((0,), WORDS), sample)


def test_the_published_layers_are_masked_both_ends_included() -> None:
    plan = build(SamplePlan((0,), WORDS))
    assert [layer for layer in range(30) if plan.masks_video(layer)] == list(range(6, 28))
    assert [layer for layer in range(30) if plan.masks_text(layer)] == list(range(6, 28))
    none = build(SamplePlan((0,), WORDS), masked_layers=None)
    assert not any(none.masks_video(layer) or none.masks_text(layer) for layer in range(30))


def test_text_without_times_and_mode_off_turn_nothing() -> None:
    timed = SamplePlan((0,), (TextPart(2), TextPart(2, 1, (0.0, 1.0))))
    assert build(SamplePlan((0,), WORDS), timed).timed[0] is None
    assert build(timed).timed[0] is not None
    assert build(timed, time="off").timed == (None,)


def test_each_shot_sees_its_own_text_and_what_is_for_all() -> None:
    text = (TextPart(2), TextPart(1, shots=(0,)), TextPart(2, shots=(1, 0)), TextPart(1, shots=(1,)))
    (visible,) = build(SamplePlan((0, 3), text)).visible
    assert [rows.tolist() for rows in visible] == [[0, 1, 2, 3, 4], [0, 1, 3, 4, 5]]
    assert build(SamplePlan((0, 3), WORDS)).visible == (None,)


def test_a_plan_is_not_changed_and_goes_to_another_device_whole() -> None:
    text = (TextPart(2), TextPart(2, 1, (0.0, 1.0), (0,)), TextPart(1, shots=(1,)))
    plan = build(SamplePlan((0, 3), text))
    moved = plan.to(torch.device("meta"))
    assert moved.video.cos.is_meta
    assert moved.timed[0].time.sin.is_meta
    assert moved.timed[0].timed.is_meta
    assert all(rows.is_meta for rows in moved.visible[0])
    assert not plan.video.cos.is_meta
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.grid = Grid(1, 1, 1)
