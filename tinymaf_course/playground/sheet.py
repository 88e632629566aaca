"""The playground on paper: `python -m tinymaf_course.playground.sheet` writes sheet.png."""

import numpy as np

from ..interactive import Picture, contact_sheet
from .data import drawing
from .models import Choice
from .opening import SHEET
from .picture import picture
from .run import Run

STEPS = (0, 150, 1500)


def frames():
    """Three pictures of a model that learns a ring, each with its caption."""
    angle = np.linspace(0, 2 * np.pi, 150)
    wobble = 2.2 + 0.12 * np.sin(3 * angle)
    puffs = np.stack([wobble * np.cos(angle), 0.9 * wobble * np.sin(angle)], axis=1)
    data = drawing().sprayed(puffs, 0.4, np.random.default_rng(0))
    run = Run(data, Choice())
    shown = []
    captions = []
    run.of = STEPS[-1]
    for step in STEPS:
        while run.step < step:
            run.advance(0)
        shown.append(Picture(picture(data, run, fine=True).rows[0], 1000))
        captions.append(f"{run.choice}: step {step:,}")
    return shown, captions


def main():
    SHEET.write_bytes(contact_sheet(*frames(), columns=1, total=1000))
    print(SHEET.name)


if __name__ == "__main__":
    main()
