"""What a training step costs: of a stack of blocks on a processor, of the whole model on a GPU, and to feed it."""
