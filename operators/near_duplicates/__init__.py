"""Near-duplicates across a corpus: equal shots by an index over perceptual hashes, then equal clips by their shots."""
