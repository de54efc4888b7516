"""Prompts that are not about a clip: a change in them annotates nothing anew."""
