"""Learned models that look at pictures of fragments while a film is scanned: embedders, and models that give scores.

With none configured nothing is sampled and torch is not imported for them.
"""
