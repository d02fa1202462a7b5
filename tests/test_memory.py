"""Zero copy both ways, and no memory that dangles, changes behind a back, or leaks."""

import gc
import threading

import numpy as np
import pytest
import torch

import tsrt

X = np.arange(12, dtype=np.float32).reshape(3, 4)


def test_outputs_outlive_model_and_input(load):
    x = X.copy()
    model = load("views")
    tail, transposed = model(x)
    del model
    x[:] = -1
    del x
    gc.collect()
    np.testing.assert_array_equal(tail, X[1:])
    np.testing.assert_array_equal(transposed, X.T)


def test_identity_is_not_the_callers_memory(load):
    x = X.copy()
    y = load("identity")(x)
    assert not np.shares_memory(x, y)
    y[:] = 0
    np.testing.assert_array_equal(x, X)


def test_kept_input_stays_valid(load):
    model = load("keeps")
    x = X.copy()
    model(x)
    x[:] = -1
    del x
    gc.collect()
    np.testing.assert_array_equal(model.run("last"), X[:2])


def test_input_kept_by_a_call_that_failed(load):
    model = load("keeps")
    x = X.copy()
    with pytest.raises(tsrt.ModelError):
        model.run("keep_and_fail", x)
    x[:] = -1
    np.testing.assert_array_equal(model.run("last"), X)


def test_the_model_never_writes_to_an_input(load, tmp_path):
    X.tofile(tmp_path / "x")
    mapped = np.memmap(tmp_path / "x", np.float32, mode="r", shape=X.shape)
    model = load("writes_input")
    for x in (X.copy(), mapped):  # a write to the mapped file would kill the process
        np.testing.assert_array_equal(model(x, X), (X + 1) * X)
        np.testing.assert_array_equal(x, X)


def test_only_written_and_kept_inputs_are_copied(load):
    def copied(name):
        (forward,) = [m for m in load(name).describe()["methods"] if m["name"] == "forward"]
        return [argument["copied"] for argument in forward["arguments"]], forward["writes_state"]

    assert copied("writes_input") == ([True, False], False)
    assert copied("list_out") == ([False], False)
    assert copied("identity") == ([False], False)
    assert copied("views") == ([False], False)
    assert copied("mlp") == ([False], False)
    assert copied("counter") == ([False], True)
    assert copied("keeps") == ([True], True)
    assert copied("lstm_state") == ([False], True)
    assert copied("batch_norm_eval") == ([False], False)
    assert copied("batch_norm_train") == ([False], True)


def test_output_of_state_is_a_copy(load):
    model = load("counter")
    model(X)
    count = model.run("state")
    model(X)
    assert count.tolist() == [1]
    model.run("state")[:] = 100
    assert model.run("state").tolist() == [2]
    model.run("weights")[:] = 100
    assert model.run("weights").max() == 1


def test_the_same_output_twice_is_two_arrays(load):
    first, second, view = load("same")(X)
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, view)
    np.testing.assert_array_equal(second, X + 1)
    np.testing.assert_array_equal(view, X[:1] + 1)


def test_outputs_are_plain_arrays(load):
    y = load("add_one")(X)
    assert type(y) is np.ndarray
    assert y.flags.writeable
    assert y.flags.c_contiguous
    y += 1


def test_tensor_shares_its_memory():
    tensor = tsrt.Tensor(X)
    array = tensor.numpy()
    theirs = torch.from_dlpack(tensor)
    assert array.ctypes.data == theirs.data_ptr() == np.from_dlpack(tensor).ctypes.data
    assert tensor.shape == (3, 4)
    assert tensor.dtype == "float32"
    assert tensor.device == "cpu"
    del tensor
    gc.collect()
    np.testing.assert_array_equal(array, X)
    np.testing.assert_array_equal(theirs.numpy(), X)


def test_tensor_errors():
    with pytest.raises(tsrt.DeviceError, match="here has cpu"):
        tsrt.Tensor(X, device="warp:9")
    with pytest.raises(BufferError):
        tsrt.Tensor(X).__dlpack__()
    with pytest.raises(tsrt.InvalidArgumentError):
        tsrt.Tensor.__new__(tsrt.Tensor).numpy()
    assert "float32[3, 4] on cpu" in repr(tsrt.Tensor(X))


def test_tensor_as_input(load):
    np.testing.assert_array_equal(load("add_one")(tsrt.Tensor(X)), X + 1)


GROWTH = """
import json, sys, tsrt, numpy as np
def status(key):
    for line in open("/proc/self/status"):
        if line.startswith(key):
            return int(line.split()[1]) << 10
model = tsrt.Model(sys.argv[1])
model(np.ones(8, np.float32))
x = np.ones(1 << 26, np.float32)  # 256 MiB, touched
before = status("VmRSS")
y = model(x)
print(json.dumps([status("VmHWM") - before, y.tolist()]))
"""


def test_a_large_input_costs_no_memory(models, run_python):
    growth, y = run_python(GROWTH, models / "head.pt")
    assert y == [2.0] * 8
    assert growth < 16 << 20


def test_memory_stays_flat(load):
    """A thousand outputs of a megabyte each, and a thousand errors, leave nothing behind."""
    model = load("add_one")
    x = np.ones(1 << 18, np.float32)
    model(x)
    before = resident()
    for _ in range(1000):
        model(x)
        with pytest.raises(tsrt.InvalidArgumentError):
            model(x, x)
    assert resident() - before < 64 << 20


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


def test_outputs_are_freed_on_any_thread(load):
    before = tsrt.live_handles()
    outputs = [load("add_one")(X) for _ in range(10)]
    thread = threading.Thread(target=outputs.clear)
    thread.start()
    thread.join()
    gc.collect()
    assert tsrt.live_handles() == before
