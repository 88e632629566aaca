"""The exercises of notebook 08, IAF."""
