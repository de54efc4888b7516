"""The order of training, whatever the number of processes."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.epoch_plan import CorpusSamples, Cursor, EpochPlan, OrderSettings, Visit, plan_epoch, steps_from

BUCKETS = 3
weights = st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 2), Fraction(1, 3), Fraction(7, 5)])


@st.composite
def corpora(draw: st.DrawFn) -> tuple[CorpusSamples, ...]:
    made = []
    for name in ("a", "b")[: draw(st.integers(1, 2))]:
        buckets = draw(st.lists(st.integers(0, BUCKETS - 1), min_size=1, max_size=25))
        made.append(
            CorpusSamples(name, draw(weights), tuple((f"clip-{i}", bucket) for i, bucket in enumerate(buckets)))
        )
    return tuple(made)


order_settings = st.builds(
    OrderSettings,
    seed=st.integers(0, 5),
    batches=st.tuples(*[st.integers(1, 4)] * BUCKETS),
    group=st.integers(1, 6),
)


def visits_of(plan: EpochPlan) -> list[Visit]:
    return [visit for step in plan.steps for batch in step.batches for visit in batch.visits]


def one_corpus(samples: int, weight: Fraction = Fraction(1)) -> tuple[CorpusSamples, ...]:
    return (CorpusSamples("a", weight, tuple((f"clip-{i}", i % 2) for i in range(samples))),)


@given(st.integers(1, 60), order_settings, st.integers(0, 5))
def test_with_weight_one_every_sample_is_seen_exactly_once_per_epoch(
    samples: int, settings: OrderSettings, epoch: int
) -> None:
    plan = plan_epoch(one_corpus(samples), settings, epoch)
    assert Counter(visit.key for visit in visits_of(plan)) == {f"clip-{i}": 1 for i in range(samples)}


@given(corpora(), order_settings, st.integers(1, 6))
def test_after_any_number_of_epochs_samples_of_a_corpus_differ_by_one_visit_at_most(
    mixed: tuple[CorpusSamples, ...], settings: OrderSettings, epochs: int
) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    names = set()
    for epoch in range(epochs):
        for visit in visits_of(plan_epoch(mixed, settings, epoch)):
            seen[visit.corpus, visit.key] += 1
            names.add(visit.name)
    assert len(names) == seen.total()
    for corpus in mixed:
        counts = [seen[corpus.name, key] for key, _ in corpus.samples]
        assert max(counts) - min(counts) <= 1
        assert sum(counts) == int(corpus.weight * len(corpus.samples) * epochs)


@given(corpora(), order_settings, st.integers(0, 3))
def test_micro_batches_are_of_one_bucket_and_steps_of_the_group(
    mixed: tuple[CorpusSamples, ...], settings: OrderSettings, epoch: int
) -> None:
    plan = plan_epoch(mixed, settings, epoch)
    bucket_of = {(corpus.name, key): bucket for corpus in mixed for key, bucket in corpus.samples}
    short: Counter[int] = Counter()
    for number, step in enumerate(plan.steps):
        assert len(step.batches) == settings.group or (number == len(plan.steps) - 1 and step.batches)
        for batch in step.batches:
            assert {bucket_of[visit.corpus, visit.key] for visit in batch.visits} == {batch.bucket}
            assert 1 <= len(batch.visits) <= settings.batches[batch.bucket]
            short[batch.bucket] += len(batch.visits) < settings.batches[batch.bucket]
    assert all(count <= 1 for count in short.values())


@given(corpora(), order_settings, st.integers(0, 3), st.integers(1, 9))
def test_any_number_of_ranks_sees_the_same_samples_in_a_step_with_the_same_weights(
    mixed: tuple[CorpusSamples, ...], settings: OrderSettings, epoch: int, ranks: int
) -> None:
    for step in plan_epoch(mixed, settings, epoch).steps:
        shares = [step.of_rank(rank, ranks) for rank in range(ranks)]
        assert len({len(share) for share in shares}) == 1
        working = [run for share in shares for run in share if run.weight > 0]
        assert Counter(run.batch for run in working) == Counter(step.batches)
        for run in working:
            assert run.weight == len(run.batch.visits) / step.samples
        assert abs(sum(run.weight for run in working) - 1) < 1e-12
        assert all(run.batch in step.batches for share in shares for run in share)


@given(corpora(), order_settings, st.integers(0, 40))
def test_what_is_resumed_from_a_cursor_is_what_would_have_come(
    mixed: tuple[CorpusSamples, ...], settings: OrderSettings, taken: int
) -> None:
    def plan(epoch: int) -> EpochPlan:
        return plan_epoch(mixed, settings, epoch)

    undisturbed = list(steps_from(plan, Cursor(), 3))
    rest = undisturbed[taken:]
    if rest:
        assert list(steps_from(plan, rest[0][0], 3)) == rest


@given(corpora(), order_settings, st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_order_in_which_samples_are_listed_does_not_matter(
    mixed: tuple[CorpusSamples, ...], settings: OrderSettings, epoch: int, shuffle: random.Random
) -> None:
    shuffled = []
    for corpus in mixed:
        samples = list(corpus.samples)
        shuffle.shuffle(samples)
        shuffled.append(CorpusSamples(corpus.name, corpus.weight, tuple(samples)))
    shuffle.shuffle(shuffled)
    assert plan_epoch(shuffled, settings, epoch) == plan_epoch(mixed, settings, epoch)


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    plans = [
        [visit.key for visit in visits_of(plan_epoch(one_corpus(50), OrderSettings(seed, (1, 1), 4), epoch))]
        for seed in range(3)
        for epoch in range(3)
    ]
    assert len({tuple(plan) for plan in plans}) == 9


def test_a_cursor_of_another_plan_is_refused() -> None:
    def plan(epoch: int) -> EpochPlan:
        return plan_epoch(one_corpus(8), OrderSettings(0, (1, 1), 4), epoch)

    assert [place for place, _ in islice(steps_from(plan, Cursor(0, 2), 2), 1)] == [Cursor(1, 0)]
    with pytest.raises(ValueError, match="step 3 of epoch 0, which has 2"):
        next(steps_from(plan, Cursor(0, 3), 2))


def test_corpora_that_contradict_themselves_are_refused() -> None:
    settings, good = OrderSettings(0, (1, 1), 1), one_corpus(2)[0]
    for wrong, said in [
        ((good, good), "the same name"),
        ((CorpusSamples("a", Fraction(0), good.samples),), "must be above 0"),
        ((CorpusSamples("a/b", Fraction(1), good.samples),), "'/' in its name"),
        ((CorpusSamples("a", Fraction(1), good.samples * 2),), "a key twice"),
        ((CorpusSamples("a", Fraction(1), ()),), "no sample"),
        ((CorpusSamples("a", Fraction(1), (("clip-0", 2),)),), "a bucket that is none of 2"),
    ]:
        with pytest.raises(ValueError, match=said):
            plan_epoch(wrong, settings, 0)
    with pytest.raises(ValueError, match="micro-batches a step"):
        plan_epoch((good,), OrderSettings(0, (1, 0), 1), 0)
    with pytest.raises(ValueError, match="rank 2 of 2"):
        plan_epoch((good,), settings, 0).steps[0].of_rank(2, 2)
