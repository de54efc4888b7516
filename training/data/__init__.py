"""Which clips are trained, which seconds of them, in which order, and how they come out of the shards."""
