"""Model.forward gives what torch.jit gives, bit for bit, for any dtype, shape and layout."""

import ml_dtypes
import numpy as np
import pytest
import torch
from same import assert_same

import tsrt

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((4, 4), dtype=np.float32)

CASES = {
    "identity": (MATRIX,),
    "add_one": (MATRIX,),
    "branch": (np.array([1, 2, 3], np.float32),),
    "views": (MATRIX,),
    "writes_input": (MATRIX, MATRIX),
    "tuple_out": (MATRIX, MATRIX + 1),
    "named_tuple_out": (MATRIX,),
    "list_out": (MATRIX,),
    "dict_out": (MATRIX,),
    "same": (MATRIX,),
    "scalars": (MATRIX, 3, -1, True),
    "linear": (MATRIX,),
    "no_arguments": (),
    "head": (MATRIX,),
    "force_field": (MATRIX,),
    "lstm_state": (MATRIX[:1],),
    "conjugate": (MATRIX.astype(np.complex64) * 1j,),
    "batch_norm_eval": (RNG.standard_normal((2, 3, 8, 8), dtype=np.float32),),
    "batch_norm_train": (RNG.standard_normal((2, 3, 8, 8), dtype=np.float32),),
    "mlp": (RNG.standard_normal((3, 16), dtype=np.float32),),
}


def to_torch(x):
    return torch.from_numpy(x.copy()) if isinstance(x, np.ndarray) else x


@pytest.mark.parametrize("name", CASES)
def test_equals_torch(load, models, name):
    inputs = CASES[name]
    ours = load(name)
    theirs = torch.jit.load(models / f"{name}.pt")
    for _ in range(4):  # state goes on, and torch.jit changes its plan after two runs
        assert_same(ours.forward(*inputs), theirs(*map(to_torch, inputs)))
        assert_same(ours(*inputs), theirs(*map(to_torch, inputs)))


@pytest.mark.parametrize(
    "dtype",
    [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
    ],
)
def test_every_dtype_passes(load, dtype):
    x = np.arange(6).reshape(2, 3).astype(dtype)
    y = load("identity")(x)
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, x)


@pytest.mark.parametrize(
    "name",
    [
        "bfloat16",
        "float8_e4m3fn",
        "float8_e4m3fnuz",
        "float8_e5m2",
        "float8_e5m2fnuz",
        "float8_e8m0fnu",
    ],
)
def test_dtypes_that_numpy_lacks(load, name):
    x = np.array([1, 2, 4], dtype=getattr(ml_dtypes, name))
    y = load("identity")(x)
    assert y.dtype == x.dtype
    assert y.tobytes() == x.tobytes()


def test_bfloat16_computes(load):
    x = np.array([1, 2.5], dtype=ml_dtypes.bfloat16)
    np.testing.assert_array_equal(load("add_one")(x).astype(np.float32), [2, 3.5])


LAYOUTS = {
    "transposed": MATRIX.T,
    "every second": MATRIX[::2, 1::2],
    "backwards": MATRIX[::-1, ::-1],
    "broadcast": np.broadcast_to(MATRIX[0], (3, 4)),
    "fortran": np.asfortranarray(MATRIX),
    "0-d": np.array(3.5, np.float32),
    "numpy scalar": np.float32(3.5),
    "empty": np.zeros((0, 3), np.float32),
    "one element": MATRIX[:1, :1],
    "other byte order": MATRIX.astype(">f4"),
    "misaligned": np.frombuffer(b"x" + MATRIX.tobytes(), np.float32, offset=1),
    "field of records": np.zeros(3, [("a", "i1"), ("b", "f4")])["b"],
    "read-only": np.frombuffer(MATRIX.tobytes(), np.float32),
    "ten dimensions": np.ones((1, 2) * 5, np.float32),
    "subclass": np.asmatrix(MATRIX),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_passes(load, layout):
    x = LAYOUTS[layout]
    for name, wanted in (("identity", x), ("add_one", x + np.float32(1))):
        y = load(name)(x)
        assert type(y) is np.ndarray
        assert y.shape == np.shape(x)
        np.testing.assert_array_equal(y, wanted)


@pytest.mark.parametrize(
    "x",
    [bytearray(b"abc"), b"abc", memoryview(b"abc"), torch.tensor([97, 98, 99], dtype=torch.uint8)],
    ids=["bytearray", "bytes", "memoryview", "torch tensor by DLPack"],
)
def test_other_exporters(load, x):
    np.testing.assert_array_equal(load("identity")(x), np.frombuffer(b"abc", np.uint8))


def test_no_array_at_all(load):
    class AsArray:
        def __array__(self, dtype=None, copy=None):
            return np.ones(2)

    np.testing.assert_array_equal(load("identity")(AsArray()), [1, 1])


def test_out(load):
    x = MATRIX[:, :3]
    y = np.zeros((4, 3), np.float32)
    model = load("add_one")
    assert model(x, out=y) is y
    np.testing.assert_array_equal(y, x + 1)
    strided = np.zeros((4, 6), np.float32)
    model.forward(x, out=strided[:, ::2])
    np.testing.assert_array_equal(strided[:, ::2], x + 1)
    assert not strided[:, 1::2].any()


def test_out_of_several(load):
    out = tuple(np.zeros((4, 4), np.float32) for _ in range(3))
    assert load("tuple_out")(MATRIX, MATRIX, out=out) is out
    np.testing.assert_array_equal(out[2], MATRIX * MATRIX)
    # Also where the call goes by way of values: a list, a number among the arguments.
    row = np.zeros(4, np.float32)
    load("list_out")(MATRIX[:1], out=(row,))
    np.testing.assert_array_equal(row, MATRIX[0] * 2)
    scaled = np.zeros((4, 4), np.float32)
    load("scalars")(MATRIX, scale=3, out=scaled)
    np.testing.assert_array_equal(scaled, MATRIX * 3 + 1)


def test_out_may_be_the_input(load):
    x = MATRIX.copy()
    load("add_one")(x, out=x)
    np.testing.assert_array_equal(x, MATRIX + 1)


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (np.zeros((3, 4), np.float32), r"float32\[3, 4\]"),
        (np.zeros((4, 4), np.float64), "float64"),
        (np.broadcast_to(np.zeros(4, np.float32), (4, 4)), "read-only"),
        (np.zeros((4, 4), np.float32)[::-1], "in place"),
        ([1], "a list"),
        ((), "out has 0"),
    ],
    ids=["shape", "dtype", "read-only", "negative strides", "no array", "none"],
)
def test_bad_out(load, out, message):
    model = load("add_one")
    with pytest.raises(tsrt.InvalidArgumentError, match=message):
        model(MATRIX, out=out)
    np.testing.assert_array_equal(model(MATRIX), MATRIX + 1)


@pytest.mark.parametrize(
    ("name", "inputs", "message"),
    [
        ("add_one", (), "needs its argument 'x'"),
        ("add_one", (MATRIX, MATRIX), "takes 1 argument and 2 were given"),
        ("add_one", (np.array([{}]),), "dtype object"),
        ("add_one", (np.array(["a"]),), "dtype <U1"),
        ("add_one", (np.array(["2020-01-01"], "datetime64[D]"),), "datetime64"),
        ("add_one", (np.longdouble([1]),), "longdouble|float128"),
        ("add_one", (object(),), "object"),
        ("add_one", ([1.0],), "'x' is a list and has to be Tensor"),
        ("add_one", (None,), "'x' is None and has to be Tensor"),
        ("scalars", (MATRIX, "much"), "'scale' is a str and has to be float"),
        ("scalars", (MATRIX, 1.0, 1.5), "'shift' is a float and has to be int"),
        ("scalars", (MATRIX, 1.0, 2**70), "71 bits does not fit into 64"),
    ],
)
def test_bad_arguments(load, name, inputs, message):
    model = load(name)
    with pytest.raises(tsrt.InvalidArgumentError, match=message) as caught:
        model(*inputs)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, TypeError)
    model(MATRIX)


def test_bad_names(load):
    model = load("scalars")
    with pytest.raises(tsrt.InvalidArgumentError, match="no argument 'wrong'"):
        model(MATRIX, wrong=1)
    with pytest.raises(tsrt.InvalidArgumentError, match="'x' twice"):
        model(MATRIX, x=MATRIX)
    with pytest.raises(tsrt.NotFoundError, match="it has forward, greet"):
        model.run("absent")
    with pytest.raises(tsrt.NotFoundError, match="no method 'forward': it has double"):
        load("no_forward")(MATRIX)


@pytest.mark.parametrize(
    ("name", "inputs", "message"),
    [
        ("linear", (MATRIX[:, :3],), r"mat1 and mat2 .*\(called with float32\[4, 3\]"),
        ("linear", (MATRIX.astype(np.int64),), "same dtype"),
        ("raises", (np.ones(2, np.float32),), "ValueError: the sum is positive"),
    ],
)
def test_errors_inside_the_model(load, name, inputs, message):
    model = load(name)
    with pytest.raises(tsrt.ModelError, match=message) as caught:
        model(*inputs)
    assert "Traceback of TorchScript" in caught.value.detail
    assert caught.value.code == 6
    model(-(MATRIX[:, :4] ** 2))


def test_out_of_memory_is_an_error(load):
    model = load("huge")
    with pytest.raises(tsrt.OutOfMemoryError) as caught:
        model(np.ones(1, np.float32))
    assert isinstance(caught.value, MemoryError)
    np.testing.assert_array_equal(model(-np.ones(1, np.float32)), [-1])


def test_sparse_output_names_the_way_out(load):
    with pytest.raises(tsrt.UnsupportedError, match=r"return x\.to_dense"):
        load("sparse")(MATRIX)
