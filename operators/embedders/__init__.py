"""Learned embedders by name: what they are called, where they come from, what they run, and the file they fill."""
