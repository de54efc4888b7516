"""What becomes of the candidates of a whole corpus: columns in, verdicts out. No pixels, no Ray."""
