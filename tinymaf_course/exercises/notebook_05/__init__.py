"""The exercises of notebook 05, MAF."""
