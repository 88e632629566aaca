"""The exercises of notebook 12, the referee."""
