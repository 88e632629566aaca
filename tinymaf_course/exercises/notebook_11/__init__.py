"""The exercises of notebook 11, flows inside a VAE."""
