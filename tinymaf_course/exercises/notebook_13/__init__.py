"""The exercises of notebook 13, the paper's table."""
