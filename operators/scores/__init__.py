"""What is measured of fragments and clips: one small file per score, all of them listed in ``registry.py``."""
