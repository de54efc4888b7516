"""What is computed once and read at every visit: states of texts, moments of the VAE."""
