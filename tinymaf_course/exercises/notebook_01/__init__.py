"""The exercises of notebook 01, autoregressive models."""
