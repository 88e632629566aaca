"""What the reader takes home: picture, samples, model. Each is `(name, MIME type, bytes, says)`."""

import csv
import io
import os
import re
import tempfile

import numpy as np

from tinymaf.saving import save
from tinymaf.trees import count_params

from ..interactive import render
from ..pictures import png

SAMPLES = 5000


def export(what, data, model, view=None):
    """The file `what`: "picture", "samples" or "model". `view` is the Picture for the first."""
    about = f"{model.label.split(',')[0]} {data.name}".lower()
    stem = "playground-" + re.sub(r"[^a-z0-9]+", "-", about).strip("-")[:40]
    content, ending, kind, says = {"picture": _picture, "samples": _samples, "model": _model}[what](
        data, model, view
    )
    return f"{stem}.{ending}", kind, content, says


def _picture(data, model, view):
    return png(render(view, 1000), dpi=200), "png", "image/png", "the figure as it stands"


def _samples(data, model, view):
    x = model.sample(np.random.default_rng(), SAMPLES) * data.std + data.mean
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([name.translate(str.maketrans("₁₂", "12")) for name in data.names])
    writer.writerows([f"{v:.7g}" for v in row] for row in x)
    return file.getvalue().encode(), "csv", "text/csv", f"{SAMPLES:,} samples"


def _model(data, model, view):
    density, params = model.to_save(data)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.npz")
        save(path, density, params)
        with open(path, "rb") as file:
            content = file.read()
    return (
        content,
        "npz",
        "application/octet-stream",
        f"{model.label}, {count_params(params):,} numbers; open it with tinymaf.load",
    )
