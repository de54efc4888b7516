"""Films rendered from a plan, with exact truth: the demo, the tests and the benchmarks live on them."""
