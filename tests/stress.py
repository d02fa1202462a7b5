"""Everything at once in eight threads, answers compared with those of one: `make stress`.

`python tests/stress.py SECONDS` runs tests/c/stress.c for half of the time and `Stress` for the
other half; test_threads.py runs `Stress` for some seconds.
"""

import importlib.util
import os
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import models as model_zoo
import numpy as np
from proof import write_summary
from trend import settled

import tsrt

N_THREADS = 8
N_STEPS = 20
SHARED = ["mlp", "counter", "force_field", "forks", "quantized", "raises", "attributes"]
SHARED += ["objects", "nested", "futures"]
ROW = np.linspace(0, 1, 16, dtype=np.float32)
PAIR = np.array([1, 2], np.float32)


def silero():
    """The path of Silero VAD, or None where its package is not installed."""
    package = importlib.util.find_spec("silero_vad")
    if not package:
        return None
    return Path(package.submodule_search_locations[0]) / "data" / "silero_vad.jit"


class Stream:
    """A recurrent model fed step by step, and what one thread gets for each step."""

    def __init__(self, path, inputs, *constants):
        self.model = tsrt.Model(path, threads=1)
        self.inputs, self.constants = inputs, constants
        clone = self.model.clone()
        self.expected = [clone(x, *constants).tobytes() for x in inputs]

    def run(self, model):
        for x, wanted in zip(self.inputs, self.expected, strict=True):
            assert model(x, *self.constants).tobytes() == wanted


class Stress:
    """`run(seconds)` gives the number of calls; it fails when an answer is wrong."""

    def __init__(self, folder):
        self.folder = folder
        self.shared = {name: tsrt.Model(folder / f"{name}.pt") for name in SHARED}
        steps = np.random.default_rng(0).standard_normal((N_STEPS, 1, 4)).astype(np.float32)
        self.streams = [Stream(folder / "lstm_state.pt", steps)]
        if silero():
            sound = np.random.default_rng(1).standard_normal((N_STEPS, 1, 512)).astype(np.float32)
            self.streams.append(Stream(silero(), sound / 10, 16000))
        self.mixed = self.streams[-1].model.clone()
        self.expected = {
            name: self.shared[name](ROW).tobytes() for name in ("mlp", "force_field", "forks")
        }
        self.counted = []  # appended to, which is safe on threads
        self.passed_on = [None] * 16
        self.victims = [self.shared["mlp"].clone() for _ in range(4)]
        self.actions = [getattr(self, name) for name in dir(self) if name.startswith("do_")]

    def run(self, seconds):
        deadline = time.monotonic() + seconds

        def work(seed):
            chance = random.Random(seed)
            calls = 0
            while time.monotonic() < deadline:
                chance.choice(self.actions)(chance)
                calls += 1
            return calls

        with ThreadPoolExecutor(N_THREADS) as pool:
            calls = sum(pool.map(work, range(N_THREADS)))
        assert self.shared["counter"].run("state")[0] == len(self.counted)
        return calls

    def do_stateless(self, chance):
        name = chance.choice(list(self.expected))
        assert self.shared[name](ROW).tobytes() == self.expected[name]

    def do_forward_into(self, chance):
        out = np.empty(4, np.float32)
        self.shared["mlp"](ROW, out=out)
        assert out.tobytes() == self.expected["mlp"]

    def do_own_stream(self, chance):
        stream = chance.choice(self.streams)
        with stream.model.clone() as model:
            stream.run(model)
            model.reset()
            stream.run(model)

    def do_shared_stream(self, chance):
        """The state of many callers is a mixture, and must be whole."""
        stream = self.streams[-1]
        assert np.isfinite(self.mixed(chance.choice(stream.inputs), *stream.constants)).all()

    def do_count(self, chance):
        self.shared["counter"](ROW[:1])
        self.counted.append(1)

    def do_change(self, chance):
        model = self.shared["attributes"]
        action = chance.choice(
            [
                model.train,
                model.eval,
                model.reset,
                model.state_dict,
                model.describe,
                lambda: model.to("cpu"),
                lambda: model.set_attribute("scale", chance.random()),
                lambda: model.get_attribute("table"),
                lambda: model.run("encoder.shift", PAIR),
                lambda: model(PAIR),
            ]
        )
        action()

    def do_values(self, chance):
        lists = {"a": [ROW, PAIR], "b": [ROW]}
        assert len(self.shared["nested"](lists)) == 3
        assert self.shared["nested"](lists, "a")[1].tolist() == [1, 2]
        assert self.shared["futures"].run("later", PAIR).tolist() == [2, 3]

    def do_objects(self, chance):
        tally = self.shared["objects"].run("make", 5)
        assert tally.add(chance.randrange(9)) < 14
        assert self.shared["objects"].run("feed", tally, 1) >= 6

    def do_quantized(self, chance):
        q = self.shared["quantized"](PAIR)
        assert self.shared["quantized"].run("numbers", q).tolist() == [1, 2]

    def do_pass_on(self, chance):
        """Outputs are read and freed by a thread that did not make them."""
        place = chance.randrange(len(self.passed_on))
        strange, self.passed_on[place] = self.passed_on[place], self.shared["mlp"](ROW)
        assert strange is None or strange.tobytes() == self.expected["mlp"]

    def do_close(self, chance):
        """A model is closed while others call it."""
        place = chance.randrange(len(self.victims))
        try:
            assert self.victims[place](ROW).tobytes() == self.expected["mlp"]
        except tsrt.InvalidArgumentError as error:
            assert "closed" in str(error)
        if chance.randrange(4) == 0:
            old, self.victims[place] = self.victims[place], self.shared["mlp"].clone()
            old.close()

    def do_load(self, chance):
        if chance.randrange(5):
            return
        with tsrt.Model(self.folder / "mlp.pt", threads=chance.choice([None, 1, 3])) as model:
            assert model(ROW).tobytes() == self.expected["mlp"]
            assert model.extra_files["note.txt"] == b"mlp"

    def do_fail(self, chance):
        calls = [
            (tsrt.ModelError, lambda: self.shared["mlp"](PAIR)),
            (tsrt.ModelError, lambda: self.shared["raises"](PAIR)),
            (tsrt.NotFoundError, lambda: self.shared["mlp"].run("absent")),
            (tsrt.NotFoundError, lambda: tsrt.Model(self.folder / "absent.pt")),
            (tsrt.InvalidArgumentError, lambda: self.shared["nested"]({"a": 1})),
        ]
        kind, call = chance.choice(calls)
        try:
            call()
        except kind:
            return
        raise AssertionError(f"no {kind.__name__} was raised")


def run_c(folder, seconds):
    import test_c

    program = folder / "stress"
    test_c.build("gcc", test_c.HERE / "c" / "stress.c", program)
    environment = os.environ | {
        "LD_LIBRARY_PATH": f"{test_c.LIBRARY.parent}:{test_c.TORCH}",
        "TSRT_STRESS_SECONDS": str(seconds),
    }
    done = subprocess.run(
        [program, folder], env=environment, capture_output=True, text=True, timeout=seconds + 60
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def main(seconds):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model_zoo.write_all(folder)
        c_calls = run_c(folder, seconds / 2)
        before = tsrt.live_handles()
        stress = Stress(folder)
        stress.run(min(seconds / 10, 5))  # memory that threads and caches keep is there now
        start = settled()
        python_calls = stress.run(seconds / 2)
        grown = settled() - start
        del stress
        settled()
        left = tsrt.live_handles() - before
    summary = {
        "promise": "a model may be used by many threads at a time, in every way at once",
        "seconds": seconds,
        "runs": c_calls + python_calls,
        "threads": N_THREADS,
        "findings": int(left != 0),
        "handles_left": left,
        "grown_mb": round(grown / 1e6, 1),
    }
    write_summary("stress", summary)
    return summary["findings"]


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
