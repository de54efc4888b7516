"""From batches to a fine-tuned model."""
