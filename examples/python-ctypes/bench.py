"""How many nanoseconds a call takes, with a model that does nothing: the median of 15 blocks."""

import array
import statistics
import sys
import time

from binding import Model, TensorView


def run(model, x, calls):
    total = 0.0
    for _ in range(calls):
        total += model.forward(x)[0].values()[0]
    return total


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: bench.py identity.pt")
    x = TensorView(array.array("f", [1, 1, 1, 1]))
    with Model(sys.argv[1]) as model:
        run(model, x, 20000)
        blocks = []
        for _ in range(15):
            start = time.perf_counter_ns()
            run(model, x, 10000)
            blocks.append((time.perf_counter_ns() - start) / 10000)
    print(f"{statistics.median(blocks):.1f}")
