"""The exercises of notebook 06, stacking and permutations."""
