"""From an epoch's plan to batches that a step takes."""
