"""The predictions, one file a notebook; each has PREDICTIONS."""
