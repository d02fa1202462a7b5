"""Arguments of any kind for the Python layer, made from bytes; and what may come of them.

Memory is never lied about: what a made-up DLPack tensor describes lies in memory that is there.
"""

import array
import contextlib
import ctypes
import gc
import math

import numpy as np

import tsrt


class Odd(Exception):
    """What an odd object raises: it has to come out as it is."""


class Input:
    """Bytes, taken from their beginning; past their end come zeros."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def number(self):
        kind = self.byte()
        edges = [-1, 2**31, -(2**31), 2**63 - 1, -(2**63), 2**63, 2**64, -(2**70), 10**5000]
        return edges[kind % len(edges)] if kind > 200 else kind % 8

    def pick(self, things):
        return things[self.byte() % len(things)]


DTYPES = [
    "f4",
    "f8",
    "f2",
    "i1",
    "i2",
    "i4",
    "i8",
    "u1",
    "u2",
    "u4",
    "u8",
    "?",
    "c8",
    "c16",
    ">f4",
    ">i8",
    "g",
    "U3",
    "S2",
    "M8[s]",
    "m8[s]",
    "O",
    "V4",
    "i4,f8",
]


def an_array(give):
    shape = [give.byte() % 4 for _ in range(give.byte() % 5)]
    made = np.zeros([2 * n for n in shape], give.pick(DTYPES))
    how = give.byte() % 10
    if how == 0:
        made = made[tuple(slice(None, None, -1) for _ in shape)]
    elif how == 1:
        made = made[tuple(slice(None, None, 2) for _ in shape)]
    elif how == 2:
        made = made.T
    elif how == 3:
        made.flags.writeable = False
    elif how == 4:
        made = np.broadcast_to(made, (give.byte() % 3, *made.shape))
    elif how == 5:
        made = made.view(np.recarray) if made.dtype.names else np.ma.masked_array(made)
    elif how == 6 and made.dtype.kind in "fiu":
        raw = np.zeros(made.nbytes + 1, np.uint8)
        made = raw[1:].view(made.dtype).reshape(made.shape)
    return made


def lying(give, depth):
    names = ["__dlpack__", "__dlpack_device__", "__array__", "__index__", "__float__", "__len__"]
    names += ["__iter__", "__bool__", "__complex__", "__array_interface__", "name", "__getitem__"]

    def method(value):
        def said(self, *args, **kwargs):
            if value is Odd:
                raise Odd
            return value

        return said

    body = {}
    for _ in range(give.byte() % 4 + 1):
        name = give.pick(names)
        value = Odd if give.byte() % 4 == 0 else anything(give, depth + 1)
        if name == "__array_interface__" and not isinstance(value, (int, str, type(None))):
            continue
        body[name] = value if name in ("name", "__array_interface__") else method(value)
    base = give.pick([object, object, dict, list, tuple, str, int, float, BaseException])
    try:
        return type("Lying", (base,), body)()
    except TypeError:
        return type("Lying", (), body)()


class DLTensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device", ctypes.c_int32 * 2),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


class DLManaged(ctypes.Structure):
    _fields_ = (("tensor", DLTensor), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p))


capsule_new = ctypes.pythonapi.PyCapsule_New
capsule_new.restype = ctypes.py_object
capsule_new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


class Exports:
    """A DLPack producer whose tensor is badly described, and lies in its 4096 bytes if at all."""

    def __init__(self, give):
        self.memory = (ctypes.c_uint8 * 4096)()
        self.managed = DLManaged()
        tensor = self.managed.tensor
        sizes = [give.number() for _ in range(give.byte() % 5)]
        sizes = [n if -(2**63) <= n < 2**63 else 2**62 for n in sizes]
        self.shape = (ctypes.c_int64 * 8)(*sizes)
        tensor.ndim = give.pick([len(sizes)] * 4 + [-1, 65])
        tensor.shape = self.shape if give.byte() % 8 else None
        tensor.device[0], tensor.device[1] = give.pick([1, 1, 1, 2, 14, -1]), give.byte() % 2
        tensor.code, tensor.bits, tensor.lanes = (
            give.pick([2, 2, 0, 1, 6, 99]),
            32,
            give.pick([1] * 3 + [0, 4]),
        )
        fits = all(n >= 0 for n in sizes) and math.prod(sizes) * 4 <= len(self.memory)
        fits |= any(n < 0 for n in sizes) or tensor.device[0] != 1
        tensor.data = ctypes.addressof(self.memory) if fits and give.byte() % 8 else None
        self.name = give.pick([b"dltensor"] * 3 + [b"used_dltensor", b"other"])
        self.device = give.pick([(1, 0)] * 4 + [(), (1,), (2, 0), None, (1, 0, 0), [1, 0]])

    def __dlpack__(self, **options):
        if options:
            raise TypeError
        return capsule_new(ctypes.addressof(self.managed), self.name, None)

    def __dlpack_device__(self):
        return self.device


def endless():
    made = []
    made.append(made)
    return made


def anything(give, depth=0):
    kind = give.byte() % (24 if depth < 4 else 14)
    if kind < 5:
        return an_array(give)
    if kind < 14:
        number = give.number()
        return give.pick(
            [
                number,
                None,
                bool(number & 1),
                float("nan") if number < 0 or number > 2**63 else number / 3,
                complex(give.byte(), give.byte()),
                give.pick(["", "cpu", "a\0b", "\ud800", "x" * 300, "RED", "count"]),
                give.pick([b"", b"abc", bytearray(5), memoryview(b"abcd")]),
                np.float32(3),
                np.dtype(give.pick(DTYPES)),
                array.array("d", [1.0, 2.0]),
                memoryview(np.zeros((2, 3), np.float32)),
                np.int64,
                Odd,
                object(),
            ]
        )
    if kind < 17:
        return [anything(give, depth + 1) for _ in range(give.byte() % 4)]
    if kind < 19:
        return tuple(anything(give, depth + 1) for _ in range(give.byte() % 4))
    if kind < 21:
        keys = ["a", "b", 1, 2.5, None, True, (1, 2), b"c"]
        return {give.pick(keys): anything(give, depth + 1) for _ in range(give.byte() % 4)}
    if kind == 21:
        return Exports(give)
    return lying(give, depth) if kind == 22 else endless()


EXPECTED = (tsrt.Error, TypeError, ValueError, BufferError, OverflowError, AttributeError, Odd)
METHODS = [
    "kinds.echo",
    "kinds.anything",
    "kinds.rotate",
    "kinds.widen",
    "kinds.cast",
    "kinds.rows",
    "kinds.total",
    "kinds.names",
    "kinds.scalar",
    "kinds.union",
    "kinds.place",
    "nested.forward",
    "scalars.mix",
    "quantized.same",
    "identity.forward",
    "writes_list.forward",
    "objects.feed",
    "objects.other",
]


class Player:
    """Plays an input: calls that may fail, and must leave nothing behind."""

    def __init__(self, folder):
        names = {name.partition(".")[0] for name in METHODS} | {"attributes", "tuple_out"}
        self.models = {name: tsrt.Model(folder / f"{name}.pt") for name in names}
        gc.collect()
        self.handles = tsrt.live_handles()
        self.plays = 0

    def calls(self, give):
        what = give.byte() % 9
        value = anything(give)
        if what < 4:
            model, _, method = give.pick(METHODS).partition(".")
            rest = [anything(give) for _ in range(give.byte() % 2)]
            return lambda: self.models[model].run(method, value, *rest)
        return [
            lambda: self.models["identity"](value),
            lambda: self.models["tuple_out"](np.ones(2, np.float32), out=value),
            lambda: self.set(give, value),
            lambda: tsrt.Tensor(value),
            lambda: tsrt.QuantizedTensor(value, anything(give), anything(give), give.number()),
        ][what - 4]

    def set(self, give, value):
        name = give.pick(["label", "sizes", "table", "count"])
        self.models["attributes"].set_attribute(name, value)

    def play(self, data):
        with contextlib.suppress(*EXPECTED):
            self.calls(Input(data))()
        self.plays += 1
        if self.plays % 50 == 0:
            self.settle()

    def settle(self):
        self.models["attributes"].reset()
        gc.collect()
        assert tsrt.live_handles() == self.handles
