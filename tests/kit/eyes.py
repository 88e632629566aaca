"""What a canvas shows against what a picture says: the same picture as matplotlib draws it, and a
density's maximum.
"""

import base64
import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from tinymaf_course.interactive.colors import levels, table
from tinymaf_course.interactive.layout import layout
from tinymaf_course.interactive.sheet import render

BLOCK = 4  # pixels to a side of what is compared: text and edges may lie a pixel beside
FAR = 7.0  # mean difference of two panels in grey levels, 255 being white against black


def pixels_of(canvas):
    """What a canvas on the page shows, as text: the same for the same pixels."""
    return canvas.evaluate("canvas => canvas.toDataURL()")


def seen(data):
    """The pixels in such a text, on white: (height, width, 3)."""
    image = Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGBA")
    return np.asarray(
        Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB"), float
    )


def expected(picture, width):
    """The pixels that a canvas of this width should show."""
    agg = FigureCanvasAgg(render(picture, width))
    for axes in agg.figure.axes:  # numbers stand beside the panels, and take half of the time
        axes.tick_params(labelbottom=False, labelleft=False, labelright=False)
    agg.draw()
    return np.asarray(agg.buffer_rgba(), float)[..., :3]


def distances(one, other, picture):
    """How far two images are from one another, panel by panel."""
    places, _ = layout(picture.rows, one.shape[1])
    found = []
    for _, x, y, w, h, _ in places:
        crops = [a[int(y) : int(y + h) // BLOCK * BLOCK, int(x) : int(x + w)] for a in (one, other)]
        found.append(float(np.abs(_coarse(crops[0]) - _coarse(crops[1])).mean()))
    return found


def _coarse(a):
    h, w = (n // BLOCK * BLOCK for n in a.shape[:2])
    return a[:h, :w].reshape(h // BLOCK, BLOCK, w // BLOCK, BLOCK, 3).mean(axis=(1, 3))


def check(pixels, picture, wanted):
    """Raises AssertionError unless the pixels show the picture, which on paper is `wanted`."""
    assert pixels.shape == wanted.shape, (
        f"a canvas of {pixels.shape[:2]} pixels for {wanted.shape[:2]}"
    )
    far = distances(pixels, wanted, picture)
    assert max(far) < FAR, f"panels are not what they should be: off by {np.round(far, 1)}"
    for panel, x, y, w, h, _ in layout(picture.rows, pixels.shape[1])[0]:
        for layer in panel.layers:
            if layer["kind"] == "density" and layer["smooth"]:
                _check_maximum(
                    pixels[int(y) + 3 : int(y + h) - 3 : 2, int(x) + 3 : int(x + w) - 3 : 2],
                    panel,
                    layer,
                )


def _check_maximum(pixels, panel, layer):
    """Where the canvas is brightest the density is highest, and the other way round."""
    (rows, columns), values = layer["shape"], layer["values"]
    values = (
        values if values.dtype == np.uint8 else levels(values, layer["vmin"], layer["vmax"])
    ).reshape(rows, -1)
    # on white
    *rgb, alpha = np.moveaxis(table(layer["cmap"])[254::-4].astype(np.float32), -1, 0)
    colors = np.stack(rgb, axis=-1) * alpha[:, None] / 255 + 255 - alpha[:, None]
    height, width = pixels.shape[:2]
    far = np.abs(pixels[::-1, :, None].astype(np.float32) - colors).max(axis=-1)  # from below
    # -1: something else is there
    shown = np.where(far.min(axis=-1) < 12, 254 - 4 * far.argmin(axis=-1), -1)
    i, j = np.unravel_index(shown.argmax(), shown.shape)
    below = _near(values, i / height * rows, j / width * columns)
    assert below > 0.75 * values.max(), (
        f"the brightest pixel is at {i / height:.2f} from below, {j / width:.2f} "
        f"from the left, where the density has {below} of {values.max()}"
    )
    i, j = np.unravel_index(values.argmax(), values.shape)
    above = _near(shown, (i + 0.5) / rows * height, (j + 0.5) / columns * width)
    assert above == -1 or above > 0.75 * values.max(), (
        f"the density's maximum is shown as {above} of {values.max()}"
    )


def _near(a, i, j):
    i, j = int(min(i, len(a) - 1)), int(min(j, a.shape[1] - 1))
    return int(a[max(0, i - 2) : i + 3, max(0, j - 2) : j + 3].max())
