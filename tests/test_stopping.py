"""Timeouts, cancel and signals: a running call ends, with an error that says so."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from same import assert_same

import tsrt

X = np.ones(3, np.float32)
ENDLESS = ["spins", "spins_on_numbers", "spins_in_task", "spins_by_interface", "spins_in_backward"]


@pytest.fixture
def soon():
    """Does something in another thread a moment after it was asked to."""
    timers = []

    def run(action, seconds=0.1):
        timers.append(threading.Timer(seconds, action))
        timers[-1].start()

    yield run
    while timers:
        timers.pop().join()


@pytest.mark.parametrize("name", ENDLESS)
def test_timeout(load, name):
    model = load(name)
    message = r"^forward: the call was stopped after its timeout of 0\.05 s"
    for _ in range(3):
        with pytest.raises(tsrt.TimedOutError, match=message) as raised:
            model(X, timeout=0.05)
        assert isinstance(raised.value, TimeoutError)
    assert "Traceback of TorchScript" in raised.value.detail


@pytest.mark.parametrize("name", ENDLESS)
def test_cancel(load, soon, name):
    model = load(name)
    model.cancel()  # nothing is running, so nothing is stopped
    soon(model.cancel)
    with pytest.raises(tsrt.CancelledError, match=r"^forward: the call was stopped: it was cancel"):
        model(X)


@pytest.mark.parametrize("name", ["spins", "spins_in_task", "spins_by_interface"])
def test_the_model_stays_usable(load, name):
    model = load(name)
    expected = load(name)(X, 5)
    with pytest.raises(tsrt.TimedOutError):
        model(X, timeout=0.02)
    assert_array_equal(model(X, 5), expected)
    assert_array_equal(model(X, 5, timeout=60), expected)


def test_state_is_as_far_as_the_method_had_got(load):
    model = load("spins_and_counts")
    tsrt.on_print(lambda text: None)
    try:
        with pytest.raises(tsrt.TimedOutError):
            model(X, timeout=0.05)
    finally:
        tsrt.on_print(None)
    steps = model.get_attribute("steps")[0]
    assert model.get_attribute("begun") == 1 and steps > 0
    assert_array_equal(model(X, 0), X + steps)
    model.reset()
    assert model.get_attribute("begun") == 0
    assert_array_equal(model(X, 0), X)


def test_between_long_operators(load):
    """Straight-line code is stopped as well: of three products the last two are not done."""
    x = np.ones((1200, 1200), np.float32)
    model = load("products")
    with pytest.raises(tsrt.TimedOutError):
        model(x, timeout=1e-4)
    assert model(x, timeout=600)[0, 0] == 1200.0**3


def test_timeout_of_a_model(load):
    model = load("spins", timeout=0.05)
    with pytest.raises(tsrt.TimedOutError, match=r"0\.05 s"):
        model(X)
    with pytest.raises(tsrt.TimedOutError, match=r"0\.01 s"):
        model(X, timeout=0.01)
    with pytest.raises(tsrt.TimedOutError, match=r"0\.05 s"):
        model.clone().run("forward", X)
    out = np.empty(3, np.float32)
    assert model(X, 2, out=out, timeout=60) is out
    assert_array_equal(out, X + 2)


def test_timeout_counts_what_a_call_waits(load):
    """A second stream on a stateful model waits for the first, and not longer than it may."""
    model = load("spins_and_counts")
    entered = threading.Event()
    tsrt.on_print(lambda text: entered.set())
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(model, X)
        entered.wait()
        with pytest.raises(tsrt.TimedOutError, match=r"timeout of 0\.05 s"):
            model(X, 1, timeout=0.05)
        waiting = model.share()
        with ThreadPoolExecutor(1) as other:
            queued = other.submit(waiting, X, 1)
            time.sleep(0.05)
            waiting.cancel()
            with pytest.raises(tsrt.CancelledError):
                queued.result()
        assert not running.done()
        model.cancel()
        with pytest.raises(tsrt.CancelledError):
            running.result()
    tsrt.on_print(None)


def test_objects_have_the_limits_of_the_handle_that_made_them(load):
    model = load("makes_spinner")
    spinner = model.share(timeout=0.05)()
    with pytest.raises(tsrt.TimedOutError):
        spinner.run("spin", -1)
    assert spinner.run("spin", 3) > 3
    assert model().run("spin", 3) == 3


def test_cancel_of_one_handle(load):
    """What runs through another handle goes on, unless that was shared from the one."""
    model = load("spins")
    first, second = model.share(), model.share(threads=1)
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(handle, X) for handle in (first, second, model)]
        time.sleep(0.05)
        first.cancel()
        with pytest.raises(tsrt.CancelledError):
            calls[0].result()
        assert not calls[1].done() and not calls[2].done()
        model.cancel()
        for call in calls[1:]:
            with pytest.raises(tsrt.CancelledError):
                call.result()
    assert second.describe()["threads"] == 1 and model.describe()["threads"] is None


def test_handles_share_the_state(load):
    model = load("counter")
    handle = model.share(timeout=60)
    assert [float(each(np.zeros(1, np.float32))[0]) for each in (model, handle, model)] == [1, 2, 3]
    handle.reset()
    assert model.get_attribute("count") == 0
    model.close()
    assert handle(np.zeros(1, np.float32)) == 1


def test_many_calls_are_cancelled_at_once(load, soon):
    model = load("spins")
    soon(model.cancel)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(model, X) for _ in range(8)]
        for call in calls:
            with pytest.raises(tsrt.CancelledError):
                call.result()
    assert_array_equal(model(X, 1), X + 1)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 1e10, "soon", [1]])
def test_bad_timeouts(load, timeout):
    model = load("identity")
    with pytest.raises(tsrt.InvalidArgumentError, match="timeout is"):
        model(X, timeout=timeout)
    with pytest.raises(tsrt.InvalidArgumentError, match="timeout is"):
        load("identity", timeout=timeout)


@pytest.mark.parametrize("name", ["spins", "spins_on_numbers"])
def test_ctrl_c(load, soon, name):
    model = load(name)
    soon(lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        model(X)
    soon(lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        model.run("forward", X)


def test_handlers_of_signals_run_in_the_middle_of_a_call(load, soon):
    """One that raises nothing does not stop the call. It may look at the model, and run a clone."""
    model = load("spins")
    seen = []

    def handler(number, frame):
        seen.append(model.clone()(X, 1)[0])
        if len(seen) == 2:
            raise LookupError("enough")

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        for seconds in (0.1, 0.5):
            soon(lambda: os.kill(os.getpid(), signal.SIGUSR1), seconds)
        with pytest.raises(LookupError, match="enough"):
            model(X)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen == [2, 2]


def test_a_callback_does_not_wait_for_its_own_call(load):
    """Where a print callback uses the model that prints, it gets an error and no deadlock."""
    model = load("spins_and_counts")
    errors = []

    def use(text):
        for action in (lambda: model(X, 1), model.reset, model.describe, model.clone):
            try:
                action()
            except tsrt.InvalidArgumentError as error:
                errors.append(str(error))

    tsrt.on_print(use)
    try:
        assert_array_equal(model(X, 1), X + 1)
    finally:
        tsrt.on_print(None)
    assert len(errors) == 4
    assert all("this callback came from a call on the same model" in error for error in errors)


def test_a_callback_may_read_a_model_that_only_reads(load):
    model = load("prints")
    seen = []
    tsrt.on_print(lambda text: seen.append(len(model.describe()["methods"])))
    try:
        model(X)
    finally:
        tsrt.on_print(None)
    assert seen == [1]


def test_writers_are_let_in_under_steady_traffic(load):
    """Weights can be replaced while eight threads never leave the model alone."""
    model = load("linear")
    x = np.ones((1, model.get_attribute("layer.weight").shape[1]), np.float32)
    weight = np.zeros_like(model.get_attribute("layer.weight"))
    stop = threading.Event()

    def run():
        while not stop.is_set():
            model(x)

    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(run) for _ in range(8)]
        try:
            for _ in range(20):
                model.set_attribute("layer.weight", weight)
        finally:
            stop.set()
        for call in calls:
            call.result()


def test_the_answer_is_torchs(models, load):
    """With the places to stop at in its graph a model computes what it did without."""
    x = torch.randn(1, 4, generator=torch.Generator().manual_seed(1))
    theirs = torch.jit.load(models / "lstm_state.pt")
    model = load("lstm_state", timeout=60)
    for _ in range(3):
        assert_same(model(x.numpy()), theirs(x))
