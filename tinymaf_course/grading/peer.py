"""One of the two sides of the border: calls the other's functions, and is called.

Data cross by value. A function crosses as a number: the other side gets a `Far` in its place, whose
call is a call of the function here. While one side waits for an answer it serves what the other
asks for meanwhile, so that a judge can hand a network to a student's function that runs elsewhere.
"""

import builtins
import contextlib
import traceback

import numpy as np

from ..values import Opaque, copy, plain, same
from .tape import Activation, Tapes, getval, isbox, opened, result
from .wire import Closed, Garbled, Packer, Unpacker

DEEPEST = 20  # calls within calls
LONGEST = 2000  # letters of an error, or of a name
GENERATORS = {
    name: getattr(np.random, name) for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
}


class Far:
    """A function, or an object, of the other side."""

    def __init__(self, peer, number, name, essence="", keep=False):
        self.__dict__.update(
            _peer=peer, _number=number, _essence=essence, _keep=keep, __name__=name
        )

    def __call__(self, *arguments, **named):
        return self._peer.call(self, arguments, named)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._peer.get(self, name)

    def __setattr__(self, name, value):
        self._peer.set(self, name, value)

    def __deepcopy__(self, memo):
        return self._peer.ask("copy", self)

    def __repr__(self):
        return f"<{self.__name__}>"


class Peer:
    """Requests go out by `ask` and come in by `serve`; the sides differ in what they do: `do_call`,
    `do_check`, ..."""

    def __init__(self, channel):
        self.channel, self.tapes = channel, Tapes()
        self.objects, self.numbers = {}, {}  # what was handed over: number -> object, id -> number
        # The functions that run for the other side; the boxes that each call to it has sent.
        self.inward, self.outward = [], []

    # What goes out.

    def ask(self, op, *parts, keep=False, **more):
        """Send a request, serve what comes meanwhile, and return the answer's value."""
        boxes, generators, busy = [], [], self.channel.busy
        self.channel.busy = True
        self.outward.append(boxes)
        try:
            self._send({"op": op, "keep": keep, **more}, list(parts), generators=generators)
            reply, arrays = self._answer()
            return self._received(reply, arrays, boxes, generators, keep)
        finally:
            self.outward.pop()
            self.channel.busy = busy

    def call(self, far, arguments, named):
        return self.ask("call", far, list(arguments), dict(named), keep=far._keep)

    def get(self, far, name):
        return self.ask("get", far, name, keep=far._keep)

    def set(self, far, name, value):
        return self.ask("set", far, name, value)

    def _answer(self):
        while True:
            message, arrays = self.channel.receive()
            if "op" not in message:
                return message, arrays
            self.serve(message, arrays)

    def _received(self, reply, arrays, boxes, generators, keep):
        if "error" in reply:
            raise self.error(*_texts(reply["error"]))
        unpacker = self._unpacker(arrays, keep)
        slots = unpacker.unpack(["list", *_list(reply, "slots")])
        states = unpacker.unpack(["list", *_list(reply, "generators")])

        def slot(number):
            def pull(g):
                found = self.ask("pull", reply.get("tape"), number, g)
                return {k: np.asarray(v) for k, v in found.items()}

            return result(slots[number], pull, *boxes)

        unpacker.slot = slot
        value = unpacker.unpack(reply.get("value"))
        self.noticed(reply)
        for generator, state in zip(generators, states):
            with contextlib.suppress(TypeError, ValueError, KeyError, OverflowError):
                generator.bit_generator.state = state
        return value

    def noticed(self, reply):
        """What a side wants to know of an answer beyond its value."""

    # What comes in.

    def serve(self, message, arrays):
        """Do what the other side asks, and answer."""
        op, keep = message["op"], message.get("keep") is True
        do = getattr(self, f"do_{op}", None) if type(op) is str else None
        if do is None:
            raise Garbled(f"a request that is none: {str(op)[:20]}")
        with Activation() as activation:
            self.inward.append(activation)
            made = []
            if len(self.inward) > DEEPEST:
                do = _too_deep
            try:
                parts = self._unpacker(arrays, keep, made).unpack(
                    ["list", *_list(message, "parts")]
                )
                try:
                    value, more = do(*parts), {}
                    if type(value) is Served:
                        value, more = value.value, value.more
                    self._reply(value, more, activation, made, keep)
                except Exception as error:
                    self._send({"error": self.told(error)})
            finally:
                self.inward.pop()

    def _reply(self, value, more, activation, made, keep):
        nodes, slots = [], []

        def slot(box):
            nodes.append(box._node)
            slots.append(box._value)
            return ["slot", len(nodes) - 1]

        states = [generator.bit_generator.state for generator in made]
        packer = Packer(lambda thing: self._other(packer, thing, keep, slot, []))
        packed = packer.pack(value)
        message = {**more, "value": packed, "slots": [packer.pack(one) for one in slots]}
        message["generators"] = [packer.pack(state) for state in states]
        if nodes:
            message["tape"] = self.tapes.keep(activation.leaves, nodes)
        self.channel.send(message, packer.arrays)

    def do_pull(self, tape, slot, g):
        return self.tapes.pull(tape, slot, g)

    def run(self, function, arguments, named):
        """Call a function of this side for the other one."""
        return function(*arguments, **named)

    def do_call(self, function, arguments, named):
        if not callable(function) or not all(type(name) is str for name in named):
            raise TypeError("this cannot be called")
        return self.run(function, arguments, named)

    # Values.

    def _send(self, message, parts=None, generators=None):
        generators = [] if generators is None else generators
        packer = Packer(lambda thing: self._other(packer, thing, False, None, generators))
        if parts is not None:
            message["parts"] = [packer.pack(part) for part in parts]
        self.channel.send(message, packer.arrays)

    def _other(self, packer, thing, keep, slot, generators):
        """What is none of the plain kinds, as JSON."""
        if type(thing) is Far and thing._peer is self:
            return ["yours", thing._number]
        if isbox(thing):
            return self._box(packer, thing, slot)
        if type(thing) is np.random.Generator:
            generators.append(thing)
            return ["generator", packer.pack(thing.bit_generator.state)]
        told = self.export(packer, thing, keep)
        if told is not None:
            return told
        simple = plain(thing)
        return packer.pack(Opaque(repr(thing)[:200]) if simple is thing else simple)

    def _box(self, packer, box, slot):
        parts = opened(box)
        if parts is not None:
            return packer.pack(parts)
        if slot and self.inward[-1].owns(box):
            return slot(box)
        if not self.outward:  # nobody waits who could use its derivative
            return packer.pack(getval(box))
        self.outward[-1].append(box)
        return ["box", len(self.outward[-1]) - 1, packer.pack(getval(box))]

    def handed(self, thing, name=None, essence=""):
        """The JSON of an object that the other side shall know by a number."""
        number = self.numbers.setdefault(id(thing), len(self.numbers))
        self.objects[number] = thing
        name = str(name or getattr(thing, "__name__", type(thing).__name__))[:LONGEST]
        return ["far", number, name, essence]

    def _unpacker(self, arrays, keep, made=None):
        def other(kind, parts):
            if kind == "far":
                number, name, essence = parts
                return Far(self, int(number), str(name)[:LONGEST], str(essence), keep)
            if kind == "yours":
                return self.objects[parts[0]]
            if kind == "box":
                value = unpacker.unpack(parts[1])
                return self.inward[-1].leaf(int(parts[0]), value) if self.inward else value
            if kind == "slot":
                return unpacker.slot(parts[0])
            if kind == "generator":
                generator = _generator(unpacker.unpack(parts[0]))
                made.append(generator)
                return generator
            return self.imported(kind, parts, unpacker)

        unpacker = Unpacker(arrays, other)
        return unpacker

    def imported(self, kind, parts, unpacker):
        raise Garbled(f"a value of no known kind: {str(kind)[:20]}")

    def export(self, packer, thing, keep):
        """The JSON of a function or an object; None where it is to be told as a plain value."""
        return self.handed(thing) if callable(thing) else None

    # Errors.

    def told(self, error):
        """What the other side learns of an exception: its kind, its text, the line that raised."""
        try:
            text = str(error)
        except Exception:
            text = ""
        frames = traceback.extract_tb(error.__traceback__)
        line = next((f.line for f in reversed(frames) if self.shows(f)), "")
        return [type(error).__name__[:80], text[:LONGEST], (line or "")[:200]]

    def shows(self, frame):
        """May the other side see a line of this frame?"""
        return False

    def error(self, kind, text="", line="", *rest):
        known = getattr(builtins, kind, None)
        if isinstance(known, type) and issubclass(known, Exception):
            with contextlib.suppress(TypeError):  # UnicodeDecodeError takes five arguments
                return known(text)
        return RuntimeError(f"{kind}: {text}")


def _too_deep(*parts):
    raise RecursionError("functions that call each other over and over")


def _list(message, name):
    found = message.get(name, [])
    if type(found) is not list:
        raise Garbled(f"no {name}")
    return found


def _texts(error):
    if type(error) is not list or not error:
        raise Garbled("no error")
    return list(map(str, error[:3]))


class Served:
    """A value, and what else the answer says."""

    def __init__(self, value, **more):
        self.value, self.more = value, more


def _generator(state):
    """The random numbers that begin at a state, which says of what kind it is."""
    made = GENERATORS[state["bit_generator"]](0)
    made.state = state
    return np.random.Generator(made)


def touched(function, arguments, named):
    """`(what the function gives, has it changed its arguments?)`"""
    before = copy(arguments), copy(named)
    value = function(*arguments, **named)
    now = list(arguments), dict(named)
    return value, not (
        same(list(before[0]), now[0], exactly=True) and same(before[1], now[1], exactly=True)
    )


__all__ = ["Closed", "Far", "Peer", "Served", "touched"]
