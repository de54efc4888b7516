"""The order of training: a pure function of the corpora, the seed, the epoch and the settings. It knows nothing of how many
processes train: micro-batches are grouped into global steps of a fixed number, and the ranks share each step's among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import floor

from training.data.randomness import Draw


@dataclass(frozen=True)
class CorpusSamples:
    """``samples``: of each its key and the number of its bucket. ``weight``: how often a sample is visited per epoch: the corpus is
    read round and round in one shuffled order, ``weight`` times its size in an epoch. So with weight 1 every sample is visited
    exactly once per epoch, with 1/2 once in two, and after any number of epochs two samples' visits differ by one at most."""

    name: str
    weight: Fraction
    samples: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A sample's turn. ``lap``: how often it was visited before, over all epochs; with it, two visits draw apart."""

    corpus: str
    key: str
    bucket: int
    lap: int

    @property
    def name(self) -> str:
        """Under which everything random about this visit is drawn."""
        return f"{self.corpus}/{self.key}/{self.lap}"


@dataclass(frozen=True, slots=True)
class MicroBatch:
    """Visits of one bucket; as many as the bucket's batch, fewer in its last one of an epoch."""

    bucket: int
    visits: tuple[Visit, ...]


@dataclass(frozen=True)
class RankBatch:
    """A rank's micro-batch. ``weight``: of the mean loss of its samples in the global step's. 0 for a rank that would have none: a
    stand-in, to be run only where every rank must take part in every pass."""

    batch: MicroBatch
    weight: float


@dataclass(frozen=True)
class GlobalStep:
    """What one step of the optimizer sees, whatever the number of ranks."""

    batches: tuple[MicroBatch, ...]

    @property
    def samples(self) -> int:
        return sum(len(batch.visits) for batch in self.batches)

    def of_rank(self, rank: int, ranks: int) -> tuple[RankBatch, ...]:
        """Micro-batches ``rank``, ``rank + ranks``, ...: as many for each rank. All ranks' weights add up to 1."""
        if not 0 <= rank < ranks:
            raise ValueError(f"rank {rank} of {ranks}")
        rounds = -(-len(self.batches) // ranks)
        return tuple(self._at(turn * ranks + rank) for turn in range(rounds))

    def _at(self, number: int) -> RankBatch:
        if number >= len(self.batches):
            return RankBatch(self.batches[0], 0.0)
        batch = self.batches[number]
        return RankBatch(batch, len(batch.visits) / self.samples)


@dataclass(frozen=True)
class EpochPlan:
    """The last step may have fewer micro-batches."""

    epoch: int
    steps: tuple[GlobalStep, ...]


@dataclass(frozen=True)
class OrderSettings:
    """``batches``: samples of a micro-batch for each bucket. ``group``: micro-batches of a global step."""

    seed: int
    batches: tuple[int, ...]
    group: int


@dataclass(frozen=True)
class Cursor:
    """The next global step to run: number ``step`` of ``epoch``, both from 0."""

    epoch: int = 0
    step: int = 0


def plan_epoch(corpora: Sequence[CorpusSamples], settings: OrderSettings, epoch: int) -> EpochPlan:
    """The order of the samples within ``corpora`` does not matter. Raises ``ValueError`` for names or keys that repeat, weights
    that are not above 0, and where there is no sample at all."""
    _check(corpora, settings, epoch)
    visits = [visit for corpus in corpora for visit in _visits(corpus, settings.seed, epoch)]
    visits.sort(key=lambda visit: Draw(settings.seed, epoch, visit.name, "epoch_order").digest)
    batches = list(_batches(visits, settings.batches))
    batches.sort(key=lambda batch: Draw(settings.seed, epoch, batch.visits[0].name, "batch_order").digest)
    groups = range(0, len(batches), settings.group)
    return EpochPlan(epoch, tuple(GlobalStep(tuple(batches[at : at + settings.group])) for at in groups))


def steps_from(plan: Callable[[int], EpochPlan], cursor: Cursor, epochs: int) -> Iterator[tuple[Cursor, GlobalStep]]:
    """All steps from ``cursor`` on until ``epochs`` epochs are through, each with its own place. ``plan`` makes an epoch's plan.
    Raises ``ValueError`` for a cursor past the end of its epoch."""
    for epoch in range(cursor.epoch, epochs):
        first = cursor.step if epoch == cursor.epoch else 0
        steps = plan(epoch).steps
        if first > len(steps):
            raise ValueError(f"step {first} of epoch {epoch}, which has {len(steps)}: a cursor of another plan")
        for number, step in enumerate(islice(steps, first, None), first):
            yield Cursor(epoch, number), step


def _visits(corpus: CorpusSamples, seed: int, epoch: int) -> Iterator[Visit]:
    """The epoch's part of the endless round over ``corpus``."""
    place = f"{corpus.name}/"
    order = sorted(corpus.samples, key=lambda sample: Draw(seed, 0, place + sample[0], "corpus_order").digest)
    size = len(order)
    per_epoch = corpus.weight * size
    for at in range(floor(per_epoch * epoch), floor(per_epoch * (epoch + 1))):
        key, bucket = order[at % size]
        yield Visit(corpus.name, key, bucket, at // size)


def _batches(visits: Sequence[Visit], sizes: Sequence[int]) -> Iterator[MicroBatch]:
    waiting: dict[int, list[Visit]] = {}
    for visit in visits:
        group = waiting.setdefault(visit.bucket, [])
        group.append(visit)
        if len(group) == sizes[visit.bucket]:
            yield MicroBatch(visit.bucket, tuple(waiting.pop(visit.bucket)))
    for bucket, group in sorted(waiting.items()):
        yield MicroBatch(bucket, tuple(group))


def _check(corpora: Sequence[CorpusSamples], settings: OrderSettings, epoch: int) -> None:
    if len({corpus.name for corpus in corpora}) != len(corpora):
        raise ValueError(f"two corpora have the same name: {', '.join(corpus.name for corpus in corpora)}")
    for corpus in corpora:
        if corpus.weight <= 0:
            raise ValueError(f"the weight of {corpus.name} must be above 0, it is {corpus.weight}")
        if "/" in corpus.name or len({key for key, _ in corpus.samples}) != len(corpus.samples):
            raise ValueError(f"the corpus {corpus.name!r} has '/' in its name, or a key twice")
        if not {bucket for _, bucket in corpus.samples} <= set(range(len(settings.batches))):
            raise ValueError(f"{corpus.name} has samples of a bucket that is none of {len(settings.batches)}")
    if not any(corpus.samples for corpus in corpora):
        raise ValueError("there is no sample to train on")
    if epoch < 0 or settings.group < 1 or min(settings.batches, default=0) < 1:
        raise ValueError(f"epoch {epoch}, {settings.group} micro-batches a step, batches of {settings.batches}")
