"""Films made up at random in small frames, for training: no two show, move or join the same things."""
