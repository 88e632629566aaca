"""The exercises of notebook 02, change of variables."""
