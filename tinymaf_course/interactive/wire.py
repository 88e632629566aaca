"""A picture as it travels to the browser: JSON, and the arrays beside it as bytes."""

import numpy as np

KINDS = {"float32": "f4", "uint8": "u1", "uint32": "u4"}
PANEL = (
    "x",
    "y",
    "title",
    "x_label",
    "y_label",
    "equal",
    "aspect",
    "share",
    "axes",
    "x_ticks",
    "y_ticks",
    "legend",
    "layers",
    "handles",
    "readouts",
    "spots",
)


def encode(picture, buffers=None):
    """`(spec, buffers)`: {"$": k, "as": kind} replaces an array, and buffers[k] holds its bytes.

    `buffers` is a dict from bytes to k. Arrays with the same bytes are stored once, also over
    several pictures.
    """
    buffers = {} if buffers is None else buffers
    rows = [
        [{name: getattr(panel, name) for name in PANEL} for panel in row] for row in picture.rows
    ]
    spec = {"width": picture.width, "rows": _plain(rows, buffers)}
    return {**spec, "formula": picture.formula, "hint": picture.hint}, buffers


def frame(picture):
    """A picture as a value of the canvas' trait `frames`."""
    return pack([picture])


def pack(pictures):
    """Pictures as a value of the canvas' trait `frames`. Arrays that they share are sent once."""
    buffers = {}
    specs = [encode(picture, buffers)[0] for picture in pictures]
    return {"specs": specs, "buffers": list(buffers)}


def _plain(value, buffers):
    if isinstance(value, dict):
        return {name: _plain(inner, buffers) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner, buffers) for inner in value]
    if isinstance(value, np.ndarray):
        kind = KINDS[value.dtype.name]
        return {
            "$": buffers.setdefault(np.ascontiguousarray(value).tobytes(), len(buffers)),
            "as": kind,
        }
    if isinstance(value, np.generic):
        return value.item()
    return value


def decode(frames, k=0):
    """The k-th spec of a `frames` value with its arrays back in place."""
    kinds = {short: name for name, short in KINDS.items()}

    def alive(value):
        if isinstance(value, dict):
            if "$" in value:
                return np.frombuffer(frames["buffers"][value["$"]], kinds[value["as"]])
            return {name: alive(inner) for name, inner in value.items()}
        return [alive(inner) for inner in value] if isinstance(value, list) else value

    return alive(frames["specs"][k])


def substance(frames):
    """What a frame shows, without its titles.

    Two frames with equal substance are the same picture.
    """
    spec = decode(frames)
    for row in spec["rows"]:
        for panel in row:
            panel.pop("title")
    return repr(_bytes(spec))


def _bytes(value):
    if isinstance(value, dict):
        return {name: _bytes(inner) for name, inner in value.items()}
    return (
        [_bytes(inner) for inner in value]
        if isinstance(value, list)
        else value.tobytes()
        if isinstance(value, np.ndarray)
        else value
    )
