"""Models on disk: plan.py (the structure as JSON), archive.py (files of arrays beside it)."""

from .archive import load, save

__all__ = ["load", "save"]
