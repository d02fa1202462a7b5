"""What LibTorch keeps for the whole process: random numbers, the quantized engine, prints."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from same import assert_same

import tsrt

X = np.ones(3, np.float32)


@pytest.mark.parametrize("seed", [0, 7, 2**63, 2**64 - 1, -3, np.int64(5)])
def test_manual_seed_is_that_of_torch(load, models, seed):
    theirs = torch.jit.load(models / "random.pt")
    torch.manual_seed(int(seed))
    expected = [theirs(torch.ones(3)), theirs(torch.ones(3))]
    model = load("random")
    tsrt.manual_seed(seed)
    for each in expected:
        assert_same(model(X), each)


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1, 1.5, "1", None, True])
def test_bad_seeds(seed):
    with pytest.raises(tsrt.InvalidArgumentError, match="the seed"):
        tsrt.manual_seed(seed)


@pytest.fixture
def keep_engine():
    before = torch.backends.quantized.engine
    yield
    torch.backends.quantized.engine = before


def test_quantized_engine(keep_engine):
    supported = tsrt.quantized_engine()["supported"]
    assert sorted(supported) == sorted(torch.backends.quantized.supported_engines)
    for name in supported:
        tsrt.set_quantized_engine(name)
        assert tsrt.quantized_engine()["current"] == name == torch.backends.quantized.engine
    for name in ("fast", "", "X86"):
        with pytest.raises(tsrt.InvalidArgumentError, match="quantized engine"):
            tsrt.set_quantized_engine(name)
    with pytest.raises(tsrt.InvalidArgumentError, match=f"it has {', '.join(supported)}"):
        tsrt.set_quantized_engine("fast")
    with pytest.raises(tsrt.InvalidArgumentError, match="has to be a string"):
        tsrt.set_quantized_engine(None)


def run(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


PRINT = """
import sys, tsrt, numpy as np
{before}
tsrt.Model(sys.argv[1])(np.ones(3, np.float32))
"""


@pytest.mark.parametrize(
    ("before", "place"),
    [
        ("", "stderr"),
        ("import torch", "stdout"),  # which has chosen Python's
        ("tsrt.on_print(lambda text: sys.stdout.write(text.upper()))", "upper"),
        ("tsrt.on_print(print); tsrt.on_print(None)", "stderr"),
        ("import torch; tsrt.on_print(None)", "stderr"),
    ],
)
def test_where_prints_go(models, before, place):
    done = run(PRINT.format(before=before), models / "prints.pt")
    text = "the sum is 3\n"
    expected = {"stderr": ("", text), "stdout": (text, ""), "upper": (text.upper(), "")}
    assert (done.returncode, done.stdout, done.stderr) == (0, *expected[place])


@pytest.fixture
def on_print():
    yield tsrt.on_print
    tsrt.on_print(None)


def test_on_print(load, on_print):
    model = load("prints")
    heard = []
    on_print(heard.append)
    model(X)
    model(X * 2)
    assert heard == ["the sum is 3\n", "the sum is 6\n"]
    other = []
    on_print(other.append)
    model(X)
    assert (len(heard), other) == (2, ["the sum is 3\n"])
    with pytest.raises(tsrt.InvalidArgumentError, match="'loud' cannot be called"):
        on_print("loud")
    model(X)
    assert len(other) == 2  # nothing has changed


def test_the_callback_may_use_tsrt(load, on_print):
    model, inner, heard = load("prints"), load("prints"), []

    def callback(text):
        on_print(heard.append)  # replaces itself
        inner(X * 5)

    on_print(callback)
    model(X)
    assert heard == ["the sum is 15\n"]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_errors_in_the_callback(load, on_print, monkeypatch, kind):
    model, reports = load("prints"), []

    def callback(text):
        raise kind(text)

    def hook(report):
        # The report itself is not kept: Python's garbage collection does not see into it.
        line = report.exc_traceback.tb_next.tb_lineno
        reports.append((type(report.exc_value), str(report.exc_value), report.object, line))

    monkeypatch.setattr(sys, "unraisablehook", hook)
    on_print(callback)
    assert model(X).tolist() == [1, 1, 1]
    line = callback.__code__.co_firstlineno + 1
    assert reports == [(kind, "the sum is 3\n", callback, line)]


def test_threads_print_while_the_callback_changes(load, on_print):
    """Each print comes to one callback, and none to one that is gone."""
    model, n_threads, n_changes = load("prints"), 4, 50
    heard, gone, late = [], set(), []
    stop = threading.Event()

    def callback(number):
        def listen(text):
            heard.append(text)
            if number in gone:
                late.append(text)

        return listen

    def run_until_stopped():
        calls = 0
        while not stop.is_set():
            model(X)
            calls += 1
        return calls

    on_print(callback(0))
    with ThreadPoolExecutor(n_threads) as pool:
        runs = [pool.submit(run_until_stopped) for _ in range(n_threads)]
        for number in range(n_changes):
            on_print(callback(number + 1))
            gone.add(number)
        stop.set()
    assert len(heard) == sum(run.result() for run in runs)
    assert late == []


AT_EXIT = """
import sys, threading, time, tsrt, numpy as np
model = tsrt.Model(sys.argv[1])
started = threading.Event()
tsrt.on_print(lambda text: started.set())
x = np.ones(3, np.float32)
def run():
    while True:
        model(x)
for _ in range(3):
    threading.Thread(target=run, daemon=True).start()
started.wait()
"""


def test_threads_print_while_python_ends(models):
    for _ in range(3):
        done = run(AT_EXIT, models / "prints.pt")
        assert done.returncode == 0, done.stderr[-2000:]
        assert set(done.stderr.splitlines()) <= {"the sum is 3"}


def test_a_waiting_callback_is_waited_for(load, on_print):
    model = load("prints")
    entered, leave, order = threading.Event(), threading.Event(), []

    def callback(text):
        entered.set()
        leave.wait(10)
        order.append("left")

    def replace():
        on_print(None)
        order.append("replaced")

    on_print(callback)
    runner = threading.Thread(target=model, args=(X,))
    runner.start()
    assert entered.wait(10)
    changer = threading.Thread(target=replace)
    changer.start()
    changer.join(0.05)
    assert order == []
    leave.set()
    runner.join()
    changer.join()
    assert order == ["left", "replaced"]
