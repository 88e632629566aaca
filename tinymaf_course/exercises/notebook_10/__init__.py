"""The exercises of notebook 10, conditional flows and images."""
