"""Matplotlib figures as PNG, and on the page as one bundle of picture and words."""

import io

from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image


def png(fig: Figure, dpi=None, colors=None):
    """The figure as PNG: the same figure gives the same bytes. `colors=128` makes a palette, a third of the size."""
    file = io.BytesIO()
    fig.savefig(file, format="png", dpi=dpi or fig.dpi, metadata={"Software": None})
    return reduce_colors(Image.open(file), colors) if colors else file.getvalue()


def reduce_colors(image, colors=128):
    """A PIL image as a PNG of at most so many colours."""
    file = io.BytesIO()
    image.convert("RGB").quantize(colors, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def show(fig: Figure, alt, dpi=130, colors=128):
    """Display a figure once, with `alt`: what it shows, in words, for readers who do not see it.

    The words are the text of the output too: that is what strict notebook tests compare, as pixels differ from
    machine to machine.
    """
    show_bundle({"image/png": png(fig, dpi, colors)}, alt, width=round(fig.get_figwidth() * 100))


def show_bundle(bundle, alt, width=None):
    """Display one MIME bundle: what is in `bundle`, and `alt` as text/plain and as the picture's alt text."""
    metadata = {"image/png": {"alt": alt, **({"width": width} if width else {})}} if "image/png" in bundle else {}
    display({**bundle, "text/plain": alt}, raw=True, metadata=metadata)
