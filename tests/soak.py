"""A million calls and ten thousand loads: does memory stay flat? `make soak`.

Four threads call several models, in fixed rounds: small inputs and shapes that were not seen
before, state, gradients, tasks, nested values, errors, clones that come and go. Then models are
loaded, called and freed one after another. Answers are checked now and then.
"""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import models as model_zoo
import numpy as np
import stress
from proof import write_summary
from trend import Trend, settled

import tsrt

N_THREADS = 4
N_CALLS = int(os.environ.get("TSRT_SOAK_CALLS", 1_000_000))
N_LOADS = N_CALLS // 100
MAX_GROWTH = 10.0  # bytes a call: 1 MB in 100,000
MAX_GROWTH_OF_LOADS = 200.0  # bytes a load
LOADED = ["mlp", "counter", "objects", "forks", "force_field", "batch_norm_eval"]


class Caller(threading.Thread):
    """Goes through rounds of calls until there are enough."""

    def __init__(self, folder, number, wanted):
        super().__init__()
        names = "mlp counter lstm_state batch_norm_eval force_field forks nested raises quantized"
        self.models = {name: tsrt.Model(folder / f"{name}.pt") for name in names.split()}
        self.silero = tsrt.Model(stress.silero(), threads=1) if stress.silero() else None
        self.chance = np.random.default_rng(number)
        self.expected = self.models["mlp"](stress.ROW).tobytes()
        self.wanted = wanted
        self.calls = 0
        self.error = None

    def run(self):
        try:
            while self.calls < self.wanted:
                self.round()
        except BaseException as error:
            self.error = error

    def round(self):
        model = self.models
        for _ in range(70):
            answer = model["mlp"](stress.ROW)
        assert answer.tobytes() == self.expected
        for name in ("counter", "force_field", "forks"):
            assert model[name](stress.PAIR).shape == (2,)
        for _ in range(5):
            model["lstm_state"](stress.ROW[:4].reshape(1, 4))
        self.new_shapes()
        self.values()
        self.errors()
        with model["counter"].clone() as clone:
            assert clone(stress.PAIR)[0] > 1
        model["lstm_state"].reset()
        model["batch_norm_eval"].train()(np.ones((2, 3, 8, 8), np.float32))
        model["batch_norm_eval"].reset()
        for _ in range(3 if self.silero else 0):
            self.silero(np.zeros((1, 512), np.float32), 16000)
        self.calls += 98

    def new_shapes(self):
        """LibTorch and the libraries under it prepare for a shape and remember that."""
        n, height, width = self.chance.integers(1, 400), *self.chance.integers(4, 64, 2)
        for _ in range(3):
            assert self.models["mlp"](np.zeros((n, 16), np.float32)).shape == (n, 4)
        image = np.zeros((1, 3, height, width), np.float32)
        for _ in range(3):
            assert self.models["batch_norm_eval"](image).shape == (1, 8, height - 2, width - 2)

    def values(self):
        lists = {"a": [stress.ROW, stress.PAIR], "b": [stress.ROW]}
        for _ in range(2):
            assert len(self.models["nested"](lists)) == 3
        assert self.models["quantized"](stress.PAIR).dequantize().tolist() == [1, 2]

    def errors(self):
        for name, x in (("mlp", stress.PAIR), ("raises", stress.PAIR)):
            try:
                self.models[name](x)
            except tsrt.ModelError:
                continue
            raise AssertionError(f"{name} has not failed")


def soak_calls(folder):
    """Bytes a call, over the second half; and how many calls there were."""
    callers = [Caller(folder, i, N_CALLS // N_THREADS) for i in range(N_THREADS)]
    with Trend(lambda: sum(caller.calls for caller in callers)) as trend:
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    for caller in callers:
        if caller.error:
            raise caller.error
    return trend.bytes_per_call(), sum(caller.calls for caller in callers)


def soak_loads(folder):
    """Bytes a load, over the second half."""
    inputs = {"mlp": stress.ROW, "batch_norm_eval": np.ones((1, 3, 8, 8), np.float32)}
    loads = 0
    with Trend(lambda: loads) as trend:
        while loads < N_LOADS:
            name = LOADED[loads % len(LOADED)]
            model = tsrt.Model(folder / f"{name}.pt")
            if name == "objects":
                assert model.run("make", loads).total == loads
            else:
                model(inputs.get(name, stress.PAIR))
            loads += 1
    return trend.bytes_per_call()


def main():
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model_zoo.write_all(folder)
        handles = tsrt.live_handles()
        of_calls, calls = soak_calls(folder)
        size = settled()
        of_loads = soak_loads(folder)
        left = tsrt.live_handles() - handles
    summary = {
        "promise": "memory stays flat over a million calls and ten thousand loads",
        "seconds": round(time.monotonic() - begun),
        "runs": calls + N_LOADS,
        "threads": N_THREADS,
        "bytes_per_call": round(of_calls, 2),
        "bytes_per_load": round(of_loads, 1),
        "resident_mb": round(size / 1e6),
        "handles_left": left,
        "findings": int(left != 0) + (of_calls > MAX_GROWTH) + (of_loads > MAX_GROWTH_OF_LOADS),
    }
    write_summary("soak", summary)
    return summary["findings"]


if __name__ == "__main__":
    sys.exit(main())
