"""State: it goes on from call to call, belongs to one model, and is safe between threads."""

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import models as model_zoo
import numpy as np
import pytest
import torch

import tsrt

X = np.zeros(3, np.float32)


def test_state_goes_on(load):
    model = load("counter")
    assert [model(X)[0] for _ in range(3)] == [1, 2, 3]
    assert load("counter")(X)[0] == 1


def test_clone_has_state_of_its_own(load):
    model = load("counter")
    model(X)
    clone = model.clone()
    assert clone(X)[0] == 2
    assert clone(X)[0] == 3
    assert model(X)[0] == 2
    assert "counter.pt" in repr(clone)


def test_a_clone_outlives_the_model(load):
    model = load("counter")
    clone = model.clone()
    del model
    gc.collect()
    assert [clone(X)[0] for _ in range(2)] == [1, 2]
    assert clone.run("weights").sum() == 1000


CLONES = """
import json, sys, tsrt, numpy as np
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
model = tsrt.Model(sys.argv[1])
model(np.zeros(1, np.float32))
before = resident()
clones = [model.clone() for _ in range(10)]
print(json.dumps([resident() - before] + [float(c(np.zeros(1, np.float32))[0]) for c in clones]))
"""


def test_clones_share_their_weights(tmp_path, run_python):
    model = model_zoo.Counter()
    model.weight = torch.nn.Parameter(torch.ones(1 << 24))  # 64 MiB
    torch.jit.script(model).save(str(tmp_path / "big.pt"))
    growth, *counts = run_python(CLONES, tmp_path / "big.pt")
    assert growth < 32 << 20
    assert counts == [2] * 10


def test_to_the_device_where_it_is(load):
    model = load("counter")
    model(X)
    assert model.to("cpu") is model
    assert model(X)[0] == 2
    with pytest.raises(tsrt.DeviceError):
        model.to("cuda:77")
    assert model(X)[0] == 3


def test_failed_calls_leave_the_state(load):
    model = load("counter")
    with pytest.raises(tsrt.InvalidArgumentError):
        model(X, X)
    with pytest.raises(tsrt.InvalidArgumentError):
        model(X, out=())
    assert model(X)[0] == 1


def in_threads(n, work):
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(work, range(n)))


def test_a_stateful_model_in_many_threads(load):
    model = load("counter")
    in_threads(8, lambda _: [model(X) for _ in range(500)])
    assert model.run("state").tolist() == [4000]


def test_replaced_state_in_many_threads(load):
    model = load("lstm_state")
    x = np.ones((1, 4), np.float32)

    def work(_):
        for _ in range(300):
            assert np.isfinite(model(x)).all()

    in_threads(8, work)


def test_a_stateless_model_in_many_threads(load):
    model = load("mlp", threads=1)
    inputs = np.random.default_rng(0).standard_normal((8, 5, 16)).astype(np.float32)
    wanted = [model(x) for x in inputs]

    def work(i):
        return all(np.array_equal(model(inputs[i]), wanted[i]) for _ in range(500))

    assert all(in_threads(8, work))


def test_clone_move_and_describe_among_calls(load):
    model = load("counter")
    stop = threading.Event()

    def busy(_):
        while not stop.is_set():
            model(X)

    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(busy, i) for i in range(3)]
        for _ in range(50):
            assert model.clone()(X)[0] >= 1
            model.to("cpu")
            model.describe()
        stop.set()
        for each in running:
            each.result()


def test_close_waits_for_running_calls(load):
    model = load("mlp")
    x = np.ones((20000, 16), np.float32)
    ended = []

    def work(_):
        try:
            while True:
                ended.append(model(x).shape)
        except tsrt.InvalidArgumentError as error:
            assert "closed" in str(error)

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(work, i) for i in range(2)]
        while len(ended) < 4:
            pass
        model.close()
        for each in running:
            each.result()


def test_the_gil_is_released(load):
    """Another thread makes progress while a model runs."""
    model = load("mlp", threads=1)
    x = np.ones((200_000, 16), np.float32)
    ticks = 0
    done = threading.Event()

    def tick():
        nonlocal ticks
        while not done.wait(0.001):
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    for _ in range(5):
        model(x)
    done.set()
    thread.join()
    assert ticks >= 5


def test_threads_option_is_per_model(load):
    x = np.ones((4, 16), np.float32)
    one, two = load("mlp", threads=1), load("mlp", threads=2)
    assert one.describe()["threads"] == 1
    assert two.describe()["threads"] == 2
    np.testing.assert_array_equal(one(x), two(x))


def test_a_constant_that_is_written_to_is_state(tmp_path):
    """Tracing leaves a tensor that it does not know in the code, and the model may write to it."""
    hidden = torch.zeros(1)

    class Hidden(torch.nn.Module):
        def forward(self, x):
            return x + hidden.add_(1)

    traced = torch.jit.trace(Hidden(), torch.zeros(1), check_trace=False)
    traced.save(tmp_path / "hidden.pt")
    model = tsrt.Model(tmp_path / "hidden.pt")
    assert model.describe()["methods"][0]["writes_state"] is True
    clone = model.clone()
    first = model(X)[0]
    assert [model(X)[0] for _ in range(3)] == [first + 1, first + 2, first + 3]
    assert clone(X)[0] == first
    in_threads(8, lambda _: [model(X) for _ in range(50)])
    assert model(X)[0] == first + 404
    model.reset()
    assert model(X)[0] == first
