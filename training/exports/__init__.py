"""What a run learnt, in files that other programs load."""
