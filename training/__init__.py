"""Shards in, a fine-tuned model out. Depends on ``formats`` only; knows nothing of the pipeline."""
