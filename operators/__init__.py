"""What is done to one video: decode, split, stitch, filter, defade, encode, verify. No Ray here."""
