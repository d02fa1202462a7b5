"""Threads from Python: everything at once, a clone for each stream, and who waits for whom."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from stress import Stress

import tsrt

ROW = np.linspace(0, 1, 16, dtype=np.float32)


def test_everything_at_once(models):
    """For seconds here; `make stress SECONDS=300` takes minutes."""
    assert Stress(models).run(3) > 100


def test_a_writer_gets_its_turn_among_readers(load):
    """There is always a reader in the model, so that one that only waits would wait for ever."""
    model, stop = load("mlp", threads=1), threading.Event()

    def read():
        while not stop.is_set():
            model(ROW)

    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(read) for _ in range(8)]
        for scale in range(50):
            model.set_attribute("0.bias", np.full(32, scale, np.float32))
        stop.set()
        for each in running:
            each.result()
    assert model.get_attribute("0.bias")[0] == 49


@pytest.fixture
def on_print():
    yield tsrt.on_print
    tsrt.on_print(None)


def test_a_print_handler_cannot_run_the_model_that_prints(load, on_print):
    model, other, errors, answers = load("prints"), load("mlp"), [], []

    def handler(text):
        for action in (lambda: model(ROW[:3]), model.eval):
            with pytest.raises(tsrt.InvalidArgumentError) as error:
                action()
            errors.append(str(error.value))
        answers.append((other(ROW), model.describe()["training"]))

    on_print(handler)
    model(ROW[:3])
    assert len(errors) == 2 and all("give the callback a clone" in error for error in errors)
    assert answers[0][0].tobytes() == other(ROW).tobytes()


class Tasks(torch.nn.Module):
    """Tasks read an attribute while the method that has started them replaces it."""

    def __init__(self):
        super().__init__()
        self.kept = torch.zeros(8)

    def work(self, x: torch.Tensor) -> torch.Tensor:
        print("in a task")
        for _ in range(20):
            x = x + self.kept
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tasks = [torch.jit.fork(self.work, x) for _ in range(4)]
        self.kept = x * 2
        return x + len(tasks)


def test_tasks_run_at_once(on_print, tmp_path):
    """On other threads, as LibTorch runs them, this model corrupts the heap."""
    torch.jit.script(Tasks()).save(tmp_path / "tasks.pt")
    model, seen = tsrt.Model(tmp_path / "tasks.pt", threads=1), []

    def handler(text):
        seen.append((threading.get_ident(), _openmp_threads()))

    def work(_):
        for _ in range(200):
            assert model(ROW[:8]).tobytes() == (ROW[:8] + 4).tobytes()
        return threading.get_ident()

    on_print(handler)
    with ThreadPoolExecutor(4) as pool:
        threads = set(pool.map(work, range(4)))
    assert len(seen) == 4 * 4 * 200
    assert {thread for thread, _ in seen} == threads
    assert {number for _, number in seen} == {1}


class SpeaksWhileLoaded(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.n = 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.n

    @torch.jit.export
    def __getstate__(self) -> tuple[int, bool]:
        return self.n, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[int, bool]):
        print("loading")
        self.n, self.training = state


def test_what_runs_while_a_model_is_loaded(load, on_print, tmp_path):
    """It may load other models, and no libraries: those wait until models are loaded."""
    torch.jit.script(SpeaksWhileLoaded()).save(tmp_path / "speaks.pt")
    answers = []

    def handler(text):
        answers.append(load("mlp")(ROW).shape)
        with pytest.raises(tsrt.InvalidArgumentError, match="load it first"):
            tsrt.load_library(__file__)

    on_print(handler)
    model = tsrt.Model(tmp_path / "speaks.pt")
    assert answers == [(4,)]
    assert model(ROW[:1]).tolist() == [1]


def test_numbers_of_threads_stay_on_their_thread(load, on_print):
    """A model with threads=1 is running while another thread meets LibTorch for the first time."""
    single, plain = load("prints", threads=1), load("prints")
    x = np.ones(1 << 20, np.float32)  # large enough for LibTorch to ask for threads
    seen = {}

    def handler(text):
        name = threading.current_thread().name
        seen.setdefault(name, []).append(_openmp_threads())
        if name == "single":
            young = threading.Thread(target=lambda: [plain(x) for _ in range(2)], name="young")
            young.start()
            young.join()

    on_print(handler)
    plain(x)
    thread = threading.Thread(target=single, args=(x,), name="single")
    thread.start()
    thread.join()
    usual = seen["MainThread"][0]
    assert seen["single"] == [1]
    assert seen["young"] == [usual, usual]


def _openmp_threads():
    import ctypes

    with open("/proc/self/maps") as maps:
        path = next(line.split()[-1] for line in maps if "libgomp" in line)
    return ctypes.CDLL(path).omp_get_max_threads()


def test_one_value_is_read_by_many_threads(load):
    tally = load("objects").run("make", 5)

    def add(_):
        return [tally.add(1) for _ in range(100)]

    with ThreadPoolExecutor(8) as pool:
        totals = [total for each in pool.map(add, range(8)) for total in each]
    assert sorted(totals) == list(range(6, 806))
