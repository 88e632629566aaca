"""What crosses the border between the grader and a student's process: frames of JSON and raw
arrays, never pickles. Both sides use this file; neither trusts what it reads.

A frame is the length of its JSON, the length of its arrays, the JSON, the arrays. In the JSON a
value of Python's simple kinds is itself, and any other one is a list that begins with its kind:
["tuple", a, b], ["array", dtype, shape, begin, end].
"""

import json
import os
import re
import struct

import numpy as np

from ..values import Opaque

HEAD = struct.Struct(">QQ")
LARGEST_TEXT, LARGEST = 2**24, 2**26  # bytes of one frame: of its JSON, and in all
MOST = 10**6  # values in one frame
DTYPE = re.compile(r"[<>|=]?[biufcU]\d+")
BITS = 10_000  # of one whole number
SIMPLE = (bool, float, str)
LISTS = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


class Broken(BaseException):
    """The other side cannot be talked to any more. No judge may take this for an answer's fault."""


class Garbled(Broken):
    """What came is no frame, or too long, or says something that makes no sense."""


class Closed(Broken):
    """The other side is gone."""


class Channel:
    """Frames over two file descriptors. `busy` while they talk: an alarm must wait then."""

    def __init__(self, reading, writing):
        self.reading, self.writing, self.busy = reading, writing, True

    def send(self, message, arrays=()):
        text = json.dumps(message).encode("utf-8", "surrogatepass")
        arrays = b"".join(arrays)
        if len(text) > LARGEST_TEXT or len(text) + len(arrays) > LARGEST:
            raise ValueError("this is too large to be handed over")
        try:
            left = memoryview(HEAD.pack(len(text), len(arrays)) + text + arrays)
            while left:
                left = left[os.write(self.writing, left) :]
        except OSError as error:
            raise Closed from error

    def receive(self):
        """`(message, arrays)`."""
        text, arrays = HEAD.unpack(self._read(HEAD.size))
        if text > LARGEST_TEXT or text + arrays > LARGEST:
            raise Garbled("a frame that is too long")
        return understood(self._read(text)), self._read(arrays)

    def _read(self, size):
        parts = []
        while size:
            try:
                part = os.read(self.reading, min(size, 2**20))
            except OSError as error:
                raise Closed from error
            if not part:
                raise Closed
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def understood(text):
    """The message of a frame, a dict."""
    try:
        message = json.loads(text.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise Garbled("no JSON") from error
    if not isinstance(message, dict):
        raise Garbled("no message")
    return message


class Packer:
    """Turns plain values into JSON; their arrays gather in `arrays`. `other(thing)` says how what
    is not plain is told."""

    def __init__(self, other):
        self.other, self.arrays, self.size, self.count = other, [], 0, 0

    def pack(self, thing):
        self.count += 1
        if self.count > MOST:
            raise ValueError("these are too many values to be handed over")
        kind = type(thing)
        if thing is None or kind in SIMPLE:
            return thing
        if kind is int:
            return thing if abs(thing) < 2**63 else ["int", _hex(thing)]
        if kind is np.ndarray and thing.dtype.kind in "biufcU":
            return ["array", *self._kept(thing)]
        if kind is np.ndarray and thing.dtype.kind == "O":
            return ["objects", list(thing.shape), [self.pack(one) for one in thing.ravel()]]
        return self._more(kind, thing)

    def _more(self, kind, thing):
        if issubclass(kind, np.generic) and thing.dtype.kind in "biufcU":
            return ["scalar", *self._kept(np.asarray(thing))]
        for name, made in LISTS.items():
            if kind is made:
                return [name, *map(self.pack, thing)]
        if kind is dict:
            return ["dict", *([self.pack(key), self.pack(value)] for key, value in thing.items())]
        if kind is complex:
            return ["complex", thing.real, thing.imag]
        if thing is Ellipsis:
            return ["dots"]
        if kind is Opaque:
            return ["opaque", thing.text]
        return self.other(thing)

    def _kept(self, array):
        begin, self.size = self.size, self.size + array.nbytes
        if self.size > LARGEST:
            raise ValueError("an array that is too large to be handed over")
        data = array.tobytes()
        self.arrays.append(data)
        return array.dtype.str, list(array.shape), begin, self.size


def _hex(number):
    if number.bit_length() > BITS:
        raise ValueError("a whole number of more than three thousand digits")
    return hex(number)


class Unpacker:
    """The way back. `other(kind, parts)` says what the kinds that are not plain become."""

    def __init__(self, arrays, other):
        self.arrays, self.other = arrays, other

    def unpack(self, node):
        """The value; `Garbled` where there is none."""
        try:
            return self._value(node)
        except Exception as error:
            raise Garbled(f"a value that is none: {type(error).__name__}") from error

    def _value(self, node):
        if node is None or type(node) in (bool, int, float, str):
            return node
        kind, *parts = node
        if kind in LISTS:
            return LISTS[kind](map(self._value, parts))
        if kind == "dict":
            return {self._value(key): self._value(value) for key, value in parts}
        if kind in ("array", "scalar"):
            array = self._array(*parts)
            return array if kind == "array" else array.reshape(())[()]
        return self._rare(kind, parts)

    def _rare(self, kind, parts):
        if kind == "objects":
            made = np.empty(len(parts[1]), object)
            for k, part in enumerate(parts[1]):
                made[k] = self._value(part)
            return made.reshape(parts[0])
        if kind == "int":
            return int(parts[0], 16)
        if kind == "complex":
            return complex(*map(float, parts))
        if kind == "dots":
            return Ellipsis
        if kind == "opaque":
            return Opaque(str(parts[0])[:200])
        return self.other(kind, parts)

    def _array(self, dtype, shape, begin, end):
        if not DTYPE.fullmatch(dtype) or not 0 <= begin <= end <= len(self.arrays):
            raise Garbled("an array that is none")
        return np.frombuffer(self.arrays[begin:end], np.dtype(dtype)).reshape(shape).copy()
