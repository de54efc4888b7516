"""The pictures of a clip that a model is shown: which, how large, and how they travel out of the sandbox."""
