"""What can be wrong with what a model says, and the one rule for each fault."""
