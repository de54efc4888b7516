"""What the model is told of a window, and what a visit goes without."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from formats.manifest import ManifestRow
from tests.training.data.small_records import small_record
from tests.training.feeding.small_run import opened, small_settings
from training.data.buckets import Bucket
from training.data.epoch_plan import Visit
from training.data.randomness import Draw
from training.data.resampling import ClipTiming
from training.data.samples import ClipView
from training.data.settings import DropoutSettings, TextSettings
from training.data.window_words import words_of
from training.data.windows import WindowSettings, choose_window, why_no_window
from training.feeding.told import Dropped, tell, texts_of
from training.model.plan import BatchPlan
from training.model.positions import Grid
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart
from training.text_plan import PADDED_TOKENS, null_texts

BOTH = TextSettings(plan="both")


@dataclass
class CountedTexts:
    """Each different text is a number, in as many rows as it has letters, and one for its end."""

    numbers: dict[str, int] = field(default_factory=dict)

    def states(self, text: str) -> Tensor:
        number = self.numbers.setdefault(text, len(self.numbers) + 1)
        return torch.full((len(text) + 1, 2), float(number))


@pytest.fixture(scope="module")
def view(corpus: Path, release: Path) -> ClipView:
    """Of a window with a cut: clip 3, two shots of 20 and 25 frames at 24 a second."""
    data = opened(small_settings(corpus), release)
    views = (data.reader.look(Visit("films", "clip-3", 0, 0), epoch) for epoch in range(20))
    return next(view for view in views if len(view.window.pieces) == 2)


def test_parts_come_in_the_order_of_the_plan_with_their_tokens(view: ClipView) -> None:
    source = CountedTexts()
    texts = texts_of(view, BOTH)
    told = tell(view, texts, Dropped(), source)
    assert told.plan.starts == view.window.latents.starts
    at = 0
    for text, part in zip(texts, told.plan.text, strict=True):
        rows = told.text[at : at + part.tokens]
        spoken = len(text.text) + 1
        assert part.tokens == (PADDED_TOKENS if text.padded else spoken)
        assert set(rows[:spoken].flatten().tolist()) == {float(source.numbers[text.text])}
        assert torch.count_nonzero(rows[spoken:]) == 0
        at += part.tokens
    assert at == len(told.text)


def test_captions_belong_to_their_shots_and_events_to_their_time(view: ClipView) -> None:
    texts = texts_of(view, BOTH)
    by_text = {text.text: text for text in texts}
    assert by_text["The woman waits."].shots == (0,)
    assert by_text["The man comes, 3."].shots == (1,)
    acts = by_text["woman acts"]
    assert acts.seconds is not None
    assert acts.seconds[0] == 0
    assert acts.seconds[1] <= Fraction(view.window.frames, view.window.fps)
    assert acts.entity != by_text["man acts"].entity


@pytest.mark.parametrize(
    ("plan", "told"), [("shots", {"shots"}), ("events", {"events"}), ("both", {"shots", "events"})]
)
def test_the_policy_chooses_what_is_told(view: ClipView, plan: str, told: set[str]) -> None:
    texts = texts_of(view, TextSettings.model_validate({"plan": plan}))
    assert texts[0].padded
    found = {"shots" if text.shots is not None else "events" for text in texts[1:]}
    assert found == told


def test_without_captions_the_empty_prompt_is_told_and_the_shots_stay(view: ClipView) -> None:
    told = tell(view, texts_of(view, BOTH), Dropped(captions=True), CountedTexts())
    assert told.plan == SamplePlan(view.window.latents.starts, (TextPart(PADDED_TOKENS),))
    assert torch.count_nonzero(told.text[1:]) == 0


def test_without_masks_the_window_is_one_shot_that_sees_all_its_words(view: ClipView) -> None:
    texts = texts_of(view, BOTH)
    masked, unmasked = (tell(view, texts, Dropped(masks=off), CountedTexts()) for off in (False, True))
    assert unmasked.plan.starts == (0,)
    assert all(part.shots is None for part in unmasked.plan.text)
    assert torch.equal(unmasked.text, masked.text)
    assert [(part.tokens, part.entity, part.interval) for part in unmasked.plan.text] == [
        (part.tokens, part.entity, part.interval) for part in masked.plan.text
    ]


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(0, 50), st.text(min_size=1, max_size=20))
def test_dropouts_are_a_function_of_seed_epoch_and_visit_each_for_itself(seed: int, epoch: int, name: str) -> None:
    half = DropoutSettings(captions=0.5, masks=0.5)
    first = Dropped.at(seed, epoch, name, half)
    Dropped.at(seed, epoch + 1, name, half)
    assert Dropped.at(seed, epoch, name, half) == first
    alone = Dropped.at(seed, epoch, name, DropoutSettings(captions=0.5, masks=0))
    assert alone == Dropped(first.captions, False)
    assert Dropped.at(seed, epoch, name, DropoutSettings(captions=1, masks=1)) == Dropped(True, True)
    assert Dropped.at(seed, epoch, name, DropoutSettings(captions=0, masks=0)) == Dropped()


def test_dropouts_come_as_often_as_wanted_and_apart_from_each_other() -> None:
    shares = DropoutSettings(captions=0.1, masks=0.3)
    drawn = [
        Dropped.at(seed, epoch, f"films/{visit}/0", shares)
        for seed in (0, 1)
        for epoch in (0, 1)
        for visit in range(2500)
    ]
    captions, masks = sum(each.captions for each in drawn), sum(each.masks for each in drawn)
    both = sum(each.captions and each.masks for each in drawn)
    assert abs(captions - 1000) < 5 * 30
    assert abs(masks - 3000) < 5 * 46
    assert abs(both - 300) < 5 * 17


NAMES = ("woman", "man", "camera")


@st.composite
def windows_of_clips(draw: st.DrawFn) -> ClipView:
    """Any window of any clip: up to four shots, some captioned, with a summary or none, and events anywhere."""
    lengths = draw(st.lists(st.integers(13, 50), min_size=1, max_size=4))
    total = sum(lengths)
    captions = [(shot, f"Caption {shot}.") for shot in range(-1, len(lengths)) if draw(st.booleans())]
    events = []
    for name in NAMES:
        at = sorted(draw(st.sets(st.integers(0, total), max_size=6)))
        events += [(name, start, end) for start, end in pairwise(at)][::2]
    record = small_record(lengths, events=events, captions=captions)
    timing, frames = ClipTiming.of_record(record), draw(st.sampled_from([5, 9, 17]))
    policy = WindowSettings(cuts=draw(st.sampled_from(["trim", "majority"])))
    assume(why_no_window(timing, frames, policy) is None)
    stream = Draw(draw(st.integers(0, 99)), 0, "clip", "window").stream()
    window = choose_window(timing, frames, policy, stream)
    bucket = Bucket(frames=frames, height=16, width=16)
    row = cast("ManifestRow", None)
    return ClipView(Visit("films", "clip", 0, 0), row, bucket, window, words_of(record, window))


@settings(max_examples=60)
@given(windows_of_clips(), st.sampled_from(["shots", "events", "both"]), st.booleans(), st.booleans())
def test_whatever_the_window_its_words_make_a_plan_that_the_model_takes(
    view: ClipView, plan: str, captions: bool, masks: bool
) -> None:
    source = CountedTexts()
    texts = texts_of(view, TextSettings.model_validate({"plan": plan}))
    told = tell(view, texts, Dropped(captions, masks), source)
    assert len(told.text) == told.plan.tokens
    at, latents = 0, view.window.latents.latents
    for part, text in zip(told.plan.text, null_texts() if captions else texts, strict=True):
        assert set(told.text[at : at + part.tokens].flatten().tolist()) <= {float(source.numbers[text.text]), 0.0}
        at += part.tokens
        if part.interval is not None:
            assert 0 <= part.interval[0] <= part.interval[1] <= view.window.frames / 4
    batch = BatchPlan.build([told.plan], Grid(latents, 1, 1), 24, PlanSettings(masked_layers=(0, 1), time="sampled"))
    assert len(batch.shot_tokens(0)) == (1 if masks else len(view.window.pieces))
