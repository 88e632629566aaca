"""The exercises of notebook 04, MADE as a density."""
