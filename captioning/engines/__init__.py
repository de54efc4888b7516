"""Vision-language models that run in this process: with ``transformers``, and in vLLM's engine."""
