"""Forked children: they never hang and answer as their parent does, whatever it has run before."""

import contextlib
import multiprocessing
import os
import pickle
import signal
import socket
import threading
import time

import numpy as np
import pytest

import tsrt

PATIENCE = 30  # seconds until a child counts as hanging


class Child:
    """A forked process that runs a function and says what came out of it."""

    def __init__(self, function, *arguments):
        self.pipe, ours = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            signal.alarm(PATIENCE)  # the watchdog: its default action ends the process
            try:
                answer = (True, function(*arguments))
            except BaseException as error:
                answer = (False, f"{type(error).__name__}: {error}")
            with os.fdopen(ours, "wb") as out:
                pickle.dump(answer, out)
            os._exit(0)
        os.close(ours)

    def answer(self):
        with os.fdopen(self.pipe, "rb") as text:
            said = text.read()
        status = os.waitpid(self.pid, 0)[1]
        assert status == 0, f"the child ended with status {status}"
        worked, result = pickle.loads(said)
        assert worked, result
        return result


def in_child(function, *arguments):
    return Child(function, *arguments).answer()


def n_threads():
    return len(os.listdir("/proc/self/task"))


@pytest.fixture
def inputs():
    random = np.random.default_rng(0)
    image = random.standard_normal((1, 3, 64, 64), np.float32)
    rows = random.standard_normal((512, 512), np.float32)
    return image, rows


@pytest.fixture
def parallel(load, inputs):
    """A model that has run in more than one thread, in this one."""
    model = load("parallel", threads=2)
    model(*inputs)
    assert n_threads() > 1  # the pool that the child will not have
    yield model
    model.close()


def equal(answers, others):
    return all(np.array_equal(a, b) for a, b in zip(answers, others, strict=True))


def test_forward(parallel, inputs, load):
    expected = [y.copy() for y in load("parallel", threads=1)(*inputs)]

    def forward():
        assert n_threads() == 1
        answers = parallel(*inputs)
        return equal(answers, expected), n_threads(), parallel.describe()["threads"]

    assert in_child(forward) == (True, 1, 1)
    assert parallel.describe()["threads"] == 2  # the parent's are as they were


def test_everything_else(parallel, inputs, load, models):
    """All that copies or converts much, and so asks for threads."""
    big = np.arange(1 << 21, dtype=np.float32)
    path = models / "parallel.pt"

    def use():
        fresh = tsrt.Model(path, threads=2)
        clone = parallel.clone()
        clone.run("forward", *inputs)
        clone.to("cpu")
        clone.train()
        clone.reset()
        tsrt.verify(path)
        tsrt.inspect(path)
        tsrt.manual_seed(1)
        copied = tsrt.Tensor(big).to("cpu").numpy()
        weights = clone.run("forward", *inputs)
        return bool((copied == big).all()), equal(fresh(*inputs), weights)

    assert in_child(use) == (True, True)


def test_threads_of_the_child(parallel, inputs):
    expected = in_child(lambda: [y.copy() for y in parallel(*inputs)])

    def serve():
        results = [None] * 4

        def run(i):
            results[i] = equal(parallel(*inputs), expected)

        threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    assert in_child(serve) == [True] * 4


def test_from_a_thread_that_ends(models, run_python):
    """A thread that is the child's only one, and ends as threads do."""
    code = """
import json, os, signal, sys, threading
import numpy as np, tsrt
inputs = np.ones((1, 3, 64, 64), np.float32), np.ones((512, 512), np.float32)
model = tsrt.Model(sys.argv[1], threads=2)
def work():
    model(*inputs)
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        model(*inputs)
    else:
        print(json.dumps(os.waitpid(child, 0)[1]))
threading.Thread(target=work).start()
"""
    assert run_python(code, models / "parallel.pt") == 0


def test_grandchild(parallel, inputs):
    def child():
        mine = [y.copy() for y in parallel(*inputs)]
        return in_child(lambda: equal(parallel(*inputs), mine))

    assert in_child(child)


@pytest.mark.parametrize("end", ["run", "only exit"])
def test_tasks(load, run_python, models, end):
    """torch.jit.fork needs threads of its own. The child ends as programs do: it runs destructors,
    those of the threads that it does not have among them."""
    code = """
import json, os, sys, signal
import numpy as np, tsrt
x = np.ones((64, 256), np.float32)
model = tsrt.Model(sys.argv[1])
expected = model(x)
child = os.fork()
if child == 0:
    signal.alarm(30)
    sys.exit(sys.argv[2] == "run" and not np.array_equal(model(x), expected))
print(json.dumps(os.waitpid(child, 0)[1]))
"""
    assert run_python(code, models / "tasks.pt", end) == 0


def test_gradients(load):
    model = load("force_field")
    expected = model(np.ones(5, np.float32))
    assert in_child(lambda: np.array_equal(model(np.ones(5, np.float32)), expected))


served = None


def answer_from_pool(n):
    return float(served[0](*served[1])[1].sum()) if n % 2 else n


def test_multiprocessing(parallel, inputs):
    global served
    served = parallel, inputs
    expected = in_child(answer_from_pool, 1)
    try:
        with multiprocessing.get_context("fork").Pool(2) as pool:
            answers = pool.map_async(answer_from_pool, range(8)).get(PATIENCE)
    finally:
        served = None
    assert answers == [n if n % 2 == 0 else expected for n in range(8)]


def test_pre_fork_server(parallel, inputs):
    """The parent loads the model and warms it up; each worker serves in several threads."""
    sockets, workers = [], []
    expected = in_child(lambda: parallel(*inputs)[1].tobytes())

    def serve(end):
        def answer():
            while end.recv(1):
                end.send(parallel(*inputs)[1].tobytes())

        threads = [threading.Thread(target=answer) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    for _ in range(4):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)

        def work(ours=ours, theirs=theirs, others=tuple(sockets)):
            for other in (ours, *others):
                other.close()
            serve(theirs)

        workers.append(Child(work))
        theirs.close()
        ours.settimeout(PATIENCE)
        sockets.append(ours)
    for _ in range(3):
        for each in sockets:
            each.send(b"?")
        for each in sockets:
            assert each.recv(1 << 22) == expected
    for each in sockets:
        each.close()
    for worker in workers:
        worker.answer()


class Busy:
    """Runs something in another thread, over and over."""

    def __init__(self, run):
        self.ended = False
        self.calls = 0
        self.thread = threading.Thread(target=self.loop, args=(run,))

    def loop(self, run):
        while not self.ended:
            run()
            self.calls += 1

    def __enter__(self):
        self.thread.start()
        while self.calls == 0:
            time.sleep(0.001)
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()


def test_while_a_stateful_model_runs(load):
    """The fork waits for the call to end, so that the child's state is whole."""
    model = load("steps")
    x = np.ones((64, 64), np.float32)

    def look():
        state = model.forward(x, 1)
        return float(state.min()), float(state.max())

    with Busy(lambda: model.forward(x, 100)) as busy:
        seen = [in_child(look) for _ in range(50)]
    assert all(low == high and low % 100 == 1 for low, high in seen)
    assert model.forward(x, 0)[0, 0] == 100 * busy.calls
    assert seen == sorted(seen)


def test_while_models_load_and_run(load, models, parallel, inputs):
    expected = in_child(lambda: [y.copy() for y in parallel(*inputs)])
    with Busy(lambda: load("parallel").clone()), Busy(lambda: parallel(*inputs)):
        for _ in range(15):
            assert in_child(lambda: equal(load("parallel")(*inputs), expected))
            assert in_child(lambda: equal(parallel(*inputs), expected))


def test_in_the_middle_of_a_long_call(load):
    """A fork waits a second at most; a model that was half changed by then is lost to the child."""
    model, other = load("steps"), load("add_one")
    x = np.ones((64, 64), np.float32)

    def look():
        answers = other(x)[0, 0], None
        for use in (lambda: model.forward(x, 1), model.describe, model.clone, model.reset):
            with pytest.raises(tsrt.InvalidArgumentError, match="when the process forked: load it"):
                use()
        model.close()
        return answers

    def endless():
        with contextlib.suppress(tsrt.CancelledError):
            model.forward(x, 10**12)

    thread = threading.Thread(target=endless)
    thread.start()
    time.sleep(0.2)  # by now it is running
    assert in_child(look) == (2, None)
    model.cancel()
    thread.join()
    assert model.forward(x, 0)[0, 0] > 0  # the parent's is as it was


def test_from_within_a_print_handler(load):
    """Whoever forks there can end the call in the child, and is told so when wanting more."""
    model, other = load("prints"), load("add_one")
    x = np.ones(3, np.float32)
    seen = []

    def fork(_):
        seen.append(Child(lambda: other(x)))

    tsrt.on_print(fork)
    try:
        assert model(x).tolist() == [1, 1, 1]
    finally:
        tsrt.on_print(None)
    with pytest.raises(AssertionError, match="forked in the middle of a call"):
        seen[0].answer()


def test_printing(load, capfd):
    """Callbacks of the parent's other threads do not exist in the child."""
    model = load("prints")
    x = np.ones(3, np.float32)
    inside, leave = threading.Event(), threading.Event()

    def stay(_):
        inside.set()
        leave.wait(PATIENCE)

    def look():
        lines = []
        tsrt.on_print(lines.append)
        model(x)
        tsrt.on_print(None)
        return lines

    tsrt.on_print(stay)
    thread = threading.Thread(target=model, args=(x,))
    thread.start()
    assert inside.wait(PATIENCE)
    try:
        assert in_child(look) == ["the sum is 3\n"]
    finally:
        leave.set()
        thread.join()
        tsrt.on_print(None)
