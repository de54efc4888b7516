"""Scores that a learned model gives: aesthetics predictors, and image classifiers. None of them is on by default."""
