"""The record of each training: its settings, scores, and the losses of each epoch."""

import json
from pathlib import Path

FILE = Path(__file__).with_name("results.jsonl")  # one JSON object a line


def read():
    """`{name: record}`."""
    records = map(json.loads, FILE.read_text(encoding="utf-8").splitlines())
    return {record["name"]: record for record in records}
