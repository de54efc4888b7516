"""Reference images: for each subject of a clip the best crop of it, found by a detector that is told its name and description."""
