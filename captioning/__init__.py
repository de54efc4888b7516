"""Clips in, words and entity events out. No Ray here."""
