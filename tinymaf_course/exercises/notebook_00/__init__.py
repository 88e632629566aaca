"""The exercises of notebook 00, start here."""
