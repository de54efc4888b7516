"""What a training run will need, in lines."""

from __future__ import annotations

from collections.abc import Iterator

from training.feeding.opened_data import OpenedData
from training.model.checkpoint import load_config
from training.settings import TrainingSettings
from training.trainer.estimate import BucketCost, bucket_cost, kept_bytes, model_size

_ASSUMED_RATE = 3e14
"""Operations a second of one large GPU (H100, H200) in bfloat16: less than half of what it can, our assumption."""
_GB = 1e9


def estimate_lines(settings: TrainingSettings, data: OpenedData, steps: int) -> Iterator[str]:
    config = load_config(settings.model.source, settings.model.revision)
    size = model_size(config, settings)
    learning = "all of which learn" if settings.tune.how == "full" else f"and {size.learning:,} of adapters that learn"
    yield f"parameters: {size.weights:,}, {learning}"
    costs = [bucket_cost(config, bucket, settings) for bucket in settings.data.sizes.buckets]
    kept = kept_bytes(size, settings)
    most = max(cost.bytes for cost in costs)
    yield (
        f"memory of a device: {(size.bytes + kept) / _GB:.1f} GB for weights and optimizer, and about {most / _GB:.1f} GB for "
        "the largest batch (a rough count)"
    )
    most_kept = settings.checkpoints.keep + 1
    yield f"disk: {kept / _GB:.2f} GB a checkpoint, {most_kept * kept / _GB:.1f} GB for {most_kept} of them, the most at a time"
    mean = _mean_operations(data, costs) * settings.run.group
    hours = steps * mean / _ASSUMED_RATE / 3600
    yield (
        f"time: {steps} steps of {settings.run.group} micro-batches, {mean:.2g} operations a step without masks; about "
        f"{hours:.1f} h on one large GPU at {_ASSUMED_RATE / 1e12:.0f} TFLOP/s (assumed), divided by their number"
    )


def _mean_operations(data: OpenedData, costs: list[BucketCost]) -> float:
    """Of a micro-batch, over those of an epoch."""
    numbers = [0.0] * len(costs)
    for corpus in data.train:
        for number, line in enumerate(corpus.table.lines):
            numbers[number] += float(corpus.weight) * line.clips / line.bucket.batch
    whole = sum(numbers)
    if not whole:
        return 0.0
    return sum(count * cost.operations for count, cost in zip(numbers, costs, strict=True)) / whole
